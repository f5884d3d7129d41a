"""`manifest.xml`: every entry of the bundle with name, size and sha256, the documents with their states, made when by whom.

What comes from outside is written in ASCII (`\\u4e2d`), so that no text of a partner can trouble the parser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from mappings.clock import iso
from mappings.parser import children, local

NAMESPACE = "urn:customs-gateway:evidence:1"
FORMAT = "1"


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document whose chain is in the bundle. relation: itself, parent or carried. events: how many; file: where.

    validity: "" where its kind has none.
    """

    number: str
    relation: str
    kind: str
    version: int
    state: str
    since: str
    validity: str
    events: int
    head: str
    file: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """role: readme, document, declaration, events, out, in, attachment, attempts, certificate, sums. more: what else is known of it."""

    name: str
    size: int
    sha256: str
    role: str
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    gateway: str
    made: int  # µs
    documents: tuple[DocumentLine, ...]
    entries: tuple[EntryLine, ...]


def write(manifest: Manifest) -> bytes:
    root = etree.Element(_tag("evidence"), nsmap={"e": NAMESPACE})
    root.attrib.update(
        {"format": FORMAT, "gateway": manifest.gateway, "made": iso(manifest.made), "madeAt": str(manifest.made)}
    )
    for each in manifest.documents:
        values = {name: _ascii(str(getattr(each, name))) for name in DocumentLine.__slots__}
        etree.SubElement(root, _tag("document"), values).tail = "\n"
    for entry in manifest.entries:
        values = {"name": entry.name, "size": str(entry.size), "sha256": entry.sha256, "role": entry.role}
        more = {name: _ascii(value) for name, value in entry.more.items() if value}
        etree.SubElement(root, _tag("entry"), values | more).tail = "\n"
    return etree.tostring(root, encoding="UTF-8")


def read(root: etree._Element) -> Manifest:
    """Of a tree that was verified. Raises ValueError for what is no manifest of this format."""
    if root.tag != _tag("evidence") or root.get("format") != FORMAT:
        raise ValueError(f"{root.tag} {root.get('format')}")
    documents, entries = list[DocumentLine](), list[EntryLine]()
    for child in children(root):
        if local(child) == "document":
            documents.append(_document(child))
        elif local(child) == "entry":
            entries.append(_entry(child))
        else:
            raise ValueError(local(child))
    if not documents:
        raise ValueError("document")
    return Manifest(_needed(root, "gateway"), made_at(root), tuple(documents), tuple(entries))


def made_at(root: etree._Element) -> int:
    """When it says that it was made, µs; asked before the seal is judged, which is judged at this time."""
    return int(_needed(root, "madeAt"))


def _document(element: etree._Element) -> DocumentLine:
    values = {name: _plain(_needed(element, name)) for name in DocumentLine.__slots__}
    return DocumentLine(
        values["number"], values["relation"], values["kind"], int(values["version"]), values["state"],
        values["since"], values["validity"], int(values["events"]), values["head"], values["file"],
    )  # fmt: skip


def _entry(element: etree._Element) -> EntryLine:
    own = ("name", "size", "sha256", "role")
    more = {str(name): _plain(str(value)) for name, value in element.attrib.items() if name not in own}
    return EntryLine(
        _needed(element, "name"), int(_needed(element, "size")), _needed(element, "sha256"), _needed(element, "role"), more
    )  # fmt: skip


def _needed(element: etree._Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise ValueError(f"{local(element)}/@{name}")
    return value


def _ascii(text: str) -> str:
    return json.dumps(text)[1:-1]


def _plain(text: str) -> str:
    return str(json.loads(f'"{text}"'))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
