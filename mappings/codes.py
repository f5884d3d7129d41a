"""Code lists: what a field of type `code` may hold, read from `codes/` when first asked for."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

_KEYS: Mapping[str, type] = {"zh": str, "en": str, "file": str, "closed": bool, "date": str, "source": str}


class BadCodes(Exception):
    """A code list is not well made: `codes/unit.csv: row 36: code '035' stands twice`.

    place: the file. row: its line, counted from 1 with the header; 0 for the file as a whole. problem: one sentence.
    """

    def __init__(self, place: str, row: int, problem: str) -> None:
        super().__init__(f"{place}: row {row}: {problem}" if row else f"{place}: {problem}")
        self.place = place
        self.row = row
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Code:
    """One row. `name_en` is empty where the source has none."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list and its origin. A code outside a closed list is refused, outside an open one it earns a warning."""

    name: str
    zh: str
    en: str
    closed: bool
    date: str
    source: str
    rows: Mapping[str, Code]

    def nearest(self, code: str, n: int = 3) -> tuple[str, ...]:
        """What was probably meant, as "code name": whose name it is, then likeness of code, then likeness of name."""
        wanted = code.strip().casefold()
        codes = {key.casefold(): key for key in self.rows}
        named = {row.name: key for key, row in self.rows.items()}
        meant = [key for key, row in self.rows.items() if wanted in (row.name.casefold(), row.name_en.casefold())]
        like = [codes[key] for key in get_close_matches(wanted, codes, n)]
        like += [named[name] for name in get_close_matches(code, named, n)]
        found = list(dict.fromkeys(meant + like)) if wanted else []
        return tuple(f"{key} {self.rows[key].name}" for key in found[:n])


Roots = tuple[Traversable, ...]
SHIPPED: Roots = (files("mappings"),)


def code_list(name: str, roots: Roots = SHIPPED) -> CodeList:
    """The list of this name; a later root's stands for an earlier one's. Raises BadCodes, KeyError for no such list."""
    return _read(name, roots)


def names(roots: Roots = SHIPPED) -> tuple[str, ...]:
    """The names of all lists. Raises BadCodes."""
    return tuple(sorted(_known(roots)))


@cache
def _known(roots: Roots) -> Mapping[str, tuple[Traversable, Mapping[str, Any]]]:
    found: dict[str, tuple[Traversable, Mapping[str, Any]]] = {}
    for root in roots:
        table = root.joinpath("codes", "lists.toml")
        try:
            entries = tomllib.loads(table.read_text(encoding="utf-8")) if table.is_file() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
            raise BadCodes("codes/lists.toml", 0, f"not TOML: {bad}") from bad
        for name, entry in entries.items():
            if not isinstance(entry, dict) or {key: type(value) for key, value in entry.items()} != _KEYS:
                raise BadCodes("codes/lists.toml", 0, f"[{name}] must have {', '.join(_KEYS)}, and nothing else")
            found[name] = (root, entry)
    return found


@cache
def _read(name: str, roots: Roots) -> CodeList:
    root, entry = _known(roots)[name]
    steps = ("codes/" + entry["file"]).replace("codes/../", "").split("/")
    rows: dict[str, Code] = {}
    for line, row in _rows(root.joinpath(*steps), "/".join(steps)):
        code = row["code"]
        if not code or code != code.strip() or not row["name"]:
            raise BadCodes("/".join(steps), line, "code or name is empty, or the code has blanks around it")
        if code in rows and not row.get("note"):
            raise BadCodes("/".join(steps), line, f"code {code!r} stands twice, and no note says why")
        rows.setdefault(code, Code(code, row["name"], row.get("name_en", "")))
    return CodeList(name, entry["zh"], entry["en"], entry["closed"], entry["date"], entry["source"], rows)


def _rows(file: Traversable, place: str) -> Iterator[tuple[int, dict[str, str]]]:
    if not file.is_file():
        raise BadCodes(place, 0, "there is no such file")
    reader = csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), strict=True)
    header = next(reader, [])
    if header[:2] != ["code", "name"] or len(set(header)) != len(header):
        raise BadCodes(place, 1, f"the header must begin with code,name and name no column twice: {','.join(header)}")
    for values in reader:
        if len(values) != len(header):
            raise BadCodes(place, reader.line_num, f"{len(values)} values under {len(header)} columns")
        yield reader.line_num, dict(zip(header, values, strict=True))
