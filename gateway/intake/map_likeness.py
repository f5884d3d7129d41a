"""Which column of an unknown file is probably which field: likeness of labels, and of cells to the codes of a field."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from io import StringIO
from itertools import islice
from typing import Any

from gateway.intake.map_fields import takeable
from gateway.intake.map_format import DELIMITERS, Encoding, Form
from gateway.intake.map_rows import label
from gateway.intake.map_text import decode
from mappings.codes import code_list
from mappings.element import Field, Type
from mappings.kind import Group, Kind, Part

SURE = 0.6
ROWS = 500  # so many rows are looked at
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Column:
    """inside: the JSON list that it stands in. cells: its different values, in the file's order.

    repeats: a value stands in several rows. gaps: rows that say something else are blank here.
    """

    name: str
    cells: tuple[str, ...]
    inside: str = ""
    repeats: bool = False
    gaps: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a file shows."""

    form: Form
    encoding: Encoding
    columns: tuple[Column, ...]
    delimiter: str = ","
    header_row: int = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A field in its place of a map, such as `groups.lines.`. choices: what it may hold, with names.

    needed: it stands in the head or in a group that a declaration must have, so of two equals it is the likelier.
    """

    at: str
    field: Field
    choices: Mapping[str, str]
    needed: bool = True

    def likeness(self, column: Column) -> float:
        names = (self.field.zh, self.field.element.zh, self.field.en, self.field.element.en, self.field.id)
        found = max(_like(column.name, name) for name in names)
        known = {*self.choices, *self.choices.values()}
        if known and column.cells and sum(cell in known for cell in column.cells) >= 0.8 * len(column.cells):
            found += 0.25
        return found + 0.04 * self.field.required + 0.02 * self.needed if found else 0.0


def look(data: bytes) -> Seen:
    source = decode(data, Encoding.AUTO, lambda _: 0)
    form, records = _json(source.text)
    if form:
        return Seen(form, source.encoding, tuple(_columns(records)))
    lines = source.text.splitlines()
    delimiter = max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines[:10]), default=0))
    reader = csv.reader(StringIO(source.text, newline=""), delimiter=delimiter)
    rows = [[label(cell) for cell in row] for row in islice(_endless(reader), ROWS)]
    filled = [sum(bool(cell) for cell in row) for row in rows[:10]]
    header = filled.index(max(filled)) if filled else 0
    names = rows[header] if rows else []
    below = [dict(zip(names, row, strict=False)) for row in rows[header + 1 :]]
    columns = tuple(_column(name, "", (row.get(name) for row in below)) for name in dict.fromkeys(names) if name)
    return Seen(Form.CSV, source.encoding, columns, delimiter, header + 1)


def _endless(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Rows as far as they can be read: a draft wants the labels, not the last row."""
    with suppress(csv.Error):
        yield from reader


def slots(parts: Sequence[Part], kind: Kind | None, at: str = "", *, needed: bool = True) -> Iterator[Slot]:
    """Every field that the enterprise may give, from the head down; of formats, each field once."""
    whole = kind.widest() if kind else parts
    for field in (part for part in whole if isinstance(part, Field)):
        if takeable(field):
            yield Slot(at, field, _choices(field, kind), needed)
    for group in (part for part in whole if isinstance(part, Group)):
        inner = group.kind.parts if group.kind else group.parts
        yield from slots(inner, group.kind, f"{at}groups.{group.name}.", needed=needed and group.min > 0)


def matched(all_slots: Sequence[Slot], columns: Sequence[Column]) -> dict[int, tuple[Column, float]]:
    """The column of every slot (by its index) for which one is likely, each column used once."""
    pairs = [(slot.likeness(column), i, j) for i, slot in enumerate(all_slots) for j, column in enumerate(columns)
             if bool(column.inside) <= bool(slot.at)]  # fmt: skip
    found: dict[int, tuple[Column, float]] = {}
    taken: set[int] = set()
    for score, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if score >= SURE and i not in found and j not in taken:
            found[i] = (columns[j], score)
            taken.add(j)
    return found


def _like(first: str, second: str) -> float:
    one, other = (_MARKS.sub("", text.casefold()) for text in (first, second))
    return SequenceMatcher(None, one, other).ratio() if one and other else 0.0


def _choices(field: Field, kind: Kind | None) -> Mapping[str, str]:
    if kind and field.id == kind.format_field:
        return {format_.id: format_.zh for format_ in kind.formats.values()}
    if field.element.type is not Type.CODE:
        return {}
    return {code: row.name for code, row in code_list(field.element.codes).rows.items()}


def _json(text: str) -> tuple[Form | None, list[Any]]:
    if text.lstrip()[:1] not in ("{", "["):
        return None, []
    try:
        value = json.loads(text)
        return Form.JSON, value if isinstance(value, list) else [value]
    except ValueError:
        pass
    try:
        return Form.JSON_LINES, [json.loads(line) for line in islice(text.split("\n"), ROWS) if line.strip()]
    except ValueError:
        return None, []


def _columns(records: Sequence[Any]) -> Iterator[Column]:
    """The keys of records, dotted where objects stand in objects, and of the objects in their lists."""
    cells: dict[tuple[str, str], list[object]] = {}
    for record in records[:ROWS]:
        for inside, name, cell in _leaves(record, "", ""):
            cells.setdefault((inside, name), []).append(cell)
    for (inside, name), values in cells.items():
        yield _column(name, inside, values)


def _leaves(value: object, before: str, inside: str) -> Iterator[tuple[str, str, object]]:
    for key, cell in value.items() if isinstance(value, Mapping) else ():
        path = f"{before}{key}"
        if isinstance(cell, Mapping):
            yield from _leaves(cell, f"{path}.", inside)
        elif isinstance(cell, list):
            for item in cell if not inside else ():
                yield from _leaves(item, "", path)
        else:
            yield inside, path, cell


def _column(name: str, inside: str, cells: Iterable[object]) -> Column:
    texts = [str(cell).strip() for cell in cells if cell is not None]
    said = [text for text in texts if text]
    return Column(name, tuple(dict.fromkeys(said)), inside, len(set(said)) < len(said), gaps=len(said) < len(texts))
