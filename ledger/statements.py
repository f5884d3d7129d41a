"""A few statements that all topics share: look-ups by many keys, inserts that let what is there be, counters."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam
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


class Lookup:
    """The rows of a select whose columns (which it must select) hold one of many keys; made once, used often.

    With several columns keys are tuples. Each column is asked by itself and the pairs are put together here, because
    SQLite reads `(a, b) IN (…)` by the first column's index alone.
    """

    def __init__(self, select: AnySelect, *columns: ColumnElement[Any]) -> None:
        names = [f"keys_{n}" for n in range(len(columns))]
        wanted = [c.in_(bindparam(name, expanding=True)) for c, name in zip(columns, names, strict=True)]
        self._select = select.where(*wanted)
        self._names = names
        self._key = attrgetter(*(str(column.key) for column in columns))

    def rows(self, connection: Connection, keys: Iterable[Any]) -> Iterator[AnyRow]:
        wanted = sorted(set(keys))
        for start in range(0, len(wanted), _PAGE):
            page = wanted[start : start + _PAGE]
            one = len(self._names) == 1
            parts = [page] if one else [list(set(part)) for part in zip(*page, strict=True)]
            found = connection.execute(self._select, dict(zip(self._names, parts, strict=True)))
            among = set(page)
            yield from (row for row in found if self._key(row) in among)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put_bodies(connection: Connection, bodies: Mapping[str, bytes]) -> dict[str, int]:
    """Keep byte strings, given by their sha256. Their ids, by the same."""
    rows = [{"sha256": key, "size": len(data), "coding": "plain", "bytes": data} for key, data in bodies.items()]
    if not rows:
        return {}
    return dict(connection.execute(body.insert().returning(body.c.sha256, body.c.id), rows).all())


def content_key(sha256: str) -> int:
    """The first 60 bits of a hash, as a number."""
    return int(sha256[:15], 16)


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


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)  # made once: json.dumps makes one a call
_COUNTER = [tally.c.topic, tally.c.name, tally.c.slot]


def as_json(facts: Mapping[str, str]) -> str:
    return _ENCODER.encode(dict(facts)) if facts else "{}"
