"""A box: a place where files lie whole, seen by one end and written by the other. What every wire must offer.

Names are single names, never paths: one that is not `lawful` is refused FILE_NAME before anything is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial
from typing import Protocol, TypeVar

from channels.errors import ChannelError
from channels.rules import escaped, lawful, waiting

T = TypeVar("T")

WAVE = 64  # files that are made durable together
CARRIED = 64 << 20  # bytes of one file that may be carried between two different wires


class BoxName(StrEnum):
    """The four folders of a business; spelled so by the import client (real-messages 1.2), compared without case."""

    OUT = "OutBox"
    SENT = "SentBox"
    FAIL = "FailBox"
    IN = "InBox"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One whole file of a box, as listed."""

    name: str
    size: int  # bytes
    mtime_ns: int  # ns since 1970, by the clock of whoever keeps the box


class Looks(Protocol):
    """A box that may be looked at."""

    def entries(self) -> list[Entry]:
        """Whole regular files, by mtime then name. Raises ChannelError CHANNEL_UNAVAILABLE."""
        ...

    def strange(self) -> list[tuple[str, str]]:
        """(escaped name, what it is): `symlink`, `fifo`, `folder`, `hard link`, …, or `name` for a file to `tame`."""
        ...

    def read(self, name: str, *, limit: int) -> bytes:
        """All bytes of one file, at most `limit` of them.

        Raises ChannelError: FILE_TOO_BIG before anything is read, FILE_TYPE, FILE_NAME, CHANNEL_UNAVAILABLE when it is
        gone or changes while it is read.
        """
        ...

    def read_all(self, names: Sequence[str], *, limit: int) -> list[bytes | ChannelError]:
        """`read` of each, in order, on wires that have a distance in one go; what cannot be read stands as its error.

        All are held in memory: whoever asks sees to it by their listed sizes. Raises ChannelError when the channel as a
        whole cannot be had.
        """
        ...


class Slot(Looks, Protocol):
    """A box that one may put into and look at, and takes nothing from."""

    def put_all(self, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[ChannelError | None]:
        """Makes each (name, bytes) visible whole and durable, or not at all. One result an item, in order.

        None is success, which an existing file with the same bytes is too. CHANNEL_CONFLICT: other bytes lie there and
        stay. own_torn: an existing file that is empty or a proper prefix is our own after a power cut, and is replaced.
        Else FILE_NAME, SYS_DISK, CHANNEL_UNAVAILABLE, or SYS_FSYNC, after which the box puts nothing until a restart.
        """
        ...

    def confirm(self) -> None:
        """Makes the names in the box durable: for whoever finds a file where an earlier put had left it.

        Raises ChannelError: SYS_FSYNC, CHANNEL_UNAVAILABLE, CHANNEL_UNCONFIRMED when the other side could not.
        """
        ...


class Box(Slot, Protocol):
    """A box of one's own side: to take from, to clean, to sort."""

    def move(self, name: str, *, to: Box, as_name: str | None = None) -> None:
        """Puts one file into another box, never over another: an equal one is success, else CHANNEL_CONFLICT.

        At any moment the file lies in one of the two at least; after a power cut it may lie here again.
        """
        ...

    def remove(self, name: str) -> None:
        """Deletes one file; one that is gone already is success. After a power cut it may be back."""
        ...

    def remove_all(self, names: Sequence[str]) -> list[ChannelError | None]:
        """`remove` of each, in order; None is success. Raises ChannelError when the channel as a whole cannot be had."""
        ...

    def sub(self, folder: str) -> Box:
        """A folder inside, `SentBox/20261121`, made when the first file comes; until then it is empty."""
        ...

    def tame(self) -> list[tuple[str, str]]:
        """Gives regular files with unlawful names a name of ours, in place. -> (escaped name, new name) (B84)."""
        ...


class Channel(Protocol):
    """One business folder on one wire: four boxes."""

    def box(self, name: BoxName) -> Box: ...


class Found(Enum):
    """What already has a name, beside what is to be put there."""

    SAME = "same"
    PART = "part"  # empty, or a proper prefix
    OTHER = "other"


def compared(present: bytes | None, wanted: bytes) -> Found:
    """present: None when it is no regular file."""
    if present == wanted:
        return Found.SAME
    return Found.PART if present is not None and wanted.startswith(present) else Found.OTHER


def checked(name: str) -> str:
    """`name` when a file of a box may be called so and can be seen there. Raises ChannelError FILE_NAME."""
    if (error := refused(name)) is not None:
        raise error
    return name


def refused(name: str) -> ChannelError | None:
    """FILE_NAME for a name that no file of a box may have; None for a good one."""
    return None if lawful(name) and not waiting(name) else ChannelError("FILE_NAME", name=escaped(name))


def read_each(box: Looks, names: Sequence[str], limit: int) -> list[bytes | ChannelError]:
    """`read_all` where nothing is gained by asking for many at once."""
    return [_told(partial(box.read, name, limit=limit)) for name in names]


def remove_each(box: Box, names: Sequence[str]) -> list[ChannelError | None]:
    """`remove_all`, likewise."""
    return [_told(partial(box.remove, name)) for name in names]


def _told(act: Callable[[], T]) -> T | ChannelError:
    try:
        return act()
    except ChannelError as error:
        return error


def waves(items: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """Groups of at most WAVE items, no name twice in one, in order."""
    wave: dict[str, tuple[str, bytes]] = {}
    for name, data in items:
        if len(wave) == WAVE or name.casefold() in wave:
            yield list(wave.values())
            wave = {}
        wave[name.casefold()] = (name, data)
    if wave:
        yield list(wave.values())


def carry(name: str, *, out_of: Box, to: Box, as_name: str) -> None:
    """A move between two kinds of wire: put there, then removed here."""
    [error] = to.put_all([(as_name, out_of.read(name, limit=CARRIED))])
    if error is not None:
        raise error
    out_of.remove(name)
