"""A hundred kills lose nothing and do nothing twice; the planted mistakes are caught, so the loop can see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def kills(*arguments: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.kills", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.stdout, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_and_repeat_nothing() -> None:
    outcome = kills("--kills", "100", "--seed", "1")
    assert outcome["kills"] == 100
    assert outcome["acknowledged"] == outcome["documents"] == 500
    assert (outcome["lost"], outcome["twice"], outcome["unexplained"]) == (0, 0, 0), outcome


@pytest.mark.slow
@pytest.mark.parametrize("mistake", ["marked_before_put", "cleared_before_commit"])
def test_a_planted_mistake_is_caught(mistake: str) -> None:
    outcome = kills("--kills", "25", "--seed", "2", "--mistake", mistake)
    assert outcome["lost"] > 0, outcome
