"""The one long-lived connection to an SFTP server: made when needed, kept alive, rested after a failure, stopped for good
when the other side is not who it was or does not let us in.

A host key is pinned and never asked about, and is checked before anything of a login is sent (reliability P17, F32).
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence

import paramiko

from channels.errors import ChannelError
from channels.sftp_session import Cut, Exchange, Session, lost, together
from channels.sftp_trust import SftpServer, login_key, pins, require, restrict
from channels.sftp_wire import Answer, Request

CONNECT = BANNER = AUTH = 10.0  # s
CHANNEL = 30.0  # s for any answer on an open session
KEEPALIVE = 30  # s
REST, LONGEST_REST = 0.25, 30.0  # s without a new connection after one that failed: the first, doubled up to the last
PAUSES = (0.0, 0.25, 0.5)  # s before each try when a connection that stood was cut: a server that restarts is soon back

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # what fails is told by our errors, once


class Line:
    """The sessions of one connection that stands. Groups of requests go side by side: group n to session n modulo all."""

    def __init__(self, transport: paramiko.Transport, sessions: Sequence[Session]) -> None:
        self._transport = transport
        self._sessions = sessions
        self.offers = sessions[0].offers

    def one(self, request: Request) -> Answer:
        """Raises Cut."""
        [[answer]] = self.ask([[request]])
        return answer

    def ask(self, groups: Sequence[Sequence[Request]]) -> list[list[Answer]]:
        """The answers of each group, in order. A handle is good for the groups of the same index only.

        Raises Cut; its `grouped` holds the answers that had come, None for the others.
        """
        share = [list(range(first, len(groups), len(self._sessions))) for first in range(len(self._sessions))]
        exchanges = [
            Exchange(session, [request for index in mine for request in groups[index]])
            for session, mine in zip(self._sessions, share, strict=True)
        ]
        cut = together(exchanges)
        found: list[list[Answer | None]] = [[] for _ in groups]
        for exchange, mine in zip(exchanges, share, strict=True):
            answers = iter(exchange.answers)
            for index in mine:
                found[index] = [next(answers) for _ in groups[index]]
        if cut is not None:
            cut.grouped = found
            raise cut
        return [[answer for answer in group if answer is not None] for group in found]

    @property
    def stands(self) -> bool:
        return bool(self._transport.is_active())

    def close(self) -> None:
        self._transport.close()


class SftpLink:
    """`line()` gives the connection, new where there is none. Safe between threads as far as making it goes."""

    def __init__(
        self,
        server: SftpServer,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.server = server
        self.stopped: ChannelError | None = None  # why nothing more is tried until `resume` (F32, F33)
        self._monotonic = monotonic
        self._pause = pause
        self._line: Line | None = None
        self._failed: ChannelError | None = None
        self._rest = REST
        self._rested = 0.0
        self._lock = threading.Lock()

    def line(self) -> Line:
        """Raises ChannelError: CHANNEL_CONNECTION or CHANNEL_KEY, later perhaps not; one that `stops_channel`, until resumed.

        While it rests after a failure it says the same again without a try, so that other channels need not wait.
        """
        with self._lock:
            if self._line is not None and self._line.stands:
                return self._line
            if self.stopped is not None:
                raise again(self.stopped)
            if self._failed is not None and self._monotonic() < self._rested:
                raise again(self._failed)
            self._line = self._connect(PAUSES if self._line else PAUSES[:1])
            return self._line

    def drop(self, line: Line, cut: Cut) -> ChannelError:
        """Gives a connection up. -> the table's word for it."""
        line.close()
        return broken(self.server, cut)

    def resume(self) -> None:
        """An operator has acted: the next `line()` tries again."""
        with self._lock:
            self.stopped = self._failed = None
            self._rest = REST

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _connect(self, pauses: Sequence[float]) -> Line:
        """Tries once for each pause; a refusal of any other kind than a missing connection ends the tries."""
        self._hang_up()
        for left, pause in zip(range(len(pauses) - 1, -1, -1), pauses, strict=True):
            if pause:
                self._pause(pause)
            try:
                line = connect(self.server)
            except ChannelError as error:
                if left and error.code == "CHANNEL_CONNECTION":
                    continue
                self._note(error)
                raise
            self._failed, self._rest = None, REST
            return line
        raise AssertionError("unreachable")

    def _note(self, error: ChannelError) -> None:
        self._failed = error
        self._rested, self._rest = self._monotonic() + self._rest, min(2 * self._rest, LONGEST_REST)
        if error.stops_channel:
            self.stopped = error


def again(error: ChannelError) -> ChannelError:
    """The same once more, without the places where it was raised before."""
    return ChannelError(error.code, **error.evidence)


def connect(server: SftpServer) -> Line:
    """A connection with its sessions. Raises ChannelError."""
    key, pinned = login_key(server), pins(server)  # both before anything is sent
    transport = _reach(server)
    try:
        _agree(server, transport, pinned)
        _log_in(server, transport, key)
        transport.set_keepalive(KEEPALIVE)
        return Line(transport, [_session(transport) for _ in range(server.sessions)])
    except Cut as cut:
        transport.close()
        raise broken(server, cut) from cut
    except BaseException:
        transport.close()
        raise


def broken(server: SftpServer, cut: Cut) -> ChannelError:
    return ChannelError(
        "CHANNEL_PROTOCOL" if cut.nonsense else "CHANNEL_CONNECTION", host=server.name, detail=cut.detail
    )


class _Transport(paramiko.Transport):  # type: ignore[misc, unused-ignore]  # the library has no types
    """Remembers that the other side said good-bye: a login that is answered so was refused, one that breaks was not."""

    dismissed = ""

    def _parse_disconnect(self, m: paramiko.Message) -> None:
        self.dismissed = m.asbytes()[5:].decode("utf-8", "replace").strip("\0") or "disconnected"
        super()._parse_disconnect(m)


def _reach(server: SftpServer) -> _Transport:
    try:
        sock = socket.create_connection((server.host, server.port), timeout=CONNECT)
    except OSError as error:
        raise broken(server, lost(error)) from error
    transport = _Transport(sock)
    transport.daemon = True
    transport.banner_timeout = transport.handshake_timeout = BANNER
    transport.auth_timeout = AUTH
    transport.channel_timeout = CHANNEL
    return transport


def _agree(server: SftpServer, transport: _Transport, pinned: list[paramiko.PKey]) -> None:
    """Key exchange, then the host key, then strict key exchange (CVE-2023-48795): all of it before a login."""
    restrict(transport, pinned)
    try:
        transport.start_client(timeout=2 * BANNER)
        found = transport.get_remote_server_key()
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise _no_agreement(server, error, pinned) from error
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise lost(error) from error
    require(server, found, pinned)
    if not transport.agreed_on_strict_kex:
        raise ChannelError("CHANNEL_ALGORITHMS", host=server.name, detail="strict KEX (CVE-2023-48795)")


def _no_agreement(server: SftpServer, error: Exception, pinned: list[paramiko.PKey]) -> ChannelError:
    """A server that has no key of a pinned type is as much another one as one with another key."""
    if "host key" in str(error):
        told_pins = ", ".join(key.get_name() for key in pinned)
        return ChannelError("CHANNEL_HOST_KEY", host=server.name, pinned=told_pins, found="—")
    return ChannelError("CHANNEL_ALGORITHMS", host=server.name, detail=str(error))


def _log_in(server: SftpServer, transport: _Transport, key: paramiko.PKey) -> None:
    """One try. Raises ChannelError CHANNEL_LOGIN when it is refused, Cut when the connection breaks meanwhile."""
    try:
        further = transport.auth_publickey(server.user, key)
    except (OSError, EOFError, paramiko.SSHException) as error:
        if _was_refused(transport, error):
            raise _refused(server, transport.dismissed or str(error)) from error
        raise lost(error) from error
    if further:
        raise _refused(server, f"also asked for: {', '.join(further)}")


def _was_refused(transport: _Transport, error: Exception) -> bool:
    handler = transport.auth_handler
    answered = handler is not None and handler.username is None  # so it is after a USERAUTH_FAILURE
    return isinstance(error, paramiko.BadAuthenticationType) or answered or bool(transport.dismissed)


def _refused(server: SftpServer, detail: str) -> ChannelError:
    return ChannelError("CHANNEL_LOGIN", host=server.name, user=server.user, detail=detail)


def _session(transport: _Transport) -> Session:
    try:
        channel = transport.open_session(timeout=CHANNEL)
        channel.settimeout(CHANNEL)
        channel.invoke_subsystem("sftp")
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise lost(error) from error
    session = Session(channel)
    session.begin()
    return session
