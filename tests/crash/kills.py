"""The kill loop: `gateway submit` and `gateway run` are killed at random moments, again and again, then left alone.

    python -m tests.crash.kills --kills 100 --seed 1 [--mistake marked_before_put] [--results FILE]

Real processes, `kill -9`, one home on disk, customs running beside it. What was acknowledged must be there once, have had
one effect at customs, and have ended where its kind's happy way ends. Prints one JSON value; exit 1 when anything is amiss.
The commands are forked from this process after its imports, so that a kill costs no start-up.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from console.cli.main import main as command
from gateway.worker import LOCK
from mappings.load import contract
from mappings.sample import sample
from tests.crash.mistakes import MISTAKES

# Imported before the fork, so that a killed command dies at its work and not at its imports.
PRELOADED = (
    "gateway.setup", "gateway.worker", "gateway.submission", "gateway.intake.files", "ledger.engine",
    "simulator.settings", "simulator.serve", "console.cli.declare", "console.cli.work", "console.cli.documents", "console.cli.customs",
)  # fmt: skip

KIND = "blank_certificate_application"
A_ROUND = 5  # declarations submitted between two kills
PATIENCE = 90.0  # s for everything to come to rest at the end


@dataclass(slots=True)
class Outcome:
    """lost: acknowledged and not there, or not at its end. twice: more than one document, act, receipt or effect."""

    seed: int
    mistake: str
    kills: int = 0
    killed_submits: int = 0
    acknowledged: int = 0
    documents: int = 0
    lost: int = 0
    twice: int = 0
    unexplained: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.unexplained)


class Loop:
    def __init__(self, home: Path, *, seed: int, mistake: str) -> None:
        self.home = home
        self.dice = random.Random(seed)
        self.outcome = Outcome(seed, mistake)
        self.mistake = mistake
        self.acknowledged: dict[str, str] = {}
        self.sent: list[dict[str, Any]] = []

    def run(self, kills: int) -> Outcome:
        begun = time.monotonic()
        self.finish("init", "--demo", "--home", str(self.home))
        settings = self.home / "gateway.toml"  # the second judge is built anew in every process: not what is asked here
        settings.write_text(
            settings.read_text(encoding="utf-8").replace('judges = "both"', 'judges = "one"'), encoding="utf-8"
        )
        customs = self.start("simulate", "--home", str(self.home))
        try:
            while self.outcome.kills < kills:
                self.submit_some(killed=self.dice.random() < 0.3)
                self.kill_a_worker()
            self.rest()
        finally:
            os.kill(customs, signal.SIGKILL)
            os.waitpid(customs, 0)
        self.judge()
        self.outcome.seconds = round(time.monotonic() - begun, 1)
        return self.outcome

    def start(self, *arguments: str, out: Path | None = None, plant: bool = False) -> int:
        """Fork a command. Its output goes to a file or nowhere."""
        child = os.fork()
        if child:
            return child
        target = os.open(out or os.devnull, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(target, 1)
        if not os.environ.get("KILLS_LOUD"):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        if plant:
            MISTAKES[self.mistake]()
        status = 70
        try:
            status = command(list(arguments))
        finally:
            sys.stdout.flush()
            os._exit(status)

    def finish(self, *arguments: str, out: Path | None = None) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.start(*arguments, out=out), 0)[1])

    def submit_some(self, *, killed: bool) -> None:
        new = [self.declaration(len(self.sent) + i) for i in range(A_ROUND)]
        self.sent += new
        self.submit(new, kill_after=self.dice.uniform(0.0, 0.06) if killed else None)

    def declaration(self, index: int) -> dict[str, Any]:
        return sample(contract().kinds[KIND], seed=index % 50, reference=f"KILL-{index:05d}")

    def submit(self, declarations: list[dict[str, Any]], *, kill_after: float | None = None) -> None:
        """What is acknowledged is what the command has answered before it ended by itself."""
        file, answer = self.home / "declarations.jsonl", self.home / "answer.json"
        file.write_text(
            "\n".join(json.dumps(d, ensure_ascii=False) for d in [*declarations, declarations[0]]), encoding="utf-8"
        )
        child = self.start("submit", str(file), "--home", str(self.home), "--json", out=answer)
        if kill_after is not None:
            time.sleep(kill_after)  # the moment of the kill is the dice's, not a condition
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == -signal.SIGKILL:
            self.outcome.killed_submits += 1
            return
        for row in json.loads(answer.read_text(encoding="utf-8")):
            assert row["outcome"] in ("accepted", "duplicate", "revised"), row
            self.acknowledged[row["reference"]] = row["number"]

    def kill_a_worker(self) -> None:
        child = self.start("run", "--home", str(self.home), plant=True)
        until = time.monotonic() + PATIENCE
        while not self.works(child) and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(self.dice.uniform(0.0, 0.08))  # as above
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.outcome.kills += 1

    def works(self, child: int) -> bool:
        """It holds the home's lock: what comes now is work."""
        lock = self.home / LOCK
        return lock.exists() and lock.read_text(encoding="ascii").strip() == str(child)

    def rest(self) -> None:
        """Submit again what was not acknowledged, then let both ends work until nothing moves."""
        missing = [d for d in self.sent if d["reference"] not in self.acknowledged]
        for start in range(0, len(missing), 50):
            self.submit(missing[start : start + 50])
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.finish("run", "--until-idle", "--home", str(self.home))
            if all(row["state"] == "BP" for row in self.status()):
                return
            if self.mistake != "none" and time.monotonic() > until - PATIENCE + 6:
                return  # what a planted mistake has lost does not come

    def status(self) -> list[dict[str, Any]]:
        out = self.home / "status.json"
        self.finish("status", "--kind", KIND, "--home", str(self.home), "--json", out=out)
        rows: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
        return rows

    def judge(self) -> None:
        rows, statement = self.status(), self.json("customs", "statement")
        by_reference: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            by_reference.setdefault(row["reference"], []).append(row)
        out = self.outcome
        out.acknowledged, out.documents = len(self.acknowledged), len(rows)
        for reference, number in self.acknowledged.items():
            found = by_reference.get(reference, [])
            out.lost += not any(row["number"] == number and row["state"] == "BP" for row in found)
        effects = {row["number"]: row["effects"] for row in statement if row["kind"] == KIND}
        out.twice += sum(len(found) - 1 for found in by_reference.values())
        out.twice += sum(effects.get(row["number"], 0) > 1 for row in rows)
        out.lost += sum(effects.get(row["number"], 0) == 0 for row in rows)
        out.twice += sum(self.repeated(row["number"]) for row in rows)
        out.unexplained = sum(a["status"] not in ("understood", "repeat") for a in self.json("arrivals"))

    def repeated(self, number: str) -> int:
        events = [event["event"] for event in self.json("show", number)["events"]]
        return len(events) - len(set(events))

    def json(self, *arguments: str) -> Any:
        out = self.home / "answer.json"
        self.finish(*arguments, "--home", str(self.home), "--json", out=out)
        return json.loads(out.read_text(encoding="utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mistake", choices=sorted(MISTAKES), default="none")
    parser.add_argument("--results", type=Path, help="append the outcome as one JSON line")
    options = parser.parse_args()
    for module in PRELOADED:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        outcome = Loop(Path(folder) / "home", seed=options.seed, mistake=options.mistake).run(options.kills)
    line = json.dumps({**asdict(outcome), "clean": outcome.clean}, ensure_ascii=False)
    sys.stdout.write(line + "\n")
    if options.results:
        with options.results.open("a", encoding="utf-8") as results:
            results.write(line + "\n")
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
