"""Opening a database so that what it has committed is there after a power cut, and bringing its tables up to date."""

from __future__ import annotations

import sqlite3
from typing import Any, NoReturn

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from ledger.errors import LedgerError
from ledger.transactions import Transactions, begin

PATIENCE = 30  # seconds that a transaction waits for another one's locks
_CACHE = 64 * 1024  # KiB of pages a SQLite connection keeps: the hashes of a million bodies are read at random
_CHECKPOINT = 4000  # pages of the log that are copied home at once: rarer and larger than usual, 5 % of the time
_MIGRATING = 0x6C6564  # PostgreSQL's advisory lock while tables change; any number that nobody else takes


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`. Raises LedgerError SYS_DATABASE, SYS_DISK at the first use."""
    made = make_url(url)
    return _sqlite(made) if made.get_backend_name() == "sqlite" else _postgresql(made)


def migrate(url: str) -> None:
    """Bring the tables to this program's schema, in one transaction: old or new, never between."""
    engine = connect(url)
    try:
        with Transactions(engine).writing() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def schema_versions(engine: Engine) -> tuple[str, str]:
    """(the tables', this program's): names of migrations, "" for tables that are not there."""
    with Transactions(engine).reading() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found or "", ScriptDirectory.from_config(_config()).get_current_head() or ""


def schema_state(engine: Engine) -> str:
    """The tables beside this program: current, older, newer (made by a program that we do not know) or none."""
    scripts = ScriptDirectory.from_config(_config())
    with Transactions(engine).reading() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return "none"
    if found == scripts.get_current_head():
        return "current"
    return "older" if found in {script.revision for script in scripts.walk_revisions()} else "newer"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "ledger:migrations")
    return config


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
