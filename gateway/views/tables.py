"""Tables that leave: CSV and XLSX in which no cell is a formula, whatever it says (reliability B107).

A text that a spreadsheet would compute is written behind an apostrophe in CSV and as a text cell in XLSX; `unguarded` takes
the apostrophe away, and only that one, so that what was exported comes back as it was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_COMPUTES = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML holds them
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
LOST = "\ufffd"
TITLE = 31  # characters of a sheet's name
_NO_TITLE = re.compile(r"[\\/*?:\[\]]")
WIDEST = 40  # characters of a column
TEXT = "@"  # the format of a cell that holds text and is not read as a number


def guarded(text: str) -> str:
    return f"'{text}" if _COMPUTES.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def sheet_title(text: str) -> str:
    """As a spreadsheet takes it for the name of a sheet."""
    return _NO_TITLE.sub(" ", text)[:TITLE]


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with its mark, which spreadsheets ask for."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([guarded(label) for label in header])
    writer.writerows([guarded(_text(cell)) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(sheets: Mapping[str, Sequence[Sequence[object]]], *, texts: int = 0) -> bytes:
    """Sheets by title, the first line of each its header. Every cell is a text. texts: rows below the first sheet's lines
    in which a person types, made text cells too, so that codes keep their zeros."""
    from openpyxl import Workbook  # only who writes a workbook pays for it

    book = Workbook()
    book.remove(book.worksheets[0])
    for title, lines in sheets.items():
        _sheet(book, title, lines)
    first: Worksheet = book.worksheets[0]
    filled, width = first.max_row, first.max_column
    for row in range(filled + 1, filled + 1 + texts):
        for column in range(1, width + 1):
            first.cell(row, column).number_format = TEXT
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(book: Workbook, title: str, lines: Sequence[Sequence[object]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet: Worksheet = book.create_sheet(sheet_title(title))
    for row, line in enumerate(lines, 1):
        for column, value in enumerate(line, 1):
            text = _writable(_text(value))
            if text:
                cell: Any = sheet.cell(row, column)
                cell.value, cell.data_type = text, "s"  # said outright: a text that begins with = stays one
                cell.number_format, cell.quotePrefix = TEXT, bool(_COMPUTES.match(text))
                if row == 1:
                    cell.font = Font(bold=True)
    for column in range(1, sheet.max_column + 1):
        longest = max((len(_text(line[column - 1])) for line in lines if len(line) >= column), default=0)
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, longest * 2 + 2)
    sheet.freeze_panes = "A2"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _writable(text: str) -> str:
    """As a workbook holds it: what no XML holds is shown as lost, a carriage return and what looks like an escape escaped."""
    escaped = _ESCAPE.sub("_x005F_", _UNWRITABLE.sub(LOST, text))
    return escaped.replace("\r", "_x000D_")
