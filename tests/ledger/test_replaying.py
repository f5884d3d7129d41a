"""What people do to the queue: look, try again, send again; pressed twice is pressed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from ledger.rows import Deferral
from mappings.clock import MICROSECOND
from tests.ledger.world import World, number

HOUR = timedelta(hours=1) // MICROSECOND


def _due(world: World) -> dict[str, int]:
    return {row.cop_msg_id: row.outbox_id for row in world.ledger.due("deliver", limit=600)}


def _delivered(world: World, *serials: int) -> None:
    world.record(*(world.submission(serial) for serial in serials))
    world.ledger.delivered(list(_due(world).values()))


def test_the_queue_names_each_standing_with_its_last_cause(world: World) -> None:
    world.record(*(world.submission(serial) for serial in range(1, 6)))
    due = _due(world)
    later = world.clock.now() + HOUR
    world.ledger.deferred(
        [
            Deferral(due["M2-0"], "CHANNEL_UNAVAILABLE: 断线", later),
            Deferral(due["M3-0"], "CHANNEL_UNCONFIRMED: 未知", later, "unconfirmed"),
            Deferral(due["M4-0"], "CHANNEL_CONFLICT: 同名", None, "parked"),
            Deferral(due["M5-0"], "CHANNEL_UNAVAILABLE: 第一次", later),
        ]
    )
    world.clock.tick(timedelta(hours=2))
    world.ledger.deferred([Deferral(due["M5-0"], "CHANNEL_UNAVAILABLE: 最后一次", None, "dead")])
    told = {row.numbers[0]: (row.standing, row.attempts, row.error) for row in world.ledger.queue()}
    assert told == {
        number(1): ("", 0, ""),
        number(2): ("", 1, "CHANNEL_UNAVAILABLE: 断线"),
        number(3): ("unconfirmed", 1, "CHANNEL_UNCONFIRMED: 未知"),
        number(4): ("parked", 1, "CHANNEL_CONFLICT: 同名"),
        number(5): ("dead", 2, "CHANNEL_UNAVAILABLE: 最后一次"),
    }
    assert [row.numbers[0] for row in world.ledger.queue(standing="dead")] == [number(5)]
    assert [row.numbers[0] for row in world.ledger.queue(standing="waiting", limit=1)] == [number(1)]
    assert world.ledger.counts().parked == 2


def test_a_retry_gives_the_whole_ladder_again_and_still_looks_first(world: World) -> None:
    world.record(world.submission(1), world.submission(2))
    due = _due(world)
    world.ledger.deferred([Deferral(id_, "x: y", None, "dead") for id_ in due.values()])
    assert world.ledger.retry(number=number(1), actor="小王", why="已修好") == 1
    (row,) = world.ledger.due("deliver", limit=9)
    assert (row.cop_msg_id, row.attempts, row.standing) == ("M1-0", 1, "")  # an attempt counts: it may have arrived
    assert world.ledger.retry(channel="other", actor="小王") == 0
    assert world.ledger.retry(channel="main", actor="小王") == 1
    assert world.ledger.retry(actor="小王") == 0 and world.ledger.counts().parked == 0
    audited = [(entry.act, entry.subject, entry.detail["count"]) for entry in world.ledger.audit_rows()]
    assert audited == [("retry", number(1), "1"), ("retry", "main", "1")]


def test_a_channels_name_is_not_the_beginning_of_anothers(world: World) -> None:
    world.record(world.submission(1))
    world.ledger.deferred([Deferral(_due(world)["M1-0"], "x: y", None, "dead")])
    assert world.ledger.retry(channel="mai", actor="小王") == 0 == world.ledger.retry(channel="%", actor="小王")


def test_what_may_have_arrived_stays_so_when_it_is_retried(world: World) -> None:
    world.record(world.submission(1))
    world.ledger.deferred([Deferral(_due(world)["M1-0"], "x: y", world.clock.now() + HOUR, "unconfirmed")])
    assert world.ledger.retry(actor="小王") == 1
    assert [(row.standing, row.attempts) for row in world.ledger.due("deliver", limit=9)] == [("unconfirmed", 1)]


def test_a_replay_has_the_same_id_and_the_same_bytes(world: World) -> None:
    _delivered(world, 1)
    before = world.ledger.message_body("M1-0")
    (told,) = world.ledger.replay([number(1)], actor="小王", why="对方没收到")
    assert (told.outcome, told.cop_msg_id) == ("queued", "M1-0")
    (row,) = world.ledger.due("deliver", limit=9)
    assert (row.standing, row.body) == ("replay", before)
    assert world.ledger.claim([row.outbox_id]) == [row.outbox_id]
    assert world.ledger.claim([row.outbox_id]) == []  # whoever is killed after this finds an unknown outcome
    assert [each.standing for each in world.ledger.due("deliver", limit=9)] == ["unconfirmed"]
    world.ledger.delivered([row.outbox_id])
    assert world.ledger.counts().stages == {"answer": 1}
    history = world.ledger.history(number(1))
    assert history and [each.result for each in history.attempts] == ["delivered", "replay", "delivered"]
    assert [(e.act, e.subject) for e in world.ledger.audit_rows()] == [("resend", number(1))]


def test_what_is_on_its_way_or_was_sent_again_just_now_is_not_sent_again(world: World) -> None:
    _delivered(world, 1)
    world.record(world.submission(2))
    assert [each.outcome for each in world.ledger.replay([number(2), "A0"], actor="甲")] == ["on_its_way", "none"]
    assert world.ledger.replay([number(1)], actor="甲")[0].outcome == "queued"
    assert world.ledger.replay([number(1)], actor="乙")[0].outcome == "on_its_way"
    world.ledger.delivered([_due(world)["M1-0"]])
    assert world.ledger.replay([number(1)], actor="乙")[0].outcome == "just_now"
    world.clock.tick(timedelta(minutes=2))
    assert world.ledger.replay([number(1)], actor="乙")[0].outcome == "queued"


def test_two_operators_at_once_are_one_replay(world: World) -> None:
    """reliability F64."""
    serials = range(1, 9)
    _delivered(world, *serials)
    others = [world.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        pressed = list(pool.map(lambda ledger: ledger.replay([number(n) for n in serials], actor="甲"), others))
    for ledger in others:
        ledger.close()
    assert sum(each.outcome == "queued" for told in pressed for each in told) == len(serials)
    assert len(world.ledger.audit_rows()) == len(serials) == len(_due(world))


def test_an_answer_that_comes_meanwhile_ends_the_replay(world: World) -> None:
    _delivered(world, 1)
    world.ledger.replay([number(1)], actor="甲")
    world.tell(world.event(1, "HS", 1, message="M1-0"))
    assert _due(world) == {} and world.ledger.counts().stages == {"done": 1}
