"""Unknown outcome: look first, then decide. A put may have arrived although nobody said so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from channels import ChannelError, Enterprise, Looks
from ledger.rows import Due
from parcel.names import parse_copy

_DAYS = 3  # how many days of SentBox are looked through before a message is put again


def arrived(view: Enterprise, due: Sequence[Due], *, now: datetime) -> set[str]:
    """Names among `due` that customs' side has taken already: in SentBox by day, or in FailBox.

    What still lies in OutBox needs no look: putting the same bytes under the same name is a success there.
    """
    places = [view.sent(f"{now - timedelta(days=back):%Y%m%d}") for back in range(-1, _DAYS)]
    there = {copy.stem for name in _names(*places, view.failbox) if (copy := parse_copy(name))}
    return {row.file_name for row in due if row.file_name.rpartition(".")[0] in there}


def _names(*places: Looks) -> Iterable[str]:
    for place in places:
        try:
            yield from (entry.name for entry in place.entries())
        except ChannelError:  # a box that cannot be looked at tells nothing: the put itself will say what is wrong
            continue
