"""The `[attachments]` table of a kind, read strictly: which classes of files travel with it, how many, how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mappings.attaching import CODES, FILE_KB, GROUP, KB, PAGE_KB, PDF, AttachedClass, Attaching
from mappings.codes import code_list
from mappings.dictionary import Dictionary
from mappings.element import Field
from mappings.kind import RECORDS, Direction, Group, Kind, Part
from mappings.table import Table

SUFFIXES = frozenset({"pdf", "png", "jpg", "jpeg"})


def with_attachments(kind: Kind, table: Table, dictionary: Dictionary, fields: tuple[Part, ...]) -> Kind:
    """The kind with its list of attachments, as its last group. fields: of one attachment. Raises BadKind."""
    values = table.table(GROUP)
    if not values:
        return kind
    inner = Table(f"{table.place}: [{GROUP}]", values)
    group = Group(
        name=GROUP,
        zh=inner.take("zh", str),
        en=inner.take("en", str),
        wrapper="Attachments",
        element="Attachment",
        min=inner.take("min", int, 0),
        max=inner.take("most", int, 0),
        source=dictionary.cited(inner),
        parts=fields,
    )
    attaching = _attaching(inner, group.source)
    inner.done()
    if kind.direction is Direction.IN:
        return replace(kind, attaching=attaching, parts=tuple(_in_records(part, group) for part in kind.parts))
    return replace(kind, attaching=attaching, parts=(*kind.parts, group))


def _in_records(part: Part, group: Group) -> Part:
    return part if isinstance(part, Field) or part.name != RECORDS else replace(part, parts=(*part.parts, group))


def _attaching(table: Table, source: str) -> Attaching:
    classes: Mapping[str, AttachedClass] = {each.code: each for each in map(_class, table.tables("class"))}
    attaching = Attaching(
        classes,
        source,
        default=table.take("default", str, ""),
        others=table.flag("others"),
        file_bytes=table.take("file_kb", int, FILE_KB) * KB,
        page_bytes=table.take("page_kb", int, PAGE_KB) * KB,
    )
    if attaching.default and attaching.default not in classes:
        raise table.bad(f"default '{attaching.default}' is none of its classes")
    if attaching.others and not classes:
        raise table.bad("'others' stands beside classes")
    if not attaching.file_bytes >= attaching.page_bytes > 0:
        raise table.bad("a page is at most as large as its file, and larger than nothing")
    return attaching


def _class(table: Table) -> AttachedClass:
    code = table.take("code", str)
    listed = code_list(CODES).rows.get(code)
    if listed is None:
        raise table.bad(f"code list {CODES} has no class '{code}'")
    found = AttachedClass(
        code,
        table.take("zh", str, listed.name),
        table.take("en", str, listed.name_en),
        required=table.flag("required"),
        most=table.take("most", int, 1),
        suffixes=table.texts("suffixes") or PDF,
    )
    table.done()
    if unknown := set(found.suffixes) - SUFFIXES:
        raise table.bad(f"no file ending {sorted(unknown)} can be looked into; there are {sorted(SUFFIXES)}")
    return found
