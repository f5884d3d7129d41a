"""Reading and writing with the system's word turned into the table's: private files, whole reads, what is no file."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from channels import doors
from channels.errors import ChannelError, refusal
from channels.rules import escaped

CHUNK = 1 << 20  # bytes read at once when a file is copied or compared


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Inside it, what the system says about `path` becomes a ChannelError of the table, with what is used up (F21)."""
    try:
        yield
    except OSError as error:
        raise refusal(error, path, _shortage(path.parent) if error.errno == errno.ENOSPC else "") from error


def write_all(fd: int, data: bytes) -> None:
    """All of `data`: the system may take less than it is given (a nearly full disk, reliability 3)."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def write_private(path: Path, data: bytes) -> None:
    """A new durable file for its owner only (keys): 0600 from its first moment; on Windows the rights of its folder.

    Raises ChannelError: CHANNEL_UNAVAILABLE when the name is taken, SYS_DISK.
    """
    with told(path):
        fd = doors.open_new(path, 0o600)
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        doors.sync_folder(path.parent)


def durable_replace(path: Path, data: bytes) -> None:
    """`path` holds `data` after any crash, or what it held before, never a part. One writer at a time; mode 0600.

    Raises ChannelError: SYS_DISK, CHANNEL_UNAVAILABLE. A failed fsync is told, not tried again (P24).
    """
    temp = path.with_name(f".{path.name}.tmp")
    with told(path):
        temp.unlink(missing_ok=True)
    write_private(temp, data)
    with told(path):
        temp.replace(path)
        doors.sync_folder(path.parent)


def contents(path: Path, *, limit: int) -> bytes:
    """At most `limit` bytes of a regular file.

    Raises ChannelError: FILE_TYPE for a link, a folder, a fifo, CHANNEL_UNAVAILABLE when it is gone.
    """
    with told(path), looking(path) as fd:
        return b"".join(chunks(fd, limit=limit))


def chunks(fd: int, *, limit: int) -> Iterator[bytes]:
    """What is left to read, at most `limit` bytes of it."""
    while limit > 0 and (chunk := os.read(fd, min(limit, CHUNK))):
        limit -= len(chunk)
        yield chunk


def alike(one: Path, other: Path) -> bool:
    """True when two regular files hold the same bytes."""
    with looking(one) as left, looking(other) as right:
        if os.fstat(left).st_size != os.fstat(right).st_size:
            return False
        with open(left, "rb", closefd=False) as a, open(right, "rb", closefd=False) as b:
            return all(chunk == b.read(CHUNK) for chunk in iter(lambda: a.read(CHUNK), b""))


@contextmanager
def looking(path: Path) -> Iterator[int]:
    """A descriptor of a regular file that has this one name; anything else is FILE_TYPE (B87). Nothing is followed."""
    fd = doors.open_look(path)
    try:
        what = kind_of(os.fstat(fd))
        if what:
            raise ChannelError("FILE_TYPE", name=escaped(path.name), what=what)
        yield fd
    finally:
        os.close(fd)


def kind_of(found: os.stat_result) -> str:
    """What stands where a file should: `folder`, `symlink`, `fifo`, `socket`, `device`, `hard link`; "" for a file."""
    for test, what in KINDS:
        if test(found.st_mode):
            return what
    return "hard link" if found.st_nlink > 1 else ""


KINDS = (
    (stat.S_ISDIR, "folder"),
    (stat.S_ISLNK, "symlink"),
    (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"),
    (lambda mode: not stat.S_ISREG(mode), "device"),
)


def _shortage(folder: Path) -> str:
    with suppress(OSError):
        return "no inodes left" if doors.inodes(folder) == 0 else f"{shutil.disk_usage(folder).free} bytes left"
    return ""
