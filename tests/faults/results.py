"""One line of JSON a run: printed, and appended to `results/reliability.jsonl` (or where FAULTS_RESULTS says).

The file is not in the repository: it is the machine's own diary. What a release says of itself is copied by hand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILE = ROOT / "results" / "reliability.jsonl"


def tell(kind: str, seed: int, *, n: int, outcome: Any, controls: str = "") -> dict[str, Any]:
    """kind: the machine. n: how many faults. outcome: a dataclass with `clean`. controls: caught/planted, "" for none."""
    told = asdict(outcome)
    for known in ("seed", "kills"):
        told.pop(known, None)
    line = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": _commit(), "kind": kind, "seed": seed, "n": n,
        "clean": outcome.clean, **told, "controls": controls,
    }  # fmt: skip
    text = json.dumps(line, ensure_ascii=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    file = Path(os.environ.get("FAULTS_RESULTS") or FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as diary:
        diary.write(text + "\n")
    return line


def _commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
