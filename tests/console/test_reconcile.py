"""Three accounts of a day side by side, by commands; differences are planted, found, settled, and gone by themselves."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mappings.clock import FileClock, stamp
from tests.console.conftest import Gateway


@pytest.fixture
def today(home: Path) -> str:
    return stamp(FileClock(home / "customs" / "clock.json").now())[:8]


def there_and_back(gateway: Gateway) -> None:
    for command in ("run", "simulate", "run"):
        assert gateway(command, "--until-idle").status == 0


def submitted(gateway: Gateway, reference: str, remark: str = "", kind: str = "certificate_application") -> str:
    value = json.loads(gateway("sample", kind, "--seed", len(reference)).out)
    value["reference"] = reference
    if remark:
        value["content"]["remark"] = remark
    (row,) = gateway("submit", "-", "--json", stdin=json.dumps(value).encode()).value
    assert row["outcome"] == "accepted", row
    return str(row["number"])


def stated(gateway: Gateway, today: str) -> None:
    assert gateway("customs", "statement", "--date", today, "--json").value == {"date": today, "wanted": True}
    there_and_back(gateway)


def reconciled(gateway: Gateway, *more: object) -> dict[str, Any]:
    value: dict[str, Any] = gateway("reconcile", "--json", *more).value
    assert value.keys() >= {"date", "matched", "missing", "unknown", "differing"}
    return value


def test_a_good_day_is_closed(gateway: Gateway, home: Path, today: str) -> None:
    for reference, remark in (
        ("GOOD-1", ""),
        ("GOOD-02", "#refuse"),
        ("GOOD-003", "#return"),
        ("GOOD-0004", "#confirm"),
    ):
        submitted(gateway, reference, remark)
    code = gateway("enterprise", "list", "--json").value[0]["code"]
    gateway("customs", "notice", "supplement_notice", "010120241000005175", "--enterprise", code)
    there_and_back(gateway)
    stated(gateway, today)
    value = reconciled(gateway)
    assert (value["missing"], value["unknown"], value["differing"]) == ([], [], [])
    assert value["matched"] >= 10 and value["closed"] and value["stated"] and not value["listed"]
    assert gateway("reconcile").status == 0


def test_without_a_statement_nothing_is_closed(gateway: Gateway, home: Path) -> None:
    submitted(gateway, "GOOD-1")
    there_and_back(gateway)
    answer = gateway("reconcile", "--json")
    assert answer.status == 1 and not answer.value["stated"] and not answer.value["closed"]
    assert "尚未到齐" in gateway("reconcile").text


def test_what_customs_never_answered_differs_until_it_does(gateway: Gateway, home: Path, today: str) -> None:
    silent = submitted(gateway, "SILENT-1", "#silent")
    there_and_back(gateway)
    stated(gateway, today)
    (found,) = [row for row in reconciled(gateway)["differing"] if row["number"] == silent]
    assert (found["ours"].get("state", ""), found["theirs"]["state"]) == ("", "SS")
    assert gateway("customs", "decide", silent, "HS").status == 0
    there_and_back(gateway)
    stated(gateway, today)
    value = reconciled(gateway)
    assert silent not in [row["number"] for row in value["differing"]]
    settled = [row for row in gateway("differences", "--all", "--json").value if row["number"] == silent]
    assert [row["by"] for row in settled] == ["gateway"]


def test_a_document_that_customs_lost_and_one_that_we_never_sent(gateway: Gateway, home: Path, today: str) -> None:
    lost, kept = submitted(gateway, "LOST-1"), submitted(gateway, "KEPT-01")
    there_and_back(gateway)
    with sqlite3.connect(home / "customs" / "customs.db") as customs:
        customs.execute("DELETE FROM journal WHERE number = ?", (lost,))
        strange = f"{kept[:5]}9999999999999"
        customs.execute("UPDATE journal SET number = ? WHERE number = ?", (strange, kept))
    stated(gateway, today)
    value = reconciled(gateway)
    assert {row["number"] for row in value["missing"]} == {lost, kept}
    assert [row["number"] for row in value["unknown"]] == [strange]
    ids = [row["id"] for word in ("missing", "unknown") for row in value[word]]
    assert value["open"] == len(ids) and gateway("reconcile").status == 1
    assert gateway("settle", *ids, "--why", "海关已补录", "--json").value == {"settled": sorted(ids), "left": []}
    assert reconciled(gateway)["closed"]
    acts = [row for row in gateway("audit", "list", "--json").value if row["act"] == "reconcile"]
    assert {row["detail"]["why"] for row in acts} == {"海关已补录"} and len(acts) == len(ids)
    assert gateway("settle", ids[0], "--why", "again", "--json").status == 1


def test_the_enterprises_list(gateway: Gateway, home: Path, today: str, tmp_path: Path) -> None:
    first, second = submitted(gateway, "LIST-1"), submitted(gateway, "LIST-02")
    there_and_back(gateway)
    stated(gateway, today)
    file = tmp_path / "list.csv"
    file.write_text(f"reference,number\nLIST-1,{first}\nNEVER-SENT,\n", encoding="utf-8")
    value = reconciled(gateway, "--list", file)
    assert [row["reference"] for row in value["missing"]] == ["NEVER-SENT"]
    assert [(row["reference"], row["number"]) for row in value["unknown"]] == [("LIST-02", second)]
    file.write_text(f"reference,number\nLIST-1,{second}\nLIST-02,\n", encoding="utf-8")
    value = reconciled(gateway, "--list", file)
    assert [row["reference"] for row in value["differing"]] == ["LIST-1"] and not value["missing"]
    folder = home / "declarations" / "1108919038" / "lists"
    folder.mkdir()
    (folder / f"{today}.json").write_text(json.dumps([{"reference": "LIST-1"}, {"reference": "LIST-02"}]))
    assert reconciled(gateway)["closed"]


def test_a_bad_list_is_told_with_its_line(gateway: Gateway, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    for text, line in (("reference\nA\nA\n", "2"), ("number\nA1\n", "1")):
        file.write_text(text)
        answer = gateway("reconcile", "--list", file)
        assert answer.status == 2 and "REC_LIST" in answer.err and f"第 {line} 行" in answer.err
    file.write_bytes(b"reference\n\xff\xff\n")
    assert "GB18030" in gateway("reconcile", "--list", file).err
