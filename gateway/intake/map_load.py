"""An intake map from its TOML file, read strictly: all its mistakes at once, each with its key.

load(home / "maps", "erp-blank", contract=contract())
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gateway.intake.map_codes import code_tables
from gateway.intake.map_fields import Fields, takeable
from gateway.intake.map_format import DELIMITERS, Columns, Encoding, Form, Level, Map, Members, Origin, Take
from gateway.intake.map_problems import BadMap, Problems
from mappings.element import Field, Filler
from mappings.kind import Direction, Group, Kind, Part
from mappings.load import Contract
from mappings.table import Table


def load(folder: Path, name: str, *, contract: Contract) -> Map:
    """The map of this name. Raises BadMap."""
    file = name if name.endswith(".toml") else f"{name}.toml"
    problems = Problems(file)
    if Path(file).name != file or not (folder / file).is_file():
        known = "、".join(sorted(path.stem for path in folder.glob("*.toml"))) or "—"
        problems.add(file, f"对照表文件夹内没有此文件，现有：{known}", f"there is no such map; there are: {known}")
        problems.end()
    table = problems.attempt(lambda: Table.read(folder / file, file), instead=None)
    problems.end()
    assert table
    return _Loader(folder, contract, problems).map(table)


class _Loader:
    def __init__(self, folder: Path, contract: Contract, problems: Problems) -> None:
        self.folder = folder
        self.contract = contract
        self.problems = problems

    def map(self, table: Table) -> Map:
        try_ = self.problems.attempt
        kind = self._kind(try_(lambda: table.take("kind", str), instead=""))
        origin = self._origin(self._inner(table, "source"))
        rows = self._inner(table, "rows")
        key = self._columns(rows, "key")
        fill_down = try_(lambda: rows.flag("fill_down"), instead=False)
        try_(rows.done, instead=None)
        tables = code_tables(self.problems.inner(table, "codes"), self.folder, self.problems)
        fields = Fields(tables, self.problems, json=origin.form in (Form.JSON, Form.JSON_LINES))
        reference = self._head(table, "reference", "reference", fields)
        enterprise = self._head(table, "enterprise", "enterprise_code", fields)
        level = self._level(table, kind.parts if kind else (), "", fields, kind) if kind else Level()
        if kind:
            try_(table.done, instead=None)
            self._whole(fields, tables, level)
        self.problems.end()
        assert kind and reference and enterprise
        return Map(self.problems.file, kind, origin, reference, enterprise, level, key, fill_down)

    def _head(self, table: Table, key: str, element_id: str, fields: Fields) -> Take | None:
        """`[reference]` and `[enterprise]`: sources like those of fields."""
        element = self.contract.dictionary.elements[element_id]
        field = Field(element, required=True, by=Filler.ENTERPRISE, zh=element.zh, en=element.en)
        given = self.problems.attempt(lambda: table.take(key, object), instead=None)
        spec = {"column": given} if isinstance(given, str) else given
        return fields.take(field, spec, f"[{key}]") if given is not None else None

    def _kind(self, name: str) -> Kind | None:
        kind = self.contract.kinds.get(name)
        if kind and kind.direction is Direction.OUT:
            return kind
        if name:
            near = "、".join(get_close_matches(name, self.contract.kinds, n=3)) or "—"
            self.problems.add("kind", f"没有可申报的种类 {name}，最接近的：{near}", "no kind that can be declared")
        return None

    def _inner(self, table: Table, key: str) -> Table:
        return Table(f"[{key}]", self.problems.inner(table, key))

    def _origin(self, table: Table) -> Origin:
        try_, whole = self.problems.attempt, Origin()
        origin = Origin(
            form=try_(lambda: table.choice("form", Form, whole.form), instead=whole.form),
            encoding=try_(lambda: table.choice("encoding", Encoding, whole.encoding), instead=whole.encoding),
            delimiter=try_(lambda: table.take("delimiter", str, whole.delimiter), instead=whole.delimiter),
            header_row=try_(lambda: table.take("header_row", int, whole.header_row), instead=whole.header_row),
            records=try_(lambda: table.take("records", str, ""), instead=""),
            skip={name: _texts(cells) for name, cells in self.problems.inner(table, "skip").items()},
        )
        try_(table.done, instead=None)
        if origin.delimiter not in DELIMITERS or origin.header_row < 1:
            self.problems.add("[source]", "delimiter 应是 , ; | 或 Tab，header_row 从 1 起",
                              "delimiter must be , ; | or a tab, header_row counts from 1")  # fmt: skip
        if origin.records and origin.form is not Form.JSON:
            self.problems.add("[source] records", '只用于 form = "json"', 'only with form = "json"')
        return origin

    def _columns(self, table: Table, key: str) -> Columns:
        given: object = self.problems.attempt(lambda: table.take(key, object, None), instead=None)
        columns = _texts(given)
        if given and (not columns or not all(columns)):
            self.problems.add(f"{table.place} {key}", "应是列名或列名的列表", "must be a column or a list of its names")
        return columns

    def _level(self, table: Table, parts: tuple[Part, ...], at: str, fields: Fields, kind: Kind | None) -> Level:
        """at: the place of the level in the map, such as `groups.lines.`"""
        given = self.problems.inner(table, "fields")
        own = [part for part in parts if isinstance(part, Field)]
        whole = kind.widest(_stated(kind, given)) if kind else parts
        allowed = {part.id: part for part in whole if isinstance(part, Field)}
        takes = fields.takes(given, allowed, f"[{at}fields]")
        self._needed([f for f in own if f.required and takeable(f)], {*given}, f"[{at}fields]")
        self._formats(kind, takes)
        inner = self.problems.inner(table, "groups")
        groups = [part for part in whole if isinstance(part, Group)]
        return Level(takes, tuple(self._groups(inner, groups, at, fields)))

    def _formats(self, kind: Kind | None, takes: tuple[Take, ...]) -> None:
        """Certificate formats that the map itself names must exist."""
        for take in takes:
            if kind and take.field.id == kind.format_field:
                for value in {take.constant, take.default, *(take.codes or {}).values()} - {None, *kind.formats}:
                    near = "、".join(get_close_matches(str(value), kind.formats, n=3, cutoff=0.2)) or "—"
                    zh, en = (
                        f"没有证书格式 {value}，最接近的：{near}",
                        f"no certificate format {value}; nearest: {near}",
                    )
                    self.problems.add(f"[codes.{take.table}]" if take.codes else take.key, zh, en)

    def _needed(self, required: list[Field], given: set[str], place: str) -> None:
        for field in required:
            if field.id not in given:
                self.problems.add(f"{place} {field.id}", f"必填项「{field.zh}」没有来源", "required, and has no source")

    def _groups(self, given: Mapping[str, Any], groups: list[Group], at: str, fields: Fields) -> Iterator[Members]:
        known = {group.name: group for group in groups}
        for name, values in given.items():
            place = f"[{at}groups.{name}]"
            if name in known and isinstance(values, dict):
                yield self._members(Table(place, values), known[name], at, fields)
            else:
                near = "、".join(known) or "—"
                self.problems.add(place, f"没有此组，现有：{near}", f"no such group; there are: {near}")
        for group in groups:
            if group.min and group.name not in given:
                place = f"[{at}groups.{group.name}]"
                self.problems.add(place, f"必填的组「{group.zh}」没有来源", "the group is required, and has no source")

    def _members(self, table: Table, group: Group, at: str, fields: Fields) -> Members:
        try_ = self.problems.attempt
        key = self._columns(table, "key")
        one = try_(lambda: table.flag("one"), instead=False)
        path = try_(lambda: table.take("path", str, ""), instead="")
        if sum((bool(key), one, bool(path))) > 1 or (path and not fields.json):
            self.problems.add(table.place, "key、one、path 只能有一个，path 只用于 JSON",
                              "one of key, one and path; path is for JSON only")  # fmt: skip
        parts = group.kind.parts if group.kind else group.parts
        level = self._level(table, parts, f"{at}groups.{group.name}.", fields, group.kind)
        try_(table.done, instead=None)
        return Members(group, key, one, path, level)

    def _whole(self, fields: Fields, tables: Mapping[str, Any], level: Level) -> None:
        """What only the whole map shows: columns that feed two fields, tables that nobody uses."""
        once = [take for take in level.all_takes() if take.key not in fields.shared]
        counted = Counter(name for take in once for columns in take.columns for name in columns)
        for take in once:
            for name in (name for columns in take.columns for name in columns if counted[name] > 1):
                zh, en = f"列「{name}」用了不止一次；确需如此时写 shared = true", f"column {name} feeds two fields"
                self.problems.add(take.key, zh, f"{en}; write shared = true where it must")
        for name in tables.keys() - fields.used:
            self.problems.add(f"[codes.{name}]", "没有字段使用此代码表", "no field uses this table")


def _texts(given: object) -> tuple[str, ...]:
    values = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return tuple(value.strip() for value in values if isinstance(value, str) and value.strip())


def _stated(kind: Kind, given: Mapping[str, Any]) -> str:
    """The format that the map itself states, "" where it takes it from the file."""
    chosen = given.get(kind.format_field)
    constant = chosen.get("constant") if isinstance(chosen, dict) else None
    return str(constant) if constant in kind.formats else ""


__all__ = ["BadMap", "load"]
