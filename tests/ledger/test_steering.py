"""Channels: what people want of each is seen by whoever works, once, and audited."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ledger.rows import ChannelRow, Deferral, Report
from tests.ledger.world import World


def _channel(world: World, name: str = "main") -> ChannelRow:
    (row,) = world.ledger.channels([name])
    return row


def test_a_channel_that_nobody_spoke_of_is_open(world: World) -> None:
    assert _channel(world) == ChannelRow("main")


@pytest.mark.parametrize(("act", "mode"), [("pause", "paused"), ("drain", "draining")])
def test_an_act_is_done_once_and_audited(world: World, act: str, mode: str) -> None:
    assert world.ledger.steer("main", act, actor="小王", why="海关停机")
    assert not world.ledger.steer("main", act, actor="小李")
    row = _channel(world)
    assert (row.mode, row.reason, row.actor, row.changed_at) == (mode, "海关停机", "小王", world.clock.now())
    assert world.ledger.steer("main", "resume", actor="小李", why="已恢复")
    assert _channel(world).mode == "open" and _channel(world, "other").mode == "open"
    audited = [(entry.actor, entry.act, entry.subject, entry.detail) for entry in world.ledger.audit_rows()]
    assert audited == [
        ("小王", act, "channel main", {"why": "海关停机"}),
        ("小李", "resume", "channel main", {"why": "已恢复"}),
    ]


def test_two_who_press_at_once_are_one_act(world: World) -> None:
    others = [world.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda ledger: ledger.steer("main", "pause", actor="甲"), others))
    for ledger in others:
        ledger.close()
    assert sorted(done) == [False, False, False, True] and len(world.ledger.audit_rows()) == 1


def test_what_the_worker_reports_leaves_the_mode_and_resuming_forgets_it(world: World) -> None:
    world.ledger.steer("main", "pause", actor="小王")
    world.ledger.report([Report("main", 7, 2, world.clock.now() + 60, "CHANNEL_UNAVAILABLE: 断线", 5)])
    row = _channel(world)
    assert (row.mode, row.failures, row.openings, row.error, row.looked_at) == (
        "paused", 7, 2, "CHANNEL_UNAVAILABLE: 断线", 5,
    )  # fmt: skip
    world.ledger.steer("main", "resume", actor="小王")
    row = _channel(world)
    assert (row.mode, row.failures, row.openings, row.retry_at, row.error, row.looked_at) == ("open", 0, 0, None, "", 5)


def test_a_channel_that_refuses_us_stands_still_until_a_person_resumes_it(world: World) -> None:
    assert world.ledger.stop_channel("main", reason="CHANNEL_LOGIN: 拒绝登录")
    assert not world.ledger.stop_channel("main", reason="CHANNEL_LOGIN: 拒绝登录")
    assert (_channel(world).mode, _channel(world).error) == ("stopped", "CHANNEL_LOGIN: 拒绝登录")
    assert world.ledger.steer("main", "resume", actor="小王") and _channel(world).error == ""
    assert [entry.act for entry in world.ledger.audit_rows()] == ["stop", "resume"]


def test_what_waits_on_a_channel_and_since_when(world: World) -> None:
    begun = world.clock.now()
    world.record(world.submission(1), world.submission(2))
    world.clock.tick(timedelta(minutes=3))
    world.record(world.submission(3))
    row = _channel(world)
    assert (row.queued, row.parked, row.oldest) == (3, 0, begun)
    first, second, _ = (due.outbox_id for due in world.ledger.due("deliver", limit=9))
    world.ledger.delivered([first])
    world.ledger.deferred([Deferral(second, "CHANNEL_CONFLICT: 同名", None)])
    row = _channel(world)
    assert (row.queued, row.parked, row.oldest) == (1, 1, world.clock.now())
    assert _channel(world, "other") == ChannelRow("other")
