"""An xlsx or xls file as rows of text, each cell with its address: for the kinds' own templates and for intake maps.

    sheet = read_sheet(data, "goods.xlsx", wanted=("商品编码", "商品名称"), texts=("商品编码",))
    sheet.rows[0].cells["商品编码"].address   # A2

python-calamine reads the values, from a workbook that `sheet_book` or `xls_book` has inspected and written anew; what it
reads is held against what the file itself says of every cell. Formulas, numbers where a text is meant and cells in error are
told, never mended.
Sources: manual 002 §4.1.1.3 (R-39); reliability B98-B106. An xls of Excel 5 and 95 is refused with a sentence that says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gateway.intake import map_rows
from gateway.intake.sheet_book import open_book
from gateway.intake.sheet_cells import Place, check_shared, places
from gateway.intake.sheet_errors import SENTENCE, SheetRefused, bad_cell
from gateway.intake.sheet_values import TEXT_TYPES, Cell, CellKind, Values, cell_of, compare, read_values, value_at
from gateway.intake.xls_book import open_xls
from gateway.intake.xls_container import MAGIC
from mappings.faults import Fault, fault

__all__ = [
    "SENTENCE",
    "Cell",
    "CellKind",
    "OpenSheet",
    "Sheet",
    "SheetRefused",
    "SheetRow",
    "Table",
    "open_sheet",
    "read_sheet",
    "read_table",
]

SHOWN = 50  # so many faults of one file are told
_EXACT = 10**15  # whole numbers from here on have lost digits in a spreadsheet
_SCIENTIFIC = re.compile(r"[-+]?\d(\.\d+)?[eE][-+]?\d{1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """number: as the spreadsheet counts. cells: those that are not blank, by their column's label."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """title: of the first visible sheet, which is the one that was read. Blank rows are left out."""

    title: str
    header: tuple[Cell, ...]
    rows: tuple[SheetRow, ...]

    def map_rows(self) -> list[map_rows.Row]:
        """The same rows as intake maps read them: a number is told from a text of digits."""
        blank = dict.fromkeys((cell.text for cell in self.header), "")
        return [
            map_rows.Row("row", row.number, blank | {label: _mapped(cell) for label, cell in row.cells.items()})
            for row in self.rows
        ]


def read_sheet(
    data: bytes, name: str, *, wanted: Sequence[str] = (), texts: Collection[str] = (), header_row: int = 1
) -> Sheet:
    """wanted: labels that the header must have. texts: columns whose cells must be texts, such as codes and numbers.

    Raises SheetRefused with every fault at its address: IMP_TYPE, IMP_ENCRYPTED, IMP_ACTIVE, IMP_XML, IMP_LIMIT for the
    file; IMP_HEADER, IMP_EMPTY, IMP_FORMULA, IMP_TYPE for cells.
    """
    opened = _open(data, name, header_row, wanted)
    rows, faults = opened.rows(texts)
    if faults:
        raise SheetRefused(*faults[:SHOWN])
    if not rows:
        raise SheetRefused(fault("IMP_EMPTY", ""))
    return Sheet(opened.title, opened.header, tuple(rows))


def open_sheet(data: bytes, name: str, *, header_row: int = 1) -> OpenSheet:
    """A sheet of which nothing but its form and its header is judged yet. Raises SheetRefused."""
    return _open(data, name, header_row, ())


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of which a faulty cell spoils its own row alone. header: labels in their order."""

    title: str
    header: tuple[str, ...]
    rows: tuple[map_rows.Row, ...]


def read_table(data: bytes, name: str, *, header_row: int = 1) -> Table:
    """As `read_sheet`, but what is wrong with a cell is told at its row, whose first fault it is. Raises SheetRefused."""
    opened = _open(data, name, header_row, ())
    labels = tuple(cell.text for cell in opened.header)
    rows: dict[int, dict[str, str]] = {}
    for place, cell in opened.cells():
        rows.setdefault(place.row, dict.fromkeys(labels, ""))[opened.label(place)] = _mapped(cell)
    broken: dict[int, Fault] = {}
    for place in opened.body:
        for found in _wrong(place, opened.values, opened.label(place), ()):
            broken.setdefault(place.row, found)
            rows.setdefault(place.row, dict.fromkeys(labels, ""))
    found_rows = (map_rows.Row("row", n, rows[n], broken=broken.get(n)) for n in sorted(rows))
    return Table(opened.title, labels, tuple(found_rows))


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """A sheet that two readers see alike, with a header that names every column once."""

    title: str
    columns: Mapping[int, Cell]
    body: Sequence[Place]
    values: Values

    @property
    def header(self) -> tuple[Cell, ...]:
        return tuple(self.columns.values())

    def rows(self, texts: Collection[str], *, prose: Collection[str] = ()) -> tuple[list[SheetRow], list[Fault]]:
        """The rows that are not blank, and everything that is wrong with a cell. texts: columns that must hold texts.

        prose: those of them in which 5E12 is what somebody wrote. A cell that is told of is in no row.
        """
        wrong = {place: list(_wrong(place, self.values, self.label(place), texts, prose)) for place in self.body}
        rows: dict[int, dict[str, Cell]] = {place.row: {} for place, told in wrong.items() if told}
        for place, cell in self.cells():
            if not wrong[place]:
                rows.setdefault(place.row, {})[self.label(place)] = cell
        return [SheetRow(n, rows[n]) for n in sorted(rows)], [found for told in wrong.values() for found in told]

    def label(self, place: Place) -> str:
        return self.columns[place.column].text

    def cells(self) -> Iterator[tuple[Place, Cell]]:
        """Those that are not blank."""
        for place in self.body:
            cell = cell_of(place, value_at(self.values, place))
            if cell.text.strip():
                yield place, cell


def _open(data: bytes, name: str, header_row: int, wanted: Sequence[str]) -> OpenSheet:
    title, there, values = _read(data, name)
    compare(there, values, name)
    above = [place for place in there if place.row == header_row]
    header = {place.column: Cell(place.address, _label(values, place)) for place in above}
    body = [place for place in there if place.row > header_row]
    if not above and not body:
        raise SheetRefused(fault("IMP_EMPTY", ""))
    _check_header(above, header, body, wanted)
    return OpenSheet(title, header, body, values)


def _read(data: bytes, name: str) -> tuple[str, Sequence[Place], Values]:
    """The title of the sheet that is meant, its cells as we see them, and their values as the library does."""
    if data.startswith(MAGIC) and PurePath(name).suffix.lower() == ".xls":
        old = open_xls(data, name)
        check_shared(old.places, old.lengths, name)
        return old.title, old.places, read_values(old.rewritten, old.title, name)
    book = open_book(data, name)
    there = places(book.sheet, book.title)
    check_shared(there, book.shared_lengths(), name)
    return book.title, there, read_values(book.rewritten(), book.title, name)


def _label(values: Values, place: Place) -> str:
    return map_rows.label(str(value_at(values, place)))


def _check_header(
    above: Sequence[Place], header: Mapping[int, Cell], body: Sequence[Place], wanted: Sequence[str]
) -> None:
    labels = [cell.text for cell in header.values()]
    faults = [
        bad_cell("IMP_HEADER", place.address, header[place.column].text, "表头应是文字", "a label must be a text")
        for place in above
        if place.type not in TEXT_TYPES or place.formula
    ]
    for label in dict.fromkeys(label for label in labels if labels.count(label) > 1):
        faults.append(bad_cell("IMP_HEADER", "", label, f"列「{label}」不止一个", f"the column {label} stands twice"))
    if missing := [label for label in wanted if label not in labels]:
        zh = f"缺少列「{'、'.join(missing)}」，现有：{'、'.join(labels)[:200] or '（无）'}"
        en = f"want {', '.join(missing)}; got {', '.join(labels)[:200] or 'none'}"
        faults.append(bad_cell("IMP_HEADER", "", "、".join(labels), zh, en))
    elif lost := next((place for place in body if place.column not in header), None):
        faults.append(bad_cell("IMP_HEADER", lost.address, "", "此列没有表头", "its column has no label"))
    if faults:
        raise SheetRefused(*faults)


def _wrong(
    place: Place, values: Values, label: str, texts: Collection[str], prose: Collection[str] = ()
) -> Iterator[Fault]:
    """What is wrong with one cell of the body."""
    value, where = value_at(values, place), f"{place.address} · {label}"
    shown = cell_of(place, value).text
    if place.formula:
        yield fault("IMP_FORMULA", where, f"{place.address} ={place.formula}"[:60])
    elif place.type == "e":
        yield bad_cell(
            "IMP_TYPE", where, shown, f"{place.address} 是错误值 {shown}", f"{place.address} is the error {shown}"
        )
    elif label in texts and place.type not in TEXT_TYPES:
        zh, en = "存成了数字，前导 0 可能丢失，应为文字", "is no text, leading zeros may be lost"
        yield bad_cell("IMP_TYPE", where, shown, f"{label}（{place.address}）{zh}", f"{place.address} {en}")
    elif label in texts and label not in prose and _SCIENTIFIC.fullmatch(shown.strip()):
        yield bad_cell(
            "IMP_TYPE", where, shown, f"{place.address} 是 Excel 科学计数法", f"{place.address} is scientific notation"
        )
    elif isinstance(value, int | float) and abs(value) >= _EXACT:
        yield bad_cell(
            "IMP_TYPE", where, shown, f"{place.address} 超过 15 位，数字已失真", f"{place.address} has lost digits"
        )


def _mapped(cell: Cell) -> str:
    return map_rows.Number(cell.text) if cell.kind is CellKind.NUMBER else cell.text
