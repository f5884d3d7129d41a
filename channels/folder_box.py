"""One folder as a box."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from channels import doors
from channels.box import Box, Entry, carry, checked, read_each, refused, remove_each, waves
from channels.errors import DISK, ChannelError
from channels.files import alike, chunks, kind_of, looking, told
from channels.rules import escaped, lawful, ours, waiting
from channels.staged import Staged

DAY = re.compile("[0-9]{8}")  # folders of SentBox
HANDS = 8  # that wait for the disk at once
PROBE = ".gateway-probe"  # hidden: nobody takes it for a message


class FolderBox:
    """Files in one folder. temp: extension while writing. makes: the folder is made when its first file comes.

    within: the box that the folder lies in, which must stand, or be made, first.
    """

    def __init__(self, path: Path, *, temp: str = ".tmp", makes: bool = False, within: FolderBox | None = None) -> None:
        self.path = path
        self._temp = temp
        self._makes = makes
        self._within = within
        self._subs: dict[str, FolderBox] = {}
        self._stopped: ChannelError | None = None

    def put_all(self, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[ChannelError | None]:
        return [result for wave in waves(items) for result in self._put(wave, own_torn)]

    def entries(self) -> list[Entry]:
        whole = [Entry(name, st.st_size, st.st_mtime_ns) for name, st in self._look() if not strangeness(name, st)]
        return sorted(whole, key=lambda entry: (entry.mtime_ns, entry.name))

    def strange(self) -> list[tuple[str, str]]:
        odd = [(name, strangeness(name, st)) for name, st in self._look()]
        return sorted(
            (escaped(name), what) for name, what in odd if what and not (what == "folder" and DAY.fullmatch(name))
        )

    def read(self, name: str, *, limit: int) -> bytes:
        path = self.path / checked(name)
        with told(path), looking(path) as fd:
            size = os.fstat(fd).st_size
            if size > limit:
                raise ChannelError("FILE_TOO_BIG", name=name, size=size, limit=limit)
            data = b"".join(chunks(fd, limit=size + 1))
        if len(data) != size:
            raise ChannelError("CHANNEL_UNAVAILABLE", detail=f"{name} changes while it is read", path=str(path))
        return data

    def read_all(self, names: Sequence[str], *, limit: int) -> list[bytes | ChannelError]:
        return read_each(self, names, limit)

    def move(self, name: str, *, to: Box, as_name: str | None = None) -> None:
        source, goal = self.path / checked(name), checked(as_name or name)
        if not isinstance(to, FolderBox):
            carry(name, out_of=self, to=to, as_name=goal)
            return
        with told(source):
            if what := kind_of(source.lstat()):
                raise ChannelError("FILE_TYPE", name=name, what=what)
            to._ready()
            try:
                self._rename(source, to.path / goal)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                carry(
                    name, out_of=self, to=to, as_name=goal
                )  # another disk, an archive's: copied durably, then removed

    def remove(self, name: str) -> None:
        path = self.path / checked(name)
        with told(path):
            path.unlink(missing_ok=True)

    def remove_all(self, names: Sequence[str]) -> list[ChannelError | None]:
        return remove_each(self, names)

    def sub(self, folder: str) -> FolderBox:
        if folder not in self._subs:
            self._subs[folder] = FolderBox(self.path / checked(folder), temp=self._temp, makes=True, within=self)
        return self._subs[folder]

    def tame(self) -> list[tuple[str, str]]:
        tamed = []
        for name, st in self._look():
            if strangeness(name, st) == "name":
                with told(self.path), suppress(FileExistsError, FileNotFoundError):
                    doors.rename_new(self.path / name, self.path / ours(name, st.st_mtime_ns))
                    tamed.append((escaped(name), ours(name, st.st_mtime_ns)))
        return tamed

    def confirm(self) -> None:
        self._ready()
        self._sync_names()

    def probe(self) -> None:
        """Writes, renames and removes a hidden file. Raises ChannelError, CONFIG_OUTBOX_FS when a rename says EXDEV."""
        probe = Staged(self.path / PROBE, b"probe", temp=self._temp)
        try:
            self._ready()
            probe.write()
            probe.sync()
            probe.publish(own_torn=True)
        except ChannelError as error:
            if error.evidence.get("errno") == "EXDEV":
                raise ChannelError("CONFIG_OUTBOX_FS", path=escaped(str(self.path))) from error
            raise
        finally:
            probe.close()
        with told(self.path):
            (self.path / PROBE).unlink()

    def _put(self, wave: list[tuple[str, bytes]], own_torn: bool) -> list[ChannelError | None]:
        bad = [refused(name) for name, _ in wave]
        files = [
            Staged(self.path / name, data, temp=self._temp)
            for (name, data), no in zip(wave, bad, strict=True)
            if not no
        ]
        self._stage(files, own_torn)
        done = iter(files)
        return [no or next(done).error for no in bad]

    def _stage(self, files: list[Staged], own_torn: bool) -> None:
        """All written, then all synced, then all named, then the folder synced once (performance, Design 5)."""
        try:
            each(files, lambda _: self._ready())
            each(files, Staged.write)
            together(files, Staged.sync)
            each(files, partial(Staged.publish, own_torn=own_torn))
            self._sync(files)
        finally:
            for file in files:
                file.close()

    def _sync(self, files: list[Staged]) -> None:
        """One sync for the names of a wave. When it fails nobody knows which names last: the box stops (P24)."""
        try:
            if any(file.error is None for file in files):
                self._sync_names()
        except ChannelError as lost:
            for file in files:
                file.error = file.error or lost

    def _sync_names(self) -> None:
        try:
            doors.sync_folder(self.path)
        except OSError as error:
            reason = {"detail": error.strerror or str(error), "path": escaped(str(self.path))}
            lost = ChannelError("SYS_FSYNC" if error.errno in DISK else "CHANNEL_UNAVAILABLE", **reason)
            self._stopped = lost if error.errno in DISK else None
            raise lost from error

    def _ready(self) -> None:
        if self._stopped is not None:
            raise self._stopped
        if self._within is not None:
            self._within._ready()
        if self._makes:
            with told(self.path):
                if not os.path.lexists(self.path):
                    self.path.mkdir(exist_ok=True)
                    doors.sync_folder(self.path.parent)
                if self.path.is_symlink():
                    raise ChannelError("FILE_TYPE", name=self.path.name, what="symlink")

    def _rename(self, source: Path, target: Path) -> None:
        try:
            doors.rename_new(source, target)
        except FileExistsError as error:
            if os.path.samestat(source.lstat(), target.lstat()):
                return  # onto itself
            if kind_of(target.lstat()) or not alike(source, target):
                raise ChannelError("CHANNEL_CONFLICT", name=target.name) from error
            source.unlink()

    def _look(self) -> Iterator[tuple[str, os.stat_result]]:
        if self._makes and not os.path.lexists(self.path):
            return
        with told(self.path), os.scandir(self.path) as found:
            for entry in found:
                if not waiting(entry.name):
                    with suppress(FileNotFoundError):  # taken away between the listing and now
                        yield entry.name, entry.stat(follow_symlinks=False)


def strangeness(name: str, found: os.stat_result) -> str:
    """Why an entry is no file to take: its kind, or `name`; "" for a file."""
    return kind_of(found) or ("" if lawful(name) else "name")


def together(files: list[Staged], step: Callable[[Staged], None]) -> None:
    """As `each`, several at once: to make a file durable is to wait, and a disk takes many waits together."""
    hands = min(HANDS, len(files))
    if hands < 2:
        each(files, step)
        return
    with ThreadPoolExecutor(hands, thread_name_prefix="sync") as pool:
        list(pool.map(lambda hand: each(files[hand::hands], step), range(hands)))


def each(files: list[Staged], step: Callable[[Staged], None]) -> None:
    """One step for all files that stand; a failing one keeps its error and leaves the others alone (P12)."""
    for file in files:
        if file.error is None:
            try:
                step(file)
            except ChannelError as error:
                file.error = error
