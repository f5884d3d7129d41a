"""`gateway demo`: both ends in one fresh home, every kind and mood, until the two agree on every document."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from console.cli.play import Report
    from gateway.home import Home

Count = Annotated[int, typer.Option("--count", min=1, help="申报份数 / how many declarations.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="随机种子 / seed.")]


def demo(door: Door, count: Count = 80, seed: Seed = 1) -> int:
    """演示：两端往返直到对账一致 / both ends, until they agree."""
    from console.cli.board import show

    with _fresh(door) as home:
        told = _played(door, home, count, seed)
        if not door.json:
            show(home, door.lang)
        door.teller.tell(told, lambda out: out.print(_sentence(door, told)))
    return 0 if told["documents"] == told["reconciled"] else 1


@contextmanager
def _fresh(door: Door) -> Iterator[Home]:
    """The home that was named, which stays; else a temporary one, which goes, also when we are stopped."""
    from tempfile import TemporaryDirectory

    from channels.doors import on_stop
    from console.cli.make import demo_home

    undo = on_stop(_stop)
    with TemporaryDirectory(prefix="gateway-demo-") as folder:
        home = demo_home(door.given or Path(folder) / "home", progress="timed")
        try:
            yield home
        finally:
            home.close()
            undo()


def _stop() -> None:
    raise typer.Abort


def _played(door: Door, home: Home, count: int, seed: int) -> dict[str, Any]:
    from console.cli.make import CUSTOMS
    from console.cli.play import Play, stories
    from console.cli.sides import summary
    from gateway.worker import locked
    from simulator.settings import open_customs

    began = time.monotonic()
    customs = open_customs(home.path / CUSTOMS)
    try:
        with locked(home), _bar(door) as report:
            played = Play(home, customs, stories(home.contract, count, seed), report, seed=seed).run()
        return summary(home, customs.statement(), played, time.monotonic() - began)
    finally:
        customs.close()


@contextmanager
def _bar(door: Door) -> Iterator[Report]:
    """Progress on stderr when that is a terminal, else nowhere."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import Progress

    from console.cli.telling import console

    words = {"submit": door.teller.one("提交", "submit"), "answers": door.teller.one("往返", "round trips")}
    with Progress(console=console(stderr=True), transient=True) as progress:
        tasks = {step: progress.add_task(word, total=None) for step, word in words.items()}
        yield lambda step, done, total: progress.update(tasks[step], completed=done, total=total)


def _sentence(door: Door, told: dict[str, Any]) -> str:
    good = told["documents"] == told["reconciled"]
    lines = [
        door.teller.one(
            f"{'✓' if good else '✗'} {told['declarations']} 份申报（其中 {told['refused']} 份违反规则被拒绝），"
            f"{told['documents']} 份单证，{told['reconciled']} 份与预期及海关一致，用时 {told['seconds']} 秒",
            f"{'✓' if good else '✗'} {told['declarations']} declarations ({told['refused']} broke a rule and were refused), "
            f"{told['documents']} documents, {told['reconciled']} as expected and as customs has them, {told['seconds']} s",
        )
    ]
    lines += [
        f"  ✗ {d['number']}  {d['what']}: {d['expected']} ≠ {d['found']}  {d['note']}"
        for d in told.get("differences", ())
    ]
    return "\n".join(lines)
