"""A declaration that the ledger has, as it could be given again: its files stand in it as data, wherever they lay at first."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from gateway.home import Home
from ledger.rows import DocumentRow
from mappings.attaching import GROUP


def declared_again(home: Home, row: DocumentRow) -> dict[str, Any]:
    """The latest revision. A file is found by the sha256 under which the declaration lists it."""
    value = json.loads(row.declaration)
    kept = home.ledger.attached_to(row.enterprise_id, row.number)
    return {**value, "content": _with_files(value["content"], kept)}


def _with_files(content: Mapping[str, Any], kept: Mapping[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in content.items():
        if name == GROUP:
            found[name] = [_as_data(item, kept) for item in value]
        elif isinstance(value, list):
            found[name] = [_with_files(item, kept) if isinstance(item, Mapping) else item for item in value]
        else:
            found[name] = value
    return found


def _as_data(item: Mapping[str, Any], kept: Mapping[str, bytes]) -> dict[str, Any]:
    """As `gateway.intake.attaching` reads it; what is not kept stays as it is listed, and is told as missing."""
    body = kept.get(str(item.get("file_sha256")))
    if body is None:
        return dict(item)
    own = {"class_code": item["class_code"]} if item.get("class_code") else {}
    return {**own, "name": item["file_name"], "data": base64.b64encode(body).decode()}
