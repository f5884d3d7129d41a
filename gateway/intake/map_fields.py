"""The `fields` of an intake map: where the value of each comes from and how it is turned, checked against the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from gateway.intake.map_format import Columns, DateForm, Take
from gateway.intake.map_problems import Problems
from mappings.check import BY_ANYBODY, check
from mappings.element import Field, Filler, Type
from mappings.kind import Direction, Kind
from mappings.table import Table

NUMBERS = (Type.INTEGER, Type.DECIMAL)
SOURCES = ("column", "join", "constant")


def takeable(field: Field) -> bool:
    """Whether an enterprise gives this field."""
    return field.by is Filler.ENTERPRISE


class Fields:
    """tables: the map's code tables. used: those that a field names. shared: keys of fields that may share a column."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]], problems: Problems, *, json: bool) -> None:
        self.tables = tables
        self.problems = problems
        self.json = json
        self.used: set[str] = set()
        self.shared: set[str] = set()

    def takes(self, given: Mapping[str, Any], allowed: Mapping[str, Field], place: str) -> tuple[Take, ...]:
        found = []
        for name, spec in given.items():
            field = allowed.get(name)
            if field and takeable(field):
                found.append(self.take(field, {"column": spec} if isinstance(spec, str) else spec, f"{place} {name}"))
            elif field:
                self.problems.add(f"{place} {name}", f"「{field.zh}」不由企业填写", "is not given by the enterprise")
            else:
                near = "、".join(get_close_matches(name, allowed, n=3)) or "—"
                self.problems.add(f"{place} {name}", f"没有此字段，最接近的：{near}", f"no such field; nearest: {near}")
        return tuple(take for take in found if take)

    def take(self, field: Field, spec: object, place: str) -> Take | None:
        if not isinstance(spec, dict):
            self.problems.add(place, "应是列名或表", "must be a column or a table")
            return None
        if sum(name in spec for name in SOURCES) != 1:
            self.problems.add(place, "应有且只有 column、join、constant 之一", "needs one of column, join, constant")
            return None
        table, before = Table(place, spec), len(self.problems.found)
        take = self.problems.attempt(lambda: self._read(field, table, place), instead=None)
        if take and len(self.problems.found) == before:
            self._fits(take)
        return take

    def _read(self, field: Field, table: Table, key: str) -> Take:
        if table.flag("shared"):
            self.shared.add(key)
        codes = table.take("codes", str, "")
        if codes:
            self.used.add(codes)
            if codes not in self.tables:
                raise table.bad(f"[codes] 中没有 {codes} / there is no [codes.{codes}]")
        take = Take(
            field,
            key,
            columns=_columns(table),
            separator=table.take("separator", str, " "),
            constant=table.take("constant", object, None),
            default=table.take("default", object, None),
            table=codes,
            codes=self.tables[codes] if codes else None,
            date=table.choice("date", DateForm, DateForm.YEAR_FIRST),
            split=table.take("split", str, ""),
            part=table.take("part", int, 1),
            strip=_texts(table, "strip"),
            upper=table.flag("upper"),
            thousands=table.flag("thousands"),
            half_width=table.flag("half_width"),
            optional=table.flag("optional"),
            if_format_has=table.flag("if_format_has"),
        )
        table.done()
        return take

    def _fits(self, take: Take) -> None:
        """What the map itself states must be a value that the field may have."""
        type_ = take.field.element.type
        if take.thousands and type_ not in NUMBERS:
            self.problems.add(take.key, "thousands 只用于数字字段", "thousands is for numbers only")
        if take.date is not DateForm.YEAR_FIRST and type_ is not Type.DATE:
            self.problems.add(take.key, "date 只用于日期字段", "date is for dates only")
        if take.part < 1:
            self.problems.add(take.key, "part 从 1 起", "part counts from 1")
        for name, value in (("constant", take.constant), ("default", take.default)):
            if value is not None:
                self._suits(take.field, value, f"{take.key} {name}")
        for own, value in (take.codes or {}).items():
            self._suits(take.field, value, f"[codes.{take.table}] {own}")

    def _suits(self, field: Field, value: Any, place: str) -> None:
        alone = Kind("map", "", "", 1, Direction.OUT, "", (replace(field, by=Filler.ENTERPRISE),))
        for fault in check(alone, {field.id: value}, by=BY_ANYBODY).faults:
            self.problems.add(place, fault.zh.rstrip("。"), fault.en.rstrip("."))


def _columns(table: Table) -> tuple[Columns, ...]:
    """One column with its aliases, or the several that are joined; none where the map states the value."""
    column, join = _texts(table, "column"), _texts(table, "join")
    return (column,) if column else tuple((name,) for name in join)


def _texts(table: Table, key: str) -> tuple[str, ...]:
    given = table.take(key, object, None)
    values = () if given is None else (given,) if isinstance(given, str) else given
    if not isinstance(values, tuple | list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise table.bad(f"{key} 应是文字或文字的列表 / {key} must be a text or a list of texts")
    if given is not None and not values:
        raise table.bad(f"{key} 是空的 / {key} is empty")
    return tuple(str(value).strip() for value in values)
