"""A document's story as its chain tells it: lines hashed one after the other, read as events, folded to a state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ledger.chain import read_event
from mappings.load import Contract
from mappings.states import Folded, fold

Row = dict[str, Any]
VALIDITY = "validity"  # the machine beside the state that a document is described by


@dataclass(frozen=True, slots=True)
class Chain:
    """rows: the lines as named values. head: hash of the last line. broken: seq of the first bad line, 0 for none."""

    rows: tuple[Row, ...]
    head: str
    broken: int


def chained(lines: Iterable[bytes], fields: Sequence[str], number: str) -> Chain:
    """From the first event, which follows nothing, to the head. What is no line of this document breaks the chain."""
    rows, previous, broken = list[Row](), "", 0
    for line in lines:
        row = _row(line, fields)
        fits = row and (row.get("number"), row.get("seq"), row.get("previous")) == (number, len(rows) + 1, previous)
        broken = broken or (0 if fits else len(rows) + 1)
        rows.append(row)
        previous = sha256(line).hexdigest()
    return Chain(tuple(rows), previous, broken)


def _row(line: bytes, fields: Sequence[str]) -> Row:
    try:
        values = json.loads(line)
    except ValueError:
        return {}
    return dict(zip(fields, values, strict=True)) if isinstance(values, list) and len(values) == len(fields) else {}


def told(rows: Sequence[Row], *, kind: str, version: int, contract: Contract) -> Folded | None:
    """The fold of these events; None where this program does not have the kind in that version.

    Raises ValueError for what cannot be an event.
    """
    known = contract.kinds.get(kind)
    if known is None or known.version != version or known.machine is None:
        return None
    try:
        return fold(known.machine, [read_event(row) for row in rows])
    except (KeyError, TypeError) as bad:
        raise ValueError(str(bad)) from bad
