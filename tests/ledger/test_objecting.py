"""What customs says and no move permits: kept, shown with both states, and withdrawn when its cause comes after all."""

from __future__ import annotations

import pytest

from ledger.rows import ArrivalRow, Decision, NewEvent, Settlement
from mappings.states import Verdict
from tests.ledger.world import World, number, said


def _arrivals(world: World, status: str) -> list[ArrivalRow]:
    return world.ledger.arrivals(status=status)


def _codes(world: World) -> list[tuple[str, str]]:
    return [(row.status, row.reason.partition(":")[0]) for row in world.ledger.arrivals()]


def test_a_receipt_that_the_state_does_not_allow_is_held_with_both_states(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "HS", 1))
    world.tell(world.event(1, "BP", 2))
    settled = world.tell(world.event(1, "HF", 3))
    assert (settled.status, settled.applied, settled.changed, world.state(1)) == ("held", 1, (), "BP")
    (held,) = _arrivals(world, "held")
    assert held.reason.startswith("RCP_STATE: ") and "HF 海关入库失败" in held.reason and "BP 领取完成" in held.reason
    history = world.ledger.history(number(1))
    assert history and [e.code for e in history.events if e.verdict is Verdict.ANOMALY] == ["HF"]
    assert world.ledger.counts().arrivals == {"understood": 2, "held": 1}


@pytest.mark.parametrize(("first", "second"), [("HS", "HF"), ("HF", "HS")])
@pytest.mark.parametrize("minutes", [(1, 2), (2, 1)])
def test_receipts_that_contradict_each_other_are_both_kept_and_shown(
    world: World, first: str, second: str, minutes: tuple[int, int]
) -> None:
    """reliability F55, whichever customs stated first."""
    world.record(world.submission(1))
    world.tell(world.event(1, first, minutes[0], message="M1-0"))
    settled = world.tell(world.event(1, second, minutes[1], message="M1-0"))
    assert (settled.status, settled.applied) == ("held", 1)
    assert _codes(world) == [("understood", ""), ("held", "RCP_CONFLICT")]
    history = world.ledger.history(number(1))
    assert history and sorted(e.code for e in history.events if e.code in ("HS", "HF")) == ["HF", "HS"]


def test_an_objection_is_withdrawn_when_the_cause_comes_late(world: World) -> None:
    """reliability P7: picked up after a failed store is impossible, until it turns out to have been stored before."""
    world.record(world.submission(1))
    world.tell(world.event(1, "HF", 2))
    early = world.tell(world.event(1, "BP", 5))
    assert (early.status, world.state(1)) == ("held", "HF")
    world.tell(world.event(1, "HS", 1))
    assert world.state(1) == "BP"
    assert _codes(world) == [("understood", ""), ("understood", ""), ("held", "RCP_CONFLICT")]  # HS against HF
    assert world.ledger.counts().arrivals == {"understood": 2, "held": 1}


def test_the_same_impossible_receipt_a_thousand_times_is_one_line_and_one_question(world: World) -> None:
    """reliability F50, B81."""
    world.record(world.submission(1))
    world.tell(world.event(1, "HS", 1))
    world.tell(world.event(1, "BP", 2))
    odd = world.event(1, "HF", 3)
    for _ in range(10):
        world.tell_all([[odd]] * 100)
    history = world.ledger.history(number(1))
    assert history and len(history.events) == 4
    assert len(_arrivals(world, "held")) == 1


def test_a_held_receipt_that_is_read_again_is_held_again_and_one_that_is_discarded_is_not(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "HS", 1))
    odd = world.event(1, "HF", 2)
    world.tell(odd)
    (held,) = _arrivals(world, "held")
    world.ledger.decide([Decision(held.id, "release", "再看一次", "小王")])
    again = world.ledger.settle([_again(held.id, odd)])
    assert [(each.status, each.applied) for each in again] == [("held", 0)]
    world.ledger.decide([Decision(held.id, "discard", "海关已更正", "小王")])
    world.tell(world.event(1, "BP", 4))
    assert world.ledger.counts().arrivals == {"understood": 2, "discarded": 1}


def _again(arrival_id: int, event: NewEvent) -> Settlement:
    return Settlement(arrival_id, "understood", events=(event,))


def test_a_message_again_is_told_when_it_came_first(world: World) -> None:
    world.record(world.submission(1))
    for name in ("first.xml", "second.xml"):
        (arrived,) = world.arrive(b"<same/>", name=name)
        world.ledger.settle([Settlement(arrived.id, "understood", "", said("C1"), (world.event(1, "HS", 1),))])
    (repeat,) = _arrivals(world, "repeat")
    assert repeat.reason.startswith("MSG_DUPLICATE: ") and "C1" in repeat.reason and "2026-11-21T12:00" in repeat.reason
