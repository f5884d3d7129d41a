"""What an intake map says, once read and checked: frozen, without behaviour but the ways to look through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mappings.element import Field
from mappings.kind import Group, Kind

DELIMITERS = (",", ";", "\t", "|")


class Form(StrEnum):
    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"


class Encoding(StrEnum):
    """auto: UTF-8 or GB18030, whichever gives the header that the map knows; UTF-8 where both do."""

    AUTO = "auto"
    UTF_8 = "utf-8"
    GB18030 = "gb18030"


class DateForm(StrEnum):
    """How the enterprise writes a day. Without a form only those are taken that can be read in one way."""

    YEAR_FIRST = "y/m/d"  # 2026/1/5, 2026-01-05, 2026.1.5, 2026年1月5日, 20260105
    DAY_FIRST = "d/m/y"
    MONTH_FIRST = "m/d/y"
    EXCEL = "excel"  # 46027, days of the 1900 calendar


Columns = tuple[str, ...]  # aliases of one column, of which a file has exactly one


@dataclass(frozen=True, slots=True)
class Origin:
    """`[source]`. records: path of the list in a JSON file. skip: cells by which a row is no data, such as 合计."""

    form: Form = Form.CSV
    encoding: Encoding = Encoding.AUTO
    delimiter: str = ","
    header_row: int = 1
    records: str = ""
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Take:
    """Where the value of one field comes from. key: its place in the map. columns: several are joined.

    codes: the enterprise's own word to ours. part: which piece of a split cell, counted from 1.
    optional: a file need not have the column. if_format_has: left out where the certificate's format has no such field.
    """

    field: Field
    key: str
    columns: tuple[Columns, ...] = ()
    separator: str = " "
    constant: Any = None
    default: Any = None
    table: str = ""
    codes: Mapping[str, Any] | None = None
    date: DateForm = DateForm.YEAR_FIRST
    split: str = ""
    part: int = 1
    strip: tuple[str, ...] = ()
    upper: bool = False
    thousands: bool = False
    half_width: bool = False
    optional: bool = False
    if_format_has: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """The fields and groups of the head, or of one item of a group."""

    takes: tuple[Take, ...] = ()
    groups: tuple[Members, ...] = ()

    def all_takes(self) -> Iterator[Take]:
        yield from self.takes
        for members in self.groups:
            yield from members.level.all_takes()

    def all_groups(self) -> Iterator[Members]:
        for members in self.groups:
            yield members
            yield from members.level.all_groups()


@dataclass(frozen=True, slots=True)
class Members:
    """How rows become the items of a group: each row one; with `key`, rows of one value; with `one`, all of them.

    path: in JSON, the list below the record.
    """

    group: Group
    key: Columns
    one: bool
    path: str
    level: Level


@dataclass(frozen=True, slots=True)
class Map:
    """file: the map's name as faults tell it. key: the column that rows of one declaration have in common."""

    file: str
    kind: Kind
    origin: Origin
    reference: Take
    enterprise: Take
    level: Level
    key: Columns = ()
    fill_down: bool = False

    def columns(self) -> dict[Columns, bool]:
        """Every column outside nested JSON lists, and whether a file must have it."""
        wanted: dict[Columns, bool] = dict.fromkeys([self.key] if self.key else [], True)
        wanted |= {(name,): True for name in self.origin.skip}
        wanted |= {members.key: True for members in self.level.all_groups() if members.key}
        for take in (self.reference, self.enterprise, *self.level.all_takes()):
            for columns in take.columns:
                wanted[columns] = wanted.get(columns, False) or not take.optional
        return wanted
