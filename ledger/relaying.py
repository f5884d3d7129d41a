"""What is handed back to enterprises that send through us: noted with the arrival, done when it lies in their boxes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select, update

from ledger.rows import Forward
from ledger.statements import insert
from ledger.tables import arrival, body, message
from ledger.tables import forward as forwarding


def forward(connection: Connection, files: Sequence[tuple[int, int | None]]) -> None:
    """(arrival, enterprise): noted once, however often the arrival is settled."""
    rows = [{"arrival_id": arrival_id, "enterprise_id": of, "done_at": None} for arrival_id, of in files]
    if rows:
        connection.execute(insert(connection, forwarding).on_conflict_do_nothing(), rows)


def forwards(connection: Connection, enterprise_id: int, limit: int) -> list[Forward]:
    chosen = (
        select(arrival.c.id, arrival.c.channel, arrival.c.box, arrival.c.name, body.c.bytes)
        .join(forwarding, forwarding.c.arrival_id == arrival.c.id)
        .join(body, body.c.id == arrival.c.body_id)
        .where(forwarding.c.enterprise_id == enterprise_id, forwarding.c.done_at.is_(None))
        .order_by(arrival.c.id)
        .limit(limit)
    )
    return [
        Forward(row.id, row.channel.rpartition("/")[2], row.box, row.name, row.bytes)
        for row in connection.execute(chosen)
    ]


def forwards_open(connection: Connection, enterprise_id: int) -> int:
    counted = select(func.count()).where(forwarding.c.enterprise_id == enterprise_id, forwarding.c.done_at.is_(None))
    return connection.scalar(counted) or 0


def forwarded(connection: Connection, arrival_ids: Sequence[int], *, now: int) -> None:
    if arrival_ids:
        done = update(forwarding).where(forwarding.c.arrival_id == bindparam("of")).values(done_at=now)
        connection.execute(done, [{"of": id_} for id_ in arrival_ids])


def sent_since(connection: Connection, enterprise_id: int, stated_at: str) -> int:
    counted = select(func.count()).where(
        message.c.enterprise_id == enterprise_id, message.c.direction == "out", message.c.stated_at >= stated_at
    )
    return connection.scalar(counted) or 0
