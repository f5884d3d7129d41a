"""Accounts of a day: customs' pages are kept, ours is folded as of the day's end, differences live until settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ledger.rows import Account, DayRow, Difference, Differs, Settlement, Stated, StatedLine
from mappings.states import What
from tests.ledger.world import NOON, World, number, said

DAY, NEXT, EVENING = NOON[:8], "20261122", "20261121235959999"
HALF_A_DAY = 12 * 60 + 1  # minutes from noon into the next day


def line(serial: int, state: str = "HS") -> StatedLine:
    return StatedLine(number(serial), "CERTAPP", state, "", "", NOON)


def told(world: World, *pages: Stated) -> None:
    """Each page as a message of its own."""
    arrived = world.arrive(*(f"<page {page.page} {page.through} {len(page.lines)}/>".encode() for page in pages))
    messages = (said(f"T{arrival.id}") for arrival in arrived)
    world.ledger.settle(
        [
            Settlement(arrival.id, "understood", message=message, stated=page)
            for arrival, page, message in zip(arrived, pages, messages, strict=True)
        ]
    )


def page(world: World, n: int, of: int, *lines: StatedLine, through: str = EVENING) -> Stated:
    return Stated(world.enterprise.id, DAY, n, of, through, lines)


def account(world: World) -> Account:
    return world.ledger.account(world.enterprise.id, DAY)


def test_an_account_is_whole_when_every_page_is_there(world: World) -> None:
    told(world, page(world, 2, 2, line(2)))
    assert not account(world).complete
    told(world, page(world, 1, 2, line(1)))
    assert account(world) == Account(complete=True, through=EVENING, lines=(line(1), line(2)))
    assert not world.ledger.account(world.enterprise.id, NEXT).complete


def test_an_account_told_further_replaces_the_one_before_and_an_older_one_is_too_late(world: World) -> None:
    told(world, page(world, 1, 1, line(1, "SS"), line(2), through=NOON))
    told(world, page(world, 1, 1, line(1, "HS")))
    told(world, page(world, 1, 1, line(1, "HF"), through=NOON))
    assert account(world) == Account(complete=True, through=EVENING, lines=(line(1, "HS"),))


def test_our_account_is_as_the_day_ended(world: World) -> None:
    world.record(world.submission(1), world.submission(2), world.submission(3, sent=None))
    world.tell(world.event(1, "SS", 1, message="M1-0", what=What.TRANSPORT))
    world.tell(world.event(1, "HS", 2, message="M1-0", facts={"customs_no": "7"}))
    world.tell(world.event(1, "BP", HALF_A_DAY))
    of_day = world.ledger.day(world.enterprise.id, DAY)
    assert [(row.number, row.state, row.customs_no, row.submitted) for row in of_day] == [
        (number(1), "HS", "7", True),
        (number(2), "", "", True),
    ]
    (next_day,) = world.ledger.day(world.enterprise.id, NEXT)
    assert (next_day.number, next_day.state, next_day.submitted) == (number(1), "BP", False)
    (as_of,) = world.ledger.day(world.enterprise.id, DAY, [number(1), number(9)])
    assert as_of.state == "HS"


def test_a_day_on_which_nothing_was_sent_and_nothing_came_has_no_part_of_the_document(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "HS", 1), world.event(1, "EW", 2))
    world.clock.tick(timedelta(days=1))
    kept = replace(world.submission(1, "2", sent=None), documents=(world.change(number(1), "agree"),))
    (told,) = world.record(kept)
    assert (told.outcome, told.state) == ("revised", "EA")
    assert [row.number for row in world.ledger.day(world.enterprise.id, DAY)] == [number(1)]
    assert world.ledger.day(world.enterprise.id, NEXT) == []


def difference(serial: int, theirs: str = "HS") -> Difference:
    return Difference("customs", Differs.DIFFERING, number(serial), "R", {"state": "SS"}, {"state": theirs})


def compared(world: World, *found: Difference, complete: bool = True) -> DayRow:
    return world.ledger.compared(world.enterprise.id, DAY, found, matched=1, complete=complete)


def test_a_difference_is_one_work_item_until_it_is_gone(world: World) -> None:
    assert compared(world, difference(1), difference(2)).open == 2
    assert compared(world, difference(1), difference(2)).open == 2
    day = compared(world, difference(2))
    assert (day.open, day.closed_at) == (1, None)
    closed = compared(world)
    assert (closed.open, closed.closed_at) == (0, world.clock.now())
    assert {row.by for row in world.ledger.differences(open_only=False)} == {"gateway"}
    assert compared(world, difference(1)).open == 1  # back again, and open again


def test_a_persons_word_closes_the_day_and_stands_while_nothing_new_is_said(world: World) -> None:
    compared(world, difference(1))
    (row,) = world.ledger.differences()
    assert world.ledger.settle_differences([row.id], by="cli:wang", why="known") == [row.id]
    assert world.ledger.settle_differences([row.id], by="cli:wang", why="known") == []
    (day,) = world.ledger.days()
    assert day.closed_at == world.clock.now()
    assert compared(world, difference(1)).closed_at is not None
    assert compared(world, difference(1, theirs="HF")).open == 1
    assert [row.act for row in world.ledger.audit_rows()] == ["reconcile"]


def test_without_customs_whole_account_no_day_is_closed(world: World) -> None:
    assert compared(world, complete=False).closed_at is None
    assert [day.date for day in world.ledger.days(open_only=True)] == [DAY]
    compared(world, difference(1), complete=False)
    (row,) = world.ledger.differences(date=DAY)
    world.ledger.settle_differences([row.id], by="cli:wang", why="known")
    assert world.ledger.days()[0].closed_at is None
