"""Chains of hashes: a row holds the hash of the row before, so that no row can be changed, moved or taken out unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mappings.states import Event, What

_ENCODER = json.JSONEncoder(ensure_ascii=False)
_EVENT = (
    "seq",
    "what",
    "code",
    "stated_at",
    "recorded_at",
    "receipt_no",
    "message",
    "actor",
    "answers",
    "facts",
    "sentence",
    "content",
    "previous",
)
_AUDIT = ("id", "at", "actor", "act", "subject", "detail", "previous")


EVENT_FIELDS = ("number", *_EVENT)
"""What stands in a line of a document's chain, in this order."""

_NONE = "-"


def event_text(number: str, row: Mapping[str, Any]) -> str:
    """What is hashed of one row of `event`, and of the document that it belongs to: one line, because JSON writes a line break as two
    characters."""
    return _ENCODER.encode([number, *(row[name] for name in _EVENT)])


def event_hash(number: str, row: Mapping[str, Any]) -> str:
    """sha256 of that text."""
    return hashlib.sha256(event_text(number, row).encode()).hexdigest()


def audit_hash(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(_ENCODER.encode([row[name] for name in _AUDIT]).encode()).hexdigest()


def content_of(revision: int | None, sha256: str) -> str:
    """What an act submitted, as its event binds it: the document's revision and the sha256 of the declaration as it was given; `-` and
    the fingerprint of what was declared, where the act is upon a document that another declaration made."""
    return f"{_NONE if revision is None else revision} {sha256}"


def declared(content: str) -> tuple[int, str] | None:
    """The revision and the sha256 that an event binds; None where it binds no declaration of its own document."""
    revision, _, sha256 = content.partition(" ")
    return (int(revision), sha256) if revision.isdigit() else None


def read_event(row: Mapping[str, Any]) -> Event:
    """A row of `event`, or a line of a chain, as the fold reads it. Its name there is its seq, which is all its document has to know."""
    return Event(
        id=str(row["seq"]),
        what=What(row["what"]),
        code=row["code"],
        stated_at=row["stated_at"],
        seq=row["seq"],
        receipt_no=row["receipt_no"],
        message=row["message"],
        answers=str(row["answers"] or ""),
        facts=json.loads(row["facts"]),
    )
