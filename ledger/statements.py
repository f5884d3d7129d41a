"""A few statements that all topics share: look-ups by many keys, inserts that let what is there be, counters."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from ledger.tables import body, tally

_PAGE = 1000  # keys in one statement: below every database's limit of parameters
# Counters are spread over slots, so that the nodes of one PostgreSQL do not wait for each other's commits at one row.
_SLOT = os.getpid() % 16

Values = dict[str, Any]
AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def rows_in(
    connection: Connection, select: AnySelect, columns: Sequence[ColumnElement[Any]], keys: Iterable[Any]
) -> Iterator[AnyRow]:
    """The rows of a select whose column (or columns, then keys are tuples) is among the keys."""
    wanted = sorted(set(keys))
    column: Any = columns[0] if len(columns) == 1 else tuple_(*columns)
    for start in range(0, len(wanted), _PAGE):
        yield from connection.execute(select.where(column.in_(wanted[start : start + _PAGE])))


def put_bodies(connection: Connection, bodies: Iterable[bytes]) -> list[str]:
    """Keep byte strings, each once. Their sha256, in order."""
    kept = [(hashlib.sha256(data).hexdigest(), data) for data in bodies]
    rows = [{"sha256": sha256, "size": len(data), "coding": "plain", "bytes": data} for sha256, data in sorted(kept)]
    if rows:
        connection.execute(insert(connection, body).on_conflict_do_nothing(), rows)
    return [sha256 for sha256, _ in kept]


class Tally:
    """Changes of counters in one transaction. Write it last: its rows are the ones that all transactions share."""

    def __init__(self) -> None:
        self._changes: Counter[tuple[str, str]] = Counter()

    def move(self, topic: str, source: str, to: str, amount: int = 1) -> None:
        """`amount` things that were counted as `source` ("" for none yet) are counted as `to`."""
        if source:
            self._changes[topic, source] -= amount
        self._changes[topic, to] += amount

    def write(self, connection: Connection) -> None:
        rows = [
            {"topic": topic, "name": name, "slot": _SLOT, "amount": amount}
            for (topic, name), amount in sorted(self._changes.items())
            if amount
        ]
        if rows:
            statement = insert(connection, tally)
            more = tally.c.amount + statement.excluded.amount
            connection.execute(statement.on_conflict_do_update(index_elements=_COUNTER, set_={"amount": more}), rows)


_COUNTER = [tally.c.topic, tally.c.name, tally.c.slot]


def as_json(facts: Mapping[str, str]) -> str:
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True) if facts else "{}"
