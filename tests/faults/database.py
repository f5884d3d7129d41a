"""F56-F60: the database as a file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

from tests.faults.cell import Bench, cell
from tests.faults.ends import Ends, ended, forked


def put_back(bench: Bench, name: str) -> None:
    shutil.copy(bench.folder / name, bench.home / "gateway.db")


@cell("F56", "database", "a page changed", "DB_CORRUPT at the start, with advice; the copy goes on")
def page_changed(bench: Bench) -> None:
    assert bench.submit(2) == 0
    database = bench.home / "gateway.db"
    shutil.copy(database, bench.folder / "good.db")
    with database.open("r+b") as file:
        file.seek(database.stat().st_size // 2 // 4096 * 4096)
        file.write(os.urandom(4096))
    assert bench.run() == 2 and "DB_CORRUPT" in bench.err and "备份" in bench.err
    assert bench.codes() == {"DB_CORRUPT": "alarm"} or bench.codes().get("DB_CORRUPT") == "alarm"
    put_back(bench, "good.db")


@cell("F57", "database", "WAL deleted while down", "found by what was anchored, refused")
def wal_deleted(bench: Bench) -> None:
    assert bench.submit(1) == 0 and bench.run() == 0
    database = bench.home / "gateway.db"
    with closing(sqlite3.connect(database)) as holder:  # while somebody has it open the log is not copied home
        holder.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        holder.execute("SELECT count(*) FROM document").fetchone()
        assert bench.submit(1) == 0 and bench.run() == 0
        for name in ("gateway.db", "gateway.db-wal"):
            shutil.copy(bench.home / name, bench.folder / name)
    for name in ("gateway.db-wal", "gateway.db-shm"):
        (bench.home / name).unlink(missing_ok=True)
    put_back(bench, "gateway.db")
    assert bench.count("seen_reference") == 1
    assert bench.run() == 2 and "AUD_" in bench.err, bench.err
    put_back(bench, "gateway.db")
    shutil.copy(bench.folder / "gateway.db-wal", bench.home / "gateway.db-wal")


@cell("F58", "database", "schema older or newer", "refused by name, with both versions")
def other_schema(bench: Bench) -> None:
    [(present,)] = bench.rows("SELECT version_num FROM alembic_version")
    bench.change("UPDATE alembic_version SET version_num = 'r9999'")
    assert bench.run() == 2 and all(word in bench.err for word in ("DB_NEWER", "r9999", present))
    assert bench.do("submit", os.devnull) == 2
    bench.change("UPDATE alembic_version SET version_num = ?", present)
    assert bench.submit(1) == 0


@cell("F59", "database", "kill in a migration", "old or new, never between")
def kill_in_a_migration(bench: Bench) -> None:
    database = bench.home / "gateway.db"
    shutil.copy(database, bench.folder / "good.db")
    ends = Ends(bench.home)
    for step in range(3, 200, bench.many(40, 3)):
        for name in ("gateway.db", "gateway.db-wal", "gateway.db-shm"):
            (bench.home / name).unlink(missing_ok=True)
        ends.fuse = step
        status = ended(ends.start("migrate"))
        tables = bench.count("sqlite_master", "type = 'table'")
        assert (tables == 0) == (status != 0) or bench.count("alembic_version") == 1, (step, status, tables)
        ends.fuse = 0
        assert ended(ends.start("migrate")) == 0
    for name in ("gateway.db", "gateway.db-wal", "gateway.db-shm"):
        (bench.home / name).unlink(missing_ok=True)
    put_back(bench, "good.db")
    assert bench.submit(1) == 0


@cell("F60", "database", "backup while working", "the copy is whole")
def backup_while_working(bench: Bench) -> None:
    def busy() -> int:
        from console.cli.main import main

        return main(["run", "--until-idle", "--home", str(bench.home)])

    assert bench.submit(10) == 0
    child = forked(busy)
    copy = bench.folder / "copy.db"
    with (
        closing(sqlite3.connect(bench.home / "gateway.db", timeout=30)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target, pages=20)
        assert target.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        numbers = {number for (number,) in target.execute("SELECT number FROM seen_reference")}
        events = target.execute(
            "SELECT count(*) FROM document d WHERE d.event_count <> (SELECT count(*) FROM event e WHERE e.document_id = d.id)"
        )
        assert events.fetchone() == (0,)
    assert ended(child) == 0
    assert numbers == set(bench.acknowledged.values())
