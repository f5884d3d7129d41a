"""F01-F06: submitting."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

import ledger.engine
from ledger import Ledger
from tests.faults.cell import Bench, cell, die, dies_at, fill
from tests.faults.ends import Ends, ended


def refused(bench: Bench) -> str:
    """The code that a submit has answered instead of outcomes."""
    return str(json.loads((bench.folder / "submitted.json").read_text(encoding="utf-8"))["error"]["code"])


def before_the_commit() -> None:
    record = Ledger.record

    def recording(self: Ledger, submissions: object) -> object:
        event.listen(Engine, "commit", lambda _: die())
        return record(self, submissions)  # type: ignore[arg-type]

    Ledger.record = recording  # type: ignore[method-assign,assignment]


@cell("F01", "submit", "kill before the commit", "no document; the same reference makes one")
def kill_before_the_commit(bench: Bench) -> None:
    assert bench.submit(2, plant=before_the_commit) < 0
    assert bench.count("document") == 0 and bench.count("outbox") == 0
    assert bench.submit_again(bench.wanted) == 0
    assert bench.count("seen_reference") == 2


@cell("F02", "submit", "kill after the commit, before the answer", "one document, which the same reference returns")
def kill_after_the_commit(bench: Bench) -> None:
    assert bench.submit(2, plant=dies_at(Ledger, "record", after=True)) < 0
    assert bench.count("seen_reference") == 2 and bench.acknowledged == {}
    assert bench.submit_again(bench.wanted) == 0
    assert bench.count("seen_reference") == 2


@cell("F03", "submit", "database locked", "SYS_DATABASE, nothing stored")
def database_locked(bench: Bench) -> None:
    def impatient() -> None:
        ledger.engine.PATIENCE = 1 if bench.quick else 30

    with closing(sqlite3.connect(bench.home / "gateway.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert bench.submit(1, plant=impatient) == 2
        other.rollback()
    assert refused(bench) == "SYS_DATABASE" and bench.count("document") == 0


@cell("F04", "submit", "disk full", "SYS_DISK, nothing by half, reading goes on")
def disk_full(bench: Bench) -> None:
    assert bench.submit(1) == 0
    with bench.small_disk(bench.home, "size=4m") as disk:
        ballast = disk / "ballast"
        reader = sqlite3.connect(
            bench.home / "gateway.db"
        )  # as a worker beside has it open: SQLite wants a page to begin
        reader.execute("SELECT count(*) FROM document").fetchone()
        fill(ballast)
        assert bench.submit(3) == 2
        assert refused(bench) == "SYS_DISK", refused(bench)
        assert bench.do("status", "--json") == 0 and len(json.loads(bench.out)) == bench.count("document")
        assert bench.count("seen_reference") == 1
        reader.close()
        ballast.unlink()
        assert bench.submit_again(bench.wanted) == 0


@cell("F05", "submit", "fsync fails", "SYS_FSYNC, nothing acknowledged, the next process reads what is there")
def fsync_fails(bench: Bench) -> None:
    from tests.faults.strace import traced

    ends = Ends(bench.home)
    status = traced(ends, bench.make(1), ("-e", "inject=fdatasync,fsync:error=EIO:when=1+"))
    assert status == 2 and ends.acknowledged == {}
    assert refused(bench) in ("SYS_FSYNC", "SYS_DISK"), refused(bench)


@cell("F06", "submit", "many at once with one reference", "one document, equal answers")
def many_at_once(bench: Bench) -> None:
    (one,) = bench.make(1)
    file = bench.folder / "one.json"
    file.write_text(json.dumps(one, ensure_ascii=False), encoding="utf-8")
    ends, count = Ends(bench.home), bench.many(12, 200)
    outs = [bench.folder / f"answer-{n}" for n in range(count)]
    for start in range(0, count, 20):
        children = [ends.start("submit", str(file), "--json", out=out) for out in outs[start : start + 20]]
        assert [ended(child) for child in children] == [0] * len(children)
    answers = [json.loads(Path(out).read_text(encoding="utf-8"))[0] for out in outs]
    assert len({answer["number"] for answer in answers}) == 1
    assert sorted({answer["outcome"] for answer in answers}) == ["accepted", "duplicate"]
    assert [answer["outcome"] for answer in answers].count("accepted") == 1
    assert bench.count("seen_reference") == 1
    bench.acknowledged[answers[0]["reference"]] = answers[0]["number"]
