"""`gateway run`: the worker of a home."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from gateway.worker import Pass, Worker

Once = Annotated[bool, typer.Option("--once", help="一遍 / one pass.")]
UntilIdle = Annotated[bool, typer.Option("--until-idle", help="直到无事可做 / until nothing is left to do.")]


def run(door: Door, *, once: Once = False, until_idle: UntilIdle = False) -> None:
    """收发与对账，直到停止 / the worker: until stopped, once, or until idle."""
    from gateway.health.start_up import begin
    from gateway.worker import Worker, locked

    if once and until_idle:
        raise typer.BadParameter("--once | --until-idle", param_hint="--once")
    with door.open() as home, locked(home), stopping() as stop:
        for finding in begin(home):
            sys.stderr.write(f"{finding.refused}\n")
        done = _work(Worker(home), stop, once=once, until_idle=until_idle)
    told = {
        "delivered": done.delivered,
        "collected": done.collected,
        "applied": done.applied,
        "quarantined": done.quarantined,
    }
    door.teller.tell(told, lambda out: out.print(door.teller.table([told], tuple(told))))


def _work(worker: Worker, stop: threading.Event, *, once: bool, until_idle: bool) -> Pass:
    if once:
        return worker.look()
    return worker.until_idle(stop=stop) if until_idle else worker.run(stop)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that is set when the process is asked to stop: the pass in hand is finished."""
    from channels.doors import on_stop

    stop = threading.Event()
    undo = on_stop(stop.set)
    try:
        yield stop
    finally:
        undo()
