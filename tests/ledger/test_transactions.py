"""A database that is busy, gone, full or failing is told by its code, and nothing is half stored (F03-F05, P23, P24)."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import ledger.engine
from ledger.engine import migrate
from ledger.errors import LedgerError, refusal
from tests.databases import Databases
from tests.ledger.world import World


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger.engine, "PATIENCE", 1)


def test_a_writer_that_waits_too_long_says_busy(impatient: None, world: World) -> None:
    other = world.open()
    with other._transactions.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE seen_reference"))
        with pytest.raises(LedgerError, match="SYS_DATABASE"):
            world.record(world.submission(1))
    other.close()
    assert world.ledger.documents() == []
    assert world.record(world.submission(1))[0].outcome == "accepted"


def test_a_reader_waits_for_no_writer(world: World) -> None:
    world.record(world.submission(1))
    other = world.open()
    with other._transactions.writing() as connection:
        connection.execute(text("UPDATE document SET state = 'S'"))
        assert world.state(1) == "D"
    other.close()


def test_a_server_that_is_gone_is_told_and_comes_back(postgresql: Databases) -> None:
    world = World(postgresql.fresh())
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    other = world.open()
    world.ledger.enterprises()
    with other._transactions.writing() as connection:
        connection.execute(text(ends))
    with pytest.raises(LedgerError, match="SYS_DATABASE"):
        world.record(world.submission(1))
    assert world.record(world.submission(1))[0].outcome == "accepted"
    other.close()
    world.ledger.close()


def test_no_server_is_told() -> None:
    with pytest.raises(LedgerError, match="SYS_DATABASE"):
        ledger.engine.schema_state(ledger.engine.connect("postgresql://nobody@127.0.0.1:1/none"))


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="SYS_DISK"):
        migrate(f"sqlite:///{tmp_path}/no folder/x.db")


def test_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is a letter to a friend" * 100)
    with pytest.raises(LedgerError, match="DB_CORRUPT"):
        migrate(f"sqlite:///{tmp_path}/x.db")


def test_a_mistake_of_ours_is_seen_as_it_is(world: World) -> None:
    with pytest.raises(Exception, match="nowhere"), world.ledger._transactions.reading() as connection:
        connection.execute(text("SELECT 1 FROM nowhere"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_FULL", "SYS_DISK"),
        ("SQLITE_IOERR_WRITE", "SYS_DISK"),
        ("SQLITE_IOERR_FSYNC", "SYS_FSYNC"),
        ("SQLITE_ERROR", ""),
    ],
)
def test_sqlite_errors_by_name(name: str, code: str) -> None:
    original = sqlite3.OperationalError("x")
    original.sqlite_errorname = name
    told = refusal(OperationalError("COMMIT", {}, original))
    assert (told.code if told else "") == code


def test_after_a_commit_that_the_disk_did_not_confirm_nobody_writes(world: World) -> None:
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorname = "SQLITE_IOERR_FSYNC"
    with pytest.raises(LedgerError, match="SYS_FSYNC"), world.ledger._transactions.writing():
        raise OperationalError("COMMIT", {}, failed)
    with pytest.raises(LedgerError, match="SYS_FSYNC"):
        world.record(world.submission(1))
    assert world.ledger.documents() == []  # reading goes on
    restarted = world.open()
    assert restarted.record([world.submission(1)])[0].outcome == "accepted"
    restarted.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True).returncode
    ):
        pytest.skip("a disk that fills: no right to mount one")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_stores_nothing_by_half_and_work_goes_on_when_there_is_space(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/x.db"
    migrate(url)
    world = World(url)
    (small_disk / "ballast").write_bytes(b"x" * 200_000)
    accepted = 0
    with pytest.raises(LedgerError, match="SYS_DISK"):
        for serial in range(1000):
            world.record(world.submission(serial, "x" * 20_000))
            accepted += 1
    assert len(world.ledger.documents()) == accepted
    (small_disk / "ballast").unlink()
    assert world.record(world.submission(accepted))[0].outcome == "accepted"
    assert world.ledger.broken() == []
    world.ledger.close()
