"""One SFTP session on one channel of a connection: many requests on the way at once, each answered to its asker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import paramiko

from channels import sftp_wire as wire
from channels.sftp_wire import Answer, Attributes, Data, Handle, Kind, Malformed, Names, Request, Status

IN_FLIGHT = 128  # requests on the way
BYTES = 1 << 20  # bytes on the way, there and back: below the window of either end, so that neither waits for the other
PART = 64 << 10  # bytes received at once
LAST = 0xFFFFFFFF  # request numbers go round


class Pipe(Protocol):
    """What is needed of a `paramiko.Channel`, whose time-out is set."""

    def sendall(self, data: bytes) -> None: ...
    def recv(self, count: int) -> bytes: ...
    def close(self) -> None: ...


class Cut(Exception):
    """The session is over: cut, silent past its time, or talking nonsense.

    grouped: what had been answered of the groups that were asked together, in their order; None for the others, of
    which nobody knows whether they were done.
    """

    def __init__(self, detail: str, *, nonsense: bool = False, silent: bool = False) -> None:
        """nonsense: outside of the protocol. silent: no answer came in time."""
        super().__init__(detail)
        self.detail = detail
        self.nonsense = nonsense
        self.silent = silent
        self.grouped: list[list[Answer | None]] = []


class Session:
    """Asks in the order given; a server works on one file's requests in that order too (section 3 of the draft)."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._received = bytearray()
        self.number = 0  # of the next request
        self.offers: frozenset[bytes] = frozenset()

    def begin(self) -> None:
        """Agrees on version 3. Raises Cut."""
        self.send(wire.hello())
        try:
            self.offers = wire.offers(*self.packet())
        except Malformed as bad:
            raise Cut(str(bad), nonsense=True) from bad

    def send(self, data: bytes) -> None:
        try:
            self._pipe.sendall(data)
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise lost(error) from error

    def packet(self) -> tuple[int, bytes]:
        """The next packet: its type, and the bytes behind it."""
        length = int.from_bytes(self._take(4), "big")
        if not 1 <= length <= wire.LONGEST:
            raise Cut(f"a packet of {length} bytes", nonsense=True)
        body = self._take(length)
        return body[0], body[1:]

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            try:
                part = self._pipe.recv(PART)
            except (OSError, EOFError, paramiko.SSHException) as error:
                raise lost(error) from error
            if not part:
                raise Cut("the other side has closed the connection")
            self._received += part
        found = bytes(self._received[:count])
        del self._received[:count]
        return found


class Exchange:
    """Requests of one session and the answers that have come so far. `step` until it is False."""

    def __init__(self, session: Session, requests: Sequence[Request]) -> None:
        self.answers: list[Answer | None] = [None] * len(requests)
        self._session = session
        self._requests = requests
        self._first = session.number
        self._sent = self._waiting = self._load = 0
        session.number = (session.number + len(requests)) & LAST

    def send(self) -> None:
        """As many requests as may be on the way, in as few packets of the connection as they fill."""
        batch = bytearray()
        while self._sent < len(self._requests) and self._room(self._requests[self._sent]):
            request = self._requests[self._sent]
            batch += request.packet((self._first + self._sent) & LAST)
            self._sent, self._waiting, self._load = self._sent + 1, self._waiting + 1, self._load + weight(request)
        if batch:
            self._session.send(bytes(batch))

    def step(self) -> bool:
        """Sends when half of what may be on the way is answered, then takes one answer. Raises Cut."""
        if self._waiting <= IN_FLIGHT // 2 and self._load <= BYTES // 2:
            self.send()
        if not self._waiting:
            return False
        index, answer = self._answer()
        self.answers[index] = answer
        self._waiting, self._load = self._waiting - 1, self._load - weight(self._requests[index])
        return True

    def _room(self, request: Request) -> bool:
        return not self._waiting or (self._waiting < IN_FLIGHT and self._load + weight(request) <= BYTES)

    def _answer(self) -> tuple[int, Answer]:
        try:
            number, answer = wire.answer(*self._session.packet())
        except Malformed as bad:
            raise Cut(str(bad), nonsense=True) from bad
        index = (number - self._first) & LAST
        if index >= self._sent or self.answers[index] is not None:
            raise Cut("an answer to what was not asked", nonsense=True)
        _check(self._requests[index], answer)
        return index, answer


def together(exchanges: Sequence[Exchange]) -> Cut | None:
    """All of them side by side; the first Cut ends all."""
    try:
        for exchange in exchanges:
            exchange.send()
        open_ = list(exchanges)
        while open_:
            open_ = [exchange for exchange in open_ if exchange.step()]
    except Cut as cut:
        return cut
    return None


def _check(request: Request, answer: Answer) -> None:
    """The answer is of a kind that the request can have. Raises Cut."""
    if isinstance(answer, Status):
        return
    if not isinstance(answer, BRINGS.get(request.kind, Status)):
        raise Cut(f"{type(answer).__name__} for {request.kind.name}", nonsense=True)
    if request.kind is Kind.READ and len(answer.value) > request.expects:  # type: ignore[union-attr]
        raise Cut("more bytes than were asked for", nonsense=True)


BRINGS: dict[Kind, type] = {
    Kind.OPEN: Handle,
    Kind.OPENDIR: Handle,
    Kind.READ: Data,
    Kind.READDIR: Names,
    Kind.LSTAT: Attributes,
    Kind.FSTAT: Attributes,
    Kind.STAT: Attributes,
    Kind.EXTENDED: Data,
}


def weight(request: Request) -> int:
    """Bytes that a request and its answer have on the way."""
    return len(request.body) + request.expects + 64


def lost(error: BaseException) -> Cut:
    """What the system or the library says of a connection, as a Cut."""
    if isinstance(error, TimeoutError):
        return Cut("no answer in time", silent=True)
    return Cut(str(error) or type(error).__name__)


def pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(offset, bytes) of every packet that carries a file."""
    for offset in range(0, len(data), wire.CHUNK):
        yield offset, data[offset : offset + wire.CHUNK]


def ranges(count: int) -> Iterable[tuple[int, int]]:
    """(offset, length) of every packet that brings `count` bytes."""
    return ((offset, min(wire.CHUNK, count - offset)) for offset in range(0, count, wire.CHUNK))
