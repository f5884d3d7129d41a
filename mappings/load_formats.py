"""Formats of a kind from their files: `kinds/<kind>/formats/<id>.toml`, of the product and of a home alike.

A life's formats are those of certificates; the formats of a kind that travels are templates, which begin and end on a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

from mappings.codes import code_list
from mappings.dictionary import Dictionary
from mappings.kind import Format, Group, Part
from mappings.table import BadKind, Table

FOLDER = "formats"
CLASSES = "required_document_codes"
PRINT_MODES = frozenset({"blank_form", "plain_a4"})
SHOWN = re.compile(
    r"shown|family|own|cut at \d+"
)  # a screen, that of its family, one's own knowledge, a screen cut off
ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")  # it is a type's name in the schema, and a file's
LANGUAGE = re.compile(r"[a-z]{2}")


Parts = Callable[[Table], tuple[Part, ...]]


def load_formats(
    folders: Sequence[Traversable], dictionary: Dictionary, parts: Parts, *, templates: bool
) -> dict[str, Format]:
    """By id, those of a later folder behind those of an earlier one. parts: reads the fields and groups of one.

    Raises BadKind naming file and key.
    """
    found: dict[str, Format] = {}
    for folder in folders:
        formats = folder.joinpath(FOLDER)
        for file in sorted(formats.iterdir(), key=lambda f: f.name) if formats.is_dir() else ():
            place = f"kinds/{folder.name}/{FOLDER}/{file.name}"
            if not file.name.endswith(".toml"):
                raise BadKind(place, "unknown file: it would be read by nobody")
            format_ = load_format(Table.read(file, place), dictionary, parts, template=templates)
            if file.name != f"{format_.id}.toml":
                raise BadKind(place, f"id '{format_.id}' is not the file's")
            if format_.id in found:
                raise BadKind(place, f"there is a format {format_.id} already")
            found[format_.id] = format_
    for format_ in found.values():
        if format_.successor and format_.successor not in found:
            raise BadKind(f"formats/{format_.id}.toml", f"there is no format '{format_.successor}' to follow it")
    return found


def load_format(table: Table, dictionary: Dictionary, parts: Parts, *, template: bool) -> Format:
    """One format, with every word in it judged. Raises BadKind."""
    format_ = Format(
        id=table.take("id", str),
        code=table.take("code", str),
        zh=table.take("zh", str),
        en=table.take("en", str),
        shown=table.take("fields", str),
        version=table.take("version", int),
        source=dictionary.cited(table),
        parts=parts(table),
        **(_dates(table) if template else _face(table)),
    )
    table.done()
    _check(format_, table)
    if "blank_form" in format_.print_modes and not format_.blank_formats:
        return replace(format_, blank_formats=(format_.code,))
    return format_


def _face(table: Table) -> dict[str, Any]:
    """What a certificate shows of its format."""
    face: dict[str, Any] = {name: table.take(name, str) for name in ("certificate_class", "title_zh", "title_en")}
    face |= {name: table.texts(name) for name in ("languages", "print_modes", "blank_formats")}
    if face["certificate_class"] not in code_list(CLASSES).rows:
        raise table.bad(f"certificate_class {face['certificate_class']!r} is not in the code list {CLASSES}")
    if not face["print_modes"] or not PRINT_MODES.issuperset(face["print_modes"]):
        raise table.bad(f"print_modes: one or both of {', '.join(sorted(PRINT_MODES))}")
    if not face["languages"] or not all(LANGUAGE.fullmatch(language) for language in face["languages"]):
        raise table.bad("languages: two small letters each, such as zh and en")
    if face["blank_formats"] and "blank_form" not in face["print_modes"]:
        raise table.bad("blank_formats: what is printed on no blank form names none")
    return face


def _dates(table: Table) -> Mapping[str, str]:
    """When a template is in force, and what follows it. A template that ends names its successor."""
    found = {name: table.take(name, str, "") for name in ("valid_from", "valid_to", "dates", "successor")}
    days = [found[name] for name in ("valid_from", "valid_to") if found[name]]
    try:
        for day in days:
            date.fromisoformat(day)
    except ValueError:
        raise table.bad(f"{' '.join(days)}: a day is written YYYY-MM-DD") from None
    if (
        days != sorted(days)
        or bool(days) != bool(found["dates"])
        or bool(found["valid_to"]) != bool(found["successor"])
    ):
        raise table.bad("valid_from ≤ valid_to; `dates` says where they are from; who ends names its successor")
    return found


def _check(format_: Format, table: Table) -> None:
    if not ID.fullmatch(format_.id):
        raise table.bad(f"id {format_.id!r}: letters, digits, '.', '-' and '_' only, a letter first, at most 40")
    if not SHOWN.fullmatch(format_.shown):
        raise table.bad(f"fields = {format_.shown!r}: shown, family, own, or 'cut at <line of the manual>'")
    if format_.languages and (groups := [part.name for part in format_.parts if isinstance(part, Group)]):
        raise table.bad(f"a certificate's format adds fields, no groups: {', '.join(groups)}")
