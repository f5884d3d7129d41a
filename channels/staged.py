"""Files that are whole or not there: written under a temporary name, made durable, renamed without replacing."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from channels import doors
from channels.box import Found, compared
from channels.errors import ChannelError
from channels.files import contents, kind_of, told, write_all


class Staged:
    """One file on its way to its name: `write`, `sync`, `publish`, then `close`. Each step raises ChannelError.

    Two writers of one name exclude each other by a hold on the temporary file: neither renames the other's half.
    """

    def __init__(self, final: Path, data: bytes, *, temp: str) -> None:
        self.final = final
        self.data = data
        self.error: ChannelError | None = None  # set by whoever walks many of them through their steps
        self._temp = final.with_name(final.name + temp)
        self._fd = -1

    def write(self) -> None:
        with told(self.final):
            self._fd = stage(self._temp)
            write_all(self._fd, self.data)

    def sync(self) -> None:
        """A failed fsync ends this file: its temporary file is removed and never synced again (P24)."""
        with told(self.final):
            os.fsync(self._fd)

    def publish(self, *, own_torn: bool) -> None:
        """Gives the file its name. What already has it stays: same bytes are success, other bytes CHANNEL_CONFLICT.

        own_torn: a file of that name that is empty or a proper prefix of ours is our own, torn by a power cut.
        """
        with told(self.final):
            self._fd = doors.before_rename(self._fd)
            try:
                doors.rename_new(self._temp, self.final)
            except FileExistsError:
                self._meet(own_torn)

    def close(self) -> None:
        """Lets go, and removes the temporary file when it did not become the final one."""
        if self._fd >= 0:
            with suppress(OSError):
                if os.path.samestat(os.fstat(self._fd), os.lstat(self._temp)):
                    self._temp.unlink()
            os.close(self._fd)
            self._fd = -1

    def _meet(self, own_torn: bool) -> None:
        found = compared(self._present(), self.data)
        if found is Found.PART and own_torn:
            self._temp.replace(self.final)
            return
        self._temp.unlink()
        if found is not Found.SAME:
            raise ChannelError("CHANNEL_CONFLICT", name=self.final.name)

    def _present(self) -> bytes | None:
        """What has the name already, as far as it matters; None when it is no file."""
        if kind_of(self.final.lstat()):
            return None
        return contents(self.final, limit=len(self.data) + 1)


def stage(temp: Path) -> int:
    """-> descriptor of a new empty temporary file, held. A dead writer's is removed, a living one's BlockingIOError."""
    for _ in range(8):  # a third writer may clear away what we have just made and not yet held
        try:
            fd = doors.open_new(temp)
        except FileExistsError:
            doors.clear(temp)
            continue
        if _held(fd, temp):
            return fd
        os.close(fd)
    raise BlockingIOError(errno.EWOULDBLOCK, "another writer holds it", str(temp))


def _held(fd: int, temp: Path) -> bool:
    try:
        return doors.hold(fd) and os.path.samestat(os.fstat(fd), os.lstat(temp))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # a file system without locks: there one writer a channel is the gateway's own promise
