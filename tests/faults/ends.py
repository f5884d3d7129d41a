"""Both ends of one home as processes: forked after their imports, killed at will, worked until nothing moves.

A command is the product's own (`gateway submit`, `run`, `simulate`), in a process of its own; forking a process that has
done it all once before costs milliseconds, so that a kill falls upon work and not upon imports.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from console.cli.main import main as command
from gateway.worker import LOCK
from mappings.load import contract
from mappings.sample import sample

KIND = "blank_certificate_application"
END = "BP"  # where its happy way ends
PATIENCE = 60.0  # s within which everything has come to rest (reliability C5, P25)
GOOD = ("accepted", "duplicate", "revised")
LOUD = "FAULTS_LOUD"  # the variable that lets the commands' stderr through

Declaration = dict[str, Any]


def declaration(index: int, *, prefix: str = "KILL", remark: str = "") -> Declaration:
    """A valid one, for few blank forms: each of them is a document of its own, with a result file for every change."""
    made = sample(contract().kinds[KIND], seed=index % 50, reference=f"{prefix}-{index:05d}", remark=remark)
    for line in made["content"]["lines"]:
        line["quantity"] = 1 + index % 3
    return made


@cache
def template() -> Path:
    """A demo home that is copied and never worked in. Making it has imported, compiled and cached what there is."""
    folder = Path(tempfile.mkdtemp(prefix="faults-template-", dir=fast()))
    owner = os.getpid()
    import atexit

    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
    made, warm = folder / "home", folder / "warm"
    _quietly("init", "--demo", "--home", str(made))
    settings = made / "gateway.toml"  # the second judge is built anew in every process: not what is asked here
    text = settings.read_text(encoding="utf-8").replace('judges = "both"', 'judges = "one"')
    settings.write_text(text, encoding="utf-8")
    shutil.copytree(made, warm)
    file = folder / "warm.jsonl"
    file.write_text(json.dumps(declaration(0), ensure_ascii=False), encoding="utf-8")
    for words in (("submit", str(file), "--json"), ("run", "--until-idle"), ("simulate", "--until-idle"), ("run", "--until-idle"),
                  ("status", "--json")):  # fmt: skip
        _quietly(*words, "--home", str(warm))
    return made


def _quietly(*arguments: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = command(list(arguments))
    if status:
        raise RuntimeError(f"gateway {' '.join(arguments)}: {status} {said.getvalue()}")


def fresh(home: Path) -> Path:
    """A new home there, with both ends."""
    shutil.copytree(template(), home)
    return home


def forked(work: Callable[[], int], *, out: Path | None = None, err: Path | None = None) -> int:
    """The pid of a process that does `work` and exits with its status. What it says goes to files or nowhere."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        target = os.open(out or os.devnull, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
        os.dup2(target, 1)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)  # under pytest it is something else
        if not os.environ.get(LOUD):
            os.dup2(os.open(err or os.devnull, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644), 2)
            sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        status = work()
    except BaseException:  # noqa: BLE001  a child of a test's process must never go on as that process
        import traceback

        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            status = 120  # as Python itself ends when what it has said cannot be written
        finally:
            os._exit(status)


def burning(steps: int) -> None:
    """This process dies by SIGKILL at its n-th step: before or after a call that touches disk or database.

    A fuse in steps hits the short moments between two calls as often as the long waits for a disk, however busy the
    machine is.
    """
    left = steps

    def step(frame: Any, event: str, called: Any) -> None:
        nonlocal left
        if is_step(frame, event, called):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(step)  # files of a wave are synced by several hands
    sys.setprofile(step)


def is_step(frame: Any, event: str, called: Any) -> bool:
    """A call that touches disk or database, at its beginning or its end."""
    if not event.startswith("c_"):
        return frame.f_code.co_name == "rename_new"  # which goes through ctypes
    owner = getattr(called, "__self__", None)
    if called.__name__ in FILES:
        return owner is POSIX
    return called.__name__ in DATABASE and isinstance(owner, sqlite3.Connection | sqlite3.Cursor)


POSIX = sys.modules[os.name]
FILES = frozenset({"write", "fsync", "unlink", "remove", "rename", "replace", "mkdir", "link", "ftruncate"})
DATABASE = frozenset({"commit", "execute", "executemany"})


@cache
def fast() -> str | None:
    """Where a home costs no disk: a kill spares what the system holds, so memory will do. None: the usual place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def ended(pid: int) -> int:
    """Its exit status; negative is the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)
    return ended(pid)


class Ends:
    """One home. acknowledged: reference -> number, as the commands have answered before they ended by themselves."""

    def __init__(self, home: Path, *, plant: Callable[[], None] | None = None) -> None:
        self.home = home
        self.acknowledged: dict[str, str] = {}
        self.fuse = 0  # the step at which the next command dies, 0 for none
        self.plant = plant

    def start(self, *arguments: str, out: Path | None = None, stopped: bool = False) -> int:
        """Fork a command, with the planted mistake where there is one. stopped: it waits for SIGCONT."""

        def work() -> int:
            if stopped:
                os.kill(os.getpid(), signal.SIGSTOP)
            if self.plant:
                self.plant()
            if self.fuse:
                burning(self.fuse)
            return command([*arguments, "--home", str(self.home)])

        return forked(work, out=out, err=self.home.parent / "stderr")

    def said(self) -> str:
        """What the last command has said on stderr."""
        return (self.home.parent / "stderr").read_text(encoding="utf-8", errors="replace")

    def finish(self, *arguments: str, out: Path | None = None) -> int:
        return ended(self.start(*arguments, out=out))

    def json(self, *arguments: str) -> Any:
        out = self.home.parent / "answer.json"
        self.finish(*arguments, "--json", out=out)
        return json.loads(out.read_text(encoding="utf-8"))

    # declarations

    def begin_submit(self, declarations: Sequence[Declaration], *, stopped: bool = False) -> int:
        """The pid of a `gateway submit` over them; the first one stands twice in its file."""
        lines = [json.dumps(d, ensure_ascii=False) for d in [*declarations, declarations[0]]]
        self._file.write_text("\n".join(lines), encoding="utf-8")
        return self.start("submit", str(self._file), "--json", out=self._answer, stopped=stopped)

    def answered(self, status: int) -> bool:
        """Take down what a submit has acknowledged; a killed one has acknowledged nothing."""
        if status not in (0, 1, 2):
            return False
        for row in json.loads(self._answer.read_text(encoding="utf-8") or "[]"):
            if isinstance(row, Mapping) and row["outcome"] in GOOD:
                self.acknowledged[row["reference"]] = row["number"]
        return status == 0

    def submit(self, declarations: Sequence[Declaration]) -> bool:
        return self.answered(ended(self.begin_submit(declarations)))

    @property
    def _file(self) -> Path:
        return self.home.parent / "declarations.jsonl"

    @property
    def _answer(self) -> Path:
        return self.home.parent / "submitted.json"

    # work

    def works(self, child: int) -> bool:
        """It holds the home's lock: what comes now is work."""
        lock = self.home / LOCK
        return lock.exists() and lock.read_text(encoding="ascii").strip() == str(child)

    def wait_for_work(self, child: int) -> None:
        until = time.monotonic() + PATIENCE
        while not self.works(child):
            if time.monotonic() > until:
                raise TimeoutError(f"gateway run ({child}) did not begin")
            time.sleep(0.001)

    def rest(self, wanted: Iterable[Declaration] = ()) -> float:
        """Restart without hands: what was not acknowledged is submitted again, then both ends work until nothing moves.

        Returns the seconds that it took.
        """
        begun = time.monotonic()
        self.fuse = 0
        missing = [d for d in wanted if d["reference"] not in self.acknowledged]
        for start in range(0, len(missing), 50):
            self.submit(missing[start : start + 50])
        ended(forked(self._exchange))
        return time.monotonic() - begun

    def _exchange(self) -> int:
        """Both ends in turn, freshly opened, until a whole turn changed nothing (or the patience ends)."""
        if self.plant:
            self.plant()
        return exchange(self.home)


def exchange(home: Path, *, patience: float = PATIENCE) -> int:
    """The worker and customs over one home in this process. 0: they came to rest in time."""
    from gateway.home import Home
    from gateway.worker import Worker, locked
    from simulator.settings import open_customs

    until = time.monotonic() + patience
    opened, customs = Home(home, passphrase=lambda _key: None), open_customs(home / "customs")
    try:
        with locked(opened):
            worker = Worker(opened)
            while worker.until_idle().changed or customs.until_idle():
                if time.monotonic() > until:
                    return 1
    finally:
        customs.close()
        opened.close()
    return 0
