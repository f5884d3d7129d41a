"""Opening: what an arrived file is, told by its name and its bytes. One bad file never stops the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inbox.errors import NameRefused
from ledger.rows import ArrivalRow
from mappings.faults import Refused
from mappings.parser import parse
from parcel.names import OutName, parse_copy, parse_in
from parcel.parcel import Parcel
from parcel.replies import read_reply
from parcel.way import INWARD, walk

_SAYS = {"FailBox": "SF", "SentBox": "SS"}  # what it means that a file of ours lies there


@dataclass(frozen=True, slots=True)
class Technical:
    """What the road says of one of our files. code: SS or SF. stated_at: 17 digits of the receipt's own name.

    out_names: as we may have called it; receipts may leave the extension out.
    """

    arrival: ArrivalRow
    out_names: tuple[str, ...]
    code: str
    stated_at: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Business:
    """A sealed message of customs, verified and read."""

    arrival: ArrivalRow
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that is kept and not used."""

    arrival: ArrivalRow
    reason: Refused


Opened = Technical | Business | Unusable


def open_all(rows: Sequence[tuple[ArrivalRow, bytes]], *, tools: Mapping[str, Any], now: str) -> list[Opened]:
    """In the order of the rows. tools: what the inward way's stations need. now: 17 digits, for files without a time."""
    opened: dict[int, Opened] = {}
    sealed: list[tuple[ArrivalRow, bytes]] = []
    for row, body in rows:
        try:
            found = _by_name(row, body, now)
        except Refused as reason:
            opened[row.id] = Unusable(row, reason)
            continue
        if found:
            opened[row.id] = found
        else:
            sealed.append((row, body))
    opened |= _inward(sealed, tools)
    return [opened[row.id] for row, _ in rows]


def _by_name(row: ArrivalRow, body: bytes, now: str) -> Technical | None:
    """A technical answer or a failed file of ours; None for what must be verified and read.

    The file's name says success or failure, its content the road's own words, in any of the field's shapes.
    """
    if row.box in _SAYS:
        out = parse_copy(row.name)
        if out is None:
            raise NameRefused("FILE_NAME", name=row.name)
        return Technical(row, _whole(out), _SAYS[row.box], now, row.box)
    name = parse_in(row.name)
    if name is None or name.out is None:
        return None
    line = read_reply(parse(body)).deciding
    has_it = name.succeeded or line.repeats  # what was declared before is with customs: the first outcome stands
    return Technical(row, _whole(name.out), "SS" if has_it else "SF", name.stamp, f"{line.code} {line.info}".strip())


def _whole(out: OutName) -> tuple[str, ...]:
    return (out.text,) if out.extension else tuple(replace(out, extension=known).text for known in ("xml", "zip"))


def _inward(rows: Sequence[tuple[ArrivalRow, bytes]], tools: Mapping[str, Any]) -> dict[int, Opened]:
    by_name = {f"{row.id} {row.name}": row for row, _ in rows}  # names may come twice
    done, refused = walk(INWARD, [Parcel(name=f"{row.id} {row.name}", data=body) for row, body in rows], tools)
    opened: dict[int, Opened] = {by_name[parcel.name].id: Business(by_name[parcel.name], parcel) for parcel in done}
    return opened | {by_name[p.name].id: Unusable(by_name[p.name], reason) for p, reason in refused}


def senders_among(nodes: Collection[str], customs: str) -> frozenset[str]:
    """Who may send to us: customs' node, never one of our own, even where its certificate is registered."""
    return frozenset({customs}) - frozenset(nodes)
