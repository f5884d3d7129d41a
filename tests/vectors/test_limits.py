"""One message of at most 8 MiB never takes more than 1 s of CPU and 300 MB above idle (P16): the benchmark's own figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SECONDS, MEGABYTES = 1.0, 300.0
KNOWN = {"shape: goods", "shape: goods, one bad", "shape: lines", "shape: tags 390k"}
"""xmlschema walks 300,000 elements of a known kind for two seconds (xsd.explain): a gap, and the test says when it is closed."""


@pytest.mark.skipif(sys.platform != "linux", reason="measured by /proc")
@pytest.mark.slow
def test_every_worst_message_is_within_its_limits(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "benchmarks.limits", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(costs) > 80, done.stderr
    bounded = [cost for cost in costs if cost["name"] not in KNOWN]
    with capsys.disabled():
        worst = max(bounded, key=lambda cost: cost["cpu"]), max(bounded, key=lambda cost: cost["memory"])
        print(f"\nlimits: {len(costs)} messages, worst {worst[0]['cpu']} s ({worst[0]['name']}), ", end="")
        print(f"{worst[1]['memory']} MB ({worst[1]['name']}); known gap: {', '.join(sorted(KNOWN))}")
    assert [cost for cost in bounded if over(cost)] == []
    assert any(over(cost) for cost in costs if cost["name"] in KNOWN), "the gap is closed: empty KNOWN, drop this line"


def over(cost: dict) -> bool:
    return cost["cpu"] > SECONDS or cost["memory"] > MEGABYTES
