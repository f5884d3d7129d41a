"""The ladder of retries: 2 s, 10 s, 1 m, 2 m, 4 m … 1 h, then the dead letter with its last cause."""

from __future__ import annotations

from mappings.faults import Disposition, Refused

SECOND = 1_000_000  # µs
LADDER = tuple(seconds * SECOND for seconds in (2, 10, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600))


def next_try(reason: Refused, *, attempts: int, now: int) -> int | None:
    """When to try again (µs), None to park: at once for a permanent reason, after the last step for a temporary one.

    attempts: how many were made before this one.
    """
    if reason.kind.disposition is not Disposition.RETRY or attempts >= len(LADDER):
        return None
    return now + LADDER[attempts]
