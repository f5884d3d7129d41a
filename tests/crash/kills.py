"""The kill loop: `gateway submit` and `gateway run` are killed at random moments, again and again, then left alone.

    python -m tests.crash.kills --kills 500 --seed 1            the loop itself
    python -m tests.crash.kills --controls --kills 100          each planted mistake, until it is caught (at most so long)
    python -m tests.crash.kills --mistake two_transactions      one of them

Real processes, `kill -9`, one home on disk, customs running beside it. What was acknowledged must be there once, have had
one effect at customs, and have ended where its kind's happy way ends (`tests.faults.questions`). A line of JSON a run;
exit status 1 when anything is amiss, or a mistake is not caught.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.crash.mistakes import MISTAKES
from tests.faults import results
from tests.faults.ends import Ends, declaration, ended, fast, fresh, killed
from tests.faults.questions import Answers, ask

A_ROUND = 5  # declarations submitted between two kills
A_LIFE = 100  # kills after which everything must come to rest and is judged; then a new home
TRIES = 15  # after how many kills a control is judged
SUBMITTING, WORKING = (1, 90), (1, 300)  # the steps at one of which a process is killed
HEART = (60, 240)  # those in which a worker delivers and collects: there the mistakes lie
A_FUSE = 0.5  # s after which a fuse that has not burnt down is not waited for


@dataclass(slots=True)
class Outcome:
    """lost: acknowledged and not there, or not at its end. twice: more than one document, act, receipt or effect."""

    seed: int
    mistake: str = ""
    kills: int = 0
    killed_submits: int = 0
    acknowledged: int = 0
    documents: int = 0
    lost: int = 0
    twice: int = 0
    halves: int = 0
    unexplained: int = 0
    rest: float = 0.0  # s, the longest that a restart took to come to its end
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def take(self, answers: Answers) -> None:
        self.documents += answers.documents
        self.lost += len(answers.lost) + len(answers.stuck)
        self.twice += len(answers.twice)
        self.halves += len(answers.halves)
        self.unexplained += len(answers.conservation)
        self.wrong += answers.wrong[:5]

    @property
    def clean(self) -> bool:
        return self.documents > 0 and not (self.lost or self.twice or self.halves or self.unexplained)


class Loop:
    """One life: a fresh home, kills, rest, judgement."""

    def __init__(self, home: Path, dice: random.Random, outcome: Outcome) -> None:
        self.dice = dice
        self.outcome = outcome
        self.mistake = MISTAKES.get(outcome.mistake)
        self.ends = Ends(fresh(home), plant=partial(self.mistake.plant, perhaps) if self.mistake else None)
        self.sent: list[dict[str, Any]] = []

    def run(self, kills: int) -> None:
        """`kills` workers are killed, and about a third as many submits; with a mistake in `submit`, every submit is."""
        customs = self.ends.start("simulate")
        try:
            for _ in range(kills):
                self.submit(dying=bool(self.mistake and self.mistake.submitting) or self.dice.random() < 0.3)
                self.kill_a_worker()
        finally:
            killed(customs)
        if self.mistake:
            self.ends.plant = partial(self.mistake.plant, nothing)
        self.outcome.rest = max(self.outcome.rest, round(self.ends.rest(self.sent), 1))
        self.outcome.acknowledged += len(self.ends.acknowledged)
        self.outcome.take(ask(self.ends.home, self.ends.acknowledged))
        self.outcome.take(refolded(self.ends.home))

    def submit(self, *, dying: bool) -> None:
        new = [declaration(len(self.sent) + i) for i in range(A_ROUND)]
        self.sent += new
        self.ends.fuse = self.fuse(SUBMITTING) if dying else 0
        child = self.ends.begin_submit(new)
        if dying:
            self.outcome.killed_submits += 1
            self.die(child, began=True)
        self.ends.answered(ended(child))  # one that had ended by itself has its own status and its answer

    def kill_a_worker(self) -> None:
        self.ends.fuse = self.fuse(HEART if self.mistake else WORKING)
        self.die(child := self.ends.start("run"), began=False)
        ended(child)
        self.outcome.kills += 1

    def fuse(self, steps: tuple[int, int]) -> int:
        """0 for a kill by the clock, else the step at which the process dies; with a mistake always a step."""
        return 0 if not self.mistake and self.dice.random() < 0.5 else self.dice.randint(*steps)

    def die(self, child: int, *, began: bool) -> None:
        """A moment anywhere in the work; a process with a fuse has its own, and is killed when it has nothing to do."""
        if not self.ends.fuse and not began:
            self.ends.wait_for_work(child)
        moment = A_FUSE if self.ends.fuse else self.dice.uniform(0.0, 0.08)  # no condition: the moment is the dice's
        until = time.monotonic() + moment
        while time.monotonic() < until and not gone(child):
            time.sleep(0.002)
        os.kill(child, signal.SIGKILL)


def perhaps() -> None:
    """In the middle of a mistake's window the dice have one more throw: kills by the hundred would hit it too, and no surer."""
    if random.Random(f"{os.getpid()} {time.monotonic_ns()}").random() < 0.3:
        os.kill(os.getpid(), signal.SIGKILL)


def nothing() -> None:
    """At rest nobody is killed."""


def gone(child: int) -> bool:
    """It has ended; its status is still to be had."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def refolded(home: Path) -> Answers:
    """What the ledger finds wrong in itself: a cached state that its events do not say, a chain that is broken."""
    from gateway.home import Home

    opened = Home(home, passphrase=lambda _key: None)
    try:
        wrong = [f"{number} was cached wrongly" for number in opened.ledger.refold()]
        return Answers(twice=wrong + [f"the chain of {name} is broken" for name in opened.ledger.broken()])
    finally:
        opened.close()


def loop(kills: int, seed: int) -> Outcome:
    """Lives of A_LIFE kills each, all with the same dice."""
    outcome, dice, begun = Outcome(seed), random.Random(seed), time.monotonic()
    while outcome.kills < kills:
        _life(dice, outcome, min(A_LIFE, kills - outcome.kills))
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


def control(mistake: str, kills: int, seed: int) -> Outcome:
    """Short lives with a planted mistake, until one of them is not clean."""
    outcome, dice, begun = Outcome(seed, mistake), random.Random(seed), time.monotonic()
    while (outcome.clean or not outcome.kills) and outcome.kills < kills:
        _life(dice, outcome, TRIES)
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


def _life(dice: random.Random, outcome: Outcome, kills: int) -> None:
    with tempfile.TemporaryDirectory(prefix="kills-", dir=fast()) as folder:
        Loop(Path(folder) / "home", dice, outcome).run(kills)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--controls", action="store_true", help="all planted mistakes instead of the loop")
    parser.add_argument("--mistake", choices=sorted(MISTAKES))
    options = parser.parse_args()
    chosen = list(MISTAKES) if options.controls else [options.mistake] if options.mistake else []
    if not chosen:
        outcome = loop(options.kills, options.seed)
        results.tell("kills", options.seed, n=outcome.kills, outcome=outcome)
        return 0 if outcome.clean else 1
    caught = 0
    for mistake in chosen:
        outcome = control(mistake, options.kills, options.seed)
        caught += not outcome.clean
        results.tell("kills", options.seed, n=outcome.kills, outcome=outcome, controls=f"{int(not outcome.clean)}/1")
    sys.stdout.write(f"controls caught {caught}/{len(chosen)}\n")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
