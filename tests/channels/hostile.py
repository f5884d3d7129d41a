"""An SFTP server that lies: paramiko's own server side, with a subsystem that says whatever a test wants said."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import paramiko

FILE, LINK, FOLDER, FIFO = 0o100644, 0o120777, 0o040755, 0o010644
OK, EOF, NO_SUCH_FILE, DENIED, FAILURE = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Lie:
    """A listed entry. data: what a READ really gives. says: its size in words, else that of the data."""

    name: bytes
    data: bytes = b"<a/>"
    says: int | None = None
    mode: int = FILE
    mtime: int = 1

    @property
    def attributes(self) -> bytes:
        size = len(self.data) if self.says is None else self.says
        return struct.pack(">IQIII", 0x1 | 0x4 | 0x8, size, self.mode, 0, self.mtime)


@dataclass
class Script:
    """What the server does. answers: by packet type, instead of its own: bytes to send, b"" for silence.

    refuses: a status code by packet type.
    """

    entries: Sequence[Lie] | Callable[[], Iterator[Lie]] = ()
    answers: dict[int, bytes] = field(default_factory=dict)
    refuses: dict[int, int] = field(default_factory=dict)
    bare: bool = False  # listings without attributes
    part: int = 100  # entries in one NAME
    asked: list[tuple[int, bytes]] = field(default_factory=list)

    def listing(self) -> Iterator[Lie]:
        return self.entries() if callable(self.entries) else iter(self.entries)

    def find(self, name: bytes) -> Lie | None:
        return next((lie for lie in self.listing() if lie.name == name), None)

    def paths(self, *kinds: int) -> list[bytes]:
        """The paths of the requests of these types, or of all that have one, in order."""
        return [text(body)[0] for kind, body in self.asked if kind in (kinds or WITH_PATH)]


INIT, OPEN, CLOSE, READ, LSTAT, OPENDIR, READDIR, REMOVE, RENAME = 1, 3, 4, 5, 7, 11, 12, 13, 18
WITH_PATH = (OPEN, LSTAT, OPENDIR, REMOVE, RENAME)


@contextmanager
def serving(script: Script, key: paramiko.PKey | None = None) -> Iterator[tuple[int, paramiko.PKey]]:
    """Inside it the server listens on loopback. -> (port, its host key)."""
    key = key or paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def accept() -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(link)
            transports.append(transport)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", _Liar, script)
            try:
                transport.start_server(server=_Door())
            except (paramiko.SSHException, EOFError):
                transport.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], key
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for transport in transports:
            transport.close()
        thread.join(5)


class _Door(paramiko.ServerInterface):
    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Liar(paramiko.SubsystemHandler):
    def __init__(self, channel, name, server, script: Script) -> None:
        super().__init__(channel, name, server)
        self.script = script
        self.rest: dict[bytes, Iterator[Lie]] = {}

    def start_subsystem(self, name, transport, channel) -> None:
        buffer = b""
        while data := channel.recv(1 << 16):
            buffer += data
            while len(buffer) >= 4 and len(buffer) >= 4 + (size := struct.unpack(">I", buffer[:4])[0]):
                packet, buffer = buffer[4 : 4 + size], buffer[4 + size :]
                self.script.asked.append((packet[0], packet[5:]))
                answer = self.script.answers.get(packet[0])
                channel.sendall(self.answer(packet) if answer is None else answer)

    def answer(self, packet: bytes) -> bytes:
        kind, number, body = packet[0], packet[1:5], packet[5:]
        if kind in self.script.refuses:
            return status(number, self.script.refuses[kind])
        if kind == INIT:
            return framed(2, struct.pack(">I", 3))
        if kind == OPENDIR:
            handle = b"d%d" % len(self.rest)
            self.rest[handle] = self.script.listing()
            return framed(102, number + string(handle))
        if kind == READDIR:
            return self.names(number, text(body)[0])
        if kind in (LSTAT, OPEN):
            name = text(body)[0].rpartition(b"/")[2]
            lie = Lie(b"", mode=FOLDER) if name in TREE else self.script.find(name)
            if lie is None:
                return status(number, NO_SUCH_FILE)
            return (
                framed(105, number + lie.attributes) if kind == LSTAT else framed(102, number + string(b"f" + lie.data))
            )
        if kind == READ:
            handle, rest = text(body)
            offset, length = struct.unpack(">QI", rest)
            data = handle[1:][offset : offset + length]
            return framed(103, number + string(data)) if data else status(number, EOF)
        return status(number, OK)

    def names(self, number: bytes, handle: bytes) -> bytes:
        part = [lie for _, lie in zip(range(self.script.part), self.rest[handle], strict=False)]
        if not part:
            return status(number, EOF)
        bare = struct.pack(">I", 0)
        entries = b"".join(
            string(lie.name) + string(b"-rw-r--r--") + (bare if self.script.bare else lie.attributes) for lie in part
        )
        return framed(104, number + struct.pack(">I", len(part)) + entries)


TREE = (b"CertOut", b"InBox", b"OutBox", b"SentBox", b"FailBox", b"exchange")


def framed(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", len(body) + 1, kind) + body


def status(number: bytes, code: int) -> bytes:
    return framed(101, number + struct.pack(">I", code) + string(b"no") + string(b"en"))


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def text(body: bytes) -> tuple[bytes, bytes]:
    size = struct.unpack(">I", body[:4])[0]
    return body[4 : 4 + size], body[4 + size :]
