"""What one SFTP login may do: look, take and lay files below its own root, and nothing that leaves it.

Links are never followed and never made. An upload is visible when it is closed, under whatever name: until then it has a
hidden one, so that nobody reads half a file. One that is cut off leaves nothing.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_CLOSE,
    SFTP_FAILURE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTP_PERMISSION_DENIED,
)

from channels import doors
from channels.rules import waiting

FOLDER, FILE = 0o755, 0o644


class Wire(paramiko.SFTPServer):  # type: ignore[misc]  # paramiko is untyped
    """paramiko's server, which says that a file was closed well before it is known: an upload is answered when it lies there."""

    def _process(self, t: int, request_number: int, msg: Message) -> None:
        if t == CMD_CLOSE:
            handle = self.file_table.get(msg.get_binary())
            msg.rewind()
            msg.get_int()
            if isinstance(handle, Upload) and (status := handle.publish()) != SFTP_OK:
                self._send_status(request_number, status)
                return
        super()._process(t, request_number, msg)


class Tree(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """Paths as the client spells them, below `root`, which is its `/`."""

    def __init__(self, server: Any, *_: Any, **__: Any) -> None:
        super().__init__(server)
        self._root: Path = server.root

    def canonicalize(self, path: str) -> str:
        return _clean(path)

    def list_folder(self, path: str) -> Any:
        def listed(folder: Path) -> list[Any]:
            return [_attributes(entry.stat(follow_symlinks=False), entry.name) for entry in _entries(folder)]

        return self._done(path, listed)

    def stat(self, path: str) -> Any:
        return self._done(path, lambda place: _attributes(place.lstat()))

    lstat = stat

    def open(self, path: str, flags: int, _attr: Any) -> Any:
        return self._done(path, lambda place: _opened(place, flags))

    def remove(self, path: str) -> Any:
        return self._done(path, Path.unlink)

    def rename(self, oldpath: str, newpath: str) -> Any:
        """Never over a file that is there."""
        return self._done(oldpath, lambda old: doors.rename_new(old, self._place(newpath)))

    def posix_rename(self, oldpath: str, newpath: str) -> Any:
        def replaced(old: Path) -> None:
            old.replace(self._place(newpath))

        return self._done(oldpath, replaced)

    def mkdir(self, path: str, _attr: Any) -> Any:
        return self._done(path, lambda place: place.mkdir(FOLDER))

    def rmdir(self, _path: str) -> Any:
        return SFTP_PERMISSION_DENIED

    def chattr(self, path: str, _attr: Any) -> Any:
        """Modes and times are the server's: asking for others is no error, and changes nothing."""
        return self._done(path, Path.lstat, quiet=True)

    def symlink(self, _target: str, _path: str) -> Any:
        return SFTP_PERMISSION_DENIED

    def readlink(self, _path: str) -> Any:
        return SFTP_OP_UNSUPPORTED

    def _place(self, path: str) -> Path:
        """Raises PermissionError where a link stands on the way, or at its end."""
        place = self._root
        for name in filter(None, _clean(path).split("/")):
            place = place / name
            if place.is_symlink():
                raise PermissionError(str(place))
        return place

    def _done(self, path: str, act: Callable[[Path], Any], *, quiet: bool = False) -> Any:
        """What the act gives, SFTP_OK where it gives nothing, or the code of what went wrong."""
        try:
            given = act(self._place(path))
        except (OSError, ValueError) as error:
            return _code(error)
        return SFTP_OK if given is None or quiet else given


class Upload(paramiko.SFTPHandle):  # type: ignore[misc]
    """A file that is being written: under a hidden name until `publish`, away after a `close` without it."""

    def __init__(self, final: Path) -> None:
        super().__init__(os.O_WRONLY)
        self._final = final
        self._temp = final.with_name(f".{token_hex(8)}.tmp")
        self.writefile = os.fdopen(doors.open_new(self._temp, FILE), "wb")

    def publish(self) -> int:
        try:
            self.writefile.flush()
            os.fsync(self.writefile.fileno())
            self._temp.replace(self._final)
            doors.sync_folder(self._final.parent)
        except OSError as error:
            return _code(error)
        return int(SFTP_OK)

    def stat(self) -> Any:
        self.writefile.flush()
        return _attributes(os.fstat(self.writefile.fileno()))

    def chattr(self, _attr: Any) -> int:
        return int(SFTP_OK)

    def close(self) -> None:
        self.writefile.close()
        self._temp.unlink(missing_ok=True)


class Plain(paramiko.SFTPHandle):  # type: ignore[misc]
    """A file that is read, or written where it stands because its name says that it is not whole yet."""

    def __init__(self, place: Path, flags: int) -> None:
        super().__init__(flags)
        fd = os.open(place, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, FILE)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise PermissionError(str(place))
        self._file = os.fdopen(fd, _mode(flags))
        self.readfile = self.writefile = self._file

    def stat(self) -> Any:
        if self._file.writable():
            self._file.flush()
        return _attributes(os.fstat(self._file.fileno()))

    def chattr(self, _attr: Any) -> int:
        return int(SFTP_OK)


def _opened(place: Path, flags: int) -> paramiko.SFTPHandle:
    writes = flags & (os.O_WRONLY | os.O_RDWR)
    if flags & os.O_EXCL and place.exists():
        raise FileExistsError(str(place))
    whole = flags & os.O_CREAT and (flags & os.O_TRUNC or not place.exists()) and not flags & os.O_APPEND
    if writes and whole and not waiting(place.name):
        return Upload(place)
    return Plain(place, flags)


def _mode(flags: int) -> str:
    if flags & os.O_RDWR:
        return "r+b"
    if flags & os.O_WRONLY:
        return "ab" if flags & os.O_APPEND else "wb"
    return "rb"


@contextmanager
def _scanned(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
    with os.scandir(folder) as found:
        yield found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What may be seen: whole files and folders. Uploads in the middle are nobody's, links lead nowhere."""
    with _scanned(folder) as found:
        return sorted((e for e in found if not e.name.startswith(".") and not e.is_symlink()), key=lambda e: e.name)


def _attributes(found: os.stat_result, name: str = "") -> Any:
    return paramiko.SFTPAttributes.from_stat(found, name)


def _clean(path: str) -> str:
    """Absolute, without `.` and `..`: no name leads above the root."""
    if "\0" in path:
        raise ValueError("NUL in a path")
    return posixpath.normpath("/" + path.lstrip("/"))


def _code(error: Exception) -> int:
    if isinstance(error, FileNotFoundError):
        return int(SFTP_NO_SUCH_FILE)
    return int(SFTP_PERMISSION_DENIED if isinstance(error, PermissionError) else SFTP_FAILURE)
