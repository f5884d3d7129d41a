"""What people ask: documents, overdue ones, histories, counts, notices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from ledger.engine import connect
from ledger.rows import NewEnterprise
from mappings.clock import MICROSECOND, micros
from mappings.states import Verdict, What
from tests.databases import Databases
from tests.ledger.world import NOON, World, at, number


def test_overdue_is_business_time_past_the_due_time(world: World) -> None:
    world.record(world.submission(1), world.submission(2))
    world.tell(world.event(2, "HS", 0, message="M2-0"))
    half_an_hour = timedelta(minutes=30)
    (due, _) = world.ledger.documents()
    assert due.due_at == micros(NOON) + half_an_hour // MICROSECOND
    world.clock.tick(half_an_hour)
    assert world.ledger.documents(overdue=True) == [] and world.ledger.counts().overdue == 0
    world.clock.tick(timedelta(microseconds=1))
    assert [(row.number, row.overdue) for row in world.ledger.documents(overdue=True)] == [(number(1), True)]
    assert [row.number for row in world.ledger.documents(overdue=False)] == [number(2)]
    assert world.ledger.counts().overdue == 1


def test_a_stated_time_that_is_no_time_counts_from_now(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "SS", 0, message="M1-0", what=What.TRANSPORT, stated_at="20260230250000000"))
    (row,) = world.ledger.documents()
    assert row.due_at == world.clock.now() + timedelta(hours=4) // MICROSECOND


def test_documents_by_what_is_asked(world: World) -> None:
    (other,) = world.ledger.add_enterprises([NewEnterprise("", "91110108MA00000000", "乙", "DXPENT0000000000")])
    world.record(*(world.submission(serial) for serial in range(1, 5)), world.submission(5, enterprise_id=other.id))
    world.clock.tick(timedelta(minutes=1))
    world.tell(world.event(3, "HS", 1, message="M3-0"))

    def numbers(**asked: object) -> list[str]:
        return [row.number for row in world.ledger.documents(**asked)]  # type: ignore[arg-type]

    assert numbers() == [number(n) for n in range(1, 6)]
    assert numbers(number=number(2)) == numbers(reference="R2") == [number(2)]
    assert numbers(state="HS") == numbers(since=world.clock.now()) == [number(3)]
    assert numbers(enterprise="91110108MA00000000") == [number(5)]
    assert numbers(enterprise="1108919038", kind="application", limit=2, after=number(2)) == [number(3), number(4)]
    assert numbers(kind="nothing") == numbers(after=number(5)) == []
    assert world.ledger.documents(number=number(5))[0].enterprise == "91110108MA00000000"


def test_found_over_all_enterprises(world: World) -> None:
    (other,) = world.ledger.add_enterprises([NewEnterprise("1", "", "乙", "DXPENT0000000000")])
    world.record(world.submission(1), world.submission(2, enterprise_id=other.id))
    found = world.ledger.find([number(1), number(2), number(3)])
    assert {n: [row.enterprise_id for row in rows] for n, rows in found.items()} == {
        number(1): [world.enterprise.id],
        number(2): [other.id],
    }
    assert list(world.ledger.lives([(world.enterprise.id, number(2)), (other.id, number(2))])) == [
        (other.id, number(2))
    ]
    assert world.ledger.lives([(other.id, number(2))])[other.id, number(2)].declaration == "1"


def test_a_whole_history(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "HS", 2, message="M1-0", facts={"customs_no": "5"}))
    found = world.ledger.history(number(1))
    assert found
    submit, stored = found.events
    assert (submit.what, submit.actor, submit.source, submit.to, submit.recorded_at) == (
        What.ACT, "小王", "S", "D", world.clock.now(),
    )  # fmt: skip
    assert (stored.sentence, stored.facts, stored.stated_at, stored.verdict) == (
        "HS!", {"customs_no": "5"}, at(2), Verdict.APPLIED,
    )  # fmt: skip
    assert found.document.customs_no == "5" and found.document.declaration == "1"
    assert world.ledger.history(number(9)) is None
    assert world.ledger.history(number(1), enterprise="9") is None


def test_every_change_of_state_is_noticed_once(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "HS", 1, message="M1-0"))
    world.tell(world.event(1, "HS", 1, message="M1-0"), world.event(1, "EW", 2, message="M1-0"))
    told = world.ledger.notices(10)
    assert [(n.seq, n.source_state, n.state, n.reference, n.enterprise) for n in told] == [
        (1, "", "D", "R1", "1108919038"),
        (2, "D", "HS", "R1", "1108919038"),
        (3, "HS", "EW", "R1", "1108919038"),
    ]
    world.ledger.noticed([told[0].id, told[1].id])
    world.ledger.noticed([told[0].id])
    assert [n.id for n in world.ledger.notices(10)] == [told[2].id]


def test_counts_are_what_a_count_would_give(world: World) -> None:
    world.record(*(world.submission(serial, carried=serial % 2) for serial in range(6)), world.submission(9, sent=None))
    world.tell(world.event(1, "HS", 1, message="M1-0"))
    counts = world.ledger.counts()
    assert counts.documents == {("application", "D"): 8, ("application", "HS"): 1, ("application", "S"): 1}
    assert counts.stages == {"deliver": 5, "done": 1}
    assert counts.arrivals == {"understood": 1}
    assert counts.oldest_due == world.clock.now()


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        ("SELECT 1 FROM outbox WHERE stage = :a AND due_at <= :b ORDER BY due_at, id", "ix_outbox_due"),
        ("SELECT 1 FROM arrival WHERE status != 'understood' AND status = :a ORDER BY id", "ix_arrival_open"),
        ("SELECT 1 FROM notice WHERE noticed_at IS NULL ORDER BY id", "ix_notice_open"),
        (
            "SELECT 1 FROM document WHERE enterprise_id IN (:a) AND number IN (:b, 'x')",
            "(enterprise_id=? AND number=?)",
        ),
        ("SELECT 1 FROM message WHERE direction = 'out' AND file_name = :a", "ix_message_file_name"),
        ("SELECT 1 FROM document WHERE due_at < :b", "ix_document_due_at"),
    ],
)
def test_sqlite_takes_the_index_that_was_made_for_it(sqlite: Databases, ask: str, index: str) -> None:
    engine = connect(sqlite.fresh())
    with engine.connect() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {ask}"), {"a": "1", "b": 2}).all()
    engine.dispose()
    assert index in str(plan) and "SCAN" not in str(plan).replace("SCAN notice USING", "")
