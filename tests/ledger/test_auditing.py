"""Chains of hashes: whatever is changed, taken out or put in by another hand is found; the cached state is folded again."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ledger.rows import AuditEntry
from tests.ledger.world import World, number


def _tamper(world: World, statement: str) -> None:
    with world.ledger._transactions.writing() as connection:
        assert connection.execute(text(statement)).rowcount >= 1


@pytest.fixture
def living(world: World) -> World:
    world.record(*(world.submission(serial) for serial in (1, 2, 3)))
    world.tell(world.event(2, "HS", 1, message="M2-0"), world.event(2, "EW", 2, message="M2-0"))
    assert world.ledger.broken() == []
    return world


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET code = 'HF' WHERE code = 'HS'",
        "UPDATE event SET stated_at = '20261121120100001' WHERE code = 'EW'",
        "UPDATE event SET facts = '{\"customs_no\": \"7\"}' WHERE code = 'HS'",
        "DELETE FROM event WHERE code = 'EW'",
        "DELETE FROM event WHERE code = 'HS'",
        "UPDATE event SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE code IN ('HS', 'EW')",
        "UPDATE event SET previous = '' WHERE code = 'EW'",
        "UPDATE document SET head = '' WHERE event_count = 3",
    ],
)
def test_a_tampered_history_is_found(living: World, statement: str) -> None:
    _tamper(living, statement)
    assert living.ledger.broken() == [number(2)]


def test_a_history_that_grew_by_another_hand_is_found(living: World) -> None:
    with living.ledger._transactions.writing() as connection:
        row = connection.execute(text("SELECT * FROM event WHERE code = 'EW'")).mappings().one()
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO event ({names}) VALUES ({values})"), {**row, "seq": 4, "code": "BP"})
    assert living.ledger.broken() == [number(2)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = '小张' WHERE id = 2",
        "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit WHERE id = 1",
        "UPDATE audit SET id = id + 10 WHERE id = 3",
        "DELETE FROM audit",
    ],
)
def test_a_tampered_audit_is_found(world: World, statement: str) -> None:
    world.ledger.audit([AuditEntry("小李", "resend", "A1"), AuditEntry("小李", "pause", "main")])
    world.ledger.audit([AuditEntry("小李", "resume", "main", {"why": "修好了"})])
    assert [(row.id, row.act) for row in world.ledger.audit_rows()] == [(1, "resend"), (2, "pause"), (3, "resume")]
    assert [row.id for row in world.ledger.audit_rows(limit=1, after=1)] == [2]
    assert world.ledger.broken() == []
    _tamper(world, statement)
    assert world.ledger.broken() == ["audit"]


def test_refold_finds_and_corrects_a_changed_state(living: World) -> None:
    assert living.ledger.refold() == []
    _tamper(living, "UPDATE document SET state = 'BP', due_at = NULL WHERE reference = 'R2'")
    _tamper(living, "UPDATE document SET facts = '{\"customs_no\": \"7\"}' WHERE reference = 'R3'")
    assert living.ledger.refold() == [number(2), number(3)]
    assert living.state(2) == "EW" and living.ledger.refold() == []
    corrected = living.ledger.notices(100)[-1]
    assert (corrected.number, corrected.seq, corrected.source_state, corrected.state) == (number(2), 3, "BP", "EW")
    assert living.ledger.broken() == []  # refolding is no tampering


def test_refold_goes_through_all_pages(world: World) -> None:
    world.record(*(world.submission(serial) for serial in range(450)))
    _tamper(world, "UPDATE document SET state = 'S'")
    assert len(world.ledger.refold()) == 450
    assert {row.state for row in world.ledger.documents()} == {"D"}
