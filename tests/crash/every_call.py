"""Every state-changing system call of one message's life, killed once and failed once.

    python -m tests.crash.every_call               all of them, N/N
    python -m tests.crash.every_call --sample 20   a seeded few

A life: `gateway submit`, `gateway run` (out), customs' end, `gateway run` (in). Each stage is first traced and its calls
are counted; then it is done again from the same home as often as it has calls, and with `strace -e inject` the n-th of
them is the process's last (SIGKILL) or fails (ENOSPC, EIO, EXDEV). Then both ends go on by themselves and the five
questions are asked. A point counts only when strace says that it struck the very call that was meant.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels import folder_box
from tests.faults import results
from tests.faults.ends import Declaration, Ends, declaration, ended, fast, fresh
from tests.faults.questions import ask

FAILS = {
    "write": "ENOSPC", "pwrite64": "ENOSPC", "fsync": "EIO", "fdatasync": "EIO", "rename": "EXDEV", "renameat": "EXDEV",
    "renameat2": "EXDEV", "link": "EXDEV", "linkat": "EXDEV", "unlink": "EIO", "unlinkat": "EIO", "mkdir": "ENOSPC",
    "mkdirat": "ENOSPC", "openat": "ENOSPC", "ftruncate": "EIO",
}  # fmt: skip
TRACED = ",".join(FAILS)
LINE = re.compile(r"(?:\[pid +\d+\] )?(?:\d+ +)?(?P<call>\w+)\((?P<arguments>.*?)\) += +(?P<result>.*)")
UNFINISHED = re.compile(r"(?:\d+ +)?(?P<call>\w+)\((?P<arguments>.*)<unfinished \.\.\.>")


@dataclass(frozen=True, slots=True)
class Point:
    """The n-th call of that name in a stage. what: as strace showed it. how: KILL or an errno."""

    stage: str
    call: str
    n: int
    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.stage} {self.call}#{self.n} {self.how} {self.what}"


@dataclass(slots=True)
class Outcome:
    points: int = 0
    fine: int = 0
    missed: int = 0  # strace struck another call than was meant, three times: shown as neither
    seconds: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return self.points > 0 and self.fine == self.points


STAGES: dict[str, tuple[str, ...]] = {
    "submit": (),
    "run out": ("run", "--until-idle"),
    "customs": ("simulate", "--until-idle"),
    "run in": ("run", "--until-idle"),
}


class Life:
    """A declaration's way, with a copy of the home as it was before each stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wanted: list[Declaration] = [declaration(7, prefix="CALL")]
        self.before: dict[str, Path] = {}
        self.acknowledged: dict[str, dict[str, str]] = {}
        self.points: list[Point] = []

    def live(self) -> None:
        """Once without harm: counts the calls and keeps the homes."""
        ends = Ends(fresh(self._place("life")), plant=one_hand)
        for stage in STAGES:
            self.before[stage] = self.folder / "before" / stage.replace(" ", "-")
            shutil.copytree(ends.home, self.before[stage])
            self.acknowledged[stage] = dict(ends.acknowledged)
            status, calls = self._traced(ends, stage, ())
            if status:
                raise RuntimeError(f"{stage} ended with {status} before anything was done to it")
            self.points += list(_points(stage, calls))

    def try_at(self, point: Point) -> str:
        """What is wrong afterwards, "" for nothing; `missed` when the call could not be struck."""
        for _ in range(3):
            ends = Ends(self._home(point.stage), plant=one_hand)
            ends.acknowledged = dict(self.acknowledged[point.stage])
            how = "signal=KILL" if point.how == "KILL" else f"error={point.how}"
            status, calls = self._traced(ends, point.stage, ("-e", f"inject={point.call}:{how}:when={point.n}"))
            struck = _nth(calls, point.call, point.n)
            if struck and _kind(struck) == _kind((point.call, point.what, "")) and (status < 0 or point.how != "KILL"):
                ends.rest(self.wanted)
                found = ask(ends.home, ends.acknowledged)
                return "; ".join(found.wrong)
        return "missed"

    def _home(self, stage: str) -> Path:
        home = self._place("point")
        shutil.rmtree(home.parent, ignore_errors=True)
        home.parent.mkdir(parents=True)
        return Path(shutil.copytree(self.before[stage], home))

    def _place(self, name: str) -> Path:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        return place / "home"

    def _traced(self, ends: Ends, stage: str, inject: Sequence[str]) -> tuple[int, list[tuple[str, str, str]]]:
        """Do a stage under strace. (exit status, calls in order as (name, arguments, result))."""
        log = self.folder / "strace.log"
        words = STAGES[stage]
        child = ends.start(*words, stopped=True) if words else ends.begin_submit(self.wanted, stopped=True)
        os.waitpid(child, os.WUNTRACED)
        tracer = subprocess.Popen(
            ["strace", "-f", "-y", "-e", f"trace={TRACED}", *inject, "-o", str(log), "-p", str(child)],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert tracer.stderr
        tracer.stderr.readline()  # "attached"
        os.kill(child, signal.SIGCONT)
        status = ended(child)
        tracer.communicate(timeout=60)
        if stage == "submit":
            ends.answered(status)
        return status, list(_calls(log.read_text(encoding="utf-8", errors="replace")))


def one_hand() -> None:
    """Files of a wave are synced one after the other: strace counts the calls of every thread by themselves."""
    folder_box.together = folder_box.each


def _calls(log: str) -> Iterator[tuple[str, str, str]]:
    for line in log.splitlines():
        if found := LINE.match(line) or UNFINISHED.match(line):
            groups = found.groupdict()
            yield groups["call"], groups["arguments"], groups.get("result", "")


def _points(stage: str, calls: Sequence[tuple[str, str, str]]) -> Iterator[Point]:
    seen: Counter[str] = Counter()
    for call, arguments, _ in calls:
        seen[call] += 1
        if call != "openat" or "O_CREAT" in arguments:
            yield Point(stage, call, seen[call], arguments, "KILL")
            yield Point(stage, call, seen[call], arguments, FAILS[call])


def _nth(calls: Sequence[tuple[str, str, str]], name: str, n: int) -> tuple[str, str, str] | None:
    same = [found for found in calls if found[0] == name]
    return same[n - 1] if len(same) >= n else None


def _kind(call: tuple[str, str, str]) -> tuple[str, str, bool]:
    """What two traces of one call agree in: its name, the file that it touches, whether it creates."""
    name, arguments, _ = call
    touched = re.search(r'<([^>]*)>|"([^"]*)"', arguments)
    path = Path(touched[1] or touched[2]).name if touched else ""
    return name, re.sub(r"\d+", "#", path), "O_CREAT" in arguments


def run(*, sample: int, seed: int, loud: bool) -> Outcome:
    outcome, begun = Outcome(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="every-call-", dir=fast()) as folder:
        life = Life(Path(folder))
        life.live()
        chosen = life.points if not sample else random.Random(seed).sample(life.points, sample)
        outcome.calls = dict(Counter(f"{p.stage}: {p.call}" for p in life.points if p.how == "KILL"))
        for point in chosen:
            found = life.try_at(point)
            outcome.points += 1
            outcome.fine += found == ""
            outcome.missed += found == "missed"
            if found:
                outcome.wrong.append(f"{point}: {found}"[:400])
            if loud and (found or outcome.points % 50 == 0):
                sys.stderr.write(f"{outcome.points}/{len(chosen)} {point if found else ''} {found}\n")
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0, help="so many of them, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if shutil.which("strace") is None:
        sys.stdout.write("not run: strace is not here\n")
        return 2
    outcome = run(sample=options.sample, seed=options.seed, loud=True)
    told: dict[str, Any] = results.tell("every call", options.seed, n=outcome.points, outcome=outcome)
    sys.stdout.write(f"{outcome.fine}/{told['n']} points\n")
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
