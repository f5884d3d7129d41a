"""A document as it stands: what was declared of it, under what customs has otherwise since.

Customs tells a document whole (a draft, a certificate that is issued, issued anew). What differs from the declaration is one
fact, so that a later word replaces an earlier one whole: a value that is back to what was declared differs no longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mappings.attaching import GROUP
from mappings.changes import text
from mappings.element import Field, Filler
from mappings.kind import Group, Kind, Part

OTHERWISE = "customs_content"  # the fact: a JSON object, fields and whole groups by name
Content = Mapping[str, Any]
_NOTHING: tuple[object, ...] = (None, "", [])


def otherwise(kind: Kind, declared: Content, told: Content, *, whole: bool = False) -> str:
    """What customs has otherwise than it was declared, as the fact holds it; "" where nothing is.

    whole: what is not told is not there (an issued certificate holds what is on it); else what is not told stays.
    """
    parts = kind.shape(told)
    found: dict[str, Any] = {
        name: text(told[name])
        for name in _fields(parts)
        if told.get(name) is not None and text(told[name]) != text(declared.get(name))
    }
    for group in (part for part in parts if isinstance(part, Group) and part.name != GROUP and told.get(part.name)):
        rows = [_row(group, row) for row in told[group.name]]
        if rows != [_row(group, row) for row in declared.get(group.name) or ()]:
            found[group.name] = rows
    if whole:
        parts = kind.shape(declared)
        names = [*_fields(parts), *(p.name for p in parts if isinstance(p, Group) and p.name != GROUP)]
        found |= {name: None for name in names if told.get(name) in _NOTHING and declared.get(name) not in _NOTHING}
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if found else ""


def standing(declared: Content, facts: Mapping[str, str]) -> dict[str, Any]:
    """The document as it stands."""
    said = json.loads(facts.get(OTHERWISE) or "{}")
    found = {**declared, **{name: value for name, value in facts.items() if name != OTHERWISE}, **said}
    return {name: value for name, value in found.items() if name not in said or value is not None}


def _fields(parts: Iterable[Part]) -> list[str]:
    """Those that the enterprise declares."""
    return [part.id for part in parts if isinstance(part, Field) and part.by is Filler.ENTERPRISE]


def _row(group: Group, row: Content) -> dict[str, str]:
    return {name: text(row[name]) for name in _fields(group.parts) if row.get(name) is not None}
