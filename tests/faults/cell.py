"""A cell of the fault matrix: its fault, what is expected, and the bench on which it is played."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.ends import Declaration, Ends, declaration, ended, fresh
from tests.faults.questions import Answers, ask


class NotRun(Exception):
    """Why a cell cannot be played on this machine, or not yet: it is printed so, and never as passed."""


Play = Callable[["Bench"], None]


@dataclass(frozen=True, slots=True)
class Cell:
    id: str
    component: str
    fault: str
    expected: str
    play: Play


CELLS: dict[str, Cell] = {}


def cell(id_: str, component: str, fault: str, expected: str) -> Callable[[Play], Play]:
    """Registers a function of a Bench as a cell. It raises AssertionError where something is not as expected."""

    def register(play: Play) -> Play:
        assert id_ not in CELLS
        CELLS[id_] = Cell(id_, component, fault, expected, play)
        return play

    return register


class Bench:
    """A fresh home with both ends. What a cell submits must come to its end afterwards, unless it says otherwise.

    kept: statuses that arrivals of this fault end in. ends: other ends than the happy one, by reference.
    resubmitted: messages beyond the first that a document may have. many: how much a long form does.
    """

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self.folder, self.quick = folder, quick
        self.home = fresh(folder / "home")
        self.acknowledged: dict[str, str] = {}
        self.wanted: list[Declaration] = []
        self.kept: tuple[str, ...] = ()
        self.ends: dict[str, str] = {}
        self.resubmitted = 0
        self.err = ""  # what the last command said on stderr
        self.resting = True  # whether both ends are worked to their rest before the questions

    def many(self, quick: int, long: int) -> int:
        return quick if self.quick else long

    @property
    def road(self) -> Path:
        return self.home / "channels" / "customs" / "CertOut"

    # the ends

    def make(self, count: int, *, remark: str = "") -> list[Declaration]:
        new = [declaration(len(self.wanted) + n, prefix="CELL", remark=remark) for n in range(count)]
        self.wanted += new
        return new

    def submit(self, count: int = 2, *, plant: Callable[[], None] | None = None, remark: str = "") -> int:
        """The exit status of a `gateway submit` of so many new declarations; negative is the signal that ended it."""
        return self.submit_again(self.make(count, remark=remark), plant=plant)

    def submit_again(self, declarations: list[Declaration], *, plant: Callable[[], None] | None = None) -> int:
        ends = Ends(self.home, plant=plant)
        status = ended(ends.begin_submit(declarations))
        ends.answered(status)
        self.acknowledged |= ends.acknowledged
        self.err = ends.said()
        return status

    def do(self, *words: str, plant: Callable[[], None] | None = None) -> int:
        """Any command in a process of its own: its exit status. What it says lies in `out` and `err`."""
        ends = Ends(self.home, plant=plant)
        status = ends.finish(*words, out=self.folder / "out")
        self.err = ends.said()
        return status

    def run(self, *, plant: Callable[[], None] | None = None) -> int:
        return self.do("run", "--until-idle", plant=plant)

    def customs(self) -> None:
        assert self.do("simulate", "--until-idle") == 0, self.err

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text(encoding="utf-8")

    @contextmanager
    def running(self, *words: str, plant: Callable[[], None] | None = None) -> Iterator[int]:
        """A command that goes on beside; it is asked to stop at the end, and must."""
        ends = Ends(self.home, plant=plant)
        child = ends.start(*(words or ("run",)))
        if not words:
            ends.wait_for_work(child)
        try:
            yield child
        finally:
            os.kill(child, signal.SIGTERM)
            self.status = ended(child)
            self.err = ends.said()

    # what is seen

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "gateway.db", timeout=30)) as database:
            return database.execute(sql, values).fetchall()

    def change(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.home / "gateway.db", timeout=30)) as database, database:
            database.execute(sql, values)

    def count(self, table: str, where: str = "1") -> int:
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def files(self, box: str) -> list[str]:
        return sorted(
            path.name for path in (self.road / box).iterdir() if path.is_file() and not path.name.startswith(".")
        )

    def codes(self) -> dict[str, str]:
        """code -> level of what `gateway doctor` finds."""
        self.do("doctor", "--json")
        return {finding["code"]: finding["level"] for finding in json.loads(self.out)["findings"]}

    def until(self, seen: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            time.sleep(0.02)

    # faults

    @contextmanager
    def small_disk(self, path: Path, options: str) -> Iterator[Path]:
        """A tmpfs of its own under `path`, which is emptied of nothing: what lay there lies there again."""
        if os.getuid() != 0 or shutil.which("mount") is None:
            raise NotRun("mounting a small disk needs root")
        aside = self.folder / "aside"
        shutil.copytree(path, aside)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True, capture_output=True)
        try:
            shutil.copytree(aside, path, dirs_exist_ok=True)
            yield path
            shutil.rmtree(aside)
            shutil.copytree(path, aside)
        finally:
            subprocess.run(["umount", "-l", path], check=True, capture_output=True)
        shutil.copytree(aside, path, dirs_exist_ok=True)
        shutil.rmtree(aside)

    # the end

    def questions(self) -> Answers:
        """Both ends go on without a hand until nothing moves; then the five questions."""
        ends = Ends(self.home)
        ends.acknowledged = self.acknowledged
        seconds = ends.rest(self.wanted) if self.resting else 0.0
        answers = ask(self.home, self.acknowledged, ends=self.ends, kept=self.kept, resubmitted=self.resubmitted)
        if seconds > 60:
            answers.stuck.append(f"it took {seconds:.0f} s")
        return answers


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Nobody may change this file, or what is in this folder: not even root."""
    if os.getuid() != 0 or shutil.which("chattr") is None:
        raise NotRun("making a path immutable needs root and chattr (Debian: e2fsprogs)")
    if subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
        raise NotRun("chattr +i is not to be had on this file system")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def fill(ballast: Path) -> None:
    """Until the disk has no byte left."""
    fd = os.open(ballast, os.O_CREAT | os.O_WRONLY)
    try:
        while os.write(fd, b"x" * 512):
            pass
    except OSError as full:
        if full.errno != errno.ENOSPC:
            raise
    finally:
        os.close(fd)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_at(
    owner: Any, name: str, *, after: bool = False, only: Callable[..., bool] = lambda *_, **__: True
) -> Callable[[], None]:
    """A plant: the process is killed where it calls `owner.name`, or when that returns."""

    def plant() -> None:
        called = getattr(owner, name)

        def last(*arguments: Any, **named: Any) -> Any:
            meant = only(*arguments, **named)
            if meant and not after:
                die()
            result = called(*arguments, **named)
            if meant:
                die()
            return result

        setattr(owner, name, last)

    return plant


def raises_at(
    owner: Any,
    name: str,
    error: Callable[[], BaseException],
    *,
    times: int = 1 << 30,
    only: Callable[..., bool] = lambda *_, **__: True,
) -> Callable[[], None]:
    """A plant: calling `owner.name` raises, so many times."""

    def plant() -> None:
        called = getattr(owner, name)
        left = times

        def failing(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            if left and only(*arguments, **named):
                left -= 1
                raise error()
            return called(*arguments, **named)

        setattr(owner, name, failing)

    return plant
