"""The platform's doors: what POSIX and Windows do differently, side by side. OSError, except the Lock's ChannelError."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType

from channels.errors import ChannelError, refusal


class Lock:
    """One process at a time: `with Lock(path):`. The file holds the pid of whoever works; it is never removed.

    Raises ChannelError SYS_LOCKED, with that pid, when another has it. The system lets go when its process dies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = -1

    def __enter__(self) -> Lock:
        try:
            self._take()
        except OSError as error:
            self._close()
            raise refusal(error, self.path) from error
        _HELD.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def _take(self) -> None:
        self._fd = open_own(self.path)
        if not hold(self._fd):
            pid = os.read(self._fd, 32).decode("ascii", "replace").strip()
            self._close()
            raise ChannelError("SYS_LOCKED", pid=pid or "?", path=str(self.path))
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode())

    def _close(self) -> None:
        _HELD.discard(self)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


_HELD: set[Lock] = set()  # a forked child must not keep the locks of a parent that dies


def on_stop(callback: Callable[[], None]) -> Callable[[], None]:
    """Calls `callback` once when the process is asked to stop (SIGTERM, SIGINT, CTRL_BREAK). Main thread only.

    -> a function that puts the earlier handlers back. The first signal does so too: a second one ends a process that
    hangs. A signal that is ignored (`nohup`, `&`) stays ignored.
    """
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in STOPS}
    chosen = [number for number, handler in before.items() if handler != signal.SIG_IGN]

    def undo() -> None:
        for number in chosen:
            signal.signal(number, before[number])

    def stop(_number: int, _frame: FrameType | None) -> None:
        undo()
        callback()

    for number in chosen:
        signal.signal(number, stop)
    return undo


def open_new(path: Path, mode: int = 0o666) -> int:
    """-> descriptor to write a file that did not exist (FileExistsError)."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN, mode)


def open_own(path: Path) -> int:
    """-> descriptor to read and write a file of ours, 0600 when it is new."""
    return os.open(path, os.O_RDWR | os.O_CREAT | PLAIN, 0o600)


if sys.platform == "win32":
    import msvcrt

    STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGBREAK)
    PLAIN = os.O_BINARY | os.O_NOINHERIT

    def open_look(path: Path) -> int:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "a link", str(path))
        return os.open(path, os.O_RDONLY | PLAIN)

    def hold(fd: int) -> bool:
        os.lseek(fd, 1 << 30, os.SEEK_SET)  # far behind the text: locked bytes cannot be read
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(fd, 0, os.SEEK_SET)
        return True

    def clear(path: Path) -> None:
        path.unlink(missing_ok=True)  # Windows itself refuses while a living writer has it open

    def rename_new(source: Path, target: Path) -> None:
        source.rename(target)  # refuses an existing name by itself

    def before_rename(fd: int) -> int:
        os.close(fd)  # an open file cannot be renamed
        return -1

    def sync_folder(path: Path) -> None:
        """Nothing to do: NTFS keeps names in its own journal and offers no call for it."""

    def inodes(_path: Path) -> int | None:
        return None

else:
    import fcntl

    STOPS = (signal.SIGTERM, signal.SIGINT)
    PLAIN = os.O_NOFOLLOW | os.O_CLOEXEC
    NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
    _RENAMEAT2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)  # Linux; there is none in `os`
    _HERE, _NOREPLACE = -100, 1  # AT_FDCWD, RENAME_NOREPLACE of linux/fs.h

    def open_look(path: Path) -> int:
        """-> descriptor to read; a link is not followed (ELOOP), a fifo does not block."""
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | PLAIN)

    def hold(fd: int) -> bool:
        """Exclusive until closed; False while another has it. flock: it stands between boxes of one process too."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def clear(path: Path) -> None:
        """Removes what a dead writer left under a temporary name. BlockingIOError while a living one holds it."""
        try:
            fd = open_look(path)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                raise
            path.unlink(missing_ok=True)  # a link or a socket: nobody writes through it
            return
        try:
            if not hold(fd):
                raise BlockingIOError(errno.EWOULDBLOCK, "another writer holds it", str(path))
            if os.path.samestat(os.fstat(fd), os.lstat(path)):
                path.unlink()
        finally:
            os.close(fd)

    def rename_new(source: Path, target: Path) -> None:
        """Renames and never replaces: FileExistsError. In one call where the system has it, else link and unlink."""
        if _RENAMEAT2 is not None:
            if _RENAMEAT2(_HERE, os.fsencode(source), _HERE, os.fsencode(target), _NOREPLACE) == 0:
                return
            if (number := ctypes.get_errno()) not in NOT_OFFERED:
                raise OSError(number, os.strerror(number), str(source), None, str(target))
        os.link(source, target, follow_symlinks=False)
        source.unlink()

    def before_rename(fd: int) -> int:
        """-> the descriptor, kept over the rename and with it the hold; -1 when it had to be closed."""
        return fd

    def sync_folder(path: Path) -> None:
        """Makes the names in a folder durable; where a file system (FUSE, SMB) does not offer it, nothing can be done."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno not in NOT_OFFERED:
                raise
        finally:
            os.close(fd)

    def inodes(_path: Path) -> int | None:
        """-> free inodes of its file system, None where they are not counted."""
        found = os.statvfs(_path)
        return found.f_favail if found.f_files else None

    def _let_go() -> None:
        while _HELD:
            _HELD.pop()._close()

    os.register_at_fork(after_in_child=_let_go)
