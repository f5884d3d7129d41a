"""Customs' end as a process: it looks when a file appears, else five times a second, until it is asked to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from channels.doors import Lock, on_stop
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
    with _Watch(folders) as watch:
        while not stop.is_set():
            looked = customs.look()
            total += looked
            if not looked:
                watch.wait(PAUSE)
    return total


def _until_stopped(customs: Customs, folders: Iterable[Path]) -> Looked:
    stop = threading.Event()
    undo = on_stop(stop.set)
    try:
        return serve(customs, folders=folders, stop=stop)
    finally:
        undo()


class _Watch(FileSystemEventHandler):
    """Wakes the loop when a file appears."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._woken = threading.Event()
        self._observer = Observer()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("moved", "created"):
            self._woken.set()

    def wait(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()

    def __enter__(self) -> _Watch:
        for folder in self._folders:
            self._observer.schedule(self, str(folder))
        self._observer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._observer.stop()
        self._observer.join()
