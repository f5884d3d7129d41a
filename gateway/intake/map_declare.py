"""Rows of one document to one declaration, with the way back: the place of every value in the enterprise's own file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.intake.declaration import Declaration
from gateway.intake.map_format import Level, Map, Members, Take
from gateway.intake.map_rows import Row, is_blank, partial, span, span_zh, told
from gateway.intake.map_values import Trouble, value
from mappings.check import check
from mappings.element import Field
from mappings.faults import Fault, fault
from mappings.kind import Kind


@dataclass(frozen=True, slots=True)
class Places:
    """JSON pointer to `row 3 · 申请数量`; what has no place of its own has that of what it belongs to."""

    known: Mapping[str, str]

    def __call__(self, path: str) -> str:
        if path and not path.startswith("/"):
            return path  # told at its place already
        while path and path not in self.known:
            path = path.rpartition("/")[0]
        return self.known.get(path, "")


def declare(map_: Map, file: str, rows: Sequence[Row]) -> Declaration:
    """One declaration, taken whole or refused whole."""
    return _Maker(map_, rows).declaration(file)


class _Maker:
    def __init__(self, map_: Map, rows: Sequence[Row]) -> None:
        self.map = map_
        self.rows = rows
        self.sound = [row for row in rows if not row.broken]
        self.places: dict[str, str] = {"": span(rows), "/kind": f"{map_.file} · kind"}
        self.faults: list[Fault] = []
        self.bad_paths: set[str] = set()
        self.bad_rows: dict[int, Row] = {}

    def declaration(self, file: str) -> Declaration:
        for row in self.rows:
            if row.broken:
                self._note(row.broken, row)
        made: dict[str, Any] = {"kind": self.map.kind.name}
        for name, take in (("reference", self.map.reference), ("enterprise", self.map.enterprise)):
            made[name] = self._value(take, self.sound, f"/{name}") if self.sound else None
        made["content"] = self._level(self.map.level, self.sound, "/content", self.map.kind) if self.sound else {}
        made = {name: found for name, found in made.items() if found is not None}
        return Declaration(file, made, self._all_faults(made), Places(self.places))

    def _all_faults(self, made: Mapping[str, Any]) -> tuple[Fault, ...]:
        """Where reading found a fault, what the check of the content says beside it, and which sound rows go down."""
        if not self.faults:
            return ()
        where = Places(self.places)
        head = (self.map.reference.field, self.map.enterprise.field)
        missing = {
            f"/{name}": field for name, field in zip(("reference", "enterprise"), head, strict=True) if name not in made
        }
        also = [fault("FIELD_MISSING", path, zh=field.zh, en=field.en) for path, field in missing.items()]
        also += check(self.map.kind, made["content"]).faults
        also = [f for f in also if f.path not in self.bad_paths]
        if len(self.sound) < len(self.rows):
            also = [f for f in also if not _may_lie_elsewhere(f)]
        self.faults += [replace(f, path=where(f.path)) for f in also]
        good = [row for row in self.rows if row.number not in self.bad_rows]
        if good and self.bad_rows:
            self.faults.append(partial(self.bad_rows.values(), good))
        return tuple(self.faults)

    def _note(self, found: Fault, row: Row, path: str = "") -> None:
        self.faults.append(found)
        self.bad_rows[row.number] = row
        if path:
            self.bad_paths.add(path)

    def _level(self, level: Level, rows: Sequence[Row], at: str, kind: Kind | None = None) -> dict[str, Any]:
        self.places[at] = span(rows)
        made = {take.field.id: self._value(take, rows, f"{at}/{take.field.id}") for take in level.takes}
        if kind:
            known = {part.id for part in kind.shape(made) if isinstance(part, Field)}
            made = {t.field.id: made[t.field.id] for t in level.takes if t.field.id in known or not t.if_format_has}
        for members in level.groups:
            made[members.group.name] = self._items(members, rows, f"{at}/{members.group.name}") or None
        return {name: found for name, found in made.items() if found is not None}

    def _items(self, members: Members, rows: Sequence[Row], at: str) -> list[dict[str, Any]]:
        self.places[at] = span(rows)
        items = self._shared_out(members, rows, at)
        kind = members.group.kind
        return [self._level(members.level, item, f"{at}/{index}", kind) for index, item in enumerate(items)]

    def _shared_out(self, members: Members, rows: Sequence[Row], at: str) -> list[Sequence[Row]]:
        """The rows of every item of a group."""
        if members.path:
            return [[item] for row in rows for item in self._listed(members, row, at)]
        given = [row for row in rows if _says(members.level, row)]
        if members.one:
            return [rows]
        if not members.key:
            return [[row] for row in given]
        items: dict[str, list[Row]] = {}
        for row in given:
            if row.blank(members.key):
                zh, en = f"「{members.key[0]}」是空的", f"{members.key[0]} is empty"
                found = told("IMP_ROW", row.at(members.key[0]), "", zh, en, row=row.number)
                self._note(found, row, at)
            else:
                items.setdefault(str(row.find(members.key)[1]).strip(), []).append(row)
        return list(items.values())

    def _listed(self, members: Members, row: Row, at: str) -> list[Row]:
        items = row.items(members.path)
        if items is None:
            zh, en = "应是对象的列表", "must be a list of objects"
            self._note(told("IMP_TYPE", row.at(members.path), "", zh, en), row, at)
        return items or []

    def _value(self, take: Take, rows: Sequence[Row], path: str) -> Any:
        """The value of a field over the rows that share it: given once, or the same in all."""
        if take.constant is not None:
            self.places[path] = f"{self.map.file} · {take.key}"
            return take.constant
        read = [(row, _cells(take, row)) for row in rows]
        given = [(row, cells) for row, cells in read if not all(is_blank(cell) for _, cell in cells)]
        row, named = (given or read)[0]
        self.places[path] = row.at("+".join(name for name, _ in named))
        if not given:
            if take.default is not None:
                self.places[path] = f"{self.map.file} · {take.key} default"
            return take.default
        self._agree(given, path)
        try:
            return value(take, [cell for _, cell in named])
        except Trouble as trouble:
            self._note(replace(trouble.fault, path=self.places[path]), row, path)
            return None

    def _agree(self, given: Sequence[tuple[Row, Sequence[tuple[str, object]]]], path: str) -> None:
        first_row, first = given[0]
        wanted = [str(cell).strip() for _, cell in first]
        for row, cells in given[1:]:
            found = [str(cell).strip() for _, cell in cells]
            if found != wanted:
                zh = f"与{span_zh([first_row])}的「{' '.join(wanted)[:40]}」不一致，同一单据此列应相同"
                en = f"differs from {' '.join(wanted)[:40]!r} in {first_row.place}; one document has one value here"
                place = row.at("+".join(name for name, _ in cells))
                self._note(told("IMP_ROW", place, " ".join(found), zh, en, row=row.number), row, path)


def _may_lie_elsewhere(found: Fault) -> bool:
    """Whether what is missing may stand in a row that could not be read."""
    return found.code.startswith("GROUP_") or (found.code == "FIELD_MISSING" and found.path.count("/") < 3)


def _cells(take: Take, row: Row) -> list[tuple[str, Any]]:
    return [row.find(columns) for columns in take.columns]


def _says(level: Level, row: Row) -> bool:
    """Whether a row says anything of a group: its own cells, or those of the groups inside."""
    return any(not is_blank(cell) for take in level.all_takes() for _, cell in _cells(take, row)) or any(
        members.path for members in level.all_groups()
    )
