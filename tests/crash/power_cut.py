"""Power cuts: a home on an ext4 or xfs disk image, cut while everything runs, and what is found on the disk afterwards.

    python -m tests.crash.power_cut --cuts 60          30 on ext4, 30 on xfs
    python -m tests.crash.power_cut --controls         four planted mistakes, each until it is caught

The image lies on an xfs that shares blocks: `cp --reflink=always` copies it in one instant, which is what a disk holds
when its power goes. The copy is mounted (its journal is played back) and judged: what `submit` had acknowledged before is
there, no file under a final name is half, nothing that is called sent is nowhere; then both ends go on from it to the end.
The list of what was acknowledged lies outside. Needs root, loop devices and xfsprogs; else nothing is run and nothing said.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import channels.doors
import ledger.engine
from channels.staged import Staged
from console.cli.main import main as command
from ledger import Ledger
from tests.faults import results
from tests.faults.ends import GOOD, Ends, declaration, ended, exchange, fast, forked, fresh, killed, template
from tests.faults.questions import ask, halves, missing, nowhere

KINDS = ("ext4", "xfs")
A_LIFE = 5  # cuts of one home, the last of them aimed
SIZE = "320M"  # the least that mkfs.xfs makes
CHECKPOINT = 50  # pages of the log after which it is copied home: many more of these moments than in use


@dataclass(slots=True)
class Outcome:
    """missing: acknowledged and not there. halves: final names without all their bytes. nowhere: sent, and in no box."""

    cuts: int = 0
    mistake: str = ""
    acknowledged: int = 0
    missing: int = 0
    halves: int = 0
    nowhere: int = 0
    astray: int = 0  # what the five questions found after both ends had gone on
    seconds: float = 0.0
    by_kind: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return self.cuts > 0 and not (self.missing or self.halves or self.nowhere or self.astray)


def lacks() -> str:
    """Why no power can be cut on this machine; "" where it can."""
    if os.name != "posix" or os.getuid() != 0:
        return "needs root"
    absent = [tool for tool in ("mkfs.xfs", "mkfs.ext4", "mount", "cp", "losetup") if shutil.which(tool) is None]
    if absent:
        return f"{', '.join(absent)} not here"
    found = subprocess.run(["losetup", "-f"], capture_output=True, text=True)
    return "" if found.returncode == 0 else f"no loop device: {found.stderr.strip()}"


def sh(*words: object) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name != "LD_PRELOAD"
    }  # eatmydata is for the home
    subprocess.run([str(word) for word in words], check=True, capture_output=True, env=environment)


@contextmanager
def mounted(image: Path, at: Path, *options: str) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    sh("mount", "-o", ",".join(("loop", *options)), image, at)
    try:
        yield at
    finally:
        sh("umount", "-l", at)


@contextmanager
def sharing(folder: Path) -> Iterator[Path]:
    """An xfs on which files are copied by sharing their blocks."""
    image = folder / "sharing.img"
    sh("truncate", "-s", "4G", image)
    sh("mkfs.xfs", "-q", "-m", "reflink=1", image)
    with mounted(image, folder / "sharing") as place:
        yield place


class Life:
    """One home on one disk, with all parts running: submits, the worker, customs."""

    def __init__(self, place: Path, kind: str, dice: random.Random, plant: Callable[[], None] | None) -> None:
        self.place, self.kind, self.dice = place, kind, dice
        self.options = ("nouuid",) if kind == "xfs" else ()
        self.image, self.log = place / "disk.img", place.parent / "acknowledged"
        self.plant = plant
        self.aim = NAMED if plant is renamed_first else DELIVERED

    def run(self, cuts: int, outcome: Outcome) -> None:
        self.image.unlink(missing_ok=True)
        self.log.write_bytes(b"")
        sh("truncate", "-s", SIZE, self.image)
        sh(f"mkfs.{self.kind}", "-q", self.image)
        with mounted(self.image, self.place.parent / "disk") as disk:
            home = fresh(disk / "home")
            sh("sync", "-f", home)
            copies = [self.cut(home, n) for n in self._running(home, cuts)]
        for copy, acknowledged in copies:
            self.judge(copy, acknowledged, outcome)

    def _running(self, home: Path, cuts: int) -> Iterator[int]:
        """Everything runs; now and then, at the dice's moment, it is time for a cut."""
        ends = Ends(home, plant=self._planted)
        running = [ends.start("simulate"), ends.start("run"), forked(lambda: self._submitting(home))]
        try:
            self._wait_for_acknowledged(3)
            for n in range(cuts - 1):
                time.sleep(self.dice.uniform(0.05, 0.5))  # no condition: the moment of a cut is the dice's
                yield n
        finally:
            for child in running:
                killed(child)
        yield from self._after_delivery(home, cuts - 1)

    def _after_delivery(self, home: Path, n: int) -> Iterator[int]:
        """The instant at which the row says delivered, with nobody else at work whose syncs would help.

        The database's log is overwritten from its beginning: then its sync makes no other change of the disk durable.
        """
        with closing(sqlite3.connect(home / "gateway.db")) as log:
            log.execute("SELECT count(*) FROM message").fetchone()
            ended(forked(lambda: exchange(home)))
            log.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
            ends = Ends(home, plant=self._planted)
            ends.submit([declaration(n, prefix="AIMED")])
            with self.log.open("a", encoding="ascii") as list_:
                list_.writelines(f"{reference} {number}\n" for reference, number in ends.acknowledged.items())
            dying = Ends(home, plant=lambda: (self._planted(), die_after(self.aim)))
            if dying.finish("run", "--once") != -signal.SIGKILL:
                raise RuntimeError("the worker delivered nothing")
            if self.aim == NAMED:  # somebody else's sync makes the new name durable
                with (home / "neighbour").open("wb") as file:
                    os.fsync(file.fileno())
            yield n  # while the log is held open: closing it would sync

    def _planted(self) -> None:
        ledger.engine._CHECKPOINT = CHECKPOINT
        if self.plant:
            self.plant()

    def _submitting(self, home: Path) -> int:
        """`gateway submit`, again and again; what it acknowledged goes into the list outside, which is not cut."""
        self._planted()
        list_, file, count = os.open(self.log, os.O_WRONLY | os.O_APPEND), self.log.with_suffix(".jsonl"), 0
        while True:
            batch = [json.dumps(declaration(count + n, prefix="CUT"), ensure_ascii=False) for n in range(3)]
            count += len(batch)
            file.write_text("\n".join(batch), encoding="utf-8")
            with contextlib.redirect_stdout(io.StringIO()) as said:
                command(["submit", str(file), "--json", "--home", str(home)])
            rows = [row for row in json.loads(said.getvalue()) if row["outcome"] in GOOD]
            os.write(list_, "".join(f"{row['reference']} {row['number']}\n" for row in rows).encode())

    def _wait_for_acknowledged(self, count: int) -> None:
        until = time.monotonic() + 60
        while self.log.read_bytes().count(b"\n") < count:
            if time.monotonic() > until:
                raise TimeoutError("nothing was acknowledged")
            time.sleep(0.02)

    def cut(self, home: Path, n: int) -> tuple[Path, dict[str, str]]:
        """The disk as it is at this instant, and what was acknowledged before."""
        acknowledged = dict(line.split() for line in self.log.read_text(encoding="ascii").splitlines())
        copy = self.place / f"cut-{n}.img"
        copy.unlink(missing_ok=True)
        sh("cp", "--reflink=always", self.image, copy)
        return copy, acknowledged

    def judge(self, copy: Path, acknowledged: Mapping[str, str], outcome: Outcome) -> None:
        with mounted(copy, self.place.parent / "cut", *self.options) as disk:
            home = disk / "home"
            gone, half, lost = missing(home, acknowledged), halves(home), nowhere(home)
            ends = Ends(home)
            ends.rest()
            after = ask(home, acknowledged)
        outcome.cuts += 1
        outcome.by_kind[self.kind] = outcome.by_kind.get(self.kind, 0) + 1
        outcome.acknowledged += len(acknowledged)
        outcome.missing += len(gone)
        outcome.halves += len(half)
        outcome.nowhere += len(lost)
        outcome.astray += len(after.wrong)
        outcome.wrong += [f"{self.kind}: {what}" for what in [*gone[:2], *half[:2], *lost[:2], *after.wrong[:3]]]
        copy.unlink()


DELIVERED, NAMED = "delivered", "named"


def die_after(aim: str) -> None:
    """The process ends when the row says delivered, or when the file has its name."""
    owner, name = (Ledger, "delivered") if aim == DELIVERED else (channels.doors, "rename_new")
    called = getattr(owner, name)

    def last(*arguments: Any) -> None:
        called(*arguments)
        if aim == DELIVERED or (arguments[1].parent.name == "OutBox" and not arguments[1].name.startswith(".")):
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, last)


# planted mistakes


def no_file_sync() -> None:
    Staged.sync = lambda self: None  # type: ignore[method-assign]


def no_folder_sync() -> None:
    channels.doors.sync_folder = lambda path: None


def synchronous_normal() -> None:
    connected = ledger.engine._sqlite_connected

    def normal(connection: Any, record: Any) -> None:
        connected(connection, record)
        connection.execute("PRAGMA synchronous = NORMAL")

    ledger.engine._sqlite_connected = normal


def renamed_first() -> None:
    """The file gets its name first and is written and synced afterwards."""
    write, sync, publish = Staged.write, Staged.sync, Staged.publish

    def nothing(self: Staged) -> None:
        """Later."""

    def all_late(self: Staged, *, own_torn: bool) -> None:
        data, self.data = self.data, b""
        write(self)
        publish(self, own_torn=own_torn)
        self.data = data
        os.write(os.open(self.final, os.O_WRONLY), data)
        if self._fd >= 0:
            sync(self)

    Staged.write, Staged.sync, Staged.publish = nothing, nothing, all_late  # type: ignore[method-assign]


MISTAKES: dict[str, Callable[[], None]] = {
    "no_file_sync": no_file_sync,
    "no_folder_sync": no_folder_sync,
    "synchronous_normal": synchronous_normal,
    "renamed_first": renamed_first,
}


def run(
    cuts: int,
    seed: int,
    *,
    mistake: str = "",
    until_caught: bool = False,
    kinds: tuple[str, ...] = KINDS,
    a_life: int = A_LIFE,
) -> Outcome:
    """a_life: cuts of one home, the last of them aimed at the instant after a delivery."""
    outcome, dice, begun = Outcome(mistake=mistake), random.Random(seed), time.monotonic()
    template()
    with tempfile.TemporaryDirectory(prefix="power-cut-", dir=fast()) as folder, sharing(Path(folder)) as place:
        lives = 0
        while outcome.cuts < cuts and not (until_caught and outcome.cuts and not outcome.clean):
            kind = kinds[lives % len(kinds)]
            life = Life(place, kind, dice, MISTAKES[mistake] if mistake else None)
            life.run(min(a_life, cuts - outcome.cuts), outcome)
            lives += 1
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--controls", action="store_true")
    parser.add_argument("--mistake", choices=sorted(MISTAKES))
    options = parser.parse_args()
    if why := lacks():
        sys.stdout.write(f"not run: {why}\n")
        return 2
    chosen = list(MISTAKES) if options.controls else [options.mistake] if options.mistake else []
    if not chosen:
        outcome = run(options.cuts, options.seed)
        results.tell("power cut", options.seed, n=outcome.cuts, outcome=outcome)
        return 0 if outcome.clean else 1
    caught = 0
    for mistake in chosen:
        outcome = run(options.cuts, options.seed, mistake=mistake, until_caught=True)
        caught += not outcome.clean
        results.tell("power cut", options.seed, n=outcome.cuts, outcome=outcome, controls=f"{int(not outcome.clean)}/1")
    sys.stdout.write(f"controls caught {caught}/{len(chosen)}\n")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
