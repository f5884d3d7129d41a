"""An .xls workbook (Excel 97-2003) before any library reads it: what is active or hidden in it, and the cells of the one
sheet that is meant.

What a reader gets to see afterwards is a workbook of our own, with the records that were inspected and no others.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.intake import xls_records as biff
from gateway.intake.sheet_book import CELLS
from gateway.intake.sheet_cells import COLUMNS, ROWS, Place
from gateway.intake.sheet_errors import bad_file
from gateway.intake.xls_container import Container, contained
from gateway.intake.xls_records import Record, broken, records, shared_lengths

_ACTIVE = re.compile(r"_vba_project|^vba$|^macros$|^mbd[0-9a-f]+$|^objectpool$|^lnk[0-9a-f]+$|\x01ole10?native", re.I)
_ENCRYPTED = frozenset({"EncryptedPackage", "EncryptionInfo", "\x06DataSpaces"})
_KEPT = frozenset({biff.CODE_PAGE, biff.DATE_1904, biff.FORMAT, biff.XF})
_CELLS = frozenset({biff.LABEL_SST, biff.LABEL, biff.NUMBER, biff.RK, biff.MUL_RK, biff.BOOL_ERR})
_INTERNAL = (0x0401, 0x3A01)  # what a SUPBOOK says of this workbook itself, and of add-ins


@dataclass(frozen=True, slots=True)
class Bound:
    """A sheet as the workbook lists it."""

    title: str
    at: int
    visible: bool
    record: Record


@dataclass(frozen=True, slots=True)
class XlsBook:
    """title: of the first visible sheet. places: its cells, row by row. lengths: of the texts that cells share."""

    title: str
    places: Sequence[Place]
    lengths: Sequence[int]
    rewritten: io.BytesIO


def open_xls(data: bytes, name: str) -> XlsBook:
    """Raises SheetRefused: IMP_TYPE, IMP_ENCRYPTED, IMP_ACTIVE, IMP_LIMIT, IMP_EMPTY."""
    stream = _workbook(data, name)
    whole = list(_globals(stream, name))
    table = _shared(whole)
    lengths = shared_lengths(table, name)
    sheet = _first(whole, name)
    inner = list(records(stream, sheet.at, sheet.title))
    if inner[0].numbers("HH", 0, name) != (biff.BIFF8, biff.WORKSHEET):
        raise broken(name, "工作表有误", "a sheet is not in order")
    places = sorted(_places(inner, sheet.title), key=lambda place: (place.row, place.column))
    addresses = [(place.row, place.column) for place in places]
    if len(set(addresses)) != len(addresses):
        raise broken(name, "同一单元格出现两次", "one cell stands twice")
    return XlsBook(sheet.title, places, lengths, io.BytesIO(_rewritten(whole, table, sheet, inner)))


def _workbook(data: bytes, name: str) -> bytes:
    container = Container(data, name)
    names = [entry.name for entry in container.entries]
    if _ENCRYPTED.intersection(names):
        raise bad_file("IMP_ENCRYPTED", name, "工作簿有打开密码", "the workbook has a password")
    if active := next((each for each in names if _ACTIVE.search(each)), ""):
        raise bad_file("IMP_ACTIVE", name, f"含宏或嵌入对象 {active[:40]!r}", f"it holds {active[:40]!r}")
    found = [entry for entry in container.entries if entry.is_stream and entry.name.casefold() == "workbook"]
    if not found and "book" in {each.casefold() for each in names}:
        raise bad_file(
            "IMP_ENCRYPTED", name, "Excel 5.0/95 旧格式，请另存为 xls 或 xlsx", "the format of Excel 5 and 95"
        )
    if len(found) != 1:
        raise bad_file("IMP_TYPE", name, "不是 xls 工作簿", "no xls workbook")
    return container.read(found[0])


def _globals(stream: bytes, name: str) -> Iterator[Record]:
    for number, record in enumerate(records(stream, 0, name)):
        if number == 0 and record.numbers("HH", 0, name) != (biff.BIFF8, biff.GLOBALS):
            raise broken(name, "不是 Excel 97-2003 工作簿", "no workbook of Excel 97-2003")
        if record.type == biff.FILE_PASS:
            raise bad_file("IMP_ENCRYPTED", name, "工作簿有打开密码", "the workbook has a password")
        if record.type == biff.SUP_BOOK and record.numbers("HH", 0, name)[1] not in _INTERNAL:
            raise bad_file("IMP_ACTIVE", name, "工作簿引用外部文件", "the workbook refers to another file")
        yield record


def _first(whole: Sequence[Record], name: str) -> Bound:
    """The first sheet that a person sees when the workbook is opened."""
    sheets = [_bound(record, name) for record in whole if record.type == biff.BOUND_SHEET]
    titles = [sheet.title.casefold() for sheet in sheets]
    if len(set(titles)) != len(titles):
        raise broken(name, "两个工作表同名", "two sheets of one name")
    found = next((sheet for sheet in sheets if sheet.visible), None)
    if found is None:
        raise bad_file("IMP_EMPTY", name, "没有可见的工作表", "no visible sheet")
    return found


def _bound(record: Record, name: str) -> Bound:
    at, state, type_, length, wide = record.numbers("IBBBB", 0, name)
    if type_ in (1, 6):
        raise bad_file("IMP_ACTIVE", name, "含宏表", "it holds a macro sheet")
    raw = record.body[8 : 8 + length * (2 if wide & 1 else 1)]
    return Bound(raw.decode("utf-16-le" if wide & 1 else "latin-1", "replace"), at, not state & 3 and not type_, record)


def _shared(whole: Sequence[Record]) -> list[Record]:
    start = next((i for i, record in enumerate(whole) if record.type == biff.SST), None)
    if start is None:
        return []
    end = start + 1
    while end < len(whole) and whole[end].type == biff.CONTINUE:
        end += 1
    return list(whole[start:end])


def _places(inner: Sequence[Record], title: str) -> Iterator[Place]:
    count = 0
    for record in inner:
        for place in _of_record(record, title):
            count += 1
            if count > CELLS:
                raise bad_file("IMP_LIMIT", title, f"超过 {CELLS} 个单元格", f"more than {CELLS} cells")
            if place.row > ROWS or place.column > COLUMNS:
                raise bad_file("IMP_LIMIT", title, f"{place.address} 太远", f"{place.address} lies too far out")
            yield place


def _of_record(record: Record, title: str) -> Iterator[Place]:
    if record.type not in _CELLS and record.type not in (biff.FORMULA, biff.R_STRING):
        return
    row, column = record.numbers("HH", 0, title)
    row, column = row + 1, column + 1
    match record.type:
        case biff.FORMULA:
            yield Place(row, column, "n", "(…)")
        case biff.LABEL_SST:
            yield Place(row, column, "s", shared=record.numbers("I", 6, title)[0])
        case biff.MUL_RK:
            last = record.numbers("H", len(record.body) - 2, title)[0] if len(record.body) > 2 else -1
            if last + 1 - column != (len(record.body) - 6) // 6 - 1:
                raise broken(title, "单元格有误", "a run of numbers is not in order")
            yield from (Place(row, each, "n") for each in range(column, last + 2))
        case biff.BOOL_ERR:
            yield Place(row, column, "e" if record.numbers("B", 7, title)[0] else "b")
        case biff.NUMBER | biff.RK:
            yield Place(row, column, "n")
        case _:
            yield Place(row, column, "str")


def _rewritten(whole: Sequence[Record], table: Sequence[Record], sheet: Bound, inner: Sequence[Record]) -> bytes:
    """Globals with this sheet alone, then its cells; formulas, names, links and drawings are left out."""
    front = b"".join(record.raw for record in whole if record.type in _KEPT)
    texts = b"".join(record.raw for record in table)
    head, end = whole[0].raw, Record(biff.EOF, b"", 0).raw
    offset = len(head) + len(front) + len(sheet.record.raw) + len(texts) + len(end)
    bound = Record(biff.BOUND_SHEET, struct.pack("<I", offset) + sheet.record.body[4:], 0).raw
    cells = b"".join(record.raw for record in inner if record.type in _CELLS)
    return contained(head + front + bound + texts + end + inner[0].raw + cells + end)
