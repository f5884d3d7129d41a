"""The wire in memory: the rules of a box without a disk, for stories, demonstrations and tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from channels.box import Box, BoxName, Entry, Found, carry, checked, compared, read_each, refused, remove_each
from channels.errors import ChannelError
from channels.rules import escaped, lawful, ours, waiting


class MemoryChannel:
    """Four boxes that live as long as the object. now_ns: ns since 1970, for the files' mtime."""

    def __init__(self, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._boxes = {name: MemoryBox(now_ns=now_ns) for name in BoxName}

    def box(self, name: BoxName) -> MemoryBox:
        return self._boxes[name]


class MemoryBox:
    """Files by name. Safe between threads."""

    def __init__(self, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._files: dict[str, tuple[bytes, int]] = {}
        self._subs: dict[str, MemoryBox] = {}
        self._lock = threading.RLock()

    def place(self, name: str, data: bytes, *, mtime_ns: int | None = None) -> None:
        """What a foreign program does: any name, any bytes, over whatever lies there. For tests of bad input."""
        with self._lock:
            self._files[name] = (data, self._now_ns() if mtime_ns is None else mtime_ns)

    def put_all(self, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[ChannelError | None]:
        return [refused(name) or self._put(name, data, own_torn) for name, data in items]

    def entries(self) -> list[Entry]:
        with self._lock:
            whole = [Entry(name, len(data), at) for name, (data, at) in self._files.items() if lawful(name)]
        return sorted((e for e in whole if not waiting(e.name)), key=lambda entry: (entry.mtime_ns, entry.name))

    def strange(self) -> list[tuple[str, str]]:
        with self._lock:
            return sorted((escaped(name), "name") for name in self._files if not lawful(name) and not waiting(name))

    def read(self, name: str, *, limit: int) -> bytes:
        data = self._get(name)
        if len(data) > limit:
            raise ChannelError("FILE_TOO_BIG", name=name, size=len(data), limit=limit)
        return data

    def read_all(self, names: Sequence[str], *, limit: int) -> list[bytes | ChannelError]:
        return read_each(self, names, limit)

    def move(self, name: str, *, to: Box, as_name: str | None = None) -> None:
        goal = checked(as_name or name)
        if to is self and goal == name:
            self._get(name)
            return
        carry(name, out_of=self, to=to, as_name=goal)

    def remove(self, name: str) -> None:
        with self._lock:
            self._files.pop(checked(name), None)

    def remove_all(self, names: Sequence[str]) -> list[ChannelError | None]:
        return remove_each(self, names)

    def confirm(self) -> None:
        """Nothing to do: what is in memory lasts as long as the object."""

    def sub(self, folder: str) -> MemoryBox:
        with self._lock:
            return self._subs.setdefault(checked(folder), MemoryBox(now_ns=self._now_ns))

    def tame(self) -> list[tuple[str, str]]:
        with self._lock:
            wild = [name for name in self._files if not lawful(name) and not waiting(name)]
            return [(escaped(name), self._rename(name)) for name in wild]

    def _put(self, name: str, data: bytes, own_torn: bool) -> ChannelError | None:
        with self._lock:
            if name in self._files:
                found = compared(self._files[name][0], data)
                if found is Found.SAME:
                    return None
                if found is Found.OTHER or not own_torn:
                    return ChannelError("CHANNEL_CONFLICT", name=name)
            self._files[name] = (bytes(data), self._now_ns())
        return None

    def _get(self, name: str) -> bytes:
        with self._lock:
            if checked(name) not in self._files:
                raise ChannelError("CHANNEL_UNAVAILABLE", detail=f"{name} is gone", path=name)
            return self._files[name][0]

    def _rename(self, name: str) -> str:
        data, at = self._files.pop(name)
        self._files[ours(name, at)] = (data, at)
        return ours(name, at)
