"""The server that the SFTP tests stand on does what they believe of it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.sshd import until

if TYPE_CHECKING:
    from tests.sshd import Sshd


def banner(server: Sshd, seconds: float) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as link:
        return link.recv(64)


def test_it_answers_is_killed_and_comes_back(sshd: Sshd) -> None:
    assert banner(sshd, 5).startswith(b"SSH-2.0-OpenSSH")
    sshd.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", sshd.port)) != 0
    sshd.start()
    assert banner(sshd, 5).startswith(b"SSH-2.0-OpenSSH")


def test_its_connections_are_cut_and_it_goes_on(sshd: Sshd) -> None:
    with socket.create_connection(("127.0.0.1", sshd.port), timeout=5) as link:
        assert link.recv(64)
        until(sshd.children)
        assert sshd.kill_children() >= 1
        assert link.recv(1 << 16) == b"" or link.recv(1 << 16) == b""
    assert banner(sshd, 5)


def test_frozen_it_says_nothing(sshd: Sshd) -> None:
    with sshd.frozen(), socket.create_connection(("127.0.0.1", sshd.port), timeout=0.3) as link:
        try:
            assert not link.recv(64)
        except TimeoutError:
            said = False
        else:
            said = True
    assert not said
    assert banner(sshd, 5)


def test_another_host_key_is_another_pin(sshd: Sshd) -> None:
    before = sshd.known_hosts
    sshd.change_host_key()
    assert sshd.known_hosts != before
    assert sshd.known_hosts.split()[0] == f"[127.0.0.1]:{sshd.port}"
