"""Certificate formats from their files: `kinds/<kind>/formats/<id>.toml`, of the product and of a home alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources.abc import Traversable

from mappings.codes import code_list
from mappings.dictionary import Dictionary
from mappings.kind import Format
from mappings.load_field import load_field
from mappings.table import BadKind, Table

FOLDER = "formats"
CLASSES = "required_document_codes"
PRINT_MODES = frozenset({"blank_form", "plain_a4"})
SHOWN = re.compile(
    r"shown|family|own|cut at \d+"
)  # a screen, that of its family, one's own knowledge, a screen cut off
ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")  # it is a type's name in the schema, and a file's
LANGUAGE = re.compile(r"[a-z]{2}")


def load_formats(folders: Sequence[Traversable], dictionary: Dictionary) -> dict[str, Format]:
    """By id, those of a later folder behind those of an earlier one. Raises BadKind naming file and key."""
    found: dict[str, Format] = {}
    for folder in folders:
        formats = folder.joinpath(FOLDER)
        for file in sorted(formats.iterdir(), key=lambda f: f.name) if formats.is_dir() else ():
            place = f"kinds/{folder.name}/{FOLDER}/{file.name}"
            if not file.name.endswith(".toml"):
                raise BadKind(place, "unknown file: it would be read by nobody")
            format_ = load_format(Table.read(file, place), dictionary)
            if file.name != f"{format_.id}.toml":
                raise BadKind(place, f"id '{format_.id}' is not the file's")
            if format_.id in found:
                raise BadKind(place, f"there is a format {format_.id} already")
            found[format_.id] = format_
    return found


def load_format(table: Table, dictionary: Dictionary) -> Format:
    """One format, with every word in it judged. Raises BadKind."""
    format_ = Format(
        id=table.take("id", str),
        code=table.take("code", str),
        zh=table.take("zh", str),
        en=table.take("en", str),
        certificate_class=table.take("certificate_class", str),
        title_zh=table.take("title_zh", str),
        title_en=table.take("title_en", str),
        languages=table.texts("languages"),
        print_modes=table.texts("print_modes"),
        shown=table.take("fields", str),
        version=table.take("version", int),
        source=dictionary.cited(table),
        parts=tuple(load_field(entry, dictionary) for entry in table.tables("field")),
    )
    table.done()
    _check(format_, table)
    return format_


def _check(format_: Format, table: Table) -> None:
    if not ID.fullmatch(format_.id):
        raise table.bad(f"id {format_.id!r}: letters, digits, '.', '-' and '_' only, a letter first, at most 40")
    if format_.certificate_class not in code_list(CLASSES).rows:
        raise table.bad(f"certificate_class {format_.certificate_class!r} is not in the code list {CLASSES}")
    if not format_.print_modes or not PRINT_MODES.issuperset(format_.print_modes):
        raise table.bad(f"print_modes: one or both of {', '.join(sorted(PRINT_MODES))}")
    if not SHOWN.fullmatch(format_.shown):
        raise table.bad(f"fields = {format_.shown!r}: shown, family, own, or 'cut at <line of the manual>'")
    if not format_.languages or not all(LANGUAGE.fullmatch(language) for language in format_.languages):
        raise table.bad("languages: two small letters each, such as zh and en")
    ids = [field.id for field in format_.parts]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise table.bad(f"'{min(twice)}' stands twice")
