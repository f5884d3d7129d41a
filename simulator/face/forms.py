"""A document as a form: every field with its label, its value and what a code means, in the contract's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.codes import code_list
from mappings.element import Field, Type
from mappings.kind import Group, Kind, Part


@dataclass(frozen=True, slots=True)
class Entry:
    """hint: the name behind a code."""

    zh: str
    en: str
    value: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A group: its columns' labels and a row of values an item. inner: the groups inside the items, by item."""

    zh: str
    en: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]
    inner: Sequence[Sequence[Lines]]


@dataclass(frozen=True, slots=True)
class Form:
    entries: Sequence[Entry]
    groups: Sequence[Lines]


def form(kind: Kind, content: Mapping[str, Any]) -> Form:
    """Only what was declared stands in it."""
    parts = kind.shape(content)
    entries = [_entry(part, content[part.id]) for part in parts if isinstance(part, Field) and part.id in content]
    return Form(entries, _groups(parts, content))


def _groups(parts: Sequence[Part], content: Mapping[str, Any]) -> list[Lines]:
    return [_lines(part, content[part.name]) for part in parts if isinstance(part, Group) and content.get(part.name)]


def _lines(group: Group, items: Sequence[Mapping[str, Any]]) -> Lines:
    shapes = [group.shape(item) for item in items]
    fields = {
        part.id: part
        for item, shape in zip(items, shapes, strict=True)
        for part in shape
        if isinstance(part, Field) and part.id in item
    }
    rows = [[_shown(field, item.get(name, "")) for name, field in fields.items()] for item in items]
    inner = [_groups(shape, item) for item, shape in zip(items, shapes, strict=True)]
    return Lines(group.zh, group.en, [(field.zh, field.en) for field in fields.values()], rows, inner)


def _entry(field: Field, value: Any) -> Entry:
    return Entry(field.zh, field.en, _plain(field, value), _meaning(field, value))


def _shown(field: Field, value: Any) -> str:
    meaning = _meaning(field, value)
    return f"{_plain(field, value)} {meaning}".strip()


def _plain(field: Field, value: Any) -> str:
    if field.element.type is Type.FLAG:
        return "是 / yes" if value else "否 / no"
    return str(value)


def _meaning(field: Field, value: Any) -> str:
    if not field.element.codes:
        return ""
    row = code_list(field.element.codes).rows.get(str(value))
    return row.name if row else ""
