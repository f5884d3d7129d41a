"""Working hours: outside them customs' desks answer nothing. Beijing time, which knows no summer time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.clock import BEIJING, MICROSECOND
from mappings.table import Table

MINUTE = 60_000_000  # µs
DAY = 24 * 60 * MINUTE
ZONE = BEIJING.utcoffset(None) // MICROSECOND
THURSDAY = 3  # of the first day of 1970, counted from Monday
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """opens, closes: minutes after midnight, opens < closes. days: 1 Monday … 7 Sunday."""

    opens: int = 0
    closes: int = 24 * 60
    days: tuple[int, ...] = (1, 2, 3, 4, 5)

    def opening(self, at: int) -> int:
        """`at` itself where customs works then, else the next moment at which it does; µs UTC."""
        day, inside = divmod(at + ZONE, DAY)
        if self._works(day) and inside < self.opens * MINUTE:
            return at + self.opens * MINUTE - inside
        if self._works(day) and inside < self.closes * MINUTE:
            return at
        later = next(ahead for ahead in range(1, 8) if self._works(day + ahead))
        return (day + later) * DAY + self.opens * MINUTE - ZONE

    def _works(self, day: int) -> bool:
        return (day + THURSDAY) % 7 + 1 in self.days


def read_hours(table: Table) -> Hours:
    """`from = "08:30"`, `to = "17:30"`, `days = [1, 2, 3, 4, 5]`. Raises BadKind."""
    opens, closes = (_minutes(table, key, default) for key, default in (("from", "00:00"), ("to", "24:00")))
    days = table.take("days", list, [1, 2, 3, 4, 5])
    table.done()
    if opens >= closes:
        raise table.bad("'from' must be before 'to'")
    if not days or any(day not in range(1, 8) or isinstance(day, bool) for day in days):
        raise table.bad(f"key 'days': {days!r} must name days, 1 Monday to 7 Sunday")
    return Hours(opens, closes, tuple(sorted(set(days))))


def written_hours(hours: Hours) -> list[str]:
    """The lines of the table: the inverse of `read_hours`."""
    opens, closes = (f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in (hours.opens, hours.closes))
    return ["", "[hours]", f'from = "{opens}"', f'to = "{closes}"', f"days = {list(hours.days)}"]


def _minutes(table: Table, key: str, default: str) -> int:
    text = table.take(key, str, default)
    found = _CLOCK.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= 24 * 60:
        raise table.bad(f"key '{key}': {text!r} is no time of day such as 08:30")
    return minutes
