"""The cells of a sheet as its XML has them: where each stands, of which type it is, and whether it is a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.intake.sheet_book import CELLS
from gateway.intake.sheet_errors import SheetRefused, bad_file
from mappings.parser import children, local, whole_text

ROWS = 10_000  # the last row that is read
COLUMNS = 256  # the last column that is read
TEXT = 32_767  # characters of one shared text, which is Excel's own limit
TEXTS = 4_000_000  # of all cells that share texts

_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class Place:
    """row and column count from 1. type: `n` a number or date, `s`, `str` and `inlineStr` text, `b`, `e` an error, `d`.

    formula: as written, or "(…)" where another cell holds it. filled: there is a value. shared: which of the workbook's
    shared texts it is, -1 where it is none.
    """

    row: int
    column: int
    type: str
    formula: str = ""
    filled: bool = True
    shared: int = -1

    @property
    def address(self) -> str:
        return f"{letters(self.column)}{self.row}"


def places(sheet: etree._Element, title: str) -> list[Place]:
    """Every cell, row by row. Raises SheetRefused: IMP_LIMIT, and IMP_XML where addresses are no addresses."""
    found: list[Place] = []
    row = 0
    for element in (row for part in children(sheet) if local(part) == "sheetData" for row in children(part)):
        stated = element.get("r")
        if stated is not None and not re.fullmatch(r"[1-9][0-9]{0,6}", str(stated)):
            raise _disordered(title, f"row {stated}")
        number = row + 1 if stated is None else int(str(stated))
        if number <= row:
            raise _disordered(title, f"row {number}")
        row = number
        found += _cells(element, row, title)
        if len(found) > CELLS:
            raise bad_file("IMP_LIMIT", title, f"超过 {CELLS} 个单元格", f"more than {CELLS} cells")
    return found


def check_shared(there: Iterable[Place], lengths: Sequence[int], title: str) -> None:
    """A text that cells share is read once for each of them: a long one in many cells is a bomb.

    Raises SheetRefused: IMP_LIMIT, and IMP_XML where there is no such text.
    """
    total = 0
    for place in there:
        if place.shared >= len(lengths):
            raise bad_file("IMP_XML", title, f"{place.address} 的文字不存在", f"no such text at {place.address}")
        size = lengths[place.shared] if place.shared >= 0 else 0
        total += size
        if size > TEXT or total > TEXTS:
            raise bad_file("IMP_LIMIT", title, f"{place.address} 处文字过长", f"too much text at {place.address}")


def letters(column: int) -> str:
    """1 -> A, 27 -> AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _cells(row: etree._Element, number: int, title: str) -> Iterator[Place]:
    column = 0
    for cell in children(row):
        address = str(cell.get("r") or f"{letters(column + 1)}{number}")
        split = _ADDRESS.fullmatch(address)
        if local(cell) != "c" or not split or int(split[2]) != number or (found := _column(split[1])) <= column:
            raise _disordered(title, address)
        column = found
        parts = {local(part): part for part in children(cell)}
        filled = any(whole_text(part) or len(part) for key, part in parts.items() if key in ("v", "is"))
        formula = (whole_text(parts["f"]) or "(…)") if "f" in parts else ""
        if not filled and not formula:
            continue
        if number > ROWS or column > COLUMNS:
            limit = f"{letters(COLUMNS)}{ROWS}"
            raise bad_file("IMP_LIMIT", title, f"{address} 在 {limit} 之外", f"{address} lies beyond {limit}")
        type_ = str(cell.get("t", "n"))
        shared = _index(whole_text(parts["v"]), title, address) if type_ == "s" and "v" in parts else -1
        yield Place(number, column, type_, formula, filled, shared)


def _index(text: str, title: str, address: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise bad_file("IMP_XML", title, f"{address} 的文字编号有误", f"a number of a text that is none at {address}")
    return int(text)


def _column(text: str) -> int:
    total = 0
    for letter in text:
        total = total * 26 + ord(letter) - 64
    return total


def _disordered(title: str, place: str) -> SheetRefused:
    return bad_file("IMP_XML", title, f"单元格地址有误：{place[:20]}", f"addresses out of order at {place[:20]}")
