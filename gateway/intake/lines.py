"""Lines of goods from a workbook: the import of a template (manual 002 §4.1.1.3, 商品导入), and the template itself.

A template's workbook has one sheet named as the template is and one column for each field of its lines. Everything that is
wrong with a file is told at once, each fault at its cell; then no line is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from gateway.intake.map_format import Take
from gateway.intake.map_rows import Number, Row, partial
from gateway.intake.map_values import FREE_TEXT, Trouble, value
from gateway.intake.sheet import CellKind, OpenSheet, SheetRow, open_sheet
from gateway.intake.sheet_errors import SheetRefused, bad_cell, bad_file
from gateway.intake.template_print import HEAD, ROWS, codes, content
from gateway.views.tables import sheet_title, to_xlsx
from mappings.check import BY_ANYBODY, check
from mappings.codes import code_list
from mappings.element import Element, Field, Filler, Type
from mappings.faults import Fault, fault
from mappings.kind import Format, Group, Kind

SUFFIXES = frozenset({".xls", ".xlsx"})
LINES = "goods"  # the group whose items are imported: 商品信息
GUIDE = "说明"
SHOWN = 50  # so many faults of one file are told
_OF_CHARACTERS = (Type.TEXT, Type.CODE, Type.IDENTIFIER)


@dataclass(frozen=True, slots=True)
class Lines:
    """What a workbook holds. doubts: warnings, each at its cell. cells: JSON pointer below the content -> `C2 · 商品名称`."""

    items: list[dict[str, Any]]
    doubts: tuple[Fault, ...]
    cells: Mapping[str, str]


def lines_of(kind: Kind, template: str) -> Group:
    """The group of a template that is imported. Raises LookupError for one that has none."""
    return next(part for part in kind.formats[template].parts if isinstance(part, Group) and part.name == LINES)


def workbook(kind: Kind, template: str) -> bytes:
    """The template to fill in (模板下载): the labels of its lines, and on a second sheet what each column takes."""
    chosen = kind.formats[template]
    fields = _fields(lines_of(kind, template))
    rows = [
        (f.zh, "是 / yes" if f.required else "", content(f.element), codes(f.element), str(f.element.example), f.id)
        for f in fields
    ]
    ended = [(), (f"有效 / in force: {chosen.valid_from or '…'} – {chosen.valid_to or '…'}",)] if chosen.dates else []
    named = [(), ("代码列可填代码或名称 / a column of codes takes the code or its name",)]
    return to_xlsx({chosen.code: [[f.zh for f in fields]], GUIDE: [HEAD, *rows, *named, *ended]}, texts=ROWS)


def read_lines(data: bytes, name: str, kind: Kind, template: str) -> Lines:
    """The lines of a filled workbook of this template, in their order.

    Raises SheetRefused with everything that is wrong: first the file's form, then whose template it is, then its cells.
    """
    if PurePath(name).suffix.lower() not in SUFFIXES:
        raise bad_file(
            "IMP_TYPE", name, f"文件名 {PurePath(name).name[:60]}", f"its name is {PurePath(name).name[:60]}"
        )
    sheet = open_sheet(data, name)
    _check_template(sheet, kind, template)
    fields = {field.zh: field for field in _fields(lines_of(kind, template))}
    texts = [label for label, field in fields.items() if field.element.type in _OF_CHARACTERS]
    prose = [label for label in texts if fields[label].element.max >= FREE_TEXT]
    rows, faults = sheet.rows(texts, prose=prose)
    if not rows and not faults:
        raise SheetRefused(fault("IMP_EMPTY", ""))
    read = [_line(row, fields) for row in rows]
    faults += [told for _, wrong in read for told in wrong]
    lines, cells = [line for line, _ in read], _cells(fields, rows, sheet)
    found, doubts = _checked(kind, template, lines, cells)
    broken = {told.path for told in faults}
    faults += [told for told in found if told.path not in broken]
    if faults:
        order = {place: number for number, place in enumerate(cells.values())}
        raise SheetRefused(*_ordered(faults, order)[:SHOWN], *_good_rows(faults, rows, cells))
    return Lines(lines, doubts, cells)


def _ordered(faults: Sequence[Fault], order: Mapping[str, int]) -> list[Fault]:
    return sorted(faults, key=lambda told: order.get(told.path, len(order)))


def _good_rows(faults: Sequence[Fault], rows: Sequence[SheetRow], cells: Mapping[str, str]) -> Iterator[Fault]:
    """Rows without a fault are not imported either: said of them where there are any."""
    told = {each.path for each in faults}
    bad = {int(pointer.split("/")[2]) for pointer, place in cells.items() if place in told}
    there = [Row("row", row.number, {}) for row in rows]
    good = [row for index, row in enumerate(there) if index not in bad]
    if good and bad:
        yield partial([row for index, row in enumerate(there) if index in bad], good)


def _fields(group: Group) -> list[Field]:
    return [part for part in group.parts if isinstance(part, Field) and part.by is Filler.ENTERPRISE]


def _check_template(sheet: OpenSheet, kind: Kind, template: str) -> None:
    """Whose template the file is: by the name of its sheet, else by its columns. Raises SheetRefused."""
    own = {each.id: [f.zh for f in _fields(lines_of(kind, each.id))] for each in kind.formats.values()}
    header = [cell.text for cell in sheet.header]
    titled = next((each for each in kind.formats.values() if sheet_title(each.code) == sheet.title), None)
    alike = [id_ for id_, labels in own.items() if set(labels) == set(header)]
    other = titled.id if titled else "" if template in alike else next(iter(alike), "")
    if other and other != template:
        raise SheetRefused(_other(kind.formats[other], kind.formats[template], sheet.title))
    missing = [label for label in own[template] if label not in header]
    strange = [cell for cell in sheet.header if cell.text not in own[template]]
    if missing:
        zh = f"缺少列「{'、'.join(missing)}」，现有：{'、'.join(header)[:200] or '（无）'}"
        en = f"want {', '.join(missing)}; got {', '.join(header)[:200] or 'none'}"
        raise SheetRefused(bad_cell("IMP_HEADER", "", "、".join(header), zh, en))
    if strange:
        told = (
            bad_cell(
                "IMP_HEADER", cell.address, cell.text, f"模板没有列「{cell.text}」", f"no column {cell.text} in it"
            )
            for cell in strange
        )
        raise SheetRefused(*told)


def _other(found: Format, wanted: Format, place: str) -> Fault:
    return fault(
        "TEMPLATE_OTHER", place, found.id, found=found.code, found_en=found.en, want=wanted.code, want_en=wanted.en
    )


def _line(row: SheetRow, fields: Mapping[str, Field]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of one row, and the cells that cannot become values."""
    line: dict[str, Any] = {}
    wrong = []
    for label, cell in row.cells.items():
        field = fields[label]
        text = _code(field.element, cell.text)
        given = Number(text) if cell.kind is CellKind.NUMBER and field.element.type not in _OF_CHARACTERS else text
        try:
            line[field.id] = value(Take(field, label), [given])
        except Trouble as trouble:
            wrong.append(replace(trouble.fault, path=_place(cell.address, label)))
    return line, wrong


def _code(element: Element, text: str) -> str:
    """A code, also where its name is given: 也可以输入已知的相应数字、字母或汉字 (002 §4.1.1.3)."""
    if element.type is not Type.CODE:
        return text
    rows, wanted = code_list(element.codes).rows, text.strip()
    named = [code for code, row in rows.items() if row.name == wanted]
    return named[0] if wanted not in rows and len(named) == 1 else text


def _checked(
    kind: Kind, template: str, lines: Sequence[Mapping[str, Any]], cells: Mapping[str, str]
) -> tuple[list[Fault], tuple[Fault, ...]]:
    """What is missing or ill-formed in the lines as a whole, at their cells: faults and doubts."""
    checked = check(kind, {kind.format_field: template, LINES: list(lines)}, by=BY_ANYBODY, at="")
    at = [
        [replace(told, path=cells[told.path]) for told in each if told.path in cells]
        for each in (checked.faults, checked.warnings)
    ]
    return at[0], tuple(at[1])


def _cells(fields: Mapping[str, Field], rows: Sequence[SheetRow], sheet: OpenSheet) -> dict[str, str]:
    """Where each value of each line stands, also where its cell is empty; row by row, in the sheet's order."""
    letters = {cell.text: cell.address.rstrip("0123456789") for cell in sheet.header}
    return {
        f"/{LINES}/{index}/{fields[label].id}": _place(f"{column}{row.number}", label)
        for index, row in enumerate(rows)
        for label, column in letters.items()
    }


def _place(address: str, label: str) -> str:
    return f"{address} · {label}"
