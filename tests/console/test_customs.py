"""Customs' end by commands: its clock, an operator's decision, its statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Gateway, there_and_back

Sent = Callable[..., list[dict[str, Any]]]


def test_tick_moves_the_time_of_both_ends(gateway: Gateway, sent: Sent) -> None:
    (row, *_) = sent("#silent")
    before = datetime.fromisoformat(gateway("customs", "speed", 1, "--json").value["now"])
    after = datetime.fromisoformat(gateway("customs", "tick", "3d", "--json").value["now"])
    assert timedelta(days=3) <= after - before < timedelta(days=3, minutes=1)
    assert gateway("status", row["number"], "--json").value[0]["overdue"] is True
    assert row["number"] in {late["number"] for late in gateway("status", "--overdue", "--json").value}
    assert gateway("customs", "tick", "soon").status == 2


def test_decide(gateway: Gateway, sent: Sent) -> None:
    application = sent()[0]["number"]
    number = gateway("show", application, "--json").value["related"][0]["number"]
    assert gateway("customs", "decide", number, "HA", "--reason", "已打印").status == 0
    there_and_back(gateway)
    assert gateway("status", number, "--json").value[0]["state"] == "HA"
    for wrong in ((number, "ZZ"), ("C1", "HA")):
        assert gateway("customs", "decide", *wrong).status == 2


def test_statement(gateway: Gateway, sent: Sent) -> None:
    sent(kinds=("certificate_application", "blank_certificate_application"))
    rows = gateway("customs", "statement", "--json").value
    keys = ["sender", "number", "kind", "state", "customs_no", "certificate_no", "submissions", "effects"]
    assert all(list(row) == keys for row in rows)
    ours = {row["number"]: row for row in gateway("status", "--json").value}
    for row in rows:
        if row["kind"] == "blank_form":
            continue  # handed out by itself, with its application
        assert all(row[key] == ours[row["number"]][key] for key in ("state", "customs_no", "certificate_no"))
        assert row["effects"] == 1


def test_a_real_home_has_no_customs_end(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").write_text("secret")
    monkeypatch.setenv("GATEWAY_KEY_PASSPHRASE_FILE", str(tmp_path / "p"))
    gateway("init", tmp_path / "h", "--enterprise", "3301234567", "--name", "x")
    for command in (("simulate", "--until-idle"), ("customs", "tick", "1h"), ("customs", "statement")):
        answer = gateway(*command, "--home", tmp_path / "h", "--json")
        assert answer.status == 2 and "error" in answer.value
    assert not (tmp_path / "h" / "customs").exists()


def test_the_clock_is_put_ahead_and_never_back(gateway: Gateway, sent: Sent) -> None:
    sent("#silent")
    now = datetime.fromisoformat(gateway("customs", "speed", 1, "--json").value["now"])
    there = (now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    after = datetime.fromisoformat(gateway("customs", "tick", "--to", there, "--json").value["now"])
    assert timedelta(days=1, hours=23) < after - now < timedelta(days=2, minutes=1)
    assert gateway("customs", "tick", "--to", now.isoformat()).status == 2
    for wrong in ((), ("1h", "--to", there), ("--to", "tomorrow")):
        assert gateway("customs", "tick", *wrong).status == 2


def test_notice_and_reset(gateway: Gateway, sent: Sent) -> None:
    number = sent()[0]["number"]
    assert gateway("customs", "notice", "receipt", number, "--data", '{"sentence": "请补充资料"}').status == 0
    there_and_back(gateway)
    assert any(event["sentence"] == "请补充资料" for event in gateway("show", number, "--json").value["events"])
    for wrong in (("nokind", number), ("receipt", "C1"), ("receipt", number, "--data", "[]"), ("receipt",)):
        assert gateway("customs", "notice", *wrong).status == 2
    assert gateway("customs", "reset", "--json").value["cases"] > 0
    assert gateway("customs", "statement", "--json").value == []


def test_simulate_by_a_scenario(gateway: Gateway, sent: Sent, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text('[[rule]]\nmoods = ["refuse"]\n', encoding="utf-8")
    assert gateway("simulate", "--until-idle", "--scenario", file).status == 0
    file.write_text('[[rule]]\nmoods = ["refused"]\n', encoding="utf-8")
    answer = gateway("simulate", "--until-idle", "--scenario", file, "--json")
    assert answer.status == 2 and "SIM_SCENARIO" in str(answer.value)
    for wrong in (("--load", "fast"), ("--load", "1/s", "--bad", "200%"), ("--until-idle", "--sftp", 0)):
        assert gateway("simulate", *wrong).status == 2


def test_issue_on_site_opens_a_certificate_that_nobody_applied_for(gateway: Gateway, sent: Sent) -> None:
    sent()
    enterprise = gateway("status", "--json").value[0]["enterprise"]
    answer = gateway("customs", "issue", enterprise, "222N01040001195", "--json")
    assert answer.status == 0
    gateway("simulate", "--until-idle")
    rows = {row["number"]: row for row in gateway("customs", "statement", "--json").value}
    assert rows[answer.value["number"]]["state"] == "HP"
    assert gateway("customs", "issue", "0000000000", "222N01040001195").status == 2
