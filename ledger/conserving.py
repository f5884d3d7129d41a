"""Conservation: files in = processed + quarantined + waiting, counted twice and compared (reliability P9)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, exists, func, select

from ledger.rows import Conservation
from ledger.tables import arrival, body, carries, message, outbox, tally

PROCESSED = ("understood", "repeat", "discarded")
QUARANTINED = ("quarantined",)
WAITING = ("new", "waiting", "held")


def conservation(connection: Connection) -> Conservation:
    """The counters, which every transaction moves, beside the rows themselves; and what has lost its other half."""
    counted = _counted(connection, "arrival")
    return Conservation(
        files_in=sum(counted.values()),
        processed=sum(counted.get(status, 0) for status in PROCESSED),
        quarantined=sum(counted.get(status, 0) for status in QUARANTINED),
        waiting=sum(counted.get(status, 0) for status in WAITING),
        lost=(*_differences(connection), *_halves(connection)),
    )


def _counted(connection: Connection, topic: str) -> dict[str, int]:
    total = func.sum(tally.c.amount)
    rows = connection.execute(select(tally.c.name, total).where(tally.c.topic == topic).group_by(tally.c.name))
    return {name: int(amount) for name, amount in rows if amount}


def _differences(connection: Connection) -> Iterator[str]:
    for topic, column in (("arrival", arrival.c.status), ("outbox", outbox.c.stage)):
        counted, there = _counted(connection, topic), _there(connection, column)
        for name in sorted(counted.keys() | there.keys()):
            if counted.get(name, 0) != there.get(name, 0):
                yield f"{topic} {name}: {counted.get(name, 0)} counted, {there.get(name, 0)} there"


def _there(connection: Connection, column: Column[str]) -> dict[str, int]:
    return dict(connection.execute(select(column, func.count()).group_by(column)).all())


def _halves(connection: Connection) -> Iterator[str]:
    """What every row must have beside it: a file its bytes and, out of the way, its reason; a message its place in the queue."""
    without = {
        "arrivals without their bytes": _count(arrival, ~exists().where(body.c.id == arrival.c.body_id)),
        "arrivals put aside without a reason": _count(
            arrival, arrival.c.status.in_(("quarantined", "held", "discarded")), arrival.c.reason == ""
        ),
        "repeats of nothing": _count(arrival, arrival.c.status == "repeat", arrival.c.repeat_of.is_(None)),
        "messages out of no queue": _count(
            message, message.c.direction == "out", ~exists().where(outbox.c.message_id == message.c.id)
        ),
        "messages that carry nothing": _count(
            message, message.c.direction == "out", ~exists().where(carries.c.message_id == message.c.id)
        ),
        "queued for nothing": _count(
            outbox, outbox.c.stage.in_(("seal", "deliver")), outbox.c.due_at.is_(None),
            outbox.c.standing.not_in(("parked", "dead")),
        ),
    }  # fmt: skip
    for what, statement in without.items():
        if count := connection.scalar(statement):
            yield f"{what}: {count}"


def _count(table: Table, *conditions: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(table).where(*conditions)
