"""The files that a content lists, where it lists them, and whether the files that came are these (profile, File).

A list is a group `attachments` of a declaration, of a document that it carries, or of a record of customs.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mappings import sample_files
from mappings.attaching import GROUP, Attaching
from mappings.element import Field
from mappings.kind import Kind, Part
from parcel.attachment import Attachment, AttachmentRules, Inspected, inspect
from parcel.attachment_errors import corrupt
from parcel.package.pack import Listed, claim

ANY = AttachmentRules()


@dataclass(frozen=True, slots=True)
class Listing:
    """place: JSON pointer of the list. attaching: what is said of its files, by whichever kind the list belongs to."""

    place: str
    attaching: Attaching
    items: Sequence[Mapping[str, Any]]


def listings(kind: Kind, content: Mapping[str, Any], at: str = "/content") -> Iterator[Listing]:
    """Every list of a content, in its order."""
    return _lists(kind.shape(content), content, kind.attaching, at)


def _lists(
    parts: Iterable[Part], content: Mapping[str, Any], attaching: Attaching | None, at: str
) -> Iterator[Listing]:
    for part in parts:
        items = None if isinstance(part, Field) else content.get(part.name)
        if isinstance(part, Field) or not isinstance(items, list):
            continue
        if part.name == GROUP and attaching:
            yield Listing(f"{at}/{GROUP}", attaching, items)
            continue
        inner = part.kind.attaching if part.kind else attaching
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield from _lists(part.shape(item), item, inner, f"{at}/{part.name}/{index}")


def rules_of(attaching: Attaching, code: str) -> AttachmentRules:
    """How a file of that class is looked at; of a class that the kind does not take, as a PDF."""
    known = attaching.named(code)
    suffixes = known.suffixes if known else ANY.suffixes
    return AttachmentRules(suffixes, attaching.file_bytes, attaching.page_bytes, most=0)


def chosen(kind: Kind, content: Mapping[str, Any], files: Mapping[str, bytes]) -> tuple[Attachment, ...]:
    """The files that a content lists, each once. files: by name."""
    found: dict[str, Attachment] = {}
    for listing in listings(kind, content):
        for item in listing.items:
            name = str(item["file_name"])
            found.setdefault(name, Attachment(str(item.get("class_code", "")), name, files[name]))
    return tuple(found.values())


def matched(kind: Kind, content: Mapping[str, Any], there: Sequence[Attachment]) -> tuple[Inspected, ...]:
    """Every file that came is listed with its digest, every listed one came, and each is what its class may be.

    In the content's order, one for each item. Raises AttachmentRefused: ATT_CORRUPT, and those of `inspect`.
    """
    found = list(listings(kind, content))
    rows = [(_row(item), listing.attaching, item) for listing in found for item in listing.items]
    claimed = claim([row for row, _, _ in rows], there)
    return tuple(_looked_at(a, attaching, item) for a, (_, attaching, item) in zip(claimed, rows, strict=True))


def of_sample(kind: Kind, content: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Attachment, ...]]:
    """A sample's content with lists in place of the data that it holds, and the files themselves: as a message has them.

    A declaration from outside comes in by `gateway.intake.attaching`, which trusts nothing.
    """
    whole, files = dict(content), dict[str, Attachment]()
    for listing in listings(kind, content):
        held = [item for item in listing.items if "data" in item]
        for item in held:
            code, name, data = str(item.get("class_code", "")), str(item["name"]), base64.b64decode(item["data"])
            files.setdefault(name, Attachment(code, name, data))
        told = [sample_files.listed(item) if item in held else item for item in listing.items]
        whole = relisted(whole, listing.place.split("/")[2:], told)
    return whole, tuple(files.values())


def relisted(content: Mapping[str, Any], path: Sequence[str], told: list[Any]) -> dict[str, Any]:
    """The content with another list at the path; what is around it is copied, nothing is changed in place."""
    head, *rest = path
    if not rest:
        return {**content, head: told}
    items = list(content[head])
    items[int(rest[0])] = relisted(items[int(rest[0])], rest[1:], told)
    return {**content, head: items}


def _row(item: Mapping[str, Any]) -> Listed:
    code = str(item.get("class_code", ""))
    return Listed(code, str(item["file_name"]), int(item["file_size"]), str(item["file_sha256"]))


def _looked_at(attachment: Attachment, attaching: Attaching, item: Mapping[str, Any]) -> Inspected:
    found = inspect(attachment, rules_of(attaching, attachment.class_code))
    if found.page_count != item["page_count"]:
        pages = f"{found.page_count} 页，报文所列 {item['page_count']}"
        raise corrupt(attachment.name, pages, "other pages than the message lists")
    return found
