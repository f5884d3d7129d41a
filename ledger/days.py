"""Our own account of a day: the documents that had a part in it, each as it stood when the day ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, exists, select

from ledger.life import Life
from ledger.lives import Machines, lives_of
from ledger.rows import DayLine
from ledger.tables import document, event
from mappings.clock import micros
from mappings.states import Event, Step, Verdict, What, fold

_SLACK = 24 * 3600 * 1_000_000  # µs by which customs' clock may be ahead of ours
_PAGE = 1000  # documents at a time
_END = "235959999"
_BEGIN = "000000000"
_MEANT = (Verdict.APPLIED, Verdict.SKIPPED, Verdict.RESTATED)
SUBMIT = "submit"


def day(connection: Connection, enterprise_id: int, date: str, *, machines: Machines) -> list[DayLine]:
    """Those with an event that is stated on that day and concerns customs too, by number."""
    begin = micros(date + _BEGIN) - _SLACK
    moved = exists().where(
        event.c.document_id == document.c.id, event.c.stated_at >= date + _BEGIN, event.c.stated_at <= date + _END
    )
    chosen = select(document.c.id).where(
        document.c.enterprise_id == enterprise_id, document.c.updated_at >= begin, moved
    )
    found = (
        _line(life, date)
        for life in _lives(connection, connection.scalars(chosen.order_by(document.c.id)).all(), machines)
        if any(each.stated_at.startswith(date) and _travels(each) for each in life.events)
    )
    return sorted(found, key=lambda line: line.number)


def named(
    connection: Connection, enterprise_id: int, numbers: Iterable[str], date: str, *, machines: Machines
) -> list[DayLine]:
    """Those of the numbers that exist, whenever they were moved, as they stood when that day ended."""
    wanted = sorted(set(numbers))
    found: list[DayLine] = []
    for start in range(0, len(wanted), _PAGE):
        chosen = select(document.c.id).where(
            document.c.enterprise_id == enterprise_id, document.c.number.in_(wanted[start : start + _PAGE])
        )
        found += [_line(life, date) for life in _lives(connection, connection.scalars(chosen).all(), machines)]
    return found


def _lives(connection: Connection, ids: Iterable[int], machines: Machines) -> Iterator[Life]:
    wanted = list(ids)
    for start in range(0, len(wanted), _PAGE):
        yield from lives_of(connection, wanted[start : start + _PAGE], machines)


def _line(life: Life, date: str) -> DayLine:
    events = [event for event in life.events if event.stated_at <= date + _END]
    folded = fold(life.machine, events)
    said = [step for step in folded.steps if step.verdict in _MEANT and _speaks(step)]
    return DayLine(
        number=life.number,
        parent=str(life.columns["parent"]),
        reference=str(life.columns["reference"]),
        kind=str(life.columns["kind"]),
        state=said[-1].to if said else "",
        customs_no=folded.facts.get("customs_no", ""),
        certificate_no=folded.facts.get("certificate_no", ""),
        submitted=any(_submits(event, date) for event in events),
    )


def _travels(event: Event) -> bool:
    """An act that sent nothing, such as saving a declaration once more, customs knows nothing of."""
    return event.what is not What.ACT or bool(event.message)


def _speaks(step: Step) -> bool:
    """Customs' word counts always, the road's only where it is the state itself (a confirmation that arrived is no state)."""
    return step.event.what is What.BUSINESS or (step.event.what is What.TRANSPORT and step.event.code == step.to)


def _submits(event: Event, date: str) -> bool:
    return event.what is What.ACT and event.code == SUBMIT and event.stated_at.startswith(date)
