"""One SQLite file: WAL, synchronous FULL, transactions that hold all that one message causes, and counters."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from simulator.errors import BadCustoms

FILE = "customs.db"
VERSION = 2
BUSY = 30.0  # s that one writer waits for another


class Database:
    """One connection; numbers are counted inside a transaction."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=BUSY, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._prepare()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and durable when it ends."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def part(self) -> Iterator[None]:
        """Inside a transaction: what one message causes, all of it or nothing."""
        self._db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO part")
            raise
        finally:
            self._db.execute("RELEASE part")

    # numbers

    def count(self, name: str, many: int = 1) -> int:
        """The next of a counter, from 1; of several that are taken at once, the last."""
        row = self._one(_COUNT, name, many)
        assert row is not None
        return int(row["value"])

    def counted(self, name: str) -> int:
        """Where a counter stands."""
        row = self._one("SELECT value FROM counters WHERE name = ?", name)
        return int(row["value"]) if row else 0

    def forget(self) -> dict[str, int]:
        """Empty every table, as on the first day. Returns how many rows each had."""
        with self.transaction():
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
        with self.transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise BadCustoms(
                    f"{FILE}: 结构版本 {version}，应为 {VERSION} / schema version {version}, wanted {VERSION}"
                )
            if version == 0:
                for statement in files("simulator").joinpath("schema.sql").read_text(encoding="utf-8").split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")


_COUNT = """
INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value
"""
