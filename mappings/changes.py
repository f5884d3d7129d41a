"""Lines that change another document, old → new: what they may change, what stood there before, what becomes of it.

The lines of a content stand in the group that the kind's `[changes]` names; their fields are data elements of the
dictionary: changed_part, row_no, changed_field, old_value, new_value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mappings.element import Element, Field, Filler
from mappings.faults import Fault, fault
from mappings.kind import Changes, Group, Kind, Part

PART, ROW, FIELD, OLD, NEW = "changed_part", "row_no", "changed_field", "old_value", "new_value"
Line = Mapping[str, Any]
Judge = Callable[[Element, object], tuple[Any, tuple[str, dict[str, object]] | None]]


def judge(kind: Kind, content: Line, *, value: Judge, known: Line | None = None, at: str = "/content") -> list[Fault]:
    """Faults of all lines. known: what is changed, as it stands; without it the fields of every format are possible.

    value: how a value of a data element is judged (`mappings.check`).
    """
    changes = kind.changes
    if changes is None:
        return []
    lines = enumerate(content.get(changes.group) or ())
    return [
        told for index, line in lines for told in _line(changes, line, known, value, f"{at}/{changes.group}/{index}")
    ]


def _line(changes: Changes, line: Line, known: Line | None, value: Judge, at: str) -> Iterator[Fault]:
    parts = _parts(changes, line, known)
    field = parts.get(str(line.get(FIELD)))
    if field is None:
        near = "、".join(get_close_matches(str(line.get(FIELD)), parts, n=3)) or "—"
        yield fault("CHANGE_FIELD", f"{at}/{FIELD}", str(line.get(FIELD)), near=near)
        return
    if field.by is not Filler.ENTERPRISE or field.id in changes.never:
        yield fault("CHANGE_LOCKED", f"{at}/{FIELD}", field.id, zh=field.zh, en=field.en)
        return
    yield from _new(field, line, value, at)
    if known is not None:
        yield from _old(changes, field, line, known, at)


def _new(field: Field, line: Line, value: Judge, at: str) -> Iterator[Fault]:
    given = line.get(NEW)
    if given is None:
        if field.required:
            yield fault("FIELD_MISSING", f"{at}/{NEW}", zh=field.zh, en=field.en)
        return
    _, problem = value(field.element, given)
    if problem and problem[0] != "FIELD_CODE_OPEN":
        code, evidence = problem
        yield fault(code, f"{at}/{NEW}", str(given), **({"zh": field.zh, "en": field.en} | evidence))


def _old(changes: Changes, field: Field, line: Line, known: Line, at: str) -> Iterator[Fault]:
    holder = _holder(changes, line, known)
    if holder is None:
        group, items = _group(changes, line), _items(changes, line, known)
        zh, en = (group.zh, group.en) if group else ("", "")
        yield fault("CHANGE_ROW", f"{at}/{ROW}", str(line.get(ROW, "")), zh=zh, en=en, count=len(items))
        return
    stands = text(holder.get(field.id))
    if OLD in line and str(line[OLD]) != stands:
        yield fault("CHANGE_OLD", f"{at}/{OLD}", str(line[OLD]), expected=stands)
    elif text(line.get(NEW)) == stands:
        yield fault("CHANGE_SAME", f"{at}/{NEW}", stands, zh=field.zh, en=field.en)


def filled(kind: Kind, content: Line, known: Line, *, number: str) -> dict[str, Any]:
    """The content with what stood there before; a line of the document itself names it by `number`."""
    changes = kind.changes
    assert changes is not None
    lines = []
    for line in content.get(changes.group) or ():
        holder = _holder(changes, line, known) or {}
        row = line.get(ROW) if changes.parts[line[PART]] else number
        told = {ROW: row, OLD: text(holder.get(line[FIELD]))}
        lines.append({**line, **{name: value for name, value in told.items() if value}})
    return {**content, changes.group: lines}


def applied(kind: Kind, content: Line, known: Line) -> dict[str, Any]:
    """What is changed, as the lines leave it."""
    changes = kind.changes
    assert changes is not None
    whole = {
        name: [dict(item) for item in value] if isinstance(value, list) else value for name, value in known.items()
    }
    for line in content.get(changes.group) or ():
        holder = _holder(changes, line, whole)
        if isinstance(holder, dict):
            holder.pop(line[FIELD], None)
            holder.update({line[FIELD]: line[NEW]} if line.get(NEW) is not None else {})
    return whole


def changeable(changes: Changes, part: str, known: Line | None = None) -> list[Field]:
    """The fields that lines of a part may change, in the order of their document."""
    fields = _parts(changes, {PART: part}, known).values()
    return [field for field in fields if field.by is Filler.ENTERPRISE and field.id not in changes.never]


def _parts(changes: Changes, line: Line, known: Line | None) -> dict[str, Field]:
    """The fields that a line may speak of, by id."""
    group = _group(changes, line)
    if group is not None:
        return _fields(group.parts)
    if changes.parts.get(str(line.get(PART))) != "":
        return {}
    of = changes.kind
    if known is not None:
        return _fields(of.shape(known))
    return _fields(of.widest())


def _fields(parts: Sequence[Part]) -> dict[str, Field]:
    return {part.id: part for part in parts if isinstance(part, Field)}


def _group(changes: Changes, line: Line) -> Group | None:
    name = changes.parts.get(str(line.get(PART)))
    return next((group for group in changes.kind.groups if group.name == name), None)


def _items(changes: Changes, line: Line, known: Line) -> Sequence[Line]:
    group = _group(changes, line)
    return (known.get(group.name) or ()) if group else (known,)


def _holder(changes: Changes, line: Line, known: Line) -> Line | None:
    """The item that a line changes: the document itself, or the row of a group."""
    if _group(changes, line) is None:
        return known
    items, row = _items(changes, line, known), str(line.get(ROW, ""))
    index = int(row) - 1 if row.isascii() and row.isdecimal() else -1
    return items[index] if 0 <= index < len(items) else None


def text(value: object) -> str:
    """A value as a line holds it."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
