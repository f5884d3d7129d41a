"""The end of a month: thousands of files over SFTP while the server is killed every second, until everything has ended.

    python -m tests.crash.month_end --files 10000 [--every 1.0] [--speed 20] [--seed 1]
    python -m tests.crash.month_end --control --files 300 --every 0.3       the planted mistake: exit 0 when it is caught

Real processes: `gateway run` on a home whose channel is a real sshd, customs beside it on the same tree by folder. The dice
say each time whether the connections are killed or the listener with them. What was acknowledged must have ended where its
kind's happy way ends, must have had one effect at customs and have reached it as one file (`tests.faults.questions`).
Business time runs faster, so that the ladder's waits are short; the kills keep to the clock on the wall. A line of JSON a
run; exit status 1 when anything is amiss.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import channels.sftp  # noqa: F401  (before the fork: not what is measured)
from channels.sftp_link import Line
from channels.sftp_put import Wave
from channels.sftp_session import Cut
from gateway.home import CLOCK
from mappings.clock import FileClock
from parcel.names import parse_copy
from tests.faults import results
from tests.faults.ends import END, KIND, Ends, declaration, ended, fast, fresh
from tests.faults.questions import ask
from tests.sshd import Sshd, over_sftp

A_FILE = 0.3  # s of patience for each file, beside
PATIENCE = 120.0
A_CONTROL = 3.0  # s after which what a planted mistake has lost is not waited for
BOXES = ("OutBox", "InBox", "FailBox")


@dataclass(slots=True)
class Outcome:
    """lost: acknowledged and not there, or not at its end. twice: more than one document, effect, event or file at customs.

    left: files that still lie on the way. unexplained: arrivals that are neither understood nor repeats.
    """

    seed: int
    files: int
    acknowledged: int = 0
    documents: int = 0
    cuts: int = 0
    restarts: int = 0
    logins: int = 0
    lost: int = 0
    twice: int = 0
    left: int = 0
    unexplained: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.cuts + self.restarts

    @property
    def clean(self) -> bool:
        whole = self.files == self.acknowledged == self.documents
        return whole and not (self.lost or self.twice or self.left or self.unexplained)


def cut_is_success() -> None:
    """The planted mistake: what was cut off counts as done."""

    steps = Wave._steps

    def hopeful(self: Wave, line: Line) -> None:
        try:
            steps(self, line)
        except Cut:
            for upload in self.uploads:
                upload.done = upload.error is None

    Wave._steps = hopeful  # type: ignore[method-assign]


class Killer(threading.Thread):
    """Kills the server again and again, until told to stop; then it stands."""

    def __init__(
        self, server: Sshd, outcome: Outcome, *, every: float, most: int, aim: Callable[[], bool] | None = None
    ) -> None:
        """aim: what must be so at the moment of a kill."""
        super().__init__(daemon=True)
        self.aim = aim
        self.most = most
        self.server = server
        self.outcome = outcome
        self.every = every
        self.dice = random.Random(outcome.seed)
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(self.every) and (not self.most or self.outcome.kills < self.most):
            while self.aim and not self.aim() and not self.over.is_set():
                time.sleep(0.001)
            if not self.aim and self.dice.random() < 0.3:
                self.server.restart()
                self.outcome.restarts += 1
            else:
                self.outcome.cuts += bool(self.server.kill_children())

    def end(self) -> None:
        self.over.set()
        self.join()


class MonthEnd:
    def __init__(
        self,
        home: Path,
        server: Sshd,
        outcome: Outcome,
        *,
        every: float,
        speed: float,
        most: int,
        control: bool = False,
    ) -> None:
        self.home = fresh(home)
        self.ends = Ends(self.home, plant=cut_is_success if control else None)
        self.control = control
        self.patience = A_CONTROL if control else PATIENCE + A_FILE * outcome.files
        self.server = server
        self.outcome = outcome
        self.every = every
        self.most = most
        over_sftp(self.home, server)
        FileClock(self.home / CLOCK).run_at(speed)

    def run(self) -> Outcome:
        self.ends.submit([declaration(n, prefix="MONTH") for n in range(self.outcome.files)])
        begun = time.monotonic()
        pids = [self.ends.start("simulate"), self.ends.start("run")]
        killer = Killer(
            self.server, self.outcome, every=self.every, most=self.most, aim=self.writing if self.control else None
        )
        killer.start()
        try:
            self.drain(begun + self.patience)
        finally:
            killer.end()
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                ended(pid)
        self.outcome.seconds = round(time.monotonic() - begun, 1)
        self.ends.rest()
        self.judge()
        return self.outcome

    def drain(self, until: float) -> None:
        """Until every document is at its end and no file lies on the way, or there is no more patience."""
        while time.monotonic() < until and not (self.at_end() == self.outcome.files and not self.lying()):
            time.sleep(0.5)

    def writing(self) -> bool:
        """In the middle of a wave: there the planted mistake is."""
        return any(entry.name.endswith(".Temp") for entry in os.scandir(self.out))

    @property
    def out(self) -> Path:
        return self.home / "channels" / "customs" / "CertOut" / "OutBox"

    def at_end(self) -> int:
        with closing(sqlite3.connect(f"file:{self.home / 'gateway.db'}?mode=ro", uri=True, timeout=30)) as database:
            found = database.execute("SELECT count(*) FROM document WHERE kind = ? AND state = ?", (KIND, END))
            count: int = found.fetchone()[0]
        return count

    def lying(self) -> list[str]:
        root = self.home / "channels" / "customs" / "CertOut"
        return [entry.name for box in BOXES for entry in os.scandir(root / box)]

    def judge(self) -> None:
        out, answers = self.outcome, ask(self.home, self.ends.acknowledged)
        again = [f"{stem} lies {count} times in SentBox" for stem, count in self.sent().items() if count > 1]
        out.acknowledged, out.documents = len(self.ends.acknowledged), answers.documents
        out.lost = len(answers.lost) + len(answers.stuck)
        out.twice = len(answers.twice) + len(again)
        out.unexplained = len(answers.conservation) + len(answers.halves)
        out.left, out.logins = len(self.lying()), self.server.logins()
        out.wrong = [*answers.wrong[:5], *again[:5], *self.lying()[:5]]

    def sent(self) -> Counter[str]:
        """How often each message lies in SentBox."""
        copies = (parse_copy(path.name) for path in (self.home / "channels/customs/CertOut/SentBox").rglob("*.xml"))
        return Counter(copy.stem for copy in copies if copy)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two kills")
    parser.add_argument("--kills", type=int, default=0, help="at most so many; 0: to the end")
    parser.add_argument("--speed", type=float, default=20.0, help="of business time")
    parser.add_argument("--control", action="store_true", help="plant a mistake, which must be caught")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="month-end-", dir=fast()) as folder:
        place = Path(folder)
        with Sshd.started(place / "sshd") as server:
            begun = Outcome(options.seed, options.files)
            pace = {"every": options.every, "speed": options.speed, "most": options.kills}
            outcome = MonthEnd(place / "home", server, begun, **pace, control=options.control).run()
    caught = f"{int(outcome.lost > 0)}/1" if options.control else ""
    results.tell("month end", outcome.seed, n=outcome.kills, outcome=outcome, controls=caught)
    return 0 if outcome.clean is not options.control else 1


if __name__ == "__main__":
    sys.exit(main())
