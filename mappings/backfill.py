"""What is filled in from elsewhere (返填): fields that the declaration leaves out and a fact knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.facts import Backfill, Facts, looked_up, row_of
from mappings.kind import Field, Filler, Kind

Item = Mapping[str, Any]


def filled(kind: Kind, content: Item, facts: Facts) -> dict[str, Any]:
    """The content with what the facts say of it, and of the documents that it carries. What is given stays."""
    whole = _filled(kind, content, content, facts)
    group = kind.carries
    if group and group.kind:
        whole |= {
            group.name: [_filled(group.kind, i, spoken(group.kind, i), facts) for i in content.get(group.name) or ()]
        }
    return whole


def spoken(kind: Kind, item: Item) -> Item:
    """An item with the words of the format that it chose: class and titles."""
    chosen = kind.formats.get(str(item.get(kind.format_field))) if kind.format_field else None
    if chosen is None:
        return item
    words = {f.id: getattr(chosen, f.id, "") for f in kind.fields if f.by is Filler.FORMAT}
    return {**{name: word for name, word in words.items() if word}, **item}


def _filled(kind: Kind, item: Item, known: Item, facts: Facts) -> dict[str, Any]:
    """known: what rows are matched by."""
    whole = dict(item)
    names = {part.id if isinstance(part, Field) else part.name for part in kind.shape(item)}
    for backfill in kind.backfills:
        rows = looked_up(facts, backfill.fact)
        if not backfill.within:
            whole = _with(whole, row_of(rows, backfill.match, known), backfill, names)
        elif backfill.within in whole:
            inner = whole[backfill.within]
            whole[backfill.within] = [
                _with(i, row_of(rows, backfill.match, i), backfill, set(backfill.of)) for i in inner
            ]
    return whole


def _with(item: Item, row: Item | None, backfill: Backfill, names: set[str]) -> dict[str, Any]:
    said = row or {}
    missing = [
        name
        for name in backfill.of
        if name in names and item.get(name) in (None, "", []) and said.get(name) not in (None, "", [])
    ]
    return {**item, **{name: said[name] for name in missing}}
