"""Fuzzing for a time, or of one saved case. A seed and a number say all of a case; a failure is kept as bytes."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzz.mutate import changed
from tests.fuzz.property import Broken, holds, holds_inside, originals, payloads

FOLDER = Path(__file__).parent / "failures"


@dataclass
class Report:
    seed: int
    tried: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    failures: list[Path] = field(default_factory=list)

    def __str__(self) -> str:
        accepted = self.codes["accepted"]
        common = ", ".join(f"{code} {n}" for code, n in self.codes.most_common(8) if code != "accepted")
        return (
            f"fuzz: seed {self.seed}, {self.tried} messages, {len(self.failures)} failures, "
            f"{accepted} accepted with their content unchanged, {len(self.codes)} outcomes: {common}"
        )


def case(seed: int, number: int) -> tuple[bytes, list[str], Callable[[bytes], str]]:
    """(bytes, changes, how they are judged): four times out of five a sealed message, else what is inside of one."""
    chance = Random(f"{seed}:{number}")
    if chance.random() < 0.8:
        data, other = (chance.choice(originals()).data for _ in range(2))
        return *changed(data, chance, other), holds
    data, other = (chance.choice(payloads()) for _ in range(2))
    return *changed(data, chance, other), holds_inside


def fuzz(seconds: float, seed: int, folder: Path = FOLDER, judged: Callable[[bytes], str] | None = None) -> Report:
    """judged: another judge than the property's own, for the control that must fail."""
    report = Report(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data, changes, judge = case(seed, report.tried)
        try:
            report.codes[(judged or judge)(data)] += 1
        except Broken as broken:
            report.failures.append(_kept(folder, report, data, changes, judge.__name__, str(broken)))
        report.tried += 1
    return report


def replay(file: Path) -> str:
    """Judge a kept failure again."""
    told = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    judge = {"holds": holds, "holds_inside": holds_inside}[told["judge"]]
    return judge(file.read_bytes())


def _kept(folder: Path, report: Report, data: bytes, changes: list[str], judge: str, broken: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{report.seed}-{report.tried}.xml"
    file.write_bytes(data)
    told = {"seed": report.seed, "number": report.tried, "changes": changes, "judge": judge, "broken": broken}
    file.with_suffix(".json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    return file
