"""Channels are many: each works by itself, as people and its breaker let it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels import ChannelError, Enterprise, FolderChannel
from gateway.errors import BadHome
from gateway.home import Home
from gateway.lanes.lane import Lane, _told_once
from gateway.setup import NewHome, make_home
from gateway.submission.submit import Submitter
from gateway.worker import Worker, locked
from ledger.rows import ChannelRow
from mappings.clock import SetClock
from mappings.sample import ENTERPRISE
from tests.gateway.conftest import declared

CERTIFICATE, BLANK = "certificate_application", "blank_certificate_application"
PATIENCE = 20.0  # s until a test gives up waiting


@dataclass
class House:
    """A home with two channels: blank forms go by the second, everything else by the first. Its clock stands."""

    home: Home
    worker: Worker
    clock: SetClock

    def submit(self, kind: str, seed: int) -> str:
        (outcome,) = Submitter(self.home, actor="test").submit(
            [declared(self.home, kind, seed=seed, reference=f"R{seed}")]
        )
        assert outcome.outcome == "accepted", outcome
        return outcome.number

    def out(self, channel: str) -> int:
        return len(list((self.home.path / "channels" / channel / "CertOut" / "OutBox").glob("*.xml")))

    def channel(self, name: str) -> ChannelRow:
        (row,) = self.home.ledger.channels([name])
        return row

    def later(self, **span: float) -> None:
        self.clock.tick(timedelta(**span))


@pytest.fixture
def house(tmp_path: Path, url: str) -> Iterator[House]:
    home = make_home(NewHome(tmp_path / "home", ENTERPRISE, "测试企业", database=url), passphrase=None)
    clock = SetClock(home.clock.now())
    home.close()
    home = Home(home.path, passphrase=lambda _: None)
    home.__dict__["clock"] = clock
    first = replace(home.settings.channels["customs"], default=True)
    second = replace(first, name="second", root="channels/second", routes=(), kinds=(BLANK,), default=False)
    home.settings = replace(home.settings, channels={"customs": first, "second": second})
    FolderChannel(home.path / "channels" / "second", "CertOut").create()
    with locked(home):
        yield House(home, Worker(home), clock)
    home.close()


def test_a_kind_goes_by_the_channel_that_names_it_and_all_else_by_the_default(house: House) -> None:
    house.submit(CERTIFICATE, 1)
    house.submit(BLANK, 2)
    house.worker.until_idle()
    assert (house.out("customs"), house.out("second")) == (1, 1)
    assert list(house.home.roads) == ["customs/CertOut", "customs/CertIn", "second/CertOut"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kinds": ("nonsense",)}, "nonsense"),
        ({"kinds": (BLANK,)}, "second"),
        ({"default": True}, None),
    ],
)
def test_a_table_of_routes_that_contradicts_itself_is_refused(house: House, changed: dict[str, Any], told: str) -> None:
    channels = dict(house.home.settings.channels)
    if told is None:
        channels["second"] = replace(channels["second"], default=True)
    else:
        channels["customs"] = replace(channels["customs"], **changed)
    house.home.settings = replace(house.home.settings, channels=channels)
    house.home.__dict__.pop("folders")
    with pytest.raises(BadHome) as refused:
        _ = house.home.folders
    assert (told or "default") in str(refused.value)


def test_a_paused_channel_neither_sends_nor_collects_and_the_other_goes_on(house: House) -> None:
    house.home.ledger.steer("customs", "pause", actor="小王", why="检修")
    house.submit(CERTIFICATE, 1)
    house.submit(BLANK, 2)
    inbox = house.home.path / "channels" / "customs" / "CertOut" / "InBox" / "Receipt_X_20261121000000000001.xml"
    inbox.write_bytes(b"<x/>")
    house.worker.until_idle()
    assert (house.out("customs"), house.out("second"), inbox.exists()) == (0, 1, True)
    house.home.ledger.steer("customs", "resume", actor="小王")
    house.worker.until_idle()
    assert (house.out("customs"), inbox.exists()) == (1, False)


def test_a_draining_channel_takes_nothing_new_and_finishes_what_is_queued(house: House) -> None:
    house.submit(CERTIFICATE, 1)
    house.home.ledger.steer("customs", "drain", actor="小王", why="换线路")
    again = declared(house.home, CERTIFICATE, seed=1, reference="R1")
    fresh = declared(house.home, CERTIFICATE, seed=3, reference="R3")
    submitter = Submitter(house.home, actor="test")
    first, second = submitter.submit([again, fresh])
    assert first.outcome == "duplicate"  # what was taken is still answered
    assert (second.outcome, [f.code for f in second.faults]) == ("refused", ["CHANNEL_DRAINING"])
    assert "换线路" in second.faults[0].zh
    assert submitter.submit([fresh], draft=True)[0].outcome == "accepted"
    house.submit(BLANK, 2)
    house.worker.until_idle()
    assert (house.out("customs"), house.out("second")) == (1, 1)


class Sick:
    """An OutBox whose puts fail while it is sick."""

    def __init__(self, view: Enterprise, error: ChannelError) -> None:
        self.view = view
        self.error: ChannelError | None = error
        self.tried: list[int] = []

    def put_all(self, items: Any, *, own_torn: bool = False) -> Any:
        self.tried.append(len(items))
        if self.error:
            return [self.error] * len(items)
        return self.view.out.put_all(items, own_torn=own_torn)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.view.out, name)


def _sicken(house: House, error: ChannelError) -> Sick:
    address = "customs/CertOut"
    sick = Sick(house.home.roads[address], error)
    house.home.roads[address] = replace(house.home.roads[address], out=sick)
    house.worker = Worker(house.home)
    return sick


def test_the_breaker_opens_then_tries_one_file_then_closes(house: House) -> None:
    sick = _sicken(house, ChannelError("CHANNEL_UNAVAILABLE", detail="断线"))
    for seed in range(1, 8):
        house.submit(CERTIFICATE, seed)
    house.submit(BLANK, 9)
    house.later(seconds=1)
    house.worker.until_idle()
    row = house.channel("customs")
    assert (sick.tried, row.failures, row.queued, house.out("second")) == ([7], 7, 7, 1)
    assert row.error.startswith("CHANNEL_UNAVAILABLE") and house.channel("second").failures == 0
    house.later(seconds=5)  # the ladder's first step has passed, the breaker's not
    house.worker.until_idle()
    assert sick.tried == [7]
    house.later(seconds=6)
    house.worker.until_idle()
    assert sick.tried == [7, 1] and house.channel("customs").openings == 2
    sick.error = None
    house.later(minutes=2)
    house.worker.until_idle()
    assert sick.tried[:3] == [7, 1, 1] and house.out("customs") == 7
    row = house.channel("customs")
    assert (row.failures, row.openings, row.retry_at, row.error, row.queued) == (0, 0, None, "", 0)
    assert row.looked_at == house.clock.now()


def test_a_cut_in_the_middle_of_a_batch_is_one_failure(house: House) -> None:
    sick = _sicken(house, ChannelError("CHANNEL_UNCONFIRMED", name="a.xml"))
    for seed in range(1, 8):
        house.submit(CERTIFICATE, seed)
    house.later(seconds=1)
    Lane(house.home, "customs", stopping=lambda: False).turn(house.channel("customs"))
    row = house.channel("customs")
    assert (sick.tried, row.failures, row.openings, row.retry_at) == ([7], 1, 0, None)
    sick.error = None
    house.later(seconds=11)  # looked for, not there, put again: no breaker stands in the way
    house.worker.until_idle()
    assert (house.out("customs"), house.channel("customs").failures) == (7, 0)


def _names(*codes: str) -> list[str]:
    return [
        error.code for error in _told_once([ChannelError(code, name="a.xml", detail="—", path="p") for code in codes])
    ]


def test_what_a_batch_says_of_its_channel() -> None:
    assert _names("CHANNEL_UNCONFIRMED", "CHANNEL_UNCONFIRMED", "CHANNEL_CONNECTION", "CHANNEL_CONNECTION") == [
        "CHANNEL_CONNECTION"
    ]
    assert _names("CHANNEL_CONFLICT", "CHANNEL_UNCONFIRMED", "CHANNEL_UNCONFIRMED") == ["CHANNEL_UNCONFIRMED"]
    assert _names("CHANNEL_UNCONFIRMED", "CHANNEL_LOGIN") == ["CHANNEL_LOGIN"]
    assert _names("CHANNEL_UNAVAILABLE", "CHANNEL_UNAVAILABLE") == ["CHANNEL_UNAVAILABLE"] * 2  # each file by itself
    assert _names() == []


def test_resuming_a_broken_channel_tries_at_once(house: House) -> None:
    sick = _sicken(house, ChannelError("CHANNEL_UNAVAILABLE", detail="断线"))
    for seed in range(1, 8):
        house.submit(CERTIFICATE, seed)
    house.worker.until_idle()
    sick.error = None
    house.worker.until_idle()
    assert house.out("customs") == 0
    assert house.home.ledger.steer("customs", "resume", actor="小王")  # open already, and broken off
    house.home.ledger.retry(channel="customs", actor="小王")
    house.worker.until_idle()
    assert house.out("customs") == 7
    assert not house.home.ledger.steer("customs", "resume", actor="小王")


def test_a_refused_login_stops_the_channel_after_one_try_and_costs_no_step(house: House) -> None:
    """reliability F33."""
    sick = _sicken(house, ChannelError("CHANNEL_LOGIN", host="h", user="u", detail="denied"))
    house.submit(CERTIFICATE, 1)
    house.submit(BLANK, 2)
    for _ in range(3):
        house.worker.until_idle()
        house.later(hours=1)
    row = house.channel("customs")
    assert (sick.tried, row.mode, house.out("second")) == ([1], "stopped", 1)
    assert [(each.attempts, each.standing) for each in house.home.ledger.queue()] == [(0, "")]
    sick.error = None
    house.home.ledger.steer("customs", "resume", actor="小王", why="已换密钥")
    house.worker.until_idle()
    assert house.out("customs") == 1


def test_a_channel_that_hangs_delays_no_other(house: House) -> None:
    entered, let_go = threading.Event(), threading.Event()
    address = "customs/CertOut"

    class Hanging(Sick):
        def put_all(self, items: Any, *, own_torn: bool = False) -> Any:
            entered.set()
            assert let_go.wait(PATIENCE)
            return self.view.out.put_all(items, own_torn=own_torn)

    view = house.home.roads[address]
    house.home.roads[address] = replace(view, out=Hanging(view, ChannelError("CHANNEL_UNAVAILABLE", detail="")))
    house.worker = Worker(house.home)
    house.submit(CERTIFICATE, 1)
    house.submit(BLANK, 2)
    house.worker.look()
    assert entered.wait(PATIENCE)
    while not house.out("second"):
        house.worker.look()
    assert house.out("customs") == 0
    let_go.set()
    house.worker.until_idle()
    assert house.out("customs") == 1


def test_the_heartbeat_of_a_channel_that_is_looked_at_in_vain_stands_still(house: House) -> None:
    house.worker.until_idle()
    good = house.channel("customs").looked_at
    assert good == house.clock.now()
    inbox = house.home.path / "channels" / "customs" / "CertOut" / "InBox"
    inbox.rename(inbox.with_name("gone"))
    house.later(hours=1)
    house.worker.until_idle()
    row = house.channel("customs")
    assert (row.looked_at, row.failures > 0) == (good, True) and row.error.startswith("CHANNEL_UNAVAILABLE")


def test_at_a_restart_a_broken_channel_is_tried_at_once_and_nothing_stays_claimed(house: House) -> None:
    sick = _sicken(house, ChannelError("CHANNEL_UNAVAILABLE", detail="断线"))
    for seed in range(1, 8):
        house.submit(CERTIFICATE, seed)
    house.worker.until_idle()
    sick.error = None
    worker = Worker(house.home)
    worker.until_idle()
    assert house.out("customs") == 7 and house.home.ledger.queue() == []
