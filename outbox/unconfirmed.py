"""Unknown outcome: look first, then decide. A put may have arrived although nobody said so (architecture 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum

from channels import ChannelError, Enterprise, Entry, Looks
from ledger.rows import Due
from parcel.names import parse_copy

_DAYS = 3  # how many days of SentBox are looked through before a message is put again


class Seen(Enum):
    """What a look says of one message."""

    TAKEN = "taken"  # customs' side has it, these very bytes
    OTHER = "other"  # a file of its name with other bytes lies there
    NOWHERE = "nowhere"  # all places were looked at: it did not arrive


def look(view: Enterprise, due: Sequence[Due], *, now: datetime) -> dict[str, Seen]:
    """Where each of `due` is, by its file name: in SentBox, by day or without, or in FailBox; by name, size and bytes.

    What still lies in OutBox needs no look: putting the same bytes under the same name is a success there.
    Raises ChannelError where a place cannot be looked at: then nobody knows, and nothing may be put again.
    """
    days = [view.sent(f"{now - timedelta(days=back):%Y%m%d}") for back in range(-1, _DAYS)]
    wanted = {row.file_name.rpartition(".")[0]: row for row in due}
    seen = {row.file_name: Seen.NOWHERE for row in due}
    for place, entry, stem in _copies([*days, view.sentbox, view.failbox], wanted):
        row = wanted[stem]
        if seen[row.file_name] is not Seen.TAKEN:
            seen[row.file_name] = Seen.TAKEN if _same(place, entry, row.body) else Seen.OTHER
    return seen


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
