"""One SQLite file: WAL, synchronous FULL, transactions that hold all that one message causes, and counters."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from simulator.errors import BadCustoms
from simulator.holding import Added, Keyed, Undo, Values

V = TypeVar("V")

FILE = "customs.db"
VERSION = 2
BUSY = 30.0  # s that one writer waits for another


class Counter(NamedTuple):
    name: str
    value: int


class Database:
    """One connection; numbers are counted inside a transaction.

    Inside a transaction rows are held (`simulator.holding`): what this connection wrote or read it need not ask for again,
    until another connection has written.
    """

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=BUSY, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._undo: Undo = []
        self._inside = self._in_part = False
        self._version = -1
        self._held: list[Keyed[Any, Any] | Added] = []  # in the order in which they are written
        self._counters: Keyed[str, Counter] = self._keyed(_COUNT, tuple)
        self._prepare()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and durable when it ends."""
        try:
            with self._begun():
                self._look_round()
                self._inside = True
                yield
                self._write()
        except BaseException:
            self._forget()
            raise
        finally:
            self._inside = False
        for held in self._held:
            held.shrink()

    @contextmanager
    def _begun(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def part(self) -> Iterator[None]:
        """Inside a transaction: what one message causes, all of it or nothing."""
        self._db.execute("SAVEPOINT part")
        self._undo.clear()
        self._in_part = True
        try:
            yield
        except BaseException:
            while self._undo:
                self._undo.pop()()
            self._db.execute("ROLLBACK TO part")
            raise
        finally:
            self._in_part = False
            self._db.execute("RELEASE part")

    # what is held

    def _keyed(self, sql: str, values: Callable[[V], Values]) -> Keyed[Any, V]:
        held: Keyed[Any, V] = Keyed(self._undo, sql, values)
        self._held.append(held)
        return held

    def _added(self, sql: str, *, skip: int = 0) -> Added:
        held = Added(self._undo, sql, skip=skip)
        self._held.append(held)
        return held

    def _look_round(self) -> None:
        """Another connection's commit makes what we know old."""
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._forget()
            self._version = version

    def _write(self) -> None:
        self._undo.clear()
        for held in self._held:
            held.write(self._db)

    def _forget(self) -> None:
        self._undo.clear()
        for held in self._held:
            held.forget()

    def _all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Rows of a whole table, with those that are held; never inside a part, whose rows are not to be written yet."""
        if self._inside:
            assert not self._in_part
            self._write()
        return self._db.execute(sql, values).fetchall()

    # numbers

    def count(self, name: str, many: int = 1) -> int:
        """The next of a counter, from 1; of several that are taken at once, the last."""
        assert self._inside
        value = self.counted(name) + many
        self._counters.put(name, Counter(name, value))
        return value

    def counted(self, name: str) -> int:
        """Where a counter stands."""
        row = self._counters.find(name, lambda: self._counter(name)) if self._inside else self._counter(name)
        return row.value if row else 0

    def _counter(self, name: str) -> Counter | None:
        row = self._one("SELECT name, value FROM counters WHERE name = ?", name)
        return Counter(*row) if row else None

    def forget(self) -> dict[str, int]:
        """Empty every table, as on the first day. Returns how many rows each had."""
        with self.transaction():
            self._forget()
            self._db.execute("PRAGMA defer_foreign_keys = ON")
            tables = [row["name"] for row in self._db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return {table: self._db.execute(f"DELETE FROM {table}").rowcount for table in tables}  # noqa: S608

    def next_free(self, series: str, wanted: int) -> int:
        """`wanted`, or the first after it that nobody has; taken from now on. Kept as runs, so that a long one costs nothing."""
        run = self._one("SELECT first, last FROM runs WHERE series = ? AND first <= ? ORDER BY first DESC LIMIT 1",
                        series, wanted)  # fmt: skip
        free = max(wanted, run["last"] + 1) if run else wanted
        first = run["first"] if run and run["last"] + 1 == free else free
        after = self._one("SELECT first, last FROM runs WHERE series = ? AND first = ?", series, free + 1)
        if after:
            self._db.execute("DELETE FROM runs WHERE series = ? AND first = ?", (series, free + 1))
        last = after["last"] if after else free
        self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (series, first, last))
        return free

    def _one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        rows = self._db.execute(sql, values).fetchall()
        return rows[0] if rows else None

    def _prepare(self) -> None:
        with self._begun():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise BadCustoms(
                    f"{FILE}: 结构版本 {version}，应为 {VERSION} / schema version {version}, wanted {VERSION}"
                )
            if version == 0:
                for statement in files("simulator").joinpath("schema.sql").read_text(encoding="utf-8").split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")


_COUNT = "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
