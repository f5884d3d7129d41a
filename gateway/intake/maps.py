"""Intake maps: an enterprise's own export becomes declarations, and every fault is told at its own row and column.

mapped = reader(home / "maps", "erp-blank", contract())
in_file(export, contract=contract(), mapped=mapped)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.intake import map_csv, map_json, map_sheet
from gateway.intake.declaration import Declaration, MapReader
from gateway.intake.map_declare import declare
from gateway.intake.map_draft import draft
from gateway.intake.map_format import Form, Map
from gateway.intake.map_load import load
from gateway.intake.map_problems import BadMap
from gateway.intake.map_rows import BadSheet, Row, Sheet, partial, told
from gateway.intake.map_text import LOST
from mappings.faults import Fault, fault
from mappings.load import Contract

__all__ = ["BadMap", "declared", "draft", "load", "read", "reader"]

SHOWN = 10  # so many other rows are named in a sentence


def reader(maps_folder: Path, name: str, contract: Contract) -> MapReader:
    """What reads files through the map of this name. Raises BadMap with all its mistakes."""
    map_ = load(maps_folder, name, contract=contract)
    return lambda data, file: read(map_, data, file)


def read(map_: Map, data: bytes, file: str) -> list[Declaration]:
    """All declarations of a file in its order. A fault of the file as a whole is a declaration without value."""
    try:
        return declared(map_, _sheet(map_, data, file), file)
    except BadSheet as bad:
        return [Declaration(file, faults=bad.faults)]


def _sheet(map_: Map, data: bytes, file: str) -> Sheet:
    if map_.origin.form is Form.CSV:
        return map_csv.sheet(data, map_)
    return map_sheet.sheet(data, map_, file) if map_.origin.form is Form.XLSX else map_json.sheet(data, map_)


def declared(map_: Map, sheet: Sheet, file: str) -> list[Declaration]:
    """What the rows of a file declare. Raises BadSheet where there are none."""
    if not sheet.rows and not sheet.faults:
        raise BadSheet(fault("IMP_EMPTY", ""))
    found = _told_apart(map_, sheet, file) if map_.key else [declare(map_, file, [row]) for row in sheet.rows]
    return [*(Declaration(file, faults=(fault,)) for fault in sheet.faults), *_once(found)]


@dataclass(slots=True)
class _Documents:
    """Rows by the document that they belong to, and the rows of which nobody can tell."""

    of: dict[str, list[Row]]
    lost: list[tuple[Row, Fault]]


def _told_apart(map_: Map, sheet: Sheet, file: str) -> list[Declaration]:
    documents = _documents(map_, sheet)
    found = [declare(map_, file, rows) for rows in documents.of.values()]
    if not documents.lost:
        return found
    stray = Declaration(file, faults=tuple(fault for _, fault in documents.lost))
    bad = [row for row, _ in documents.lost[:SHOWN]]
    return [stray, *(_incomplete(d, bad, rows) for d, rows in zip(found, documents.of.values(), strict=True))]


def _documents(map_: Map, sheet: Sheet) -> _Documents:
    known = {_key(map_, row) for row in sheet.rows if not row.broken}
    found, last = _Documents({}, []), ""
    for row in sheet.rows:
        key = _key(map_, row)
        if not key and map_.fill_down and (row.firm or not row.broken):
            key = last
        if not key or (row.broken and not _sure(map_, row, key, known)):
            found.lost.append((row, row.broken or _no_key(map_, row)))
        else:
            found.of.setdefault(key, []).append(row)
            last = key
    return found


def _key(map_: Map, row: Row) -> str:
    return str(row.find(map_.key)[1] or "").strip()


def _sure(map_: Map, row: Row, key: str, known: set[str]) -> bool:
    """Whether the key of a broken row may be believed: it stands in its column, or is another row's."""
    first = next(iter(row.cells), "")
    return LOST not in key and "\0" not in key and (row.firm or key in known or first in map_.key)


def _no_key(map_: Map, row: Row) -> Fault:
    zh = f"「{map_.key[0]}」是空的，不知属于哪一单；若空白表示同上一行，请在对照表 [rows] 写 fill_down = true"
    en = f"{map_.key[0]} is empty, so its document is unknown; where that means `as above`, write fill_down = true"
    return told("IMP_ROW", row.at(map_.key[0]), "", zh, en, row=row.number)


def _incomplete(declaration: Declaration, bad: Sequence[Row], rows: Sequence[Row]) -> Declaration:
    """A document that may lack a row whose document is unknown: better none than half of one."""
    return replace(declaration, faults=(*declaration.faults, partial(bad, rows)))


def _once(declarations: Sequence[Declaration]) -> list[Declaration]:
    """Declarations of one file that claim the same reference are refused, all of them: which is meant is not known."""
    rows: dict[str, list[str]] = defaultdict(list)
    for declaration in declarations:
        rows[declaration.reference].append(declaration.locate(""))
    return [_alone(declaration, rows[declaration.reference]) for declaration in declarations]


def _alone(declaration: Declaration, rows: list[str]) -> Declaration:
    if len(rows) == 1 or not declaration.reference:
        return declaration
    others = ", ".join(place for place in rows[: SHOWN + 1] if place != declaration.locate(""))
    zh = f"编号 {declaration.reference} 与 {others} 相同；若几行是同一单据，请在对照表写 [rows] key"
    en = f"reference {declaration.reference} stands in {others} too; where several rows are one document, write [rows] key"
    place = declaration.locate("/reference")
    number = declaration.locate("").partition(" ")[2]
    return replace(
        declaration,
        faults=(*declaration.faults, told("IMP_ROW", place, declaration.reference, zh, en, row=number)),
    )
