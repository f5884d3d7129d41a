"""One folder of an SFTP server as a box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from channels import sftp_wire as wire
from channels.box import Box, Entry, carry, checked, refused, waves
from channels.errors import ChannelError
from channels.folder_box import DAY
from channels.rules import ours
from channels.sftp_folder import Listing, Wild, listing, read_files, shown, sync_names
from channels.sftp_folder import refused as said_no
from channels.sftp_link import Line, SftpLink
from channels.sftp_put import Wave
from channels.sftp_session import Cut
from channels.sftp_wire import Attributes

T = TypeVar("T")


class SftpBox:
    """Files in one folder. find: its path on the server, asked at each use. makes: made when its first file comes."""

    def __init__(
        self, link: SftpLink, find: Callable[[Line], bytes], *, temp: str = ".tmp", makes: bool = False
    ) -> None:
        self._link = link
        self._find = find
        self._temp = temp.encode()
        self._makes = makes
        self._wild: tuple[Wild, ...] | None = None  # of the last look
        self._subs: dict[str, SftpBox] = {}

    def put_all(self, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[ChannelError | None]:
        return [result for wave in waves(items) for result in self._put(wave, own_torn)]

    def entries(self) -> list[Entry]:
        return list(self._look().files)

    def strange(self) -> list[tuple[str, str]]:
        return [(name, what) for name, what in self._look().strange if not (what == "folder" and DAY.fullmatch(name))]

    def read(self, name: str, *, limit: int) -> bytes:
        [found] = self.read_all([name], limit=limit)
        if isinstance(found, ChannelError):
            raise found
        return found

    def read_all(self, names: Sequence[str], *, limit: int) -> list[bytes | ChannelError]:
        good = [name for name in names if refused(name) is None]
        read = self._work(lambda line, path: read_files(line, self._link.server, path, good, limit))
        found = dict(zip(good, read, strict=True))
        return [refused(name) or found[name] for name in names]

    def move(self, name: str, *, to: Box, as_name: str | None = None) -> None:
        goal = checked(as_name or checked(name))
        if not isinstance(to, SftpBox) or to._link is not self._link:
            carry(name, out_of=self, to=to, as_name=goal)
            return
        self._work(lambda line, path: self._move(line, path + b"/" + name.encode(), to, goal))

    def remove(self, name: str) -> None:
        [error] = self.remove_all([name])
        if error is not None:
            raise error

    def remove_all(self, names: Sequence[str]) -> list[ChannelError | None]:
        good = [name for name in names if refused(name) is None]
        removed = dict(zip(good, self._work(lambda line, path: self._remove(line, path, good)), strict=True))
        return [refused(name) or removed[name] for name in names]

    def sub(self, folder: str) -> SftpBox:
        inner = checked(folder).encode()
        if folder not in self._subs:
            self._subs[folder] = SftpBox(
                self._link, lambda line: self._find(line) + b"/" + inner, temp=self._temp.decode(), makes=True
            )
        return self._subs[folder]

    def tame(self) -> list[tuple[str, str]]:
        """Of what the last look saw. A name that leads elsewhere is never sent back, and stays as it is."""
        wild = self._look().wild if self._wild is None else self._wild
        self._wild = ()
        if not wild:
            return []
        return self._work(lambda line, path: [done for each in wild if (done := self._tame(line, path, each))])

    def confirm(self) -> None:
        if not self._work(sync_names):
            raise ChannelError("CHANNEL_UNCONFIRMED", name=self._link.server.name)

    def use(self, act: Callable[[Line], T]) -> T:
        """For what is done on the server beside this box."""
        return self._work(lambda line, _: act(line))

    def _work(self, act: Callable[[Line, bytes], T]) -> T:
        """`act` with the connection and the folder's path; once more over a new connection when the old one was dead."""
        for last in (False, True):
            line = self._link.line()
            try:
                return act(line, self._find(line))
            except Cut as cut:
                error = self._link.drop(line, cut)
                if last or cut.silent or cut.nonsense:
                    raise error from cut
        raise AssertionError("unreachable")

    def _look(self) -> Listing:
        found = self._work(lambda line, path: (listing(line, self._link.server, path), path))
        if found[0] is None and not self._makes:
            where = shown(found[1])
            raise ChannelError("CHANNEL_UNAVAILABLE", detail=f"{self._link.server.name} {where}: no folder", path=where)
        self._wild = found[0].wild if found[0] else ()
        return found[0] or Listing()

    def _put(self, items: list[tuple[str, bytes]], own_torn: bool) -> list[ChannelError | None]:
        bad = [refused(name) for name, _ in items]
        good = [item for item, no in zip(items, bad, strict=True) if no is None]
        wave = Wave(self._link, self._ready, self._temp, own_torn)
        done = iter(wave.put(good))
        return [no or next(done) for no in bad]

    def _ready(self, line: Line) -> bytes:
        """The folder's path; the folder is made where this box makes it. Raises Cut, ChannelError."""
        path = self._find(line)
        if self._makes:
            there = line.one(wire.lstat(path))
            if wire.absent(there):
                answer = line.one(wire.make_folder(path))
                there = line.one(wire.lstat(path))
                if not isinstance(there, Attributes):
                    raise said_no(self._link.server, answer, path)
            if isinstance(there, Attributes) and not there.is_folder:
                raise ChannelError("FILE_TYPE", name=shown(path.rpartition(b"/")[2]), what="no folder")
        return path

    def _move(self, line: Line, source: bytes, to: SftpBox, goal: str) -> None:
        """Never over another file: what is there is compared first. A rename is one step on the server."""
        server, target = self._link.server, to._ready(line) + b"/" + goal.encode()
        there = line.one(wire.lstat(source))
        if not isinstance(there, Attributes):
            raise said_no(server, there, source)
        if not there.is_file:
            raise ChannelError("FILE_TYPE", name=shown(source.rpartition(b"/")[2]), what="no file")
        if source == target:
            return
        if isinstance(line.one(wire.lstat(target)), Attributes):
            same_as_there(line, self._link, source, target, there.size or 0)
            answer = line.one(wire.remove(source))
        else:
            answer = line.one(rename(line, source, target))
        if not wire.done(answer):
            raise said_no(server, answer, source)

    def _remove(self, line: Line, path: bytes, names: Sequence[str]) -> list[ChannelError | None]:
        asked = line.ask([[wire.remove(path + b"/" + name.encode())] for name in names])
        return [
            None
            if wire.done(answer) or wire.absent(answer)
            else said_no(self._link.server, answer, path + b"/" + name.encode(), name)
            for name, [answer] in zip(names, asked, strict=True)
        ]

    def _tame(self, line: Line, path: bytes, wild: Wild) -> tuple[str, str] | None:
        new = ours(wild.raw.decode("utf-8", "surrogateescape"), wild.mtime_ns)
        source, target = path + b"/" + wild.raw, path + b"/" + new.encode()
        if not wire.absent(line.one(wire.lstat(target))) or not wire.done(line.one(rename(line, source, target))):
            return None
        return shown(wild.raw), new


def rename(line: Line, source: bytes, target: bytes) -> wire.Request:
    return (wire.posix_rename if wire.POSIX_RENAME in line.offers else wire.rename)(source, target)


def same_as_there(line: Line, link: SftpLink, source: bytes, target: bytes, size: int) -> None:
    """Raises ChannelError CHANNEL_CONFLICT unless both hold the same bytes."""
    data = []
    for path in (source, target):
        folder, _, name = path.rpartition(b"/")
        data += read_files(line, link.server, folder, [name.decode()], size)
    if isinstance(data[0], ChannelError):
        raise data[0]
    if data[0] != data[1]:
        raise ChannelError("CHANNEL_CONFLICT", name=shown(target.rpartition(b"/")[2]))
