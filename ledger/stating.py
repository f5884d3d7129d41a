"""Customs' account of a day: kept line by line as its messages come, a later one over an earlier."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from ledger.rows import Account, Stated, StatedLine
from ledger.statements import Values, insert
from ledger.tables import stated, statement

_SAID = ("type", "state", "customs_no", "certificate_no", "stated_at")


def keep(connection: Connection, pages: Sequence[tuple[Stated, int]]) -> None:
    """Pages with the message that brought each. An account that is told further replaces the one told before."""
    for page, message_id in pages:
        known = connection.scalar(select(func.max(statement.c.through)).where(*_of(statement, page)))
        if known is not None and page.through < known:
            continue
        if known is not None and page.through > known:
            connection.execute(delete(statement).where(*_of(statement, page)))
            connection.execute(delete(stated).where(*_of(stated, page)))
        head: Values = {
            "enterprise_id": page.enterprise_id, "date": page.date, "page": page.page, "pages": page.pages,
            "through": page.through, "message_id": message_id,
        }  # fmt: skip
        connection.execute(insert(connection, statement).on_conflict_do_nothing(), head)
        rows = [_row(page, line) for line in page.lines]
        if rows:
            connection.execute(insert(connection, stated).on_conflict_do_nothing(), rows)


def account(connection: Connection, enterprise_id: int, date: str) -> Account:
    heads = connection.execute(
        select(statement.c.page, statement.c.pages, statement.c.through).where(
            statement.c.enterprise_id == enterprise_id, statement.c.date == date
        )
    ).all()
    lines = connection.execute(
        select(stated.c.number, *(stated.c[name] for name in _SAID))
        .where(stated.c.enterprise_id == enterprise_id, stated.c.date == date)
        .order_by(stated.c.number)
    )
    complete = bool(heads) and {head.page for head in heads} == set(range(1, heads[0].pages + 1))
    return Account(
        complete, max((head.through for head in heads), default=""), tuple(StatedLine(*row) for row in lines)
    )


def _of(table: Table, page: Stated) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.enterprise_id == page.enterprise_id, table.c.date == page.date


def _row(page: Stated, line: StatedLine) -> Values:
    said = {name: getattr(line, name) for name in _SAID}
    return {"enterprise_id": page.enterprise_id, "date": page.date, "number": line.number, **said}
