"""A channel's breaker: after some failures in a row nothing is tried for a time, then one file alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from outbox.retry import LADDER

FAILURES = 5  # in a row, temporary ones, before it opens
_STEPS = LADDER[1:]  # 10 s, 1 m, 2 m … 1 h


@dataclass(frozen=True, slots=True)
class Breaker:
    """closed: all that is due is tried. open until `retry_at` (µs): nothing. Then half-open: one file, which decides.

    failures: in a row. openings: in a row, each longer than the one before.
    """

    failures: int = 0
    openings: int = 0
    retry_at: int | None = None

    def phase(self, now: int) -> str:
        if self.retry_at is None:
            return "closed"
        return "open" if now < self.retry_at else "half_open"

    def room(self, now: int, batch: int) -> int:
        """How many files may be tried now."""
        return {"closed": batch, "open": 0, "half_open": 1}[self.phase(now)]

    def succeeded(self) -> Breaker:
        return Breaker()

    def failed(self, now: int) -> Breaker:
        """After one more temporary failure."""
        failures = self.failures + 1
        if self.phase(now) == "open" or (self.phase(now) == "closed" and failures < FAILURES):
            return replace(self, failures=failures)
        wait = _STEPS[min(self.openings, len(_STEPS) - 1)]
        return Breaker(failures, self.openings + 1, now + wait)

    def at_start(self, now: int) -> Breaker:
        """A restart tries every channel once, at once."""
        return self if self.retry_at is None else replace(self, retry_at=min(self.retry_at, now))
