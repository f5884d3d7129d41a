"""Collecting: files that have come are recorded with their bytes, and only then taken out of the channel."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from channels import Box, ChannelError, Enterprise, Entry, Looks, Settled
from inbox.archive import Archive
from ledger import Ledger
from ledger.rows import NewArrival

LIMIT = 64 << 20  # bytes of one file that are kept; the parser's own limit is far below, and says FILE_TOO_BIG
BATCH = 64
BATCH_BYTES = 16 << 20  # held in memory at once, or one file
STUCK = 60.0  # s for which a file that could not be taken out of its box is left alone


@dataclass(frozen=True, slots=True)
class Collected:
    """files: recorded now. growing: not yet complete. troubles: why a box could not be looked at.

    stuck: files that are recorded and lie in their box all the same, by `<channel>/<BizID>/<box>/<name>` (F41).
    """

    files: int = 0
    growing: int = 0
    troubles: tuple[ChannelError, ...] = ()
    stuck: Mapping[str, ChannelError] = field(default_factory=dict)


class Collector:
    """Takes files from InBox and FailBox of every channel into the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        roads: Mapping[str, Enterprise],
        *,
        archive: Archive | None = None,
        silent: Collection[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """silent: roads without technical receipts, where a file's move to SentBox tells that customs' side has it."""
        self._ledger = ledger
        self._roads = roads
        self._archive = archive
        self._silent = frozenset(silent)
        self._monotonic = monotonic
        self._sighted: set[tuple[str, str]] = set()
        self._stuck: dict[tuple[str, str], dict[Entry, tuple[float, ChannelError]]] = {}

    def collect(self) -> Collected:
        files = growing = 0
        troubles: list[ChannelError] = []
        for address, view in self._roads.items():
            for name, box in (("InBox", view.inbox), ("FailBox", view.failbox)):
                try:
                    files += self._box(address, name, box)
                except ChannelError as trouble:  # nothing is lost: it is looked at again
                    troubles.append(trouble)
                growing += box.unsettled() if isinstance(box, Settled) else 0
        return Collected(files, growing, tuple(troubles), self._lying() | self._swept())

    def sight(self, days: Sequence[str]) -> int:
        """Record what customs' side has taken on these days (`yyyymmdd`), on roads where nothing else says so."""
        return sum(self._sight(address, self._roads[address].sent(day)) for address in self._silent for day in days)

    def _sight(self, address: str, sent: Looks) -> int:
        try:
            fresh = [entry for entry in sent.entries() if (address, entry.name) not in self._sighted]
            arrivals = [NewArrival(address, "SentBox", e.name, sent.read(e.name, limit=LIMIT)) for e in fresh]
        except ChannelError:  # a day without a folder, or a file that is just being moved: there is another look
            return 0
        self._ledger.arrive(arrivals)
        self._sighted |= {(address, entry.name) for entry in fresh}
        return len(fresh)

    def _box(self, address: str, box_name: str, box: Box) -> int:
        """What cannot be taken away is recorded once, and not read again at every look."""
        box.tame()
        entries, now = box.entries(), self._monotonic()
        stuck = self._stuck.get((address, box_name), {})
        here = {entry: stuck[entry] for entry in entries if entry in stuck and now - stuck[entry][0] < STUCK}
        self._stuck[address, box_name] = here
        return sum(
            self._batch(address, box_name, box, batch)
            for batch in batches([entry for entry in entries if entry not in here])
        )

    def _batch(self, address: str, box_name: str, box: Box, entries: Sequence[Entry]) -> int:
        """What cannot be read stays where it is, and is listed there: still growing, gone again, beyond all measure."""
        found = box.read_all([entry.name for entry in entries], limit=LIMIT)
        read = [(entry, body) for entry, body in zip(entries, found, strict=True) if isinstance(body, bytes)]
        self._ledger.arrive([NewArrival(address, box_name, entry.name, body) for entry, body in read])
        errors = self._clear(address, box_name, box, read)  # only after the commit: a kill in between makes a repeat
        for (entry, _), error in zip(read, errors, strict=True):
            if error is not None:
                self._stuck[address, box_name][entry] = (self._monotonic(), error)
        return len(read)

    def _clear(
        self, address: str, box_name: str, box: Box, read: Sequence[tuple[Entry, bytes]]
    ) -> list[ChannelError | None]:
        """Kept in the archive where there is one, then removed. What fails stays, and is known as a repeat."""
        names = [entry.name for entry, _ in read]
        kept: list[ChannelError | None] = [None] * len(read)
        if self._archive is not None:
            try:
                kept = self._archive.keep(address, box_name, [(entry.name, body) for entry, body in read])
            except ChannelError as error:  # the archive as a whole: what has come is recorded, and stays where it is
                kept = [error] * len(read)
        removed = iter(box.remove_all([name for name, error in zip(names, kept, strict=True) if error is None]))
        return [next(removed) if error is None else error for error in kept]

    def _swept(self) -> dict[str, ChannelError]:
        try:
            if self._archive is not None:
                self._archive.sweep()
        except ChannelError as error:
            return {"archive": error}
        return {}

    def _lying(self) -> dict[str, ChannelError]:
        return {
            f"{address}/{box}/{entry.name}": error
            for (address, box), stuck in self._stuck.items()
            for entry, (_, error) in stuck.items()
        }


def batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """At most so many files, or so many bytes, at once."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == BATCH or size + entry.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch
