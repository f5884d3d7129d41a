"""The outbox: stages, retries, parking; a row done twice has one effect."""

from __future__ import annotations

from datetime import timedelta

from ledger.rows import Deferral, Sealed
from mappings.clock import MICROSECOND
from tests.ledger.world import World, number

MINUTE = timedelta(minutes=1) // MICROSECOND


def _due(world: World, stage: str) -> dict[str, int]:
    """What is due at a stage, by CopMsgId: the outbox' id."""
    return {row.cop_msg_id: row.outbox_id for row in world.ledger.due(stage, limit=100)}


def test_sealed_then_delivered_then_it_waits(world: World) -> None:
    world.record(world.submission(1, sealed=False))
    assert _due(world, "deliver") == {}
    world.ledger.sealed([Sealed(_due(world, "seal")["M1-0"], b"<sealed/>", "key 7")])
    (row,) = world.ledger.due("deliver", limit=10)
    assert (row.body, row.attempts, row.channel) == (b"<sealed/>", 0, "main/CertOut")
    world.ledger.delivered([row.outbox_id])
    assert _due(world, "deliver") == {} and world.ledger.counts().stages == {"answer": 1}
    history = world.ledger.history(number(1))
    assert history and [(a.stage, a.result) for a in history.attempts] == [("seal", "sealed"), ("deliver", "delivered")]
    assert [(m.signer, m.stage) for m in history.messages] == [("key 7", "answer")]
    assert world.ledger.message_body("M1-0") == world.ledger.message_body(row.message_id) == b"<sealed/>"
    assert world.ledger.message_body("M2") is None


def test_what_was_sealed_stays_as_it_is(world: World) -> None:
    """A second node seals the same message to other bytes; the first ones count."""
    world.record(world.submission(1, sealed=False))
    outbox_id = _due(world, "seal")["M1-0"]
    world.ledger.sealed([Sealed(outbox_id, b"<first/>", "k")])
    world.ledger.sealed([Sealed(outbox_id, b"<second/>", "k")])
    assert [row.body for row in world.ledger.due("deliver", limit=10)] == [b"<first/>"]
    history = world.ledger.history(number(1))
    assert history and len(history.attempts) == 1


def test_a_retry_is_due_at_its_time(world: World) -> None:
    world.record(world.submission(1), world.submission(2))
    due = _due(world, "deliver")
    world.ledger.deferred([Deferral(due["M1-0"], "CHANNEL_UNAVAILABLE: 断线", world.clock.now() + MINUTE)])
    assert list(_due(world, "deliver")) == ["M2-0"]
    world.clock.tick(timedelta(minutes=2))
    assert list(_due(world, "deliver")) == ["M2-0", "M1-0"]  # oldest due first
    assert [row.attempts for row in world.ledger.due("deliver", limit=10)] == [0, 1]
    history = world.ledger.history(number(1))
    assert history and [(a.result, a.error) for a in history.attempts] == [("deferred", "CHANNEL_UNAVAILABLE: 断线")]


def test_what_is_parked_is_due_to_nobody(world: World) -> None:
    world.record(world.submission(1))
    world.ledger.deferred([Deferral(_due(world, "deliver")["M1-0"], "POISON: 三次", None)])
    world.clock.tick(timedelta(days=9))
    assert _due(world, "deliver") == {} and world.ledger.counts().parked == 1
    assert world.ledger.make_due("deliver") == 0
    history = world.ledger.history(number(1))
    assert history and [(m.stage, m.parked) for m in history.messages] == [("deliver", "POISON: 三次")]
    assert world.ledger.retry(actor="小王") == 1
    assert list(_due(world, "deliver")) == ["M1-0"] and world.ledger.counts().parked == 0


def test_at_start_every_retry_is_due_once(world: World) -> None:
    world.record(world.submission(1), world.submission(2), world.submission(3, sealed=False))
    for stage, message in (("deliver", "M1-0"), ("seal", "M3-0")):
        world.ledger.deferred([Deferral(_due(world, stage)[message], "later", world.clock.now() + MINUTE)])
    assert world.ledger.make_due("deliver") == 1
    assert sorted(_due(world, "deliver")) == ["M1-0", "M2-0"] and _due(world, "seal") == {}


def test_delivered_twice_is_delivered_once(world: World) -> None:
    world.record(world.submission(1))
    outbox_id = _due(world, "deliver")["M1-0"]
    world.ledger.delivered([outbox_id])
    world.ledger.delivered([outbox_id, outbox_id])
    world.ledger.deferred([Deferral(outbox_id, "late news", None)])
    history = world.ledger.history(number(1))
    assert history and len(history.attempts) == 1 and world.ledger.counts().stages == {"answer": 1}


def test_an_answer_may_come_before_we_know_of_the_delivery(world: World) -> None:
    world.record(world.submission(1))
    outbox_id = _due(world, "deliver")["M1-0"]
    world.tell(world.event(1, "HS", 1, message="M1-0"))
    world.ledger.delivered([outbox_id])
    assert world.ledger.counts().stages == {"done": 1}


def test_by_channel_and_limit(world: World) -> None:
    world.record(*(world.submission(serial) for serial in range(5)))
    assert len(world.ledger.due("deliver", limit=3)) == 3
    assert world.ledger.due("deliver", limit=3, channel="other/CertOut") == []
    assert len(world.ledger.due("deliver", limit=9, channel="main/CertOut")) == 5


def test_what_waits_for_a_fact_is_looked_at_and_never_late(world: World) -> None:
    """It is due at once, to whoever asks customs for the fact; no list of what is late tells it."""
    world.record(world.submission(1, waits_for="eledger:1"))
    assert world.ledger.counts().stages == {"ask": 1} and world.ledger.counts().oldest_due is None
    assert world.ledger.due("seal", limit=9) == world.ledger.due("deliver", limit=9) == []
