"""The SFTP wire when the connection is killed, cut at the worst moment, idle, frozen, or fails again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partialmethod
from typing import TYPE_CHECKING

import pytest

from channels import BoxName, sftp_link, sftp_put
from channels.errors import Outlook
from channels.sftp import SftpChannel
from channels.sftp_link import SftpLink
from channels.sftp_session import Cut
from tests.channels.over_sftp import server_of
from tests.sshd import ABSENT, KEYGEN, SSHD, Sshd, until

if TYPE_CHECKING:
    from channels.sftp_trust import SftpServer
from tests.channels.over_sftp import Clock, code, codes, there

pytestmark = pytest.mark.skipif(not (SSHD and KEYGEN), reason=ABSENT)


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
