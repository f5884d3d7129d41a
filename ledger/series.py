"""Blocks of serials, and the enterprises that count in them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from ledger.rows import Enterprise, NewEnterprise
from ledger.statements import insert
from ledger.tables import enterprise, series

_COLUMNS = (enterprise.c.id, enterprise.c.code, enterprise.c.uscc, enterprise.c.name, enterprise.c.node_id)


def reserve(connection: Connection, name: str, year: int, count: int) -> range:
    """The next `count` serials of a series; the first ever is 1. What is not used is a gap."""
    statement = insert(connection, series).values(name=name, year=year, next=count + 1)
    taken = statement.on_conflict_do_update(
        index_elements=[series.c.name, series.c.year], set_={"next": series.c.next + count}
    )
    end: int = connection.execute(taken.returning(series.c.next)).scalar_one()
    return range(end - count, end)


def add_enterprises(connection: Connection, added: Sequence[NewEnterprise]) -> list[Enterprise]:
    """In order. One whose code is registered already is returned as it stands."""
    rows = [{"code": e.code, "uscc": e.uscc, "name": e.name, "node_id": e.node_id} for e in added]
    if rows:
        connection.execute(insert(connection, enterprise).on_conflict_do_nothing(), rows)
    known = {code: e for e in enterprises(connection) for code in (e.code, e.uscc) if code}
    return [known[e.code or e.uscc] for e in added]


def enterprises(connection: Connection) -> list[Enterprise]:
    return [Enterprise(*row) for row in connection.execute(select(*_COLUMNS).order_by(enterprise.c.id))]
