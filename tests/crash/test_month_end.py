"""The short form of the month-end: three hundred files, and a server that is killed every second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import needs_sshd

ROOT = Path(__file__).parents[2]


def month_end(folder: Path, *arguments: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.month_end", *arguments],
        cwd=ROOT,
        env={**os.environ, "FAULTS_RESULTS": str(folder / "results.jsonl")},
        capture_output=True,
        text=True,
    )
    assert ran.stdout, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@needs_sshd
@pytest.mark.slow
def test_three_hundred_files_while_the_server_is_killed_every_second(tmp_path: Path) -> None:
    outcome = month_end(tmp_path, "--files", "300", "--every", "0.7", "--kills", "6")
    assert (outcome["acknowledged"], outcome["documents"], outcome["wrong"]) == (300, 300, []), outcome
    assert (outcome["lost"], outcome["twice"], outcome["left"], outcome["unexplained"]) == (0, 0, 0, 0), outcome
    assert outcome["n"] >= 2 and outcome["clean"], "it was killed, or it shows nothing"


@needs_sshd
@pytest.mark.slow
def test_a_planted_mistake_is_caught(tmp_path: Path) -> None:
    outcome = month_end(tmp_path, "--control", "--files", "200", "--every", "0.25")
    assert (outcome["controls"], outcome["lost"] > 0) == ("1/1", True), outcome
