"""What a transaction writes is held in memory until it ends, and then written table by table, many rows in one statement.

What can go wrong with a row goes wrong when it is handed over, so that only the message that brings it is turned away.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
Values = tuple[Any, ...]
Undo = list[Callable[[], object]]

MOST = 20_000  # rows of one table that are kept in memory
LARGEST = 2**63  # SQLite's integers end below it
_MISSING: Any = object()


class Keyed(Generic[K, V]):
    """Rows of one table by their key: those that were read, and those that are to be written. sql: writes one row."""

    def __init__(self, undo: Undo, sql: str, values: Callable[[V], Values]) -> None:
        self._undo = undo
        self._sql = sql
        self._values = values
        self._rows: dict[K, V | None] = {}
        self._fresh: dict[K, Values] = {}

    def find(self, key: K, load: Callable[[], V | None]) -> V | None:
        """The row as it will be; asked for where it is not known."""
        if key not in self._rows:
            self._rows[key] = load()
        return self._rows[key]

    def put(self, key: K, row: V) -> None:
        """Raises OverflowError, TypeError, ValueError for what cannot be written."""
        values = fit(self._values(row))
        self._undo.append(partial(self._back, key, self._rows.get(key, _MISSING), self._fresh.get(key)))
        self._rows[key] = row
        self._fresh[key] = values

    def write(self, database: sqlite3.Connection) -> None:
        if self._fresh:
            database.executemany(self._sql, self._fresh.values())
            self._fresh.clear()

    def forget(self) -> None:
        self._rows.clear()
        self._fresh.clear()

    def shrink(self) -> None:
        """After a transaction: no more than MOST rows stay."""
        if len(self._rows) > MOST:
            self._rows.clear()

    def _back(self, key: K, row: V | None, fresh: Values | None) -> None:
        _restore(self._rows, key, row)
        _restore(self._fresh, key, fresh if fresh is not None else _MISSING)


def _restore(held: dict[K, Any], key: K, before: Any) -> None:
    if before is _MISSING:
        held.pop(key, None)
    else:
        held[key] = before


class Added:
    """Rows for one statement that are written in their order, and not asked for before. skip: values that are only looked at."""

    def __init__(self, undo: Undo, sql: str, *, skip: int = 0) -> None:
        self._undo = undo
        self._sql = sql
        self._skip = skip
        self.rows: list[Values] = []

    def add(self, *values: Any) -> None:
        """Raises OverflowError."""
        self.rows.append(fit(values))
        self._undo.append(self.rows.pop)

    def write(self, database: sqlite3.Connection) -> None:
        if self.rows:
            database.executemany(self._sql, [row[self._skip :] for row in self.rows] if self._skip else self.rows)
            self.rows.clear()

    def forget(self) -> None:
        self.rows.clear()

    def shrink(self) -> None:
        """Nothing stays after a transaction."""


class Texts:
    """Values as JSON, written once as long as the very same value is saved again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, str]] = {}

    def of(self, value: Mapping[str, Any] | Sequence[Any]) -> str:
        """Raises TypeError, ValueError for what JSON cannot say."""
        if not value:
            return "{}" if isinstance(value, Mapping) else "[]"
        known = self._known.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        self.learn(value, text)
        return text

    def learn(self, value: object, text: str) -> None:
        """What was just read need not be written again."""
        if len(self._known) > MOST:
            self._known.clear()
        self._known[id(value)] = (value, text)


def fit(values: Values) -> Values:
    """The values, which a row of SQLite can hold. Raises OverflowError, UnicodeEncodeError."""
    for value in values:
        kind = type(value)
        if kind is str:
            if not value.isascii():
                value.encode()  # half a character cannot be kept
        elif kind is int and not -LARGEST <= value < LARGEST:
            raise OverflowError(f"{value} is beyond what SQLite counts")
    return values
