"""The migrations make what `ledger.tables` says, on both databases, in one transaction."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, select, text

import ledger.engine
from ledger.engine import connect, migrate, revisions, schema_state
from ledger.tables import enterprise, metadata
from tests.databases import Databases

_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite_%'"
_POSTGRESQL = """
    SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    UNION ALL
    SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    UNION ALL
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '' FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
"""


def _shape(engine: Engine) -> set[tuple[object, ...]]:
    """Everything that a database knows of its tables; the words of a definition sorted, for its order is free."""
    with engine.connect() as connection:
        rows = connection.execute(text(_SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL))
        return {tuple(" ".join(sorted(str(value).replace(",", " ").split())) for value in row) for row in rows}


def test_the_migrated_schema_is_the_metadata(databases: Databases) -> None:
    migrated, created = connect(databases.fresh()), connect(databases.empty())
    metadata.create_all(created)
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert _shape(migrated) == _shape(created)
    migrated.dispose()
    created.dispose()


def test_numbers_are_compared_byte_by_byte(databases: Databases) -> None:
    """A locale would put a before B."""
    engine = connect(databases.fresh())
    with engine.begin() as connection:
        for code in ("a", "B"):
            connection.execute(enterprise.insert().values(code=code, uscc="", name="", node_id=""))
        assert connection.scalars(select(enterprise.c.code).order_by(enterprise.c.code)).all() == ["B", "a"]
    engine.dispose()


def test_migrations_are_named_after_their_revisions() -> None:
    """What a start compares without alembic is what alembic says."""
    config = Config()
    config.set_main_option("script_location", "ledger:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert revisions() == [script.revision for script in scripts.walk_revisions()][::-1]
    assert revisions()[-1] == scripts.get_current_head()


def test_schema_state(databases: Databases) -> None:
    url = databases.empty()
    engine = connect(url)
    assert schema_state(engine) == "none"
    migrate(url)
    assert schema_state(engine) == "current"
    migrate(url)  # again does nothing
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
    assert schema_state(engine) == "newer"
    engine.dispose()


def test_a_migration_that_breaks_leaves_nothing(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    url = databases.empty()
    upgrade = command.upgrade

    def breaks(*args: object) -> None:
        upgrade(*args)
        raise InterruptedError("after the last statement")

    monkeypatch.setattr(command, "upgrade", breaks)
    with pytest.raises(InterruptedError):
        migrate(url)
    engine = connect(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_sqlite_is_durable_at_every_commit(tmp_path: object) -> None:
    engine = connect(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1, 30_000]
    engine.dispose()


def test_a_database_that_cannot_be_durable_is_refused() -> None:
    """In memory there is no write-ahead log."""
    with pytest.raises(ledger.engine.LedgerError, match="SYS_DATABASE"):
        connect("sqlite://").connect()


def test_postgresql_is_durable_at_every_commit(postgresql: Databases) -> None:
    url = postgresql.empty()
    lax = create_engine(url.replace("://", "+psycopg://"))
    with lax.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {lax.url.database} SET synchronous_commit = off"))
    lax.dispose()
    with pytest.raises(ledger.engine.LedgerError, match="synchronous_commit off"):
        connect(url).connect()
