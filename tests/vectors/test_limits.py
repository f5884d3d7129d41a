"""No message of at most 8 MiB takes more than 1 s of CPU and 300 MB above idle (P16): the benchmark's own figures, of every
vector and of the messages that come nearest to the limits. All of them: `make limits`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.limits import NEAREST

ROOT = Path(__file__).parent.parent.parent
SECONDS, MEGABYTES = 1.0, 300.0


@pytest.mark.skipif(sys.platform != "linux", reason="measured by /proc")
@pytest.mark.slow
def test_the_worst_messages_are_within_their_limits(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "benchmarks.limits", "--json", "--nearest"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = Counter(cost["through"] for cost in costs)
    assert kinds["vector"] > 200 and kinds["way"] + kinds["parse"] == len(NEAREST) - 1, done.stderr
    with capsys.disabled():
        worst = max(costs, key=lambda cost: cost["cpu"]), max(costs, key=lambda cost: cost["memory"])
        print(f"\nlimits: {len(costs)} messages, worst {worst[0]['cpu']} s ({worst[0]['name']}), ", end="")
        print(f"{worst[1]['memory']} MB ({worst[1]['name']})")
    assert [cost for cost in costs if over(cost)] == []


def over(cost: dict) -> bool:
    return cost["cpu"] > SECONDS or cost["memory"] > MEGABYTES
