"""The accounts desk: a day's statement to each enterprise, as a message that is laid beside its own account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mappings.clock import micros, stamp
from mappings.kind import Becomes, Kind
from simulator.message import enclosed
from simulator.rows import Entry, Post
from simulator.tools import Tools

LINES = 5000  # in one message, which then has about 2 MB
DAY = 24 * 3600 * 1_000_000  # µs
MILLISECOND = 1000  # µs
PREFIX = "T"  # of a statement's own number: T, the date, the page


def state_days(tools: Tools) -> int:
    """Send the statements that are wanted; with `daily`, of every day that is over. Returns how many days were told."""
    wanted = sorted({*tools.store.statements_wanted(), *_days_over(tools)})
    if wanted:
        with tools.store.transaction():
            for date in wanted:
                _state(tools, date)
                tools.store.statement_sent(date)
    return len(wanted)


def _days_over(tools: Tools) -> Iterator[str]:
    """With `daily`: every day that is over, from the one after the last that was told; the first time, from yesterday."""
    if tools.settings.statement != "daily":
        return
    today = stamp(tools.clock.now())[:8]
    day = tools.store.last_statement() or _days_on(today, -2)
    while (day := _days_on(day, 1)) < today:
        yield day


def _days_on(date: str, days: int) -> str:
    return stamp(micros(f"{date}120000000") + days * DAY)[:8]


def _state(tools: Tools, date: str) -> None:
    """To every registered enterprise, also when nothing happened: an empty account is an account."""
    begin = micros(f"{date}000000000")
    through = min(begin + DAY - MILLISECOND, tools.clock.now())
    kind = next(kind for kind in tools.contract.messages if kind.becomes is Becomes.STATEMENT)
    for known in tools.settings.enterprises:
        road = tools.store.road_of(known.node) or next(iter(tools.roads))
        entries = tools.store.last_entries(known.node, begin, through)
        for number, content in _pages(date, through, entries):
            stated = tools.clock.now()
            name, body = enclosed(tools, kind, content, number=number, receiver=known.node, stated=stated)
            tools.store.add_posts([Post(stated, _road(tools, road, kind), name, body, None)])


def _pages(date: str, through: int, entries: Sequence[Entry]) -> Iterator[tuple[str, dict[str, Any]]]:
    pages = max(1, -(-len(entries) // LINES))
    for page in range(1, pages + 1):
        lines = [_line(entry) for entry in entries[(page - 1) * LINES : page * LINES]]
        day = f"{date[:4]}-{date[4:6]}-{date[6:]}"
        content = {"statement_date": day, "page": page, "pages": pages, "through": stamp(through), "lines": lines}
        yield f"{PREFIX}{date}{page:09d}", content


def _line(entry: Entry) -> dict[str, str]:
    return {
        "number": entry.number, "message_type": entry.type, "status": entry.state, "customs_no": entry.customs_no,
        "certificate_no": entry.certificate_no, "stated_at": stamp(entry.stated),
    }  # fmt: skip


def _road(tools: Tools, road: str, kind: Kind) -> str:
    return tools.road_for(road, kind.biz)
