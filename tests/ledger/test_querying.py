"""Rows of query screens: by columns, by what was said and declared, by time, page after page; on both databases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import event as listening

from ledger.engine import connect
from ledger.ledger import Ledger
from ledger.rows import DocumentChange, NewEnterprise, Seen, Span, Term
from mappings.clock import SetClock, micros, stamp
from tests.databases import Databases
from tests.ledger.world import NOON, World, machines, number

HOUR = timedelta(hours=1)
WHOLE = Span("updated_at", 0, micros(NOON) * 2)


def numbers(world: World, *terms: Term, span: Span | None = None, **more: object) -> list[str]:
    asked = {"kinds": ["application"], "limit": 10, **more}
    kinds = asked.pop("kinds")
    return [row.number for row in world.ledger.page(kinds, terms, span, **asked)]  # type: ignore[arg-type]


def about(world: World, serial: int, business: str, text: str = "{}", **more: object) -> None:
    """An application that is about that business, with one certificate."""
    change = DocumentChange(number(serial), "application", 1, text, {}, world.change("", text=text).act, about=business)
    inner = DocumentChange(
        number(serial, "C"), "application", 1, "{}", {}, change.act, parent=number(serial), about=business
    )
    submission = world.submission(serial, text, **more)
    world.record(type(submission)(**{**_fields(submission), "documents": (change, inner)}))


def _fields(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}  # type: ignore[attr-defined]


def test_by_what_was_declared_and_by_what_is_said_over_it(world: World) -> None:
    about(world, 1, "222N1", json.dumps({"content": {"mode": "self", "n": 7}}))
    about(world, 2, "222N2", json.dumps({"content": {"mode": "site"}}))
    world.clock.tick(HOUR)
    world.tell(world.event(2, "HS", 1, message="M2-0", facts={"mode": "self", "customs_no": "5"}))
    assert numbers(world, Term(("mode",), ("self",))) == [number(2), number(1)]
    assert numbers(world, Term(("mode",), ("site",))) == []
    assert numbers(world, Term(("n",), ("7",))) == [number(1)]
    assert numbers(world, Term(("customs_no",), ("5", "6"))) == [number(2)]
    assert numbers(world, Term(("about",), ("222N1",))) == [number(1, "C"), number(1)]
    assert numbers(world, Term(("about",), ("222N1",)), Term(("parent/mode",), ("self",))) == [number(1, "C")]
    assert numbers(world, Term(("mode", "parent/mode"), ("self",)), Term(("state",), ("D",))) == [
        number(2, "C"), number(1, "C"), number(1),
    ]  # fmt: skip


def test_by_what_the_document_says_that_it_is_about(world: World) -> None:
    about(world, 1, "222N1")
    about(world, 2, number(1))
    world.tell(world.event(1, "HS", 1, message="M1-0", facts={"certificate_no": "77"}))
    assert numbers(world, Term(("about/certificate_no",), ("77",))) == [number(2, "C"), number(2)]
    assert numbers(world, Term(("about/certificate_no",), ("78",))) == []


def test_by_time_of_three_sorts(world: World) -> None:
    start = world.clock.now()
    about(world, 1, "")
    world.clock.tick(HOUR)
    about(world, 2, "")
    world.tell(world.event(1, "HS", 30, message="M1-0"))
    now = world.clock.now()
    assert numbers(world, span=Span("updated_at", start, now)) == [number(1, "C")]
    assert set(numbers(world, span=Span("created_at", start, now))) == {number(1), number(1, "C")}
    assert numbers(world, span=Span("created_at", now, now)) == []
    half = start + HOUR // timedelta(microseconds=2)
    assert numbers(world, span=Span("at/HS", half, half + 1000)) == [number(1)]
    assert numbers(world, span=Span("at/HS", half + 1000, now)) == []
    key = (world.enterprise.id, number(1), "HS")
    assert world.ledger.moments([key, (world.enterprise.id, number(2), "HS")]) == {key: stamp(half)}


def test_page_after_page_every_row_once_the_latest_first(world: World) -> None:
    (other,) = world.ledger.add_enterprises([NewEnterprise("2", "", "乙", "DXPENT0000000000")])
    for serial in range(1, 6):
        about(world, serial, "x")
        if serial % 2:
            world.clock.tick(HOUR)
    about(world, 6, "x", enterprise_id=other.id)
    whole = numbers(world, span=WHOLE, limit=100)
    assert len(whole) == 12 and whole[:2] == [number(6, "C"), number(6)]
    found, after = [], None
    while rows := numbers(world, span=WHOLE, limit=5, after=after):
        found += rows
        after = Seen(rows[-1])
    assert found == whole
    assert numbers(world, owner="2") == [number(6, "C"), number(6)]
    assert numbers(world, after=Seen("nobody's")) == numbers(world, kinds=["nothing"]) == []


def test_a_row_that_changes_between_two_pages_brings_no_page_twice(world: World) -> None:
    for serial in range(1, 5):
        about(world, serial, "x")
        world.clock.tick(HOUR)
    first = world.ledger.page(["application"], [], None, limit=2)
    last = first[-1]
    world.tell(world.event(4, "HS", 1, message="M4-0"))
    assert last.number == number(4)
    behind = numbers(world, after=Seen(last.number, last.updated_at), limit=100)
    assert number(4) not in behind and len(behind) == 6
    assert len(numbers(world, after=Seen(number(4)), limit=100)) == 7


@pytest.mark.parametrize(
    ("terms", "span", "index"),
    [
        ((), WHOLE, "ix_document_kind"),
        ((Term(("about",), ("x",)),), None, "ix_document_about"),
        ((Term(("customs_no",), ("x",)),), None, "ix_document_customs_no"),
        ((Term(("certificate_no",), ("x",)),), None, "ix_document_certificate_no"),
        ((Term(("about/certificate_no",), ("x",)),), None, "about USING INDEX ix_document_certificate_no"),
        ((), Span("at/HP", 0, 1), "SEARCH event USING PRIMARY KEY"),
    ],
)
def test_sqlite_takes_an_index_for_every_screen(
    sqlite: Databases, terms: tuple[Term, ...], span: Span | None, index: str
) -> None:
    engine = connect(sqlite.fresh())
    said: list[tuple[str, object]] = []
    listening.listen(engine, "before_cursor_execute", lambda *given: said.append((given[2], given[3])))
    Ledger(engine, now=SetClock(micros(NOON)).now, machines=machines).page(["application"], terms, span, limit=10)
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said[-1][0]}", said[-1][1]).all()  # type: ignore[arg-type]
    engine.dispose()
    assert index in str(plan) and "SCAN document" not in str(plan), plan
