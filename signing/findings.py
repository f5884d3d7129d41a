"""What somebody should look at in a key folder, in sentences: certificates that end, lists that are old, PINs at rest.

`doctor`, the board and `keys list` show the same findings; nothing here stops any work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mappings.clock import BEIJING
from signing.errors import BadKeyFile, SigningError
from signing.key_errors import PinStopped
from signing.pin import stopped_pins
from signing.rotation import Expiry, expiring

ALARM = "alarm"
_LISTS = {"expired": "已过下次更新时间 (a newer one was due)", "unsigned": "签发机构未登记 (its issuer is not pinned)"}


@dataclass(frozen=True, slots=True)
class Finding:
    """level: notice (30 days) | warning (7) | alarm (1, and everything that is wrong already). refused: code, sentences, next."""

    level: str
    refused: SigningError


def findings(folder: Path, at: datetime) -> tuple[Finding, ...]:
    """What is wrong first, then what ends soonest. at: aware, business time. Raises nothing for a folder that is not in order: that
    is a finding too."""
    pins = [Finding(ALARM, PinStopped(card, why.told)) for card, why in stopped_pins(folder).items()]
    try:
        ending = [_ending(row) for row in expiring(folder, at)]
    except BadKeyFile as bad:
        ending = [Finding(ALARM, bad)]
    return (*pins, *ending)


def _ending(row: Expiry) -> Finding:
    if row.role == "list":
        detail = _LISTS[row.level]
        return Finding("warning", SigningError("KEY_LIST", node=row.node, name=row.path.name, detail=detail))
    ends = f"{row.ends.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    evidence = {"serial": row.serial, "node": row.node, "role": row.role, "ends": ends, "days": row.days_left}
    if row.level == "expired":
        return Finding(ALARM, SigningError("KEY_ENDED", **evidence))
    return Finding(row.level, SigningError("KEY_ENDS", **evidence))
