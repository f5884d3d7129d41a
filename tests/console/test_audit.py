"""`gateway audit`: a ledger that lacks what was anchored stops the work until a person answers for it; nothing grew, nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Answer, Gateway, there_and_back

KIND = "blank_certificate_application"


def lines(home: Path) -> list[dict[str, Any]]:
    path = home / "audit" / "heads.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def submit(gateway: Gateway, *references: str) -> None:
    for reference in references:
        declared = gateway("sample", KIND, "--reference", reference, "--seed", len(reference)).out
        assert gateway("submit", "-", "--repeat", stdin=declared).status == 0


def test_nothing_grew_so_nothing_is_anchored(gateway: Gateway, home: Path) -> None:
    gateway("run", "--until-idle")
    assert lines(home) == []
    submit(gateway, "R1")
    there_and_back(gateway)
    written = len(lines(home))
    for _ in range(2):
        gateway("customs", "tick", "1m")
        gateway("run", "--until-idle")
    assert len(lines(home)) == written


@pytest.fixture
def without_wal(gateway: Gateway, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose WAL was deleted while nobody worked: the database file is as it was before the last run's commits."""
    submit(gateway, "R1")
    gateway("run", "--until-idle")
    database = home / "gateway.db"
    from ledger.engine import connect

    kept = connect(f"sqlite:///{database}")  # as long as somebody reads, no commit leaves the WAL
    with kept.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM event").scalar()
        submit(gateway, "R22")
        gateway("run", "--until-idle")
        assert (home / "gateway.db-wal").stat().st_size > 0
        main = database.read_bytes()
    kept.dispose()
    for path in home.glob("gateway.db-*"):
        path.unlink()
    database.write_bytes(main)
    return home


def refused(answer: Answer) -> str:
    assert answer.status == 2
    return str(answer.value["error"]["code"])


def test_a_deleted_wal_is_found_and_work_is_refused_until_somebody_answers(gateway: Gateway, without_wal: Path) -> None:
    before = lines(without_wal)
    for how in (("--until-idle",), ("--once",)):
        answer = gateway("run", *how, "--json")
        assert refused(answer) == "AUD_LOST" and "audit" in answer.value["error"]["en"]
    assert "gateway audit accept" in gateway("run", "--once").err
    assert gateway("audit", "verify", "--json").value["valid"] is False
    told = gateway("audit", "accept", "--why", "WAL 误删", "--by", "王工", "--json")
    assert told.status == 0 and told.value["accepted"] and told.value["anchors"] == 1
    aside = without_wal / "audit" / told.value["set_aside"]
    assert [json.loads(line) for line in aside.read_bytes().splitlines()] == before
    (entry,) = gateway("audit", "--act", "accept_loss", "--json").value
    assert (entry["actor"], entry["detail"]["why"], entry["detail"]["sha256"]) == (
        "王工",
        "WAL 误删",
        told.value["sha256"],
    )
    assert gateway("run", "--until-idle").status == 0
    assert gateway("audit", "verify", "--json").value["valid"] is True
    assert gateway("audit", "verify", "--heads", aside, "--json").value["valid"] is False, "the loss is told for ever"
    again = gateway("audit", "accept", "--why", "x", "--json")
    assert again.status == 1 and again.value["accepted"] is False


def test_a_file_of_heads_that_begins_anew_by_itself_is_found(gateway: Gateway, home: Path) -> None:
    for n in range(1, 4):
        submit(gateway, "R" * n)
        gateway("run", "--until-idle")
    assert len(lines(home)) >= 2 and gateway("audit", "verify").status == 0
    (home / "audit" / "heads.jsonl").unlink()
    assert gateway("audit", "verify", "--json").value["valid"] is False
    submit(gateway, "RRRRR")
    gateway("run", "--until-idle")
    found = gateway("audit", "verify", "--json").value
    assert [each["code"] for each in found["findings"]] == ["AUD_LINE"]
