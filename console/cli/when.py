"""Times at the terminal: Beijing time, ISO for machines, to the second for people; spans like 3d, 2h, 30m."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import typer

from mappings.clock import BEIJING, MICROSECOND, iso, micros
from mappings.table import BadKind, Table


def iso_or_empty(at: int | None) -> str:
    return "" if at is None else iso(at)


def iso_stamp(stamp17: str) -> str:
    """17 digits as ISO; empty stays empty, and what is no time is shown as it came."""
    try:
        return iso(micros(stamp17)) if stamp17 else ""
    except ValueError:
        return stamp17


def plain(iso_text: str) -> str:
    """`2026-11-21T10:00:05.123+08:00` as people read it."""
    return iso_text[:19].replace("T", " ")


def day(text: str) -> str:
    """`2026-11-21` or `20261121` as 8 digits."""
    try:
        return f"{date.fromisoformat(text):%Y%m%d}"
    except ValueError as bad:
        raise typer.BadParameter(f"{text!r}: 2026-11-21", param_hint="--date") from bad


def span(text: str) -> timedelta:
    try:
        found = Table("", {"span": text}).span("span")
    except BadKind:
        found = None
    if found is None:
        raise typer.BadParameter(f"{text!r}: 3d | 2h | 30m | 10s", param_hint="SPAN")
    return found


def begin_of(text: str) -> datetime:
    """A date as the first moment of that day, or a time; Beijing where it names no zone. Aware."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as bad:
        raise typer.BadParameter(f"{text!r}: 2026-12-01 | 2026-12-01T08:00", param_hint="--starts") from bad
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def since(text: str, now: int) -> int:
    """A date, a time (Beijing where it names no zone), or a span back from now; µs UTC."""
    if text[-1] in "smhd":
        return now - span(text) // MICROSECOND
    return moment_of(text, hint="--since", forms="2026-11-21 | 2026-11-21T10:00 | 2h | 3d")


def moment_of(text: str, *, hint: str = "--to", forms: str = "2026-11-21 | 2026-11-21T10:00") -> int:
    """A date or a time (Beijing where it names no zone); µs UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as bad:
        raise typer.BadParameter(f"{text!r}: {forms}", param_hint=hint) from bad
    aware = at if at.tzinfo else at.replace(tzinfo=BEIJING)
    return int(aware.timestamp() * 1_000_000)
