"""Collecting: files that have come are recorded with their bytes, and only then taken out of the channel."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from channels import Box, BoxName, ChannelError, Enterprise, Entry, FolderChannel, Looks, Settled
from ledger import Ledger
from ledger.rows import NewArrival

LIMIT = 64 << 20  # bytes of one file that are kept; the parser's own limit is far below, and says FILE_TOO_BIG
BATCH = 64


@dataclass(frozen=True, slots=True)
class Collected:
    """files: taken out of the channel now. growing: not yet complete. troubles: why a box could not be looked at."""

    files: int = 0
    growing: int = 0
    troubles: tuple[ChannelError, ...] = ()


class Collector:
    """Takes files from InBox and FailBox of every channel into the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        roads: Mapping[str, Enterprise],
        *,
        archive: Path | None = None,
        silent: Collection[str] = (),
    ) -> None:
        """silent: roads without technical receipts, where a file's move to SentBox tells that customs' side has it."""
        self._ledger = ledger
        self._roads = roads
        self._archive = archive
        self._silent = frozenset(silent)
        self._sighted: set[tuple[str, str]] = set()

    def collect(self) -> Collected:
        files = growing = 0
        troubles: list[ChannelError] = []
        for address, view in self._roads.items():
            for name, box in (("InBox", view.inbox), ("FailBox", view.failbox)):
                try:
                    files += self._box(address, name, box)
                except (
                    ChannelError
                ) as trouble:  # the folder is gone or unreadable: nothing is lost, it is looked at again
                    troubles.append(trouble)
                growing += box.unsettled() if isinstance(box, Settled) else 0
        return Collected(files, growing, tuple(troubles))

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
        box.tame()
        entries = box.entries()
        return sum(self._batch(address, box_name, box, entries[i : i + BATCH]) for i in range(0, len(entries), BATCH))

    def _batch(self, address: str, box_name: str, box: Box, entries: list[Entry]) -> int:
        read = [(entry, body) for entry in entries if (body := _read(box, entry)) is not None]
        self._ledger.arrive([NewArrival(address, box_name, entry.name, body) for entry, body in read])
        for entry, body in read:  # only after the commit: a kill in between makes a repeat, never a loss
            self._clear(address, box, entry.name, body)
        return len(read)

    def _clear(self, address: str, box: Box, name: str, body: bytes) -> None:
        try:
            if self._archive:
                keep = FolderChannel(self._archive, address.rpartition("/")[2])
                keep.create()
                digest = hashlib.sha256(body).hexdigest()[:12]  # one name may come again with other content
                box.move(name, to=keep.box(BoxName.IN), as_name=f"{digest}_{name}")
            else:
                box.remove(name)
        except ChannelError:  # it stays, and is known as a repeat at the next look
            return


def _read(box: Box, entry: Entry) -> bytes | None:
    try:
        return box.read(entry.name, limit=LIMIT)
    except ChannelError:  # still growing, gone again, or beyond all measure: it stays where it is, and is listed there
        return None
