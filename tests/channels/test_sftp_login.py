"""The SFTP wire's trust: who is there, who we are, what both may speak, and which keys log in."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
import pytest

from channels import BoxName, ChannelError, sftp_link
from channels.errors import Outlook
from channels.sftp import SftpChannel
from channels.sftp_link import SftpLink
from tests.channels import hostile
from tests.channels.over_sftp import server_of
from tests.sshd import ABSENT, KEYGEN, SSHD, Sshd, generate, until

if TYPE_CHECKING:
    from channels.sftp_trust import SftpServer
from tests.channels.over_sftp import code, codes, opened

pytestmark = pytest.mark.skipif(not (SSHD and KEYGEN), reason=ABSENT)


def test_another_host_key_stops_the_channel_and_no_login_is_sent(tmp_path: Path) -> None:
    """F32, P17"""
    with Sshd.started(tmp_path / "sshd", more="LogLevel DEBUG1\n") as sshd, opened(sshd) as channel:
        channel.create()
        sshd.change_host_key()
        sshd.restart()
        before = len(sshd.log)
        with pytest.raises(ChannelError) as refused:
            channel.box(BoxName.OUT).entries()
        error = refused.value
        assert (error.code, error.stops_channel, error.outlook) == ("CHANNEL_HOST_KEY", True, Outlook.PARK)
        assert "SHA256:" in str(error.evidence["pinned"]) and error.evidence["pinned"] != error.evidence["found"]
        assert codes(channel.box(BoxName.OUT).put_all([("a.xml", b"one")])) == ["CHANNEL_HOST_KEY"]
        until(lambda: "SSH2_MSG_NEWKEYS received" in sshd.log[before:])
        assert "userauth-request" not in sshd.log[before:]
        assert sshd.log[before:].count("kex: algorithm:") == 1, "once stopped it is not tried again"
        sshd.pin(channel.link.server.known_hosts)
        channel.link.resume()
        assert channel.box(BoxName.OUT).put_all([("a.xml", b"one")]) == [None]


def test_a_server_without_a_pin_is_nobody(sshd: Sshd, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.write_text("# nobody yet\n", encoding="ascii")
    with opened(sshd, known_hosts=empty) as channel:
        with pytest.raises(ChannelError) as refused:
            channel.box(BoxName.OUT).entries()
        assert refused.value.code == "CHANNEL_HOST_KEY"
        assert "SHA256:" in refused.value.zh, "what to ask the other side about"
    with opened(sshd, known_hosts=tmp_path / "missing") as channel:
        assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_KEY"
    assert sshd.logins() == 0


def test_a_pin_for_any_port_of_a_host_counts(sshd: Sshd, tmp_path: Path) -> None:
    pin = tmp_path / "known_hosts"
    pin.write_text("127.0.0.1 " + sshd.known_hosts.partition(" ")[2], encoding="ascii")
    with opened(sshd, known_hosts=pin) as channel:
        channel.create()
        assert channel.box(BoxName.OUT).entries() == []


@pytest.mark.parametrize("more", ["", "MaxAuthTries 1\n"])
def test_one_refused_login_parks_the_channel(tmp_path: Path, more: str) -> None:
    """F33: whether the server says no or hangs up at once, it is never tried a second time."""
    with Sshd.started(tmp_path / "sshd", more=f"LogLevel DEBUG1\n{more}") as sshd, opened(sshd) as channel:
        sshd.refuse_login()
        out = channel.box(BoxName.OUT)
        for _ in range(3):
            assert codes(out.put_all([("a.xml", b"one")])) == ["CHANNEL_LOGIN"]
            assert code(out.entries) == "CHANNEL_LOGIN"
        assert channel.link.stopped is not None and channel.link.stopped.stops_channel
        assert sshd.log.count("kex: algorithm:") == 1
        assert sshd.log.count("userauth-request for user") <= 2, "service and one key"
        sshd.accept_login(sshd.key)
        assert code(out.entries) == "CHANNEL_LOGIN", "an operator resumes, nobody else"
        channel.link.resume()
        channel.create()
        assert out.put_all([("a.xml", b"one")]) == [None]


class Answers(hostile._Door):
    """A server that answers a login as a test says."""

    def __init__(self, answer: Callable[[], int]) -> None:
        self.answer = answer

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self.answer()


@contextmanager
def door(sshd: Sshd, answer: Callable[[paramiko.Transport], int], **transport) -> Iterator[SftpServer]:
    """One connection to a server of paramiko's, which has a key of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    key = paramiko.ECDSAKey.generate()
    made: list[paramiko.Transport] = []

    def accept() -> None:
        link, _ = listener.accept()
        server = paramiko.Transport(link, **transport)
        made.append(server)
        server.add_server_key(key)
        try:
            server.start_server(server=Answers(lambda: answer(server)))
        except (paramiko.SSHException, EOFError):
            server.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    pin = sshd.folder / "door_hosts"
    pin.write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n", encoding="ascii")
    try:
        yield server_of(sshd, port=port, known_hosts=pin)
    finally:
        listener.close()
        for server in made:
            server.close()
        thread.join(5)


def test_a_login_that_breaks_is_no_refusal(sshd: Sshd) -> None:
    def hang_up(transport: paramiko.Transport) -> int:
        transport.close()
        return paramiko.AUTH_FAILED

    with door(sshd, hang_up) as server:
        link = SftpLink(server)
        assert code(link.line) == "CHANNEL_CONNECTION"
        assert link.stopped is None


def test_a_login_that_asks_for_more_is_refused(sshd: Sshd) -> None:
    with door(sshd, lambda _: paramiko.AUTH_PARTIALLY_SUCCESSFUL) as server:
        assert code(SftpLink(server).line) == "CHANNEL_LOGIN"


def test_without_strict_key_exchange_nothing_is_sent(sshd: Sshd) -> None:
    asked: list[str] = []

    def answer(_: paramiko.Transport) -> int:
        asked.append("login")
        return paramiko.AUTH_SUCCESSFUL

    with door(sshd, answer, strict_kex=False) as server:
        link = SftpLink(server)
        with pytest.raises(ChannelError) as refused:
            link.line()
    assert (refused.value.code, refused.value.stops_channel) == ("CHANNEL_ALGORITHMS", True)
    assert "strict KEX" in refused.value.en and not asked


@pytest.mark.parametrize(
    "more",
    [
        "Ciphers aes128-cbc,3des-cbc\n",
        "Ciphers aes256-ctr\nMACs hmac-sha1,hmac-md5\n",
        "KexAlgorithms diffie-hellman-group14-sha1\n",
    ],
    ids=["cbc", "sha1", "kex-sha1"],
)
def test_a_server_of_old_algorithms_is_refused(tmp_path: Path, more: str) -> None:
    with Sshd.started(tmp_path / "old", more=more) as sshd, opened(sshd) as channel:
        assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_ALGORITHMS"
        assert sshd.logins() == 0


def offered(sshd: Sshd) -> list[list[str]]:
    """The name-lists of the key exchange that a client of ours begins (RFC 4253, 7.1), as they stand on the wire."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pin = sshd.folder / "any_port"
        pin.write_text("127.0.0.1 " + sshd.known_hosts.partition(" ")[2], encoding="ascii")
        link = SftpLink(server_of(sshd, port=listener.getsockname()[1], known_hosts=pin))
        client = threading.Thread(target=lambda: code(link.line))
        client.start()
        with listener.accept()[0] as wire:
            wire.sendall(b"SSH-2.0-test\r\n")
            data = b""
            while len(rest := data.partition(b"\r\n")[2]) < 4 or len(rest) < 4 + struct.unpack(">I", rest[:4])[0]:
                data += wire.recv(1 << 16)
        client.join(15)
    payload, lists = rest[5 + 1 + 16 :], []
    for _ in range(10):
        size = struct.unpack(">I", payload[:4])[0]
        lists.append(payload[4 : 4 + size].decode("ascii").split(","))
        payload = payload[4 + size :]
    return lists


def test_only_what_is_on_the_list_is_offered(sshd: Sshd) -> None:
    kex, host_keys, *rest = offered(sshd)
    ciphers, macs, compression = rest[0:2], rest[2:4], rest[4:6]
    assert "kex-strict-c-v00@openssh.com" in kex
    assert not [name for name in kex if name.endswith("sha1") or "group1-" in name or "exchange" in name]
    assert set(host_keys) == {"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"}, "the pinned type and none else"
    for names in ciphers:
        assert names and set(names) <= {
            "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr",
        }  # fmt: skip
    for names in macs:
        assert names and all(name.startswith(("hmac-sha2-256", "hmac-sha2-512")) for name in names)
    assert compression == [["none"], ["none"]]
    everything = " ".join(name for names in (kex, host_keys, *rest) for name in names)
    assert not [
        bad for bad in ("cbc", "3des", "md5", "sha1-", "-sha1", "arcfour", "ssh-rsa", "ssh-dss") if bad in everything
    ]


def test_a_server_that_does_not_greet_is_given_up(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp_link, "BANNER", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        link = SftpLink(server_of(sshd, port=silent.getsockname()[1]))
        assert code(link.line) == "CHANNEL_CONNECTION"
        assert link.stopped is None


def test_a_key_that_was_changed_counts_from_the_next_connection_on(sshd: Sshd, channel: SftpChannel) -> None:
    """F34"""
    out = channel.box(BoxName.OUT)
    assert out.put_all([("a.xml", b"one")]) == [None]
    new = generate(sshd.folder / "new_key", "ecdsa")
    sshd.accept_login(new)
    new.replace(sshd.key)
    assert out.put_all([("b.xml", b"two")]) == [None], "the connection that stands goes on"
    sshd.kill_children()
    assert out.put_all([("c.xml", b"three")]) == [None]
    assert "ECDSA" in sshd.log


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_every_usual_kind_of_key_logs_in(sshd: Sshd, kind: str) -> None:
    key = generate(sshd.folder / kind, kind)
    sshd.accept_login(key)
    with opened(sshd, key=key) as channel:
        channel.create()
        assert channel.box(BoxName.OUT).entries() == []


def test_a_key_that_cannot_be_used_is_told_and_no_login_tried(sshd: Sshd, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    locked = tmp_path / "locked"
    subprocess.run([str(KEYGEN), "-q", "-t", "ed25519", "-N", "long enough", "-f", str(locked)], check=True)
    small = tmp_path / "small"
    subprocess.run(["openssl", "genrsa", "-out", small, "1024"], check=True, capture_output=True)
    open_ = generate(tmp_path / "open")
    open_.chmod(0o644)
    small.chmod(0o600)
    for key in (locked, small, open_, tmp_path / "missing", sshd.folder / "sshd_config"):
        with opened(sshd, key=key) as channel:
            assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_KEY", key
    secret.write_bytes(b"wrong one\n")
    with opened(sshd, key=locked, passphrase_file=secret) as channel:
        assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_KEY"
        assert sshd.logins() == sshd.refusals() == 0
        secret.write_bytes(b"long enough\n")
        sshd.accept_login(locked)
        channel.link.resume()
        channel.create()
