"""Whether a ledger can be worked with: its file, its counters, and when it was last written."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, func, select

from ledger.errors import LedgerError
from ledger.statements import AnySelect, Tally
from ledger.tables import arrival, attempt, audit, document, message, outbox, tally
from ledger.transactions import Transactions

_STEPS = 100_000  # of SQLite's machine between two looks at the time


def check_file(engine: Engine, *, patience: float) -> bool:
    """SQLite's own look at the whole file. Raises LedgerError DB_CORRUPT; False where it took longer than `patience` s.

    PostgreSQL looks after its own pages: there nothing is asked.
    """
    if engine.dialect.name != "sqlite":
        return True
    until = time.monotonic() + patience
    with Transactions(engine).reading() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        try:
            found = driver.execute("PRAGMA quick_check(3)").fetchall()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                return False
            raise
        except sqlite3.DatabaseError as error:
            raise LedgerError("DB_CORRUPT", detail=str(error)) from error
        finally:
            driver.set_progress_handler(None, 0)
    said = [str(row[0]) for row in found]
    if said != ["ok"]:
        raise LedgerError("DB_CORRUPT", detail="; ".join(said))
    return True


def last_recorded(connection: Connection) -> int | None:
    """µs of the newest row of the tables whose rows are made one after the other; None for an empty ledger."""
    newest = (
        _newest(connection, document, "created_at"),
        _newest(connection, message, "recorded_at"),
        _newest(connection, arrival, "received_at"),
        _newest(connection, attempt, "at"),
        _newest(connection, audit, "at"),
    )
    return max((at for at in newest if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Miscount:
    """A counter that says something else than the rows that it counts."""

    topic: str
    name: str
    told: int
    there: int

    def __str__(self) -> str:
        return f"{self.topic} {self.name}: {self.told} ≠ {self.there}"


def miscounted(connection: Connection) -> list[Miscount]:
    """Empty where all counters agree with their rows (P9)."""
    rows = {
        "document": select(document.c.kind + " " + document.c.state, func.count()).group_by(
            document.c.kind, document.c.state
        ),
        "outbox": select(outbox.c.stage, func.count()).group_by(outbox.c.stage),
        "arrival": select(arrival.c.status, func.count()).group_by(arrival.c.status),
    }
    return [found for topic, counted in rows.items() for found in _compared(connection, topic, counted)]


def recount(connection: Connection) -> list[Miscount]:
    """Counters are set right by what is there. Those that were wrong."""
    wrong, tally_ = miscounted(connection), Tally()
    for found in wrong:
        tally_.move(found.topic, "", found.name, found.there - found.told)
    tally_.write(connection)
    return wrong


def _compared(connection: Connection, topic: str, counted: AnySelect) -> list[Miscount]:
    there = {name: int(count) for name, count in connection.execute(counted)}
    summed = select(tally.c.name, func.sum(tally.c.amount)).where(tally.c.topic == topic).group_by(tally.c.name)
    told = {name: int(count) for name, count in connection.execute(summed)}
    found = (
        Miscount(topic, name, told.get(name, 0), there.get(name, 0)) for name in sorted(there.keys() | told.keys())
    )
    return [each for each in found if each.told != each.there]


def _newest(connection: Connection, table: Table, column: str) -> int | None:
    found = connection.execute(select(table.c[column]).order_by(table.c.id.desc()).limit(1)).scalar()
    return None if found is None else int(found)
