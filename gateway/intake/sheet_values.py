"""The values of a sheet as python-calamine reads them, held against what the XML says of every cell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO, TypeAlias

from gateway.intake.sheet_cells import Place
from gateway.intake.sheet_errors import SheetRefused, bad_file

TEXT_TYPES = frozenset({"s", "str", "inlineStr"})

Values: TypeAlias = Sequence[Sequence[Any]]


class CellKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"  # written 2026-11-21, with a time where the cell has one
    BOOLEAN = "boolean"  # written true, false


@dataclass(frozen=True, slots=True)
class Cell:
    """address: `A2`. text: as it would be typed; numbers without exponent."""

    address: str
    text: str
    kind: CellKind = CellKind.TEXT


def read_values(rewritten: BinaryIO, title: str, name: str) -> Values:
    from python_calamine import CalamineError, CalamineWorkbook  # only who imports a workbook pays for it

    try:
        workbook = CalamineWorkbook.from_filelike(rewritten)
        return workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
    except CalamineError as bad:
        raise bad_file("IMP_XML", name, f"工作簿无法读取：{bad}"[:120], f"it cannot be read: {bad}"[:120]) from None


def value_at(values: Values, place: Place) -> Any:
    line = values[place.row - 1] if place.row <= len(values) else ()
    return line[place.column - 1] if place.column <= len(line) else ""


def compare(there: Sequence[Place], values: Values, name: str) -> None:
    """Both readers see the same cells, and of the same sort."""
    known = {(place.row, place.column) for place in there}
    for row, line in enumerate(values, 1):
        for column, value in enumerate(line, 1):
            if value != "" and (row, column) not in known:
                raise _disagree(name, Place(row, column, "").address)
    for place in there:
        if not place.formula and not _fits(place, value_at(values, place)):
            raise _disagree(name, place.address)


def _fits(place: Place, value: Any) -> bool:
    if place.type in TEXT_TYPES:
        return isinstance(value, str)
    if isinstance(value, bool) or place.type == "b":
        return isinstance(value, bool) and place.type == "b"
    if place.type == "n":
        return not isinstance(value, str) and (not isinstance(value, float) or math.isfinite(value))
    return place.type in ("e", "d")


def _disagree(name: str, address: str) -> SheetRefused:
    code = "IMP_TYPE" if name.lower().endswith(".xls") else "IMP_XML"  # an xls holds no XML
    return bad_file(code, name, f"{address} 有两种读法", f"two readers see two things at {address}")


def cell_of(place: Place, value: Any) -> Cell:
    if isinstance(value, bool):
        return Cell(place.address, str(value).lower(), CellKind.BOOLEAN)
    if isinstance(value, int | float):
        text = format(Decimal(repr(value)), "f")
        return Cell(place.address, text.rstrip("0").rstrip(".") if "." in text else text, CellKind.NUMBER)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return Cell(place.address, str(value), CellKind.DATE)
    return Cell(place.address, str(value))
