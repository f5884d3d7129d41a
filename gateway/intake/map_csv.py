"""Rows of a CSV file, read strictly: every row that cannot be read is told with its number and column."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from io import StringIO
from itertools import islice

from gateway.intake.map_format import DELIMITERS, Columns, Encoding, Map
from gateway.intake.map_rows import BadSheet, Row, Sheet, label, told
from gateway.intake.map_text import LOST, Text, decode
from mappings.faults import Fault, fault

Numbered = tuple[int, list[str]]


def sheet(data: bytes, map_: Map) -> Sheet:
    """Raises BadSheet where the file as a whole cannot be read."""
    known = {name for columns in map_.columns() for name in columns}
    source = decode(data, map_.origin.encoding, lambda text: len(known & set(_header(text, map_))))
    records = _records(source.text, map_.origin.delimiter)
    header = [label(cell) for _, cells in islice(records, map_.origin.header_row - 1, map_.origin.header_row)
              for cell in cells]  # fmt: skip
    check_header(header, map_)
    rows, faults = [], []
    for number, cells in records:
        if _again(cells, header):
            zh, en = "又是表头，文件可能由多份拼接", "is the header again; were several files joined?"
            faults.append(told("IMP_ROW", f"row {number}", cells[0], zh, en, row=number))
        elif any(cell.strip() for cell in cells):
            rows.append(_row(number, cells, header, source))
    return Sheet([row for row in rows if row.broken or not skipped(row, map_)], faults)


def header_of(data: bytes, known: Collection[str]) -> list[str]:
    """The first row of a file whose map is not known yet. known: labels that tell its encoding."""

    def labels(text: str) -> list[str]:
        try:
            return [label(cell) for _, cells in islice(_records(text, ","), 1) for cell in cells]
        except BadSheet:
            return []

    source = decode(data, Encoding.AUTO, lambda text: len(set(labels(text)) & set(known)))
    return labels(source.text)


def _header(text: str, map_: Map) -> list[str]:
    """The header of a text whose encoding is not sure yet: empty where there is none."""
    wanted = map_.origin.header_row
    try:
        lines = islice(_records(text, map_.origin.delimiter), wanted - 1, wanted)
        return [label(cell) for _, cells in lines for cell in cells]
    except BadSheet:
        return []


def _records(text: str, delimiter: str) -> Iterator[Numbered]:
    """Records as a spreadsheet numbers them: a line break inside quotes begins no new row."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, line = 0, 0
    try:
        for number, cells in enumerate(reader, 1):
            line = reader.line_num
            yield number, cells
    except csv.Error as bad:
        zh = f"引号不成对或单元格过长（文件第 {line + 1} 至 {reader.line_num} 行）：{bad}"
        en = f"quotes that do not match, or a cell too long (lines {line + 1} to {reader.line_num} of the file): {bad}"
        raise BadSheet(told("IMP_ROW", f"row {number + 1}", "", zh, en, row=number + 1)) from bad


def _row(number: int, cells: list[str], header: list[str], source: Text) -> Row:
    broken, firm = None, len(cells) == len(header)
    place = f"row {number}"
    for index, cell in enumerate(cells):
        if LOST in cell or "\0" in cell:
            name = header[index] if index < len(header) else str(index + 1)
            zh, en = ("含空字节", "holds a NUL byte") if "\0" in cell else ("含无法解码的字节", "cannot be decoded")
            broken = told("IMP_ENCODING", f"{place} · {name}", ascii(cell), zh, en)
            break
    else:
        if source.strange("".join(cells)):
            zh, en = "此行是 UTF-8，文件其余部分是 GB18030", "this row is UTF-8, the rest of the file GB18030"
            broken = told("IMP_ENCODING", place, "".join(cells), zh, en)
        elif not firm:
            zh, en = f"{len(cells)} 列，表头 {len(header)} 列", f"{len(cells)} cells under {len(header)} columns"
            broken = told("IMP_ROW", place, _joined(cells), zh, en, row=number)
    return Row("row", number, dict(zip(header, cells, strict=False)), broken=broken, firm=firm)


def _joined(cells: Sequence[str]) -> str:
    return ",".join(cells)


def _again(cells: Sequence[str], header: Sequence[str]) -> bool:
    return len(cells) > 1 and [label(cell) for cell in cells] == list(header)


def skipped(row: Row, map_: Map) -> bool:
    return any(str(row.find((name,))[1] or "").strip() in cells for name, cells in map_.origin.skip.items())


def check_header(header: list[str], map_: Map) -> None:
    """Every column that the map needs stands in the header once. Raises BadSheet with all that do not."""
    if not any(header):
        raise BadSheet(fault("IMP_EMPTY", ""))
    place = f"row {map_.origin.header_row}"
    faults = [found for columns, needed in map_.columns().items() for found in _column(columns, header, place, needed)]
    if faults and (other := _other_delimiter(header, map_.origin.delimiter)):
        zh, en = f"看起来以 {other!r} 分隔，请在对照表的 [source] 写 delimiter", f"delimited by {other!r}, as it seems"
        raise BadSheet(told("IMP_HEADER", place, _joined(header), zh, f"{en}; state it as delimiter in [source]"))
    if faults:
        raise BadSheet(*faults)


def _column(columns: Columns, header: list[str], place: str, needed: bool) -> Iterator[Fault]:
    found = [name for name in header if name in columns]
    wanted = "/".join(columns)
    if len(found) > 1:
        zh, en = f"列「{wanted}」不止一个：{'、'.join(found)}", f"column {wanted} stands twice: {', '.join(found)}"
        yield told("IMP_HEADER", f"{place} · {wanted}", "、".join(found), zh, en)
    elif not found and needed:
        near = "、".join(get_close_matches(columns[0], header, n=3, cutoff=0.3)) or "—"
        zh = f"缺少列「{wanted}」，最接近的：{near}；现有：{'、'.join(header)[:200]}"
        en = f"there is no column {wanted}; nearest: {near}; there are: {', '.join(header)[:200]}"
        yield told("IMP_HEADER", f"{place} · {wanted}", "", zh, en)


def _other_delimiter(header: list[str], delimiter: str) -> str:
    if len(header) > 1:
        return ""
    counts = {other: header[0].count(other) for other in DELIMITERS if other != delimiter}
    best = max(counts, key=lambda other: counts[other])
    return best if counts[best] else ""
