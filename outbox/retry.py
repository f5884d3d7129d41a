"""The ladder of retries: 2 s, 10 s, 1 m, 2 m, 4 m … 1 h, then the dead letter with its last cause."""

from __future__ import annotations

from channels import ChannelError, Outlook
from ledger.rows import Deferral
from mappings.faults import Disposition, Refused

SECOND = 1_000_000  # µs
LADDER = tuple(seconds * SECOND for seconds in (2, 10, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600))


def next_try(reason: Refused, *, attempts: int, now: int) -> int | None:
    """When to try again (µs), None to give up: at once for a lasting reason, after the last step for a temporary one.

    attempts: how many were made before this one. Some reasons have fewer steps (`ChannelError.tries`, reliability F30).
    """
    tries = reason.tries if isinstance(reason, ChannelError) else None
    if tries is not None and attempts + 1 >= tries:
        return None
    if not _temporary(reason) or attempts >= len(LADDER):
        return None
    return now + LADDER[attempts]


def deferral(outbox_id: int, reason: Refused, *, attempts: int, now: int) -> Deferral:
    """What the ledger is told of a try that failed: when the next is, or how it was given up."""
    due = next_try(reason, attempts=attempts, now=now)
    if due is None:
        return Deferral(outbox_id, reason.reason, None, "dead" if _temporary(reason) else "parked")
    return Deferral(outbox_id, reason.reason, due, "unconfirmed" if _may_have_arrived(reason) else "")


def _temporary(reason: Refused) -> bool:
    if isinstance(reason, ChannelError):
        return not reason.lasting
    return reason.kind.disposition is Disposition.RETRY


def _may_have_arrived(reason: Refused) -> bool:
    return isinstance(reason, ChannelError) and reason.outlook is Outlook.LOOK
