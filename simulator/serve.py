"""Customs' end as a process: it looks when a file appears, else five times a second, until it is asked to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from channels.doors import Lock, on_stop
from channels.wakeup import Wakeup
from simulator.customs import Customs, Looked
from simulator.settings import open_customs, outboxes

PAUSE = 0.2  # s between looks when nothing wakes us: events get lost, files do not
LOCK = "simulator.lock"


def run(folder: Path, *, until_idle: bool = False) -> Looked:
    """Play customs over a home's `customs/`. A second player is refused (ChannelError SYS_LOCKED)."""
    with Lock(folder / LOCK):
        customs = open_customs(folder)
        try:
            return customs.until_idle() if until_idle else _until_stopped(customs, outboxes(folder))
        finally:
            customs.close()


def serve(customs: Customs, *, folders: Iterable[Path], stop: threading.Event) -> Looked:
    """Look until `stop` is set."""
    total = Looked()
    with Wakeup(folders) as wakeup:
        while not stop.is_set():
            customs.count_look()
            looked = customs.look()
            total += looked
            if not looked:
                wakeup.wait(PAUSE)
    return total


def _until_stopped(customs: Customs, folders: Iterable[Path]) -> Looked:
    stop = threading.Event()
    undo = on_stop(stop.set)
    try:
        return serve(customs, folders=folders, stop=stop)
    finally:
        undo()
