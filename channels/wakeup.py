"""What wakes whoever waits for files: a change in a folder, else the next look by the clock.

The scan is the truth and an event only a wake-up: events get lost in a burst, files do not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer


class Wakeup(FileSystemEventHandler):
    """Used as a context: watches the folders inside it."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._woken = threading.Event()
        self._observer = Observer()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("moved", "created", "closed"):
            self._woken.set()

    def wait(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()

    def __enter__(self) -> Wakeup:
        for folder in self._folders:
            self._observer.schedule(self, str(folder))
        self._observer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._observer.stop()
        self._observer.join()
