"""Rows of an enterprise's file, whatever its form: cells by column, and the place of each as the enterprise counts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from gateway.intake.map_format import Columns
from mappings.faults import Fault, Refused

SPANS = 20  # so many runs of rows are named, then an ellipsis


class Number(str):
    """A number of a JSON file as it is written there, told from a text of digits."""

    __slots__ = ()


def told(code: str, place: str, found: object, zh: str, en: str, **evidence: object) -> Fault:
    """A fault of the table whose detail has a Chinese and an English wording."""
    in_zh = Refused(code, detail=zh, found=found, **evidence)
    in_en = Refused(code, detail=en, found=found, **evidence)
    return replace(in_zh.at(place, str(found)[:60]), en=in_en.en)


@dataclass(frozen=True, slots=True)
class Row:
    """word, number: `row 3`. inner: the place inside a JSON record, such as `items[1]`.

    broken: why the row cannot be read; what its cells say is then not to be used. firm: its cells are in their columns.
    """

    word: str
    number: int
    cells: Mapping[str, Any]
    inner: str = ""
    broken: Fault | None = None
    firm: bool = True

    @property
    def place(self) -> str:
        return f"{self.word} {self.number}{' · ' if self.inner else ''}{self.inner}"

    def at(self, column: str) -> str:
        return f"{self.place} · {column}"

    def find(self, columns: Columns) -> tuple[str, Any]:
        """The name that the column has in this row, and its cell: None where there is none."""
        for name in columns:
            if name in self.cells:
                return name, self.cells[name]
            if "." in name and (found := _walk(self.cells, name)) is not None:
                return name, found
        return columns[0], None

    def blank(self, columns: Columns) -> bool:
        return is_blank(self.find(columns)[1])

    def items(self, path: str) -> list[Row] | None:
        """The rows of a list inside this record; None where something else stands there."""
        found = self.find((path,))[1]
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
            return None
        before = f"{self.inner}.{path}" if self.inner else path
        return [replace(self, cells=item, inner=f"{before}[{i}]") for i, item in enumerate(found, 1)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: its rows, and faults of lines that belong to no declaration, such as a second header."""

    rows: Sequence[Row]
    faults: Sequence[Fault] = field(default=())


class BadSheet(Exception):
    """The file as a whole cannot be read. For the intake's own modules: `faults` become a refused declaration."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(fault.zh for fault in faults))
        self.faults = faults


def is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def label(cell: str) -> str:
    """A header's label as maps name it: no blanks around it, one blank for a line break inside."""
    return " ".join(cell.replace("\ufeff", "").split())


def span(rows: Iterable[Row]) -> str:
    """`row 3`, `rows 3-5, 9`, or the places themselves inside a JSON record."""
    rows = list(rows)
    if any(row.inner for row in rows):
        return ", ".join(row.place for row in rows)
    numbers = sorted({row.number for row in rows})
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    word = rows[0].word + ("s" if len(numbers) > 1 else "") if rows else ""
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:SPANS]]
    return f"{word} {', '.join(shown)}{', …' if len(runs) > SPANS else ''}" if rows else ""


def span_zh(rows: Iterable[Row]) -> str:
    """The same in Chinese: `第 3-5、9 行`."""
    rows = list(rows)
    _, _, numbers = span(rows).partition(" ")
    if not rows or any(row.inner for row in rows):
        return span(rows)
    return f"第 {numbers.replace(', ', '、')} {'条记录' if rows[0].word == 'record' else '行'}"


def partial(bad: Iterable[Row], good: Iterable[Row]) -> Fault:
    """Sound rows go down with the bad rows of their document (IMP_PARTIAL)."""
    bad, good = list(bad), list(good)
    in_zh = Refused("IMP_PARTIAL", bad=span_zh(bad), good=span_zh(good))
    in_en = Refused("IMP_PARTIAL", bad=span(bad), good=span(good))
    return replace(in_zh.at(span(good)), en=in_en.en)


def _walk(cells: Mapping[str, Any], path: str) -> Any:
    value: Any = cells
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
