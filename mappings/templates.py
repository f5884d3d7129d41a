"""Which template counts: the one that the document asks for which it answers; where that names none, one in force on its day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.facts import Facts
from mappings.faults import Fault, fault
from mappings.kind import Format, Kind


def mistaken(kind: Kind, content: Mapping[str, Any], facts: Facts, at: str) -> list[Fault]:
    """The fault of a content whose template is not the one that counts; none where nobody knows which one does."""
    told = facts.get(kind.template.fact) if kind.template else None
    chosen = kind.formats.get(str(content.get(kind.format_field)))
    if told is None or chosen is None:
        return []
    wanted, place = told.values.get(kind.format_field), f"{at}/{kind.format_field}"
    if wanted == chosen.id:
        return []
    day = _day(str(told.values.get(kind.template.day, ""))) if kind.template else ""
    if day and not chosen.in_force(day):
        return [_not_in_force(kind, chosen, kind.formats.get(str(wanted)), place)]
    asked = kind.formats.get(str(wanted))
    if not wanted:
        return []
    want, want_en = (asked.code, asked.en) if asked else (str(wanted), str(wanted))
    return [
        fault("TEMPLATE_OTHER", place, chosen.id, found=chosen.code, found_en=chosen.en, want=want, want_en=want_en)
    ]


def _not_in_force(kind: Kind, chosen: Format, asked: Format | None, place: str) -> Fault:
    """Named with what is used instead: what was asked for, else what follows it."""
    after = asked or kind.formats.get(chosen.successor)
    days = f"{chosen.valid_from or '…'} – {chosen.valid_to or '…'}"
    names = {"next": after.code, "next_en": after.en} if after else {"next": "—", "next_en": "—"}
    return fault("TEMPLATE_ENDED", place, chosen.id, zh=chosen.code, en=chosen.en, days=days, **names)


def _day(stamp: str) -> str:
    """17 digits, Beijing time, as YYYY-MM-DD."""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}" if len(stamp) >= 8 else ""
