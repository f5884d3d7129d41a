"""SFTP version 3 as bytes (draft-ietf-secsh-filexfer-02), with OpenSSH's extensions (its file PROTOCOL, section 4).

Paths and names are bytes here: what a name means as text is decided by whoever reads a listing. Nothing that a server
says is believed: a packet that is longer or shorter than its fields is Malformed.
"""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass
from enum import IntEnum

VERSION = 3
CHUNK = 32 << 10  # bytes of a file in one packet: what every server must take (section 3)
LONGEST = 256 << 10  # bytes of one packet of a server; OpenSSH's own limit
READ, WRITE, CREATE, EXCLUSIVE = 0x01, 0x02, 0x08, 0x20  # flags of OPEN (section 6.3)
SMALLEST_ENTRY = 12  # bytes of an entry in a NAME
POSIX_RENAME = b"posix-rename@openssh.com"
FSYNC = b"fsync@openssh.com"
STATVFS = b"statvfs@openssh.com"


class Kind(IntEnum):
    """Packet types (section 3)."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Code(IntEnum):
    """Codes of a STATUS (section 7)."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    OP_UNSUPPORTED = 8


class Malformed(Exception):
    """A server's packet that is none."""


@dataclass(frozen=True, slots=True)
class Status:
    """code: a Code, or a number that version 3 does not know."""

    code: int
    message: str = ""

    @property
    def is_ok(self) -> bool:
        return self.code == Code.OK


@dataclass(frozen=True, slots=True)
class Handle:
    value: bytes


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes of a file, or of an extension's reply."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a server says of a file; None for what it does not say. mtime: s since 1970."""

    size: int | None = None
    mode: int | None = None
    mtime: int | None = None

    @property
    def is_known(self) -> bool:
        return self.size is not None and self.mtime is not None and bool(stat.S_IFMT(self.mode or 0))

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode or 0)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.mode or 0)


@dataclass(frozen=True, slots=True)
class Names:
    """A part of a listing: (name, attributes), names as the server has them."""

    entries: tuple[tuple[bytes, Attributes], ...]


Answer = Status | Handle | Data | Attributes | Names


def done(answer: Answer) -> bool:
    """A STATUS that says so."""
    return isinstance(answer, Status) and answer.is_ok


def absent(answer: Answer) -> bool:
    """There is no such file."""
    return isinstance(answer, Status) and answer.code == Code.NO_SUCH_FILE


@dataclass(frozen=True, slots=True)
class Request:
    """body: the fields behind the request's number. expects: bytes of a file that the answer brings at most."""

    kind: Kind
    body: bytes
    expects: int = 0

    def packet(self, number: int) -> bytes:
        return struct.pack(">IBI", len(self.body) + 5, self.kind, number) + self.body


def text(value: bytes) -> bytes:
    """A string as it travels: its length, then its bytes."""
    return struct.pack(">I", len(value)) + value


def open_file(path: bytes, flags: int) -> Request:
    return Request(Kind.OPEN, text(path) + struct.pack(">II", flags, 0))


def close(handle: bytes) -> Request:
    return Request(Kind.CLOSE, text(handle))


def read(handle: bytes, offset: int, length: int) -> Request:
    return Request(Kind.READ, text(handle) + struct.pack(">QI", offset, length), length)


def write(handle: bytes, offset: int, data: bytes) -> Request:
    return Request(Kind.WRITE, text(handle) + struct.pack(">Q", offset) + text(data))


def lstat(path: bytes) -> Request:
    return Request(Kind.LSTAT, text(path))


def open_folder(path: bytes) -> Request:
    return Request(Kind.OPENDIR, text(path))


def read_folder(handle: bytes) -> Request:
    return Request(Kind.READDIR, text(handle))


def remove(path: bytes) -> Request:
    return Request(Kind.REMOVE, text(path))


def make_folder(path: bytes) -> Request:
    return Request(Kind.MKDIR, text(path) + struct.pack(">I", 0))


def rename(source: bytes, target: bytes) -> Request:
    """Refused where `target` exists (section 6.5)."""
    return Request(Kind.RENAME, text(source) + text(target))


def posix_rename(source: bytes, target: bytes) -> Request:
    """In one step; replaces `target`."""
    return Request(Kind.EXTENDED, text(POSIX_RENAME) + text(source) + text(target))


def fsync(handle: bytes) -> Request:
    return Request(Kind.EXTENDED, text(FSYNC) + text(handle))


def statvfs(path: bytes) -> Request:
    return Request(Kind.EXTENDED, text(STATVFS) + text(path))


def hello() -> bytes:
    return struct.pack(">IBI", 5, Kind.INIT, VERSION)


def offers(kind: int, fields: bytes) -> frozenset[bytes]:
    """The extensions that a VERSION packet names. Raises Malformed, also for another version."""
    reader = _Reader(fields)
    if kind != Kind.VERSION or reader.number() != VERSION:
        raise Malformed("the first packet is no VERSION 3")
    names = set()
    while reader.rest():
        names.add(reader.string())
        reader.string()
    return frozenset(names)


def answer(kind: int, fields: bytes) -> tuple[int, Answer]:
    """A packet behind its length and type -> (number of the request, what it says). Raises Malformed."""
    reader = _Reader(fields)
    number = reader.number()
    if kind == Kind.STATUS:
        return number, _status(reader)
    if kind == Kind.HANDLE:
        return number, Handle(reader.string(256))
    if kind == Kind.DATA:
        return number, Data(reader.string())
    if kind == Kind.ATTRS:
        return number, _attributes(reader)
    if kind == Kind.NAME:
        return number, Names(tuple(_entry(reader) for _ in range(reader.number(len(fields) // SMALLEST_ENTRY))))
    if kind == Kind.EXTENDED_REPLY:
        return number, Data(fields[4:])
    raise Malformed(f"packet type {kind}")


def free_space(reply: Data) -> tuple[int, int]:
    """-> (bytes, inodes) that an ordinary user has left, of a reply to `statvfs`. Raises Malformed."""
    try:
        found = struct.unpack(">11Q", reply.value)
    except struct.error as short:
        raise Malformed("a short statvfs") from short
    return found[1] * found[4], found[7]


def _status(reader: _Reader) -> Status:
    code = reader.number()
    message = reader.string() if reader.rest() else b""  # older servers say no more
    return Status(code, message[:200].decode("utf-8", "replace"))


def _entry(reader: _Reader) -> tuple[bytes, Attributes]:
    name = reader.string()
    reader.string()  # the line of `ls -l`, for people
    return name, _attributes(reader)


def _attributes(reader: _Reader) -> Attributes:
    flags = reader.number()
    size = reader.long() if flags & 0x1 else None
    if flags & 0x2:
        reader.long()  # owner and group
    mode = reader.number() if flags & 0x4 else None
    mtime = None
    if flags & 0x8:
        reader.number()
        mtime = reader.number()
    if flags & 0x80000000:
        for _ in range(2 * reader.number(64)):
            reader.string()
    return Attributes(size, mode, mtime)


class _Reader:
    """Fields of one packet, from the left. Raises Malformed where there are fewer bytes than a field needs."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, limit: int = 0xFFFFFFFF) -> int:
        found = int.from_bytes(self._take(4), "big")
        if found > limit:
            raise Malformed(f"a count of {found}")
        return found

    def long(self) -> int:
        return int.from_bytes(self._take(8), "big")

    def string(self, limit: int = LONGEST) -> bytes:
        return self._take(self.number(limit))

    def rest(self) -> int:
        return len(self._data) - self._at

    def _take(self, count: int) -> bytes:
        if self.rest() < count:
            raise Malformed("a packet that is cut short")
        self._at += count
        return self._data[self._at - count : self._at]
