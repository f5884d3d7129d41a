"""Unknown outcome: look first, then decide. A put may have arrived although nobody said so (architecture 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum

from channels import ChannelError, Enterprise, Entry, Looks, Slot
from ledger.rows import Due
from parcel.names import parse_copy

_DAYS = 3  # how many days of SentBox are looked through before a message is put again


class Seen(Enum):
    """What a look says of one message."""

    TAKEN = "taken"  # these very bytes: customs' side has it, or it lies in OutBox
    OTHER = "other"  # a file of its name with other bytes lies there
    NOWHERE = "nowhere"  # all places were looked at: it did not arrive


def look(view: Enterprise, due: Sequence[Due], *, now: datetime) -> dict[str, Seen]:
    """Where each of `due` is, by its file name: in OutBox, in SentBox, by day or without, or in FailBox; by its bytes.

    OutBox is looked at first: what customs' client takes away meanwhile is then seen in one of the places, never in none.
    A file that lies in OutBox with other bytes is left to the put, which knows its own torn file from another's.
    Raises ChannelError where a place cannot be looked at: then nobody knows, and nothing may be put again.
    """
    lying = _lying(view.out, due)
    days = [view.sent(f"{now - timedelta(days=back):%Y%m%d}") for back in range(-1, _DAYS)]
    wanted = {row.file_name.rpartition(".")[0]: row for row in due}
    seen = {row.file_name: Seen.NOWHERE for row in due}
    for place, entry, stem in _copies([*days, view.sentbox, view.failbox], wanted):
        row = wanted[stem]
        if seen[row.file_name] is not Seen.TAKEN:
            seen[row.file_name] = Seen.TAKEN if _same(place, entry, row.body) else Seen.OTHER
    return {name: Seen.TAKEN if found is Seen.NOWHERE and name in lying else found for name, found in seen.items()}


def _lying(out: Slot, due: Sequence[Due]) -> frozenset[str]:
    """Which of `due` lie in OutBox with their very bytes. One that is taken while it is read shows where it went."""
    there = {entry.name: entry for entry in out.entries()}
    rows = [row for row in due if row.file_name in there and there[row.file_name].size == len(row.body)]
    found = set()
    for row in rows:
        with suppress(ChannelError):
            if out.read(row.file_name, limit=len(row.body)) == row.body:
                found.add(row.file_name)
    if found:
        out.confirm()  # whoever put them may have died before their names were durable
    return frozenset(found)


def _copies(places: Sequence[Looks], wanted: dict[str, Due]) -> Iterator[tuple[Looks, Entry, str]]:
    for place in places:
        for entry in place.entries():
            copy = parse_copy(entry.name)
            if copy and copy.stem in wanted:
                yield place, entry, copy.stem


def _same(place: Looks, entry: Entry, body: bytes) -> bool:
    return entry.size == len(body) and place.read(entry.name, limit=len(body)) == body


def told(reason: ChannelError, row: Due) -> ChannelError:
    """The outcome of this message is not known, because the places where it may be cannot be looked at."""
    return ChannelError("CHANNEL_UNCONFIRMED", name=row.file_name, detail=reason.reason)
