"""The printed template of a kind: one table whose columns are the kind's own labels, and how it is read back.

A template is an intake map that nobody has to write: `of_kind` makes it from the contract, so that what is printed and what
is read are one. Rows with the same 企业内部编号 are one declaration; in a group of groups (certificates with their goods)
rows with the same number in its column 序号 are one item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from gateway.intake import map_csv, map_sheet
from gateway.intake.declaration import Declaration
from gateway.intake.map_fields import takeable
from gateway.intake.map_format import Columns, Form, Level, Map, Members, Origin, Take
from gateway.intake.map_rows import BadSheet, Sheet, told
from gateway.intake.maps import declared
from gateway.intake.sheet import read_table
from gateway.intake.sheet_errors import SheetRefused
from gateway.views.tables import unguarded
from mappings.element import Field, Filler
from mappings.kind import Direction, Group, Kind, Part
from mappings.load import Contract

SUFFIXES = frozenset({".xlsx", ".xls", ".csv"})
NOTE = "说明 / note"
"""Begins the row of a CSV template that says what each column takes. It is no declaration."""
SERIAL = "序号"
BETWEEN = "·"  # group and field in a label
ALIKE = 0.5  # so much of a header must be a kind's own for the file to be taken for its template


def of_kind(kind: Kind, contract: Contract, form: Form, *, format_: str = "") -> Map:
    """The template of a kind. format_: with the fields of this certificate format alone; else with those of all."""
    reference, enterprise = _head("reference", contract), _head("enterprise_code", contract)
    level = _Labels(kind, format_).level(kind.parts, kind, "", needed=True)
    key = reference.columns[0]
    origin = Origin(form=form, skip={key[0]: (NOTE,)})
    return Map(f"template {kind.name}", kind, origin, reference, enterprise, level, key)


def takes(map_: Map) -> Iterator[Take]:
    """Every column in its order."""
    yield map_.reference
    yield map_.enterprise
    yield from _takes(map_.level)


def serials(map_: Map) -> dict[str, Group]:
    """The columns that number the items of a group, by label."""
    return {members.key[0]: members.group for members in map_.level.all_groups() if members.key}


def labels(map_: Map) -> list[str]:
    """The header: head, then each group with its number first."""
    return list(_labels(map_))


def read_template(data: bytes, name: str, contract: Contract) -> list[Declaration]:
    """All declarations of a filled template, whichever kind's it is. Faults are told at row and column."""
    try:
        if PurePath(name).suffix.lower() == ".csv":
            kinds = _known(contract, Form.CSV)
            known = frozenset(label for map_ in kinds for label in labels(map_))
            map_ = _likest(kinds, map_csv.header_of(data, known), PurePath(name).stem)
            return declared(map_, _plain(map_csv.sheet(data, map_)), name)
        table = read_table(data, name)
        map_ = _likest(_known(contract, Form.XLSX), table.header, table.title)
        return declared(map_, map_sheet.fitted(table, map_), name)
    except (BadSheet, SheetRefused) as bad:
        return [Declaration(name, faults=tuple(bad.faults))]


def _plain(sheet: Sheet) -> Sheet:
    """Without the apostrophes that keep a spreadsheet from computing a text."""
    rows = [replace(row, cells={label: unguarded(cell) for label, cell in row.cells.items()}) for row in sheet.rows]
    return Sheet(rows, sheet.faults)


def _known(contract: Contract, form: Form) -> list[Map]:
    return [of_kind(kind, contract, form) for kind in contract.kinds.values() if kind.direction is Direction.OUT]


def _likest(known: Sequence[Map], header: Sequence[str], title: str) -> Map:
    """The template whose labels stand in the header. title: of the sheet, or the file's name; it names a kind, or does not.

    Raises BadSheet where none is meant, or two alike: to void a form and to return it have the same labels.
    """
    named = [map_ for map_ in known if map_.kind.zh == title or title.startswith((map_.kind.name, map_.kind.zh))]
    score = {id(map_): _likeness(labels(map_), header) for map_ in known}
    best = max(named or known, key=lambda map_: score[id(map_)])
    alike = [map_.kind for map_ in named or known if score[id(map_)] == score[id(best)] >= ALIKE]
    if len(alike) > 1:
        zh = f"表头同时是{'、'.join(kind.zh for kind in alike)}的模板；文件名请以种类开头，如 {alike[0].name}.csv"
        en = (
            f"the labels are those of {' and of '.join(kind.en for kind in alike)}; begin the file's name with the kind"
        )
        raise BadSheet(told("IMP_HEADER", "row 1", "、".join(header), zh, en))
    if score[id(best)] < ALIKE:
        zh = f"不是任何种类的模板，表头：{'、'.join(header)[:120] or '（无）'}；用 gateway template 打印模板，或用 --map 指定对照表"
        en = f"no kind's template has the labels {', '.join(header)[:120] or '(none)'}; print one, or name a map"
        raise BadSheet(told("IMP_HEADER", "row 1", "、".join(header), zh, en))
    return best


def _likeness(wanted: Sequence[str], header: Sequence[str]) -> float:
    """How much of the header is the template's, and then how much of the template the header has."""
    shared = len(set(wanted) & set(header))
    return (shared / len(header) + shared / len(wanted) / 1000) if header else 0.0


def _head(element: str, contract: Contract) -> Take:
    known = contract.dictionary.elements[element]
    return Take(Field(known, required=True, by=Filler.ENTERPRISE, zh=known.zh, en=known.en), known.zh, ((known.zh,),))


class _Labels:
    """Makes the levels of one template; no label stands twice in it."""

    def __init__(self, kind: Kind, format_: str) -> None:
        self.kind = kind
        self.format = format_
        self.used: set[str] = set()

    def level(self, parts: Sequence[Part], kind: Kind | None, within: str, *, needed: bool) -> Level:
        added = kind.widest(self.format)[len(parts) :] if kind else ()
        own = [part for part in parts if isinstance(part, Field) and takeable(part)]
        found = [self._take(field, within, needed=needed and field.required) for field in own]
        of_formats = [part for part in added if isinstance(part, Field) and takeable(part)]
        found += [self._take(field, within, needed=False, of_format=True) for field in of_formats]
        groups = [self._members(part, within, needed=needed) for part in parts if isinstance(part, Group)]
        groups += [self._members(part, within, needed=False) for part in added if isinstance(part, Group)]
        return Level(tuple(found), tuple(groups))

    def _members(self, group: Group, within: str, *, needed: bool) -> Members:
        parts = group.kind.parts if group.kind else group.parts
        nested = any(isinstance(part, Group) for part in parts)
        key: Columns = (self._label(SERIAL, group.zh, within),) if nested else ()
        level = self.level(parts, group.kind, group.zh, needed=needed and group.min > 0)
        return Members(group, key, one=False, path="", level=level)

    def _take(self, field: Field, within: str, *, needed: bool, of_format: bool = False) -> Take:
        label = self._label(field.zh, within, field.id)
        return Take(field, label, ((label,),), optional=not needed, if_format_has=of_format)

    def _label(self, zh: str, within: str, else_: str) -> str:
        plain = f"{within}{BETWEEN}{zh}" if within else zh
        label = plain if plain not in self.used else f"{plain}（{else_}）"
        self.used.add(label)
        return label


def _takes(level: Level) -> Iterator[Take]:
    yield from level.takes
    for members in level.groups:
        yield from _takes(members.level)


def _labels(map_: Map) -> Iterator[str]:
    yield from (columns[0] for take in (map_.reference, map_.enterprise) for columns in take.columns)
    yield from _of_level(map_.level)


def _of_level(level: Level) -> Iterator[str]:
    yield from (columns[0] for take in level.takes for columns in take.columns)
    for members in level.groups:
        yield from members.key
        yield from _of_level(members.level)
