"""The short form of the month-end: three hundred files, and a server that is killed every second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sshd import needs_sshd

ROOT = Path(__file__).parents[2]


@needs_sshd
@pytest.mark.slow
def test_three_hundred_files_while_the_server_is_killed_every_second(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.crash.month_end", "--files", "300", "--every", "0.7"],
        cwd=ROOT,
        env={**os.environ, "FAULTS_RESULTS": str(tmp_path / "results.jsonl")},
        capture_output=True,
        text=True,
    )
    assert ran.stdout, ran.stderr
    outcome = json.loads(ran.stdout.splitlines()[-1])
    assert (outcome["acknowledged"], outcome["documents"], outcome["wrong"]) == (300, 300, []), outcome
    assert (outcome["lost"], outcome["twice"], outcome["left"], outcome["unexplained"]) == (0, 0, 0, 0), outcome
    assert outcome["n"] >= 2 and outcome["clean"], "it was killed, or it shows nothing"
