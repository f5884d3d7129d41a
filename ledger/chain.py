"""Chains of hashes: a row holds the hash of the row before, so that no row can be changed, moved or taken out unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

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
    "previous",
)
_AUDIT = ("id", "at", "actor", "act", "subject", "detail", "previous")


def event_hash(number: str, row: Mapping[str, Any]) -> str:
    """sha256 of one row of `event`, and of the document that it belongs to."""
    return _hash([number, *(row[name] for name in _EVENT)])


def audit_hash(row: Mapping[str, Any]) -> str:
    return _hash([row[name] for name in _AUDIT])


def _hash(values: list[object]) -> str:
    return hashlib.sha256(_ENCODER.encode(values).encode()).hexdigest()
