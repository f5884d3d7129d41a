"""What is filled in from elsewhere (返填): fields that the declaration leaves out and a fact knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mappings.element import Field, Filler
from mappings.facts import Backfill, Facts, looked_up, row_of
from mappings.kind import Group, Kind, Part

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
    parts = {_name(part): part for part in kind.shape(item)}
    for backfill in kind.backfills:
        rows = looked_up(facts, backfill.fact)
        group = parts.get(backfill.within)
        if not backfill.within:
            whole = _with(whole, row_of(rows, backfill.match, known), backfill, parts.keys())
            if kind.format_field in backfill.of:  # what else there is to fill in depends on the format
                parts = {_name(part): part for part in kind.shape(whole)}
        elif rows and isinstance(group, Group):
            whole |= _group_filled(group, whole, rows, backfill)
    return whole


def _group_filled(group: Group, item: Item, rows: Any, backfill: Backfill) -> dict[str, Any]:
    """The group of an item, each of its own items filled in from its row; or, where it has none, the rows themselves."""
    inner = item.get(group.name)
    if inner is not None:
        return {group.name: [_with(i, row_of(rows, backfill.match, i), backfill, _names(group, i)) for i in inner]}
    return {group.name: [_with({}, row, backfill, _names(group, row)) for row in rows]} if backfill.rows else {}


def _names(group: Group, item: Item) -> set[str]:
    return {_name(part) for part in group.shape(item)}


def _name(part: Part) -> str:
    return part.id if isinstance(part, Field) else part.name


def _with(item: Item, row: Item | None, backfill: Backfill, names: Collection[str]) -> dict[str, Any]:
    said = row or {}
    missing = [
        name
        for name in backfill.of
        if name in names and item.get(name) in (None, "", []) and said.get(name) not in (None, "", [])
    ]
    return {**item, **{name: said[name] for name in missing}}
