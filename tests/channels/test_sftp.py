"""The SFTP wire against a real OpenSSH server: cut, frozen, full, forbidden, changed; and what it rests on."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
import pytest

from channels import BoxName, ChannelError, sftp_link, sftp_put
from channels.errors import Outlook
from channels.sftp import SftpChannel
from channels.sftp_link import SftpLink
from channels.sftp_session import Cut
from tests.channels import hostile
from tests.channels.conftest import server_of
from tests.sshd import ABSENT, KEYGEN, SSHD, Sshd, generate, until

if TYPE_CHECKING:
    from channels.sftp_trust import SftpServer

pytestmark = pytest.mark.skipif(not (SSHD and KEYGEN), reason=ABSENT)


class Clock:
    """Monotonic seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def opened(sshd: Sshd, root: Path | None = None, **changed) -> Iterator[SftpChannel]:
    link = SftpLink(server_of(sshd, **changed))
    try:
        yield SftpChannel(link, str(root or sshd.root), "CertOut")
    finally:
        link.close()


@pytest.fixture
def channel(sshd: Sshd) -> Iterator[SftpChannel]:
    with opened(sshd) as made:
        made.create()
        yield made


def there(sshd: Sshd, box: str = "OutBox", root: Path | None = None) -> dict[str, bytes]:
    """What lies in a box, temporary files too."""
    folder = (root or sshd.root) / "CertOut" / box
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def code(act: Callable[[], object]) -> str:
    with pytest.raises(ChannelError) as refused:
        act()
    return refused.value.code


def codes(results) -> list[str]:
    return [result.code if result else "" for result in results]


# ── putting ──


def test_files_have_their_names_only_when_they_are_whole(sshd: Sshd, channel: SftpChannel) -> None:
    items = [(f"{n:04d}.xml", b"<a>%d</a>" % n * 50) for n in range(300)]
    assert not any(channel.box(BoxName.OUT).put_all(items))
    assert there(sshd) == dict(items)
    assert sshd.logins() == 1


@pytest.mark.parametrize("denied", ["posix-rename", "posix-rename,fsync,statvfs", "fsync"])
def test_a_server_that_offers_less_gets_the_same_files(tmp_path: Path, denied: str) -> None:
    with Sshd.started(tmp_path / "less", subsystem=f"internal-sftp -P {denied}") as sshd, opened(sshd) as channel:
        channel.create()
        out = channel.box(BoxName.OUT)
        assert out.put_all([("a.xml", b"one"), ("b.xml", b"two")]) == [None, None]
        assert codes(out.put_all([("a.xml", b"one"), ("b.xml", b"other")])) == ["", "CHANNEL_CONFLICT"]
        (sshd.root / "CertOut" / "OutBox" / "c.xml").write_bytes(b"th")
        assert out.put_all([("c.xml", b"three")], own_torn=True) == [None]
        assert there(sshd) == {"a.xml": b"one", "b.xml": b"two", "c.xml": b"three"}


def test_what_a_dead_writer_left_is_written_anew(sshd: Sshd, channel: SftpChannel) -> None:
    """F25: half of it, or something longer, or a link that leads elsewhere."""
    out = sshd.root / "CertOut" / "OutBox"
    (out / "a.xml.Temp").write_bytes(b"on")
    (out / "b.xml.Temp").write_bytes(b"two and more")
    (sshd.root / "elsewhere").write_bytes(b"mine")
    (out / "c.xml.Temp").symlink_to(sshd.root / "elsewhere")
    items = {"a.xml": b"one", "b.xml": b"two", "c.xml": b"three"}
    assert channel.box(BoxName.OUT).put_all(list(items.items())) == [None] * 3
    assert there(sshd) == items
    assert (sshd.root / "elsewhere").read_bytes() == b"mine"


def test_a_transfer_that_is_killed_is_made_again_over_a_new_connection(sshd: Sshd, channel: SftpChannel) -> None:
    """F25: there is one final name, and no temporary one is left."""
    data = bytes(range(256)) * 40_000
    temp = sshd.root / "CertOut" / "OutBox" / "big.xml.Temp"
    killed: list[int] = []

    def kill() -> None:
        until(lambda: temp.exists() and temp.stat().st_size > 1 << 20)
        killed.append(sshd.kill_children())

    channel.box(BoxName.OUT).entries()
    killer = threading.Thread(target=kill)
    killer.start()
    assert channel.box(BoxName.OUT).put_all([("big.xml", data)]) == [None]
    killer.join()
    assert killed and killed[0]
    assert there(sshd) == {"big.xml": data}
    assert sshd.logins() == 2


def test_an_idle_connection_that_died_is_replaced_unseen(sshd: Sshd, channel: SftpChannel) -> None:
    assert channel.box(BoxName.IN).entries() == []
    sshd.kill_children()
    assert channel.box(BoxName.IN).entries() == []
    sshd.restart()
    assert channel.box(BoxName.OUT).put_all([("a.xml", b"one")]) == [None]
    assert there(sshd) == {"a.xml": b"one"}


def test_connections_that_are_killed_again_and_again_lose_nothing_and_put_nothing_twice(
    sshd: Sshd, channel: SftpChannel
) -> None:
    items = {f"{n:04d}.xml": b"<a>%d</a>" % n * 100 for n in range(300)}
    out, over, kills = channel.box(BoxName.OUT), threading.Event(), []
    folder = sshd.root / "CertOut" / "OutBox"

    def kill() -> None:
        for goal in range(20, 300, 60):  # in the middle of a wave's writing or naming
            until(lambda goal=goal: over.is_set() or len(list(folder.iterdir())) >= goal, 60)
            kills.append(sshd.kill_children())

    killer = threading.Thread(target=kill)
    killer.start()
    left, rounds = dict(items), 0
    while left and rounds < 50:
        results = out.put_all(list(left.items()))
        assert {error.outlook for error in results if error} <= {Outlook.AGAIN, Outlook.LOOK}
        left = {name: left[name] for name, error in zip(left, results, strict=True) if error}
        channel.link.resume()  # no rest between the tries of this test
        rounds += 1
    over.set()
    killer.join()
    assert not left and len(kills) == 5
    assert not any(out.put_all(list(items.items())))
    assert there(sshd) == items


class Interrupted:
    """Cuts the connection around the rename of the next wave: `before` the server has it, or `after` it has done it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, when: str, then: Callable[[], None] = lambda: None) -> None:
        self.when, self.then, self.times = when, then, 1
        self.real = sftp_put.Wave._ask
        monkeypatch.setattr(sftp_put.Wave, "_ask", partialmethod(Interrupted.ask_for, self))

    @staticmethod
    def ask_for(wave, self: Interrupted, line, groups):
        if not self.times or not any(upload.renaming for upload in wave.uploads):
            return self.real(wave, line, groups)
        self.times -= 1
        if self.when == "after":
            self.real(wave, line, groups)
        self.then()
        cut = Cut("cut by the test")
        cut.grouped = [[None] for _ in wave.uploads]
        line.close()
        raise cut


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_before_the_answer_to_the_rename_is_looked_at(
    sshd: Sshd, channel: SftpChannel, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """F27"""
    interrupted = Interrupted(monkeypatch, when)
    assert channel.box(BoxName.OUT).put_all([("a.xml", b"one"), ("b.xml", b"two")]) == [None, None]
    assert interrupted.times == 0
    assert there(sshd) == {"a.xml": b"one", "b.xml": b"two"}


def test_what_was_renamed_and_taken_away_at_once_is_of_unknown_outcome(
    sshd: Sshd, channel: SftpChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F27: neither name is there; only SentBox can tell, so it is not put again."""
    out = sshd.root / "CertOut" / "OutBox"
    Interrupted(monkeypatch, "after", (out / "a.xml").unlink)
    [error] = channel.box(BoxName.OUT).put_all([("a.xml", b"one")])
    assert error is not None
    assert (error.code, error.outlook) == ("CHANNEL_UNCONFIRMED", Outlook.LOOK)
    assert there(sshd) == {}


def test_a_cut_after_which_nobody_answers_is_of_unknown_outcome(
    sshd: Sshd, channel: SftpChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    Interrupted(monkeypatch, "after", sshd.stop)
    assert codes(channel.box(BoxName.OUT).put_all([("a.xml", b"one")])) == ["CHANNEL_UNCONFIRMED"]
    sshd.start()
    channel.link.resume()
    assert channel.box(BoxName.OUT).put_all([("a.xml", b"one")]) == [None]
    assert there(sshd) == {"a.xml": b"one"}


def test_a_frozen_server_is_given_up_in_time_and_used_again(
    sshd: Sshd, channel: SftpChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F26"""
    assert (sftp_link.CONNECT, sftp_link.BANNER, sftp_link.AUTH, sftp_link.CHANNEL) == (10, 10, 10, 30)
    monkeypatch.setattr(sftp_link, "CHANNEL", 0.5)
    monkeypatch.setattr(sftp_link, "BANNER", 0.5)
    channel.link.close()
    out = channel.box(BoxName.OUT)
    assert out.entries() == []
    with sshd.frozen():
        assert codes(out.put_all([("a.xml", b"one")])) == ["CHANNEL_CONNECTION"]
        assert code(out.entries) == "CHANNEL_CONNECTION"
    channel.link.resume()
    assert out.put_all([("a.xml", b"one")]) == [None]
    assert there(sshd) == {"a.xml": b"one"}


def test_a_full_disk_there_is_told_and_work_goes_on_when_there_is_room(sshd: Sshd, small_disk: Path) -> None:
    """F29"""
    with opened(sshd, small_disk) as channel:
        channel.create()
        out = channel.box(BoxName.OUT)
        [big] = out.put_all([("b.xml", b"x" * 200_000)])
        assert big is not None
        assert (big.code, big.outlook, big.evidence["path"]) == ("CHANNEL_FULL", Outlook.AGAIN, "b.xml")
        assert out.put_all([("a.xml", b"one")]) == [None]
        assert there(sshd, root=small_disk) == {"a.xml": b"one"}
        subprocess.run(["mount", "-o", "remount,size=2m", small_disk], check=True)
        assert out.put_all([("b.xml", b"x" * 200_000)]) == [None]
        assert there(sshd, root=small_disk)["b.xml"] == b"x" * 200_000


@contextmanager
def immutable(folder: Path) -> Iterator[None]:
    """Nothing may be made or removed inside it, not even by root."""
    if subprocess.run(["chattr", "+i", folder], capture_output=True).returncode:
        pytest.skip("immutable: chattr +i is not permitted here (Debian: e2fsprogs, root)")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", folder], check=True)


def test_what_is_not_permitted_names_path_and_account_and_is_tried_three_times(
    sshd: Sshd, channel: SftpChannel
) -> None:
    """F30 and F41"""
    box = sshd.root / "CertOut" / "InBox"
    (box / "r.xml").write_bytes(b"r")
    with immutable(box):
        for error in (
            *channel.box(BoxName.IN).put_all([("a.xml", b"one")]),
            *channel.box(BoxName.IN).remove_all(["r.xml"]),
        ):
            assert error is not None and (error.code, error.tries) == ("CHANNEL_DENIED", 3)
            assert error.evidence["user"] == sshd.user
            assert str(box) in str(error.evidence["path"])
    assert channel.box(BoxName.IN).put_all([("a.xml", b"one")]) == [None]


def test_a_missing_folder_is_unavailable_until_it_is_made_again(sshd: Sshd, channel: SftpChannel) -> None:
    """F22"""
    out = sshd.root / "CertOut" / "OutBox"
    out.rmdir()
    assert codes(channel.box(BoxName.OUT).put_all([("a.xml", b"one")])) == ["CHANNEL_UNAVAILABLE"]
    assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_UNAVAILABLE"
    assert code(channel.check) == "CHANNEL_UNAVAILABLE"
    out.mkdir()
    channel.check()
    assert channel.box(BoxName.OUT).put_all([("a.xml", b"one")]) == [None]


def test_folders_are_found_without_regard_to_case(sshd: Sshd) -> None:
    for box in ("OUTBOX", "sentbox", "FailBox", "Inbox"):
        (sshd.root / "certOUT" / box).mkdir(parents=True)
    with opened(sshd) as channel:
        channel.create()
        assert channel.box(BoxName.OUT).put_all([("a.xml", b"one")]) == [None]
    assert (sshd.root / "certOUT" / "OUTBOX" / "a.xml").read_bytes() == b"one"
    assert [path.name for path in sshd.root.iterdir()] == ["certOUT"]
    (sshd.root / "CERTout").mkdir()
    with opened(sshd) as channel:
        assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_UNAVAILABLE"


def test_what_is_no_file_is_told_and_left(sshd: Sshd, channel: SftpChannel) -> None:
    """F36, B87"""
    box = sshd.root / "CertOut" / "InBox"
    (box / "link.xml").symlink_to("/etc/passwd")
    (box / "folder.xml").mkdir()
    (box / "20261121").mkdir()
    subprocess.run(["mkfifo", box / "fifo.xml"], check=True)
    assert channel.box(BoxName.IN).entries() == []
    assert dict(channel.box(BoxName.IN).strange()) == {
        "link.xml": "symlink",
        "folder.xml": "folder",
        "fifo.xml": "fifo",
    }
    assert code(lambda: channel.box(BoxName.IN).read("link.xml", limit=9999)) == "FILE_TYPE"
    assert code(lambda: channel.box(BoxName.IN).move("link.xml", to=channel.box(BoxName.FAIL))) == "FILE_TYPE"


# ── who is there, and who we are ──


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


def test_a_connection_that_fails_is_rested_and_then_tried_again(sshd: Sshd) -> None:
    """F24: while it rests nobody waits for it."""
    sshd.stop()
    clock, tries = Clock(), []
    link = SftpLink(server_of(sshd), monotonic=clock)
    real = sftp_link.connect

    def counted(server: SftpServer):
        tries.append(clock.now)
        return real(server)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sftp_link, "connect", counted)
        for now in (0.0, 0.1, 0.24, 0.3, 0.5, 0.7, 0.81):
            clock.now = now
            assert code(link.line) == "CHANNEL_CONNECTION"
        assert tries == [0.0, 0.3, 0.81]
        clock.now = 10_000.0
        sshd.start()
        assert link.line().stands
    link.close()
