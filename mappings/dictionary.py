"""The dictionary of data elements and the grammars of numbers, read and checked."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from mappings.codes import names as code_list_names
from mappings.element import Element, Grammar, Type
from mappings.table import Table

MANUAL = re.compile(r"manual (\d{3}) §([\d.]+[a-z]?)")
_ELEMENT = re.compile(r"[A-Z][A-Za-z0-9]*")
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Dictionary:
    """All data elements and number grammars of a contract, and the manual sections that sources may cite."""

    elements: Mapping[str, Element]
    grammars: Mapping[str, Grammar]
    sections: frozenset[tuple[str, str]]

    def series(self, prefix: str) -> Grammar | None:
        return next((g for g in self.grammars.values() if g.series == prefix), None)

    def cited(self, table: Table, key: str = "source") -> str:
        """A source, whose manual sections must exist."""
        source = table.take(key, str)
        for manual, section in MANUAL.findall(source):
            if (manual, section.rstrip(".")) not in self.sections:
                raise table.bad(f"key '{key}': manual {manual} has no section {section}")
        return source


def load_dictionary(roots: Sequence[Traversable]) -> Dictionary:
    """Raises BadKind naming file and key."""
    found = Dictionary({}, {}, _sections(roots))
    elements, grammars = dict[str, Element](), dict[str, Grammar]()
    for root, file in _files(roots, lambda root: [root.joinpath("numbers.toml")]):
        for name, table in Table.read(file, _place(root, file)).named():
            if name in grammars:
                raise table.bad("this grammar exists already")
            grammars[name] = _grammar(name, table, found)
    for root, file in _files(roots, lambda root: _sorted(root.joinpath("dictionary"))):
        for name, table in Table.read(file, _place(root, file)).named():
            if name in elements:
                raise table.bad("this data element exists already")
            elements[name] = _element(name, table, found, grammars)
    _check_unique(elements)
    return Dictionary(elements, grammars, found.sections)


def _files(
    roots: Sequence[Traversable], of: Callable[[Traversable], list[Traversable]]
) -> list[tuple[Traversable, Traversable]]:
    return [(root, file) for root in roots for file in of(root) if file.is_file()]


def _sorted(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)


def _place(root: Traversable, file: Traversable) -> str:
    return str(file).removeprefix(str(root)).lstrip("/\\")


def _sections(roots: Sequence[Traversable]) -> frozenset[tuple[str, str]]:
    found = set()
    for _, file in _files(roots, lambda root: [root.joinpath("sections.csv")]):
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            found.add((row["manual"], row["section"]))
    return frozenset(found)


def _grammar(name: str, table: Table, found: Dictionary) -> Grammar:
    pattern = _pattern(table, "pattern", "")
    grammar = Grammar(
        name=name,
        zh=table.take("zh", str),
        en=table.take("en", str),
        pattern=pattern,
        read=_pattern(table, "read", pattern.pattern),
        example=table.take("example", str),
        series=table.take("series", str, ""),
        source=found.cited(table),
    )
    table.done()
    if not grammar.pattern.fullmatch(grammar.example):
        raise table.bad(f"the example {grammar.example!r} does not match the pattern")
    return grammar


def _pattern(table: Table, key: str, default: str) -> re.Pattern[str]:
    try:
        return re.compile(table.take(key, str, default) if default else table.take(key, str), re.ASCII)
    except re.error as bad:
        raise table.bad(f"key '{key}' is no regular expression: {bad}") from bad


def _element(name: str, table: Table, found: Dictionary, grammars: Mapping[str, Grammar]) -> Element:
    kind = table.choice("type", Type)
    grammar = table.take("grammar", str, "")
    element = Element(
        id=name,
        zh=table.take("zh", str),
        en=table.take("en", str),
        element=table.take("element", str),
        type=kind,
        source=found.cited(table),
        example=_example(table, kind),
        max=table.take("max", int, 0),
        min=table.take("min", int, 0),
        digits=table.take("digits", int, 0),
        places=table.take("places", int, 0),
        codes=table.take("codes", str, ""),
        grammar=grammars.get(grammar),
        meaning=table.take("meaning", str, ""),
    )
    table.done()
    _check_element(element, table, grammar)
    return element


def _example(table: Table, kind: Type) -> str | int | bool:
    if kind is Type.INTEGER:
        return table.take("example", int)
    return table.take("example", bool) if kind is Type.FLAG else table.take("example", str)


def _check_element(element: Element, table: Table, grammar: str) -> None:
    if not _ID.fullmatch(element.id) or not _ELEMENT.fullmatch(element.element):
        raise table.bad(f"id {element.id!r} is not snake_case or element {element.element!r} not UpperCamelCase")
    wanted = {
        Type.TEXT: element.max > 0,
        Type.CODE: element.max > 0 and element.codes in code_list_names(),
        Type.INTEGER: element.max > element.min,
        Type.DECIMAL: element.digits > element.places > 0,
        Type.IDENTIFIER: element.grammar is not None,
    }
    if not wanted.get(element.type, True):
        raise table.bad(
            f"type {element.type} lacks its key (max, codes, min and max, digits and places, grammar)" + grammar
        )


def _check_unique(elements: Mapping[str, Element]) -> None:
    seen: dict[str, str] = {}
    for element in elements.values():
        other = seen.setdefault(element.element, element.id)
        if other != element.id:
            raise Table("dictionary", {}).bad(f"element {element.element} stands for both {other} and {element.id}")
