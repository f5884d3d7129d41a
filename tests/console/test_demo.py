"""`gateway demo`: every kind and mood, there and back, until both ends agree; and that it sees when they do not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.cli import play
from console.cli.expected import end, explained, traces_missing
from mappings.kind import Direction
from mappings.load import contract
from simulator.moods import MOODS
from tests.console.conftest import Gateway

KINDS = contract().kinds
PLAYED = {kind.name for kind in KINDS.values() if kind.direction is Direction.OUT and kind.number and not kind.needs}
MANY = 30 * len(PLAYED)  # every mood for every kind, and a tenth more that break a rule
KEYS = {"documents", "reconciled", "states", "seconds"}


def test_a_demo_covers_every_outward_kind(gateway: Gateway) -> None:
    answer = gateway("demo", "--json")
    assert answer.status == 0, answer.text
    told = answer.value
    assert told.keys() >= KEYS and "differences" not in told
    assert told["documents"] == told["reconciled"] == sum(told["states"].values()) > told["declarations"]
    assert told["refused"] == told["declarations"] // play.BREAKING > 1
    assert told["kinds"].keys() == {kind.name for kind in KINDS.values() if kind.direction is Direction.OUT}
    assert told["states"].keys() >= {"V", "R", "W", "SP", "JY", "JN", "CX", "QA", "QN", "QU", "QX"}
    assert answer.err == ""


def test_a_few_declarations_of_each_kind_name_every_format() -> None:
    told = [story.declaration["content"] for story in play.stories(contract(), 22 * len(PLAYED), 1) if not story.rule]
    found = {each["certificate_format"] for content in told for each in content.get("certificates", ())}
    assert found == set(KINDS["certificate"].formats)


def test_demo_in_a_home_of_its_own_which_stays(gateway: Gateway, tmp_path: Path) -> None:
    home = tmp_path / "stays"
    answer = gateway("demo", "--count", 4, "--home", home, "--seed", 9)
    assert answer.status == 0 and "Outbox" in answer.text and "✓ 4 份申报" in answer.text
    assert gateway("status", "--home", home, "--json").value
    assert gateway("demo", "--count", 4, "--home", home).status == 2


def test_a_state_that_is_not_the_storys_is_told(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.sides.end", lambda *_, **__: "XX")
    answer = gateway("demo", "--count", 2, "--json")
    told = answer.value
    assert answer.status == 1 and told["reconciled"] == told["documents"] - len(told["differences"])
    assert {difference["expected"] for difference in told["differences"]} == {"XX"} and len(told["differences"]) > 10
    assert {"number", "what", "expected", "found", "note"} == told["differences"][0].keys()


def test_ends_that_disagree_are_told(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.customs import Customs

    said = Customs.statement
    monkeypatch.setattr(Customs, "statement", lambda self: [row | {"effects": 2} for row in said(self)][1:])
    answer = gateway("demo", "--count", 2, "--json")
    assert answer.status == 1
    assert {difference["what"] for difference in answer.value["differences"]} == {"customs", "effects"}


def test_a_file_that_no_mood_explains_is_told(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.sides.explained", lambda *_: False)
    monkeypatch.setattr(play, "MOODS", {"badseal": MOODS["badseal"]})
    answer = gateway("demo", "--count", 2 * len(PLAYED), "--json")
    assert answer.status == 1 and answer.value["differences"][0]["what"].startswith("arrival ")


@pytest.mark.parametrize("count", [1, MANY])
def test_stories_take_kinds_and_moods_in_turn(count: int) -> None:
    told = play.stories(contract(), count, 1)
    assert len(told) == count == len({story.reference for story in told})
    if count == MANY:
        assert {mood for story in told for mood in story.moods} == {mood.said for mood in MOODS.values()}
        assert {story.kind for story in told} == PLAYED
        assert sum(bool(story.rule) for story in told) == MANY // 10
        assert all("confirm_before_issue" not in story.declaration["content"] for story in told)
    assert told == play.stories(contract(), count, 1)


@pytest.mark.parametrize(
    ("kind", "moods", "answers", "wanted"),
    [
        ("certificate", (), (), "HP"),
        ("certificate", ("twice", "shuffle"), (), "HP"),
        ("certificate", ("refuse",), (), "HF"),
        ("certificate", ("twice", "return"), (), "HT"),
        ("certificate", ("silent",), (), "D"),
        ("certificate", ("confirm",), (), "EW"),
        ("certificate", ("confirm",), ("disagree",), "EW"),
        ("certificate", ("confirm",), ("disagree", "agree"), "HP"),
        ("certificate_application", ("return",), (), "HS"),
        ("certificate_application", ("confirm", "refuse"), (), "HS"),
        ("blank_certificate_application", ("confirm",), (), "BP"),
        ("blank_certificate_application", ("return",), (), "HF"),
        ("blank_form", (), (), "U"),
    ],
)
def test_where_a_document_must_end(kind: str, moods: tuple[str, ...], answers: tuple[str, ...], wanted: str) -> None:
    assert end(KINDS[kind], contract(), moods=moods, answers=answers) == wanted


def test_what_a_mood_leaves_behind() -> None:
    assert explained("SIG_VALUE", ["badseal"]) and not explained("SIG_VALUE", ["garbage", "twice"])
    assert traces_missing(["SIG_VALUE"], ["badseal", "foreign", "twice"]) == ["foreign"]


def test_a_demo_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "console.cli.main", "demo", "--count", "500", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("gateway-demo-*/home/demo")) and process.poll() is None:
            assert time.monotonic() < deadline, "the demo has made no home"
            time.sleep(0.05)
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 2 and out == b"" and b"Traceback" not in err
    assert list(tmp_path.iterdir()) == []
