"""Every story of every kind, through both ends and both judges, to the state that it expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.kind import Kind
from mappings.load import contract
from mappings.states import Verdict
from tests.stories.player import STORIES, run, side_file, world
from tests.stories.walks import walks

UNTOLD = {"issue_task"}  # 已处理 is the enterprise's own mark


@pytest.mark.parametrize(("kind", "story"), STORIES, ids=[f"{kind.name}-{story}" for kind, story in STORIES])
def test_a_story_ends_as_it_expects(kind: Kind, story: str, tmp_path: Path) -> None:
    expected = side_file(kind, story, "expect.toml")
    with world(tmp_path, side_file(kind, story, "numbers.toml")) as there:
        played = run(there, kind, story)
        ledger = there.home.ledger
        rows = {row.number: row for row in ledger.documents()}
        faults = [{"code": f.code, "path": f.path} for o in played.outcomes for f in o.faults]
        assert faults == expected.get("fault", [])
        assert {number: row.state for number, row in rows.items()} == expected.get("state", {})
        for number, facts in expected.get("facts", {}).items():
            assert {name: rows[number].facts.get(name) for name in facts} == facts
        assert [written for _, written in played.sentences] == [manual for manual, _ in played.sentences]
        if "walk" in expected:
            assert walks(ledger, contract()) == expected["walk"]
        odd = [(n, e.code) for n in rows for e in ledger.history(n)[1] if e.verdict is Verdict.ANOMALY]
        assert odd == expected.get("anomaly", [])
        assert [row.reason for row in ledger.arrivals() if row.status != "understood"] == []
        both = {row["number"]: row["state"] for row in there.customs.statement() if row["kind"] not in UNTOLD}
        assert {number: state for number, state in both.items() if rows[number].state != state} == {}
