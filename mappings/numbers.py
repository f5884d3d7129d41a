"""Numbers as they are counted: unified numbers by series and year, message ids, the names of things without a series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.kind import Kind

MESSAGES = "message"  # the series of message ids, counted for each gateway


def unified(series: str, year: int, serial: int) -> str:
    """An 18-character unified number: prefix, year, 13-digit serial (manual 002 §4.4.1)."""
    return f"{series}{year:04d}{serial:013d}"


def message_id(node_id: str, stated_at: str, serial: int) -> str:
    """A CopMsgId: node, 17-digit time, 10-digit serial; unique by the serial alone, so a clock set back repeats none."""
    return f"{node_id}{stated_at}{serial:010d}"


def formed(kind: Kind, values: Mapping[str, Any]) -> str:
    """The number of a thing that has no series, from what it holds: `C5-1:BA0501020` for a blank form."""
    return kind.number_form.format_map(values)
