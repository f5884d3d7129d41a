"""A cell of the enterprise's file to the value of a field: nothing guessed, nothing silently repaired."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from gateway.intake.map_format import DateForm, Take
from gateway.intake.map_rows import Number, is_blank, told
from mappings.element import Element, Type
from mappings.faults import Fault, fault

FREE_TEXT = 100  # a text field of so many characters is prose, where =1+1 and 1E+02 are what somebody wrote

_KEPT_AS_TEXT = re.compile(r'="([^"=]*)"')  # how exports keep Excel from reading 00123 as a number
_SCIENTIFIC = re.compile(r"[-+]?\d(\.\d+)?[eE][-+]?\d{1,3}", re.ASCII)
_EXCEL_ERROR = re.compile(r"#+|#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_YEAR_FIRST = re.compile(
    rf"(?:(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}})|(\d{{4}})年(\d{{1,2}})月(\d{{1,2}})日|(\d{{4}})(\d\d)(\d\d)){_TIME}",
    re.ASCII,
)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_DAY_ZERO = date(1899, 12, 30)


class Trouble(Exception):
    """A cell cannot become a value. For the intake's own modules: `fault` says why, its place is still to be set."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.zh)
        self.fault = fault


def value(take: Take, cells: Sequence[object]) -> Any:
    """The value of a field from its cells, of which one at least is not blank. Raises Trouble."""
    if len(cells) == 1 and isinstance(cells[0], bool) and take.codes is None:
        return cells[0]
    texts = [text for cell in cells if not is_blank(cell) and (text := _text(take, cell))]
    text = take.separator.join(texts)
    if take.upper:
        text = text.upper()
    if take.codes is not None:
        return _code(take, text)
    return _TYPED.get(take.field.element.type, _as_it_is)(take, text)


def clean(element: Element, cell: object, *, half_width: bool = False) -> str:
    """The text of a cell, once it is sure that no spreadsheet has spoiled it. Raises Trouble."""
    if not isinstance(cell, str):
        raise _wrong(cell, "应是文字或数字", "must be a text or a number")
    text = cell.strip()
    if kept := _KEPT_AS_TEXT.fullmatch(text):
        text = kept[1].strip()
    if half_width:
        text = "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in text)
    if element.type is not Type.TEXT or element.max < FREE_TEXT:
        _sound(text)
    return text


def _text(take: Take, cell: object) -> str:
    element = take.field.element
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, Number) and element.type in _OF_CHARACTERS and take.codes is None:
        raise _wrong(
            cell, "存成了数字，前导 0 可能丢失，应为文字", "is a number, leading zeros may be lost; want a text"
        )
    text = clean(element, cell, half_width=take.half_width)
    for unit in take.strip:
        if text.casefold().endswith(unit.casefold()):
            text = text[: -len(unit)].strip()
            break
    if take.split:
        pieces = [piece.strip() for piece in text.split(take.split)]
        text = pieces[take.part - 1] if take.part <= len(pieces) else ""
    return text


def _sound(text: str) -> None:
    if text.startswith("="):
        raise Trouble(fault("IMP_FORMULA", "", text[:60]))
    if _EXCEL_ERROR.fullmatch(text):
        raise _wrong(text, "是电子表格的错误值", "is an error value of a spreadsheet")
    if _SCIENTIFIC.fullmatch(text):
        zh = "是 Excel 科学计数法，原号码已丢失，请把该列设为文本后重新导出"
        raise _wrong(text, zh, "is scientific notation of Excel, the number is lost; export the column as text")
    if "\n" in text or "\r" in text:
        raise _wrong(text, "单元格内有换行", "holds a line break")
    if not text.isascii() and unicodedata.normalize("NFKC", text).isascii():
        zh = "是全角字符，请改为半角，或在对照表写 half_width = true"
        raise _wrong(text, zh, "is full-width; use half-width, or write half_width = true in the map")


def _wrong(found: object, zh: str, en: str) -> Trouble:
    shown = f"「{str(found)[:40]}」" if found != "" else ""
    return Trouble(told("IMP_TYPE", "", found, f"{shown}{zh}", f"{str(found)[:40]!r} {en}"))


def _code(take: Take, text: str) -> Any:
    codes = take.codes or {}
    if text in codes:
        return codes[text]
    field = take.field
    near = "、".join(get_close_matches(text, codes, n=3, cutoff=0.3)) or "—"
    raise Trouble(fault("FIELD_CODE", "", text, zh=field.zh, en=field.en, list=f"[codes.{take.table}]", near=near))


def _as_it_is(_take: Take, text: str) -> str:
    return text


def _number(take: Take, text: str) -> int | str:
    element = take.field.element
    if _THOUSANDS.fullmatch(text):
        if not take.thousands:
            raise _wrong(
                text, "含千分位，请在对照表写 thousands = true", "has separators; write thousands = true in the map"
            )
        text = text.replace(",", "")
    if not _DECIMAL.fullmatch(text):
        return text  # told by the check of the declaration, which knows what the field wants
    whole, _, places = text.partition(".")
    kept = places[: element.places] + places[element.places :].rstrip("0")
    if element.type is Type.INTEGER and not kept and len(whole) < 19:
        return int(whole)
    return f"{whole}.{kept}" if kept else whole


def _date(take: Take, text: str) -> str:
    try:
        return _day(take.date, text).isoformat()
    except (ValueError, OverflowError) as bad:
        want = take.date.value
        raise _wrong(text, f"不是日期（对照表的写法：{want}）", f"is no date of the form {want}") from bad


def _day(form: DateForm, text: str) -> date:
    """Raises ValueError."""
    if form is DateForm.EXCEL:
        if not _SERIAL.fullmatch(text):
            raise ValueError(text)
        return _DAY_ZERO + timedelta(days=int(text.partition(".")[0]))
    if form is DateForm.YEAR_FIRST:
        found = _YEAR_FIRST.fullmatch(text)
        numbers = [int(n) for n in found.groups() if n and n.isdigit()] if found else []
        year, month, day = numbers if numbers else (0, 0, 0)
    else:
        found = _YEAR_LAST.fullmatch(text)
        first, second, year = (int(found[1]), int(found[3]), int(found[4])) if found else (0, 0, 0)
        day, month = (first, second) if form is DateForm.DAY_FIRST else (second, first)
    return date(year, month, day)


_OF_CHARACTERS = (Type.TEXT, Type.CODE, Type.IDENTIFIER)
_TYPED: dict[Type, Callable[[Take, str], Any]] = {Type.INTEGER: _number, Type.DECIMAL: _number, Type.DATE: _date}
