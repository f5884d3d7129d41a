"""The fault matrix: 70 cells, each a fault, what is expected, and then the five questions (reliability 6).

    python -m tests.faults.matrix               all cells, at full length
    python -m tests.faults.matrix --quick       all cells, each as short as it says something
    python -m tests.faults.matrix --only F12 F13

A cell is passed, failed, or not run with the reason; one that is not run is never counted as passed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import results
from tests.faults.cell import CELLS, Bench, Cell, NotRun
from tests.faults.ends import fast, template

MODULES = (
    "submit", "mapper", "signer", "outbox", "sftp_send", "sftp_fetch", "watcher", "inbox", "receipts", "database", "audit",
    "console", "clock", "process",
)  # fmt: skip
PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


@dataclass(frozen=True, slots=True)
class Verdict:
    cell: Cell
    verdict: str
    why: str
    seconds: float


@dataclass(slots=True)
class Outcome:
    cells: int = 0
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return self.passed > 0 and not self.failed


def cells() -> dict[str, Cell]:
    """All of them, by their ids."""
    for module in MODULES:
        importlib.import_module(f"tests.faults.{module}")
    return dict(sorted(CELLS.items()))


def judge(cell: Cell, *, quick: bool) -> Verdict:
    """Play one cell on a bench of its own, then ask the five questions."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"{cell.id}-", dir=fast()) as folder:
        bench = Bench(Path(folder), quick=quick)
        try:
            cell.play(bench)
            wrong = bench.questions().wrong
            verdict, why = (FAILED, "; ".join(wrong[:3])) if wrong else (PASSED, "")
        except NotRun as reason:
            verdict, why = NOT_RUN, str(reason)
        except Exception as error:  # noqa: BLE001  one cell that breaks is failed, and the others are still asked
            place = traceback.extract_tb(error.__traceback__)[-1]
            at = next(
                (f for f in reversed(traceback.extract_tb(error.__traceback__)) if "tests/faults" in f.filename), place
            )
            verdict, why = FAILED, f"{Path(at.filename).name}:{at.lineno} {at.line} {type(error).__name__} {error}"
    return Verdict(cell, verdict, " ".join(why.split())[:300], time.monotonic() - begun)


def run(chosen: list[Cell], *, quick: bool, loud: bool) -> Outcome:
    outcome, begun = Outcome(), time.monotonic()
    template()
    for cell in chosen:
        found = judge(cell, quick=quick)
        outcome.cells += 1
        outcome.passed += found.verdict == PASSED
        if found.verdict == FAILED:
            outcome.failed.append(f"{cell.id}: {found.why}")
        if found.verdict == NOT_RUN:
            outcome.not_run.append(f"{cell.id}: {found.why}")
        if loud:
            told = (
                f"{cell.id}  {cell.component:10} {cell.fault:48} {found.verdict:8} {found.seconds:6.1f} s  {found.why}"
            )
            sys.stdout.write(told.rstrip() + "\n")
            sys.stdout.flush()
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="F12")
    options = parser.parse_args()
    known = cells()
    chosen = [known[id_] for id_ in options.only] or list(known.values())
    outcome = run(chosen, quick=options.quick, loud=True)
    results.tell("matrix", 0, n=outcome.cells, outcome=outcome)
    sys.stdout.write(
        f"{outcome.passed}/{outcome.cells} passed, {len(outcome.failed)} failed, {len(outcome.not_run)} not run\n"
    )
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
