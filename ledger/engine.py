"""Opening a database so that what it has committed is there after a power cut, and bringing its tables up to date."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from typing import Any, NoReturn

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from ledger.errors import LedgerError
from ledger.transactions import Transactions, begin

PATIENCE = 30  # seconds that a transaction waits for another one's locks
_CACHE = 64 * 1024  # KiB of pages a SQLite connection keeps: the hashes of a million bodies are read at random
_CHECKPOINT = 4000  # pages of the log that are copied home at once: rarer and larger than usual, 5 % of the time
_VERSION = "alembic_version"
_MIGRATING = 0x6C6564  # PostgreSQL's advisory lock while tables change; any number that nobody else takes


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`. Raises LedgerError SYS_DATABASE, SYS_DISK at the first use."""
    made = make_url(url)
    return _sqlite(made) if made.get_backend_name() == "sqlite" else _postgresql(made)


def migrate(url: str) -> None:
    """Bring the tables to this program's schema, in one transaction: old or new, never between."""
    from alembic import command  # no other command needs it, and it is long to load
    from alembic.config import Config

    engine = connect(url)
    try:
        with Transactions(engine).writing() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            config = Config()
            config.set_main_option("script_location", "ledger:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def schema_versions(engine: Engine) -> tuple[str, str]:
    """(the tables', this program's): names of migrations, "" for tables that are not there."""
    with Transactions(engine).reading() as connection:
        return _found(connection), revisions()[-1]


def schema_state(engine: Engine) -> str:
    """The tables beside this program: current, older, newer (made by a program that we do not know) or none."""
    found, head = schema_versions(engine)
    if not found:
        return "none"
    if found == head:
        return "current"
    return "older" if found in revisions() else "newer"


def revisions() -> list[str]:
    """The migrations that this program has, the first one first: their files are named after them."""
    versions = files("ledger").joinpath("migrations", "versions").iterdir()
    return sorted(file.name[1:].partition("_")[0] for file in versions if file.name.startswith("r"))


def _found(connection: Connection) -> str:
    if not inspect(connection).has_table(_VERSION):
        return ""
    return connection.scalar(text(f"SELECT version_num FROM {_VERSION}")) or ""  # noqa: S608


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", begin)
    return engine


def _sqlite_connected(connection: DBAPIConnection, _record: Any) -> None:
    """Durable at every commit; the driver begins no transaction of its own, because its BEGIN is a deferred one."""
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    journal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (journal, synchronous) != ("wal", 2):
        _turn_away(connection, f"journal_mode {journal}, synchronous {synchronous}: WAL and FULL (2) wanted")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        connect_args={"options": f"-c lock_timeout={PATIENCE}s"},
    )
    event.listen(engine, "connect", _postgresql_connected)
    return engine


def _postgresql_connected(connection: DBAPIConnection, _record: Any) -> None:
    """Durable at every commit, unless the server was told otherwise: then it is no ledger."""
    cursor = connection.cursor()
    cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
    fsync, commit = cursor.fetchone() or ("", "")
    cursor.close()
    connection.rollback()
    if fsync != "on" or commit == "off":
        _turn_away(connection, f"fsync {fsync}, synchronous_commit {commit}: both must be on")


def _turn_away(connection: DBAPIConnection, why: str) -> NoReturn:
    connection.close()  # nobody else knows of it yet
    raise LedgerError("SYS_DATABASE", detail=why)
