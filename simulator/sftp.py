"""The SFTP face: a server on the loopback whose users see their own folders and nothing else. Keys only, no shell, no forwarding."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import paramiko

from channels.sftp_trust import restrict
from simulator.errors import BadCustoms
from simulator.sftp_tree import Tree, Wire

LOOPBACK = "127.0.0.1"
GUESTS = 32  # connections at once
PATIENCE = 30.0  # s for a handshake and a login
BEAT = 0.5  # s between looks at whether we are to stop


@dataclass(frozen=True, slots=True)
class Login:
    """Whoever may come in. root: the folder that is its `/`. keys: a file of OpenSSH public keys, one a line, read at each login."""

    name: str
    root: Path
    keys: Path


class SftpFace:
    """Used as a context: listens inside it. port 0: any; `port` is the one that was given."""

    def __init__(self, port: int, *, host_key: Path, logins: Mapping[str, Login]) -> None:
        self._key = paramiko.PKey.from_path(host_key)
        self._logins = logins
        self._stop = threading.Event()
        self._guests: set[paramiko.Transport] = set()
        self._lock = threading.Lock()
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="sftp", daemon=True)

    def __enter__(self) -> SftpFace:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()
        with self._lock:
            guests = list(self._guests)
        for guest in guests:
            guest.close()
        for guest in guests:
            guest.join(PATIENCE)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                link, _ = self._socket.accept()
            except TimeoutError:
                self._forget()
                continue
            self._forget()
            if len(self._guests) >= GUESTS:
                link.close()
                continue
            threading.Thread(target=self._receive, args=(link,), name="sftp guest", daemon=True).start()

    def _receive(self, link: socket.socket) -> None:
        """One guest that cannot be received is sent away, and the others are not disturbed."""
        link.settimeout(None)
        guest = paramiko.Transport(link)
        with self._lock:
            self._guests.add(guest)
        guest.banner_timeout = guest.auth_timeout = PATIENCE
        restrict(guest, [self._key])
        guest.add_server_key(self._key)
        guest.set_subsystem_handler("sftp", Wire, Tree)
        try:
            guest.start_server(server=Desk(self._logins))
        except (paramiko.SSHException, EOFError, OSError):
            guest.close()

    def _forget(self) -> None:
        with self._lock:
            self._guests = {guest for guest in self._guests if guest.is_alive()}


class Desk(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko is untyped
    """One connection: who it is, and that it gets an SFTP session and nothing besides. root: set by the login."""

    def __init__(self, logins: Mapping[str, Login]) -> None:
        self._logins = logins
        self.root = Path()

    def get_allowed_auths(self, _username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: Any) -> int:
        login = self._logins.get(username)
        if login is None or key.get_base64() not in _keys(login.keys):
            return int(paramiko.AUTH_FAILED)
        self.root = login.root
        return int(paramiko.AUTH_SUCCESSFUL)

    def check_channel_request(self, kind: str, _chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)


def _keys(path: Path) -> set[str]:
    """The base64 words of an OpenSSH file of public keys; a file that is not there holds none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return set()
    return {words[1] for line in lines if len(words := line.split()) > 1 and not line.startswith("#")}


def _listening(port: int) -> socket.socket:
    """On the loopback only. Raises BadCustoms where the port is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise BadCustoms(f"SFTP {LOOPBACK}:{port}: {error}") from error
    listening.listen(GUESTS)
    listening.settimeout(BEAT)
    return listening
