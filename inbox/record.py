"""What a file from customs says, record by record: which group holds them, what a record brings of a document, its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inbox.open import Business
from ledger.rows import Attached
from mappings.attaching import GROUP
from mappings.element import Field
from mappings.kind import RECORDS, Group, Kind

_OF_RECEIPT = frozenset({"cop_msg_id", "message_type", "number", "receipt_no", "status", "sentence", "stated_at"})


def records(item: Business) -> Sequence[Mapping[str, Any]]:
    """What it says of documents, one by one."""
    found: Sequence[Mapping[str, Any]] = item.parcel.content.get(RECORDS) or ()
    return found


def carried(group: Group) -> Group | None:
    """The documents that its records bring whole, as customs has them."""
    return next((part for part in group.parts if isinstance(part, Group) and part.kind), None)


def data_of(record: Mapping[str, Any], item: Business) -> Sequence[Mapping[str, Any]]:
    """What a record brings of a document, where its kind brings one."""
    group = carried(item.parcel.needs_kind().needs_records())
    found: Sequence[Mapping[str, Any]] = (record.get(group.name) if group else None) or ()
    return found


def plain(kind: Kind, item: Mapping[str, Any]) -> dict[str, str]:
    """The single fields of a document as customs has it."""
    return {f.id: str(item[f.id]) for f in kind.shape(item) if isinstance(f, Field) and item.get(f.id) is not None}


def facts_of(record: Mapping[str, Any], group: Group) -> dict[str, str]:
    """What a record says beyond the receipt itself: numbers that it assigns, counts that it brings."""
    ids = [part.id for part in group.parts if isinstance(part, Field) and part.id not in _OF_RECEIPT]
    return {name: str(record[name]) for name in ids if name in record}


def attached(record: Mapping[str, Any], item: Business) -> Iterator[Attached]:
    """The files that a record lists, for itself or for what stands inside it."""
    there = {each.name: each for each in item.parcel.attachments}
    for listed in _listed(record):
        file = there[str(listed["file_name"])]
        yield Attached(str(listed.get("class_code", "")), file.name, int(listed["page_count"]), file.sha256, file.data)


def _listed(values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, inner in values.items():
        if isinstance(inner, list):
            yield from inner if name == GROUP else (found for each in inner for found in _listed(each))
