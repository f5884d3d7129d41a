"""A box whose writers stream: a file is whole when it stood still for a while (profile, Folders; B05)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from channels.box import Box, Entry
from channels.errors import ChannelError

PAUSE = 1.5  # s between two equal looks


class Settled:
    """`box`, showing only files whose size and mtime were the same in two looks at least PAUSE seconds apart.

    monotonic: seconds, never going back. Whoever polls more often than PAUSE misses nothing; a change starts anew.
    """

    def __init__(self, box: Box, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.box = box
        self._monotonic = monotonic
        self._since: dict[Entry, float] = {}  # first look that saw the file just so
        self._growing = 0

    def entries(self) -> list[Entry]:
        now = self._monotonic()
        found = self.box.entries()
        self._since = {entry: self._since.get(entry, now) for entry in found}
        whole = [entry for entry in found if now - self._since[entry] >= PAUSE]
        self._growing = len(found) - len(whole)
        return whole

    def unsettled(self) -> int:
        """How many files of the last look have not stood still long enough."""
        return self._growing

    def strange(self) -> list[tuple[str, str]]:
        return self.box.strange()

    def read(self, name: str, *, limit: int) -> bytes:
        return self.box.read(name, limit=limit)

    def read_all(self, names: Sequence[str], *, limit: int) -> list[bytes | ChannelError]:
        return self.box.read_all(names, limit=limit)

    def put_all(self, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[ChannelError | None]:
        return self.box.put_all(items, own_torn=own_torn)

    def move(self, name: str, *, to: Box, as_name: str | None = None) -> None:
        self.box.move(name, to=to.box if isinstance(to, Settled) else to, as_name=as_name)

    def remove(self, name: str) -> None:
        self.box.remove(name)

    def remove_all(self, names: Sequence[str]) -> list[ChannelError | None]:
        return self.box.remove_all(names)

    def confirm(self) -> None:
        self.box.confirm()

    def sub(self, folder: str) -> Box:
        return self.box.sub(folder)

    def tame(self) -> list[tuple[str, str]]:
        return self.box.tame()
