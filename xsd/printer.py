"""Schemas printed from the kinds: one self-contained XSD a kind, committed beside this file.

`python -m xsd.printer` writes them, `python -m xsd.printer --check` fails when a committed one differs.
A format is a type derived from its kind's base type and chosen by `xsi:type`: of the element that carries a certificate, of
the root where a kind that travels has templates.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from mappings.element import Element, Field, Type
from mappings.kind import Direction, Format, Group, Kind, Part
from mappings.load import Contract, contract

FOLDER = Path(str(files("xsd")))


def file_name(kind: Kind) -> str:
    return f"{kind.type.lower()}-{kind.version}.xsd"


def print_schema(kind: Kind, head: tuple[Field, ...]) -> str:
    """The XSD of one kind that travels."""
    front = [_sequence_element("Head", _parts(head))] if kind.direction is Direction.OUT else []
    carried = {group.kind.name: group.kind for group in _groups(kind.parts) if group.kind}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!-- Printed from mappings/kinds/{kind.name}: do not edit. {kind.zh} -->",
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns={quoteattr(kind.namespace)} '
        f'targetNamespace={quoteattr(kind.namespace)} elementFormDefault="qualified" version="{kind.version}">',
        *_indent(_root(kind, front)),
        *_indent([line for inner in carried.values() for line in _base_and_formats(inner, [])]),
        "</xs:schema>",
    ]
    return "\n".join(lines) + "\n"


def _root(kind: Kind, front: list[list[str]]) -> list[str]:
    note = _indent([_note(kind.zh, kind.source)])
    name = quoteattr(kind.root)
    if kind.format_field:
        typed = f"<xs:element name={name} type={quoteattr(_base(kind))}>"
        return [typed, *note, "</xs:element>", *_base_and_formats(kind, front)]
    inner = _indent(_complex([*front, *map(_part, kind.parts)]))
    return [f"<xs:element name={name}>", *note, *inner, "</xs:element>"]


def _groups(parts: Iterable[Part]) -> Iterable[Group]:
    for part in parts:
        if isinstance(part, Group):
            yield part
            yield from _groups(part.parts)


def _indent(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _note(zh: str, source: str) -> str:
    return f"<xs:annotation><xs:documentation>{escape(zh)} · {escape(source)}</xs:documentation></xs:annotation>"


def _complex(blocks: Iterable[list[str]], attributes: str = "") -> list[str]:
    inner = [line for block in blocks for line in block]
    return [
        f"<xs:complexType{attributes}>",
        *_indent(["<xs:sequence>", *_indent(inner), "</xs:sequence>"]),
        "</xs:complexType>",
    ]


def _parts(parts: Iterable[Part]) -> list[list[str]]:
    return [_part(part) for part in parts]


def _sequence_element(name: str, blocks: list[list[str]], occurs: str = "") -> list[str]:
    return [f'<xs:element name="{name}"{occurs}>', *_indent(_complex(blocks)), "</xs:element>"]


def _part(part: Part) -> list[str]:
    return _field(part) if isinstance(part, Field) else _group(part)


def _field(field: Field) -> list[str]:
    occurs = "" if field.required else ' minOccurs="0"'
    return [
        f'<xs:element name="{field.element.element}"{occurs}>',
        *_indent([_note(field.zh, field.element.source), *_simple(field.element)]),
        "</xs:element>",
    ]


def _group(group: Group) -> list[str]:
    most = str(group.max) if group.max else "unbounded"
    occurs = f' minOccurs="{max(group.min, 1)}" maxOccurs="{most}"'
    if group.kind:
        item = [f'<xs:element name="{group.element}" type="{_base(group.kind)}"{occurs}/>']
    else:
        item = _sequence_element(group.element, _parts(group.parts), occurs)
    wrapper = "" if group.min else ' minOccurs="0"'
    head, *rest = _sequence_element(group.wrapper, [item], wrapper)
    return [head, *_indent([_note(group.zh, group.source)]), *rest]


def _base(kind: Kind) -> str:
    return "".join(word.capitalize() for word in kind.name.split("_"))


def _base_and_formats(kind: Kind, front: list[list[str]]) -> list[str]:
    """The base type of a kind that is carried or has templates, and one derived type for each of its formats."""
    own = [part for part in kind.parts if not (isinstance(part, Field) and part.id == kind.format_field)]
    abstract = ' abstract="true"' if kind.formats else ""
    lines = _complex([*front, *_parts(own)], f' name="{_base(kind)}"{abstract}')
    for format_ in kind.formats.values():
        lines += _format(kind, format_)
    return lines


def _format(kind: Kind, format_: Format) -> list[str]:
    inner = [line for block in _parts(format_.parts) for line in block]
    return [
        f'<xs:complexType name="{format_.id}">',
        *_indent([_note(format_.zh, format_.source), "<xs:complexContent>"]),
        *_indent(
            _indent(
                [f'<xs:extension base="{_base(kind)}">', *_indent(["<xs:sequence>", *_indent(inner), "</xs:sequence>"])]
            )
        ),
        *_indent(_indent(["</xs:extension>"])),
        *_indent(["</xs:complexContent>"]),
        "</xs:complexType>",
    ]


def _simple(element: Element) -> list[str]:
    base, facets = _restriction(element)
    inner = "".join(f"<xs:{name} value={quoteattr(str(value))}/>" for name, value in facets)
    return [f'<xs:simpleType><xs:restriction base="xs:{base}">{inner}</xs:restriction></xs:simpleType>']


def _restriction(element: Element) -> tuple[str, list[tuple[str, object]]]:
    """Numbers carry a pattern: judges differ over digits that are not ASCII."""
    match element.type:
        case Type.INTEGER:
            return "integer", [("pattern", "-?[0-9]+"), ("minInclusive", element.min), ("maxInclusive", element.max)]
        case Type.DECIMAL:
            return "decimal", [
                ("pattern", r"[0-9]+(\.[0-9]+)?"),
                ("minInclusive", 0),
                ("totalDigits", element.digits),
                ("fractionDigits", element.places),
            ]
        case Type.DATE:
            return "date", [("pattern", r"[0-9]{4}-[0-9]{2}-[0-9]{2}")]
        case Type.DATETIME:
            return "string", [("pattern", r"[0-9]{17}")]
        case Type.FLAG:
            return "string", [("enumeration", "0"), ("enumeration", "1")]
        case Type.IDENTIFIER if element.grammar:
            return "string", [("pattern", xml_pattern(element.grammar.read.pattern))]
        case _:
            return "string", [("minLength", 1), ("maxLength", element.max)]


def xml_pattern(pattern: str) -> str:
    r"""A Python pattern in the dialect of XML Schema: anchored by itself, \d means ASCII digits only."""
    return pattern.removeprefix("^").removesuffix("$").replace("(?:", "(").replace(r"\d", "[0-9]")


def printed(of: Contract) -> dict[str, str]:
    return {file_name(kind): print_schema(kind, of.head) for kind in of.messages}


def main(arguments: list[str]) -> int:
    wanted = printed(contract())
    if "--check" not in arguments:
        for name, text in wanted.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        return 0
    stale = [name for name, text in wanted.items() if not _same(FOLDER / name, text)]
    for name in stale:
        sys.stderr.write(f"xsd/{name} differs from its kind: run `make print`\n")
    return 1 if stale else 0


def _same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
