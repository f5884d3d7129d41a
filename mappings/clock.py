"""Business time: handed in, never taken from the air. Customs writes it as 17 digits of Beijing time, we count µs UTC.

In a demo home both ends read one `clock.json` {offset, speed, since}: seconds ahead of the machine's clock, how many
business seconds pass in a second, and the moment (µs) from which that speed holds. Waits are not business time: they
are on the monotonic clock.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Protocol

BEIJING = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Whoever knows the business time."""

    def now(self) -> int:
        """µs since 1970, UTC."""


@lru_cache(maxsize=1024)  # what is done in one go is stated at few moments
def stamp(micros: int) -> str:
    """µs UTC as 17 digits yyyyMMddHHmmssfff, Beijing time."""
    moment = (_EPOCH + timedelta(microseconds=micros)).astimezone(BEIJING)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"


def micros(stamp17: str) -> int:
    """17 (or 14) digits of Beijing time as µs UTC. Raises ValueError where there is no such moment."""
    moment = datetime.strptime(stamp17[:14], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    return (moment - _EPOCH) // MICROSECOND + int(stamp17[14:17] or 0) * 1000


def iso(micros_: int) -> str:
    """µs UTC as an xs:dateTime with Beijing's offset."""
    moment = _EPOCH + timedelta(microseconds=micros_)
    return moment.astimezone(BEIJING).isoformat(timespec="milliseconds")


def year_on(day: str) -> str:
    """The same day of the next year, YYYY-MM-DD; of 29 February the last day of that February."""
    return f"{int(day[:4]) + 1:04d}-02-28" if day.endswith("02-29") else f"{int(day[:4]) + 1:04d}{day[4:]}"


def moment(micros_: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros_)


def _machine_time() -> int:
    return time.time_ns() // 1000


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        return _machine_time()


@dataclass(slots=True)
class SetClock:
    """A clock that stands where it is put: for stories and tests."""

    at: int

    def now(self) -> int:
        return self.at

    def tick(self, span: timedelta) -> None:
        self.at += span // MICROSECOND


class FileClock:
    """The shared clock of a demo home. A missing file is the machine's clock. Read again whenever it changes."""

    def __init__(self, path: Path, *, real: Callable[[], int] = _machine_time) -> None:
        self.path = path
        self._real = real
        self._seen: tuple[int, int] | None = None
        self._offset, self._speed, self._since = 0.0, 1.0, 0

    def now(self) -> int:
        self._look()
        real = self._real()
        return real + int(self._offset * 1_000_000 + (real - self._since) * (self._speed - 1.0))

    def set(self, *, offset: float, speed: float) -> None:
        """Write both at once, durable against a reader in the middle: a new file takes the old one's place."""
        text = json.dumps({"offset": offset, "speed": speed, "since": self._real()})
        fresh = self.path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path)

    def tick(self, span: timedelta) -> None:
        """Ahead by a span, at the speed that holds."""
        ahead = (self.now() - self._real()) / 1_000_000
        self.set(offset=ahead + span.total_seconds(), speed=self._speed)

    def put(self, at: int) -> None:
        """To a moment, µs; on from there at the speed that holds."""
        self._look()
        self.set(offset=(at - self._real()) / 1_000_000, speed=self._speed)

    def run_at(self, speed: float) -> None:
        """From now on at another speed, without a jump."""
        self.set(offset=(self.now() - self._real()) / 1_000_000, speed=speed)

    def _look(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return
        if (found.st_mtime_ns, found.st_ino) != self._seen:
            values = json.loads(self.path.read_text(encoding="utf-8"))
            self._offset, self._speed, self._since = (
                float(values["offset"]),
                float(values["speed"]),
                int(values["since"]),
            )
            self._seen = (found.st_mtime_ns, found.st_ino)
