"""What is done in a folder of an SFTP server: listed, read, compared. Everything that it says of itself may be a lie."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from channels import sftp_wire as wire
from channels.box import Entry
from channels.errors import ChannelError
from channels.rules import escaped, lawful, waiting
from channels.sftp_link import Line
from channels.sftp_session import Cut, ranges
from channels.sftp_trust import SftpServer
from channels.sftp_wire import Answer, Attributes, Code, Data, Handle, Names, Status

MOST = 100_000  # files of one listing that are kept: the oldest
MOST_STRANGE = 1_000  # other things that are told by name
ENDLESS = 2_000_000  # names after which a listing counts as one without an end
AHEAD = 8  # requests for the next part of a listing on the way
SHOWN = 300  # characters of a name that are shown

KINDS = {
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


@dataclass(frozen=True, slots=True)
class Wild:
    """A regular file whose name is not lawful, and leads nowhere else. raw: the name as the server has it."""

    raw: bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Listing:
    """files: oldest first. strange: (escaped name, what it is). wild: the files among them that could be tamed."""

    files: tuple[Entry, ...] = ()
    strange: tuple[tuple[str, str], ...] = ()
    wild: tuple[Wild, ...] = ()


def listing(line: Line, server: SftpServer, path: bytes) -> Listing | None:
    """None: there is no such folder. Raises Cut, ChannelError."""
    opened = line.one(wire.open_folder(path))
    if wire.absent(opened):
        return None
    if not isinstance(opened, Handle):
        raise refused(server, opened, path)
    gathered = _Gathered()
    for name, attributes in entries(line, server, opened, path):
        gathered.take(name, attributes)
    for names in _batches(sorted(gathered.unknown)):
        answers = line.ask([[wire.lstat(path + b"/" + name)] for name in names])
        for name, [answer] in zip(names, answers, strict=True):
            if isinstance(answer, Attributes):
                gathered.take(name, answer, known=True)
    return gathered.listing()


def entries(line: Line, server: SftpServer, opened: Handle, path: bytes) -> Iterator[tuple[bytes, Attributes]]:
    """Everything in a folder that was opened, which is closed at the end. Raises Cut, ChannelError."""
    seen = 0
    while True:
        [answers] = line.ask([[wire.read_folder(opened.value)] * AHEAD])
        for answer in answers:
            if isinstance(answer, Names):
                seen += len(answer.entries)
                if seen > ENDLESS:
                    raise Cut(f"a listing of more than {ENDLESS} names", nonsense=True)
                yield from answer.entries
        ends = [answer for answer in answers if isinstance(answer, Status)]
        if ends:
            line.one(wire.close(opened.value))
            if any(end.code != Code.EOF for end in ends):
                raise refused(server, ends[0], path)
            return


def read_files(
    line: Line, server: SftpServer, path: bytes, names: Sequence[str], limit: int
) -> list[bytes | ChannelError]:
    """Each file's bytes, or why not: FILE_TOO_BIG, FILE_TYPE, CHANNEL_UNAVAILABLE, CHANNEL_DENIED. Raises Cut."""
    paths = [path + b"/" + name.encode() for name in names]
    found: list[bytes | ChannelError | None] = [None] * len(names)
    sizes = [0] * len(names)
    for index, [answer] in enumerate(line.ask([[wire.lstat(each)] for each in paths])):
        fault = _unreadable(server, answer, paths[index], names[index], limit)
        found[index] = fault
        sizes[index] = 0 if fault or not isinstance(answer, Attributes) else answer.size or 0
    asked = [[] if found[index] else [wire.open_file(each, wire.READ)] for index, each in enumerate(paths)]
    handles: list[bytes | None] = [None] * len(names)
    for index, answers in enumerate(line.ask(asked)):
        if answers and isinstance(answers[0], Handle):
            handles[index] = answers[0].value
        elif answers:
            found[index] = refused(server, answers[0], paths[index])
    groups = [
        [wire.read(handle, *part) for part in ranges(size + 1)] + [wire.close(handle)] if handle is not None else []
        for handle, size in zip(handles, sizes, strict=True)
    ]
    for index, answers in enumerate(line.ask(groups)):
        if answers:
            data = joined(answers[:-1])
            found[index] = data if data is not None and len(data) == sizes[index] else _changes(names[index])
    return [each if each is not None else _changes(name) for each, name in zip(found, names, strict=True)]


def joined(answers: Sequence[Answer]) -> bytes | None:
    """The bytes of reads that follow each other up to the end of a file; None when a part in the middle is missing."""
    parts = [answer.value if isinstance(answer, Data) else b"" for answer in answers]
    if any(isinstance(answer, Status) and answer.code != Code.EOF for answer in answers):
        return None
    short = next((n for n, part in enumerate(parts) if len(part) < wire.CHUNK), len(parts))
    return b"".join(parts) if not any(parts[short + 1 :]) else None


def sync_names(line: Line, path: bytes) -> bool:
    """One sync for the names in a folder. False when it failed; True too where the server does not let it be done."""
    if wire.FSYNC not in line.offers:
        return True
    opened = line.one(wire.open_file(path, wire.READ))
    if not isinstance(opened, Handle):
        return True
    synced = line.one(wire.fsync(opened.value))
    line.one(wire.close(opened.value))
    return not (isinstance(synced, Status) and synced.code in (Code.FAILURE, Code.PERMISSION_DENIED))


def refused(server: SftpServer, answer: Answer, path: bytes, name: str = "") -> ChannelError:
    """The table's word for a status that is no success: CHANNEL_DENIED or CHANNEL_UNAVAILABLE."""
    where = shown(path)
    status = answer if isinstance(answer, Status) else Status(Code.BAD_MESSAGE, type(answer).__name__)
    said = escaped(status.message) or f"status {status.code}"
    if status.code == Code.PERMISSION_DENIED:
        return ChannelError("CHANNEL_DENIED", host=server.name, user=server.user, path=where, detail=said)
    return ChannelError("CHANNEL_UNAVAILABLE", detail=f"{said} ({server.name} {where})", path=where, name=name)


def shown(raw: bytes) -> str:
    """A name or path of a server as one printable line."""
    text = raw.decode("utf-8", "surrogateescape")
    return escaped(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def single(raw: bytes) -> bool:
    """A name and no path: it may be sent back to the server inside one."""
    return raw not in (b"", b".", b"..") and b"/" not in raw and b"\0" not in raw


def at_ns(attributes: Attributes) -> int:
    return (attributes.mtime or 0) * 10**9


class _Gathered:
    """A listing while it comes in, never more than twice what is kept of it."""

    def __init__(self) -> None:
        self._files: dict[str, Entry] = {}
        self._strange: dict[str, str] = {}
        self._wild: list[Wild] = []
        self.unknown: set[bytes] = set()

    def take(self, raw: bytes, attributes: Attributes, *, known: bool = False) -> None:
        name = raw.decode("utf-8", "surrogateescape")
        if raw in (b".", b"..") or (waiting(name) and lawful(name)):
            return
        if not (attributes.is_known or known) and single(raw):
            if len(self.unknown) < MOST:
                self.unknown.add(raw)
        elif not attributes.is_file and single(raw):
            self._tell(raw, KINDS.get(stat.S_IFMT(attributes.mode or 0), "device"))
        elif not lawful(name):
            self._tell(raw, "name")
            if not waiting(name) and single(raw) and len(self._wild) < MOST_STRANGE:
                self._wild.append(Wild(raw, at_ns(attributes)))
        else:
            self._files[name] = Entry(name, attributes.size or 0, at_ns(attributes))
            if len(self._files) > 2 * MOST:
                self._files = {entry.name: entry for entry in self._oldest()}

    def listing(self) -> Listing:
        return Listing(tuple(self._oldest()), tuple(sorted(self._strange.items())), tuple(self._wild))

    def _oldest(self) -> list[Entry]:
        return sorted(self._files.values(), key=lambda entry: (entry.mtime_ns, entry.name))[:MOST]

    def _tell(self, raw: bytes, what: str) -> None:
        if len(self._strange) < MOST_STRANGE:
            self._strange[shown(raw)] = what


def _batches(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for first in range(0, len(names), 1024):
        yield names[first : first + 1024]


def _unreadable(server: SftpServer, answer: Answer, path: bytes, name: str, limit: int) -> ChannelError | None:
    if not isinstance(answer, Attributes):
        return refused(server, answer, path, name)
    if not answer.is_file:
        return ChannelError("FILE_TYPE", name=name, what=KINDS.get(stat.S_IFMT(answer.mode or 0), "device"))
    if (answer.size or 0) > limit:
        return ChannelError("FILE_TOO_BIG", name=name, size=answer.size, limit=limit)
    return None


def _changes(name: str) -> ChannelError:
    return ChannelError("CHANNEL_UNAVAILABLE", detail=f"{name} changes while it is read", path=name)
