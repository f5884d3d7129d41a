"""Files that were taken in, kept as they came beside the ledger: `<root>/<yyyymmdd>/<channel>/<BizID>/<box>/<digest>_<name>`.

A day is Beijing's. What is older than so many days goes, but only when two sweeps a day apart have both found it too old:
a clock that jumped ahead deletes nothing (reliability F66).
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from channels import ChannelError
from channels.files import durable_replace, told
from channels.folder_box import FolderBox
from channels.rules import lawful
from mappings.clock import stamp

HOUR = 3600.0  # s between two sweeps
DAY = 24 * 3600 * 1_000_000  # µs
FOLDER = re.compile("[0-9]{8}")
EXPIRED = "expired.json"  # when each day was first found too old


class Archive:
    """days: how long a day is kept, None for ever. now: µs. Used by the threads of all channels."""

    def __init__(
        self,
        root: Path,
        *,
        days: int | None,
        now: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._days = days
        self._now = now
        self._monotonic = monotonic
        self._swept: float | None = None
        self._lock = threading.Lock()

    def keep(self, address: str, box: str, files: Sequence[tuple[str, bytes]]) -> list[ChannelError | None]:
        """Durable when this returns, where there is no error. address: `<channel>/<BizID>`. The same file again is success."""
        folder = self._root / stamp(self._now())[:8] / address / box
        with told(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return FolderBox(folder).put_all([(kept_name(name, body), body) for name, body in files], own_torn=True)

    def sweep(self) -> list[str]:
        """Once an hour at most. -> the days that went. Raises ChannelError."""
        if self._days is None:
            return []
        with self._lock:
            if self._swept is not None and self._monotonic() - self._swept < HOUR:
                return []
            self._swept = self._monotonic()
            return self._sweep(self._days)

    def _sweep(self, days: int) -> list[str]:
        now, marks = self._now(), self._root / EXPIRED
        with told(self._root):
            if not self._root.is_dir():
                return []
            there = sorted(path.name for path in self._root.iterdir() if FOLDER.fullmatch(path.name) and path.is_dir())
            before = json.loads(marks.read_text(encoding="ascii")) if marks.exists() else {}
        limit = stamp(now - days * DAY)[:8]
        seen = {day: min(int(before.get(day, now)), now) for day in there if day < limit}
        gone = [day for day, since in seen.items() if now - since >= DAY]
        for day in gone:
            with told(self._root / day):
                shutil.rmtree(self._root / day)
        left = {day: since for day, since in seen.items() if day not in gone}
        if left != before:
            durable_replace(marks, json.dumps(left).encode("ascii"))
        return gone


def kept_name(name: str, body: bytes) -> str:
    """One name may come again with other content; the same file again has the same name."""
    digest = hashlib.sha256(body).hexdigest()
    return long if lawful(long := f"{digest[:12]}_{name}") else digest
