"""The enterprise's own list of a day: CSV or JSON with a reference a line, and what it knows besides."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import BadList

KNOWN = ("number", "state", "customs_no", "certificate_no")
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line. facts: what the enterprise says of it besides, by the words of `gateway status`."""

    reference: str
    facts: Mapping[str, str]


def read_list(file: Path) -> list[Listed]:
    """`.json` (an array of objects) or CSV with a header row, UTF-8 or GB18030. Raises BadList naming file and line."""
    data = file.read_bytes()
    rows = _json(file, data) if file.suffix.lower() == ".json" else _csv(file, data)
    found = [_line(file, place, row) for place, row in enumerate(rows, start=1)]
    seen: set[str] = set()
    for place, line in enumerate(found, start=1):
        if line.reference in seen:
            raise BadList("REC_LIST", file=file.name, line=place, detail=f"{line.reference} 出现两次 / stands twice")
        seen.add(line.reference)
    return found


def _line(file: Path, place: int, row: Mapping[str, Any]) -> Listed:
    reference = str(row.get(REFERENCE) or "").strip()
    if not reference:
        raise BadList("REC_LIST", file=file.name, line=place, detail=f"没有 {REFERENCE} / no {REFERENCE}")
    return Listed(reference, {name: str(row[name]).strip() for name in KNOWN if row.get(name)})


def _json(file: Path, data: bytes) -> list[Mapping[str, Any]]:
    try:
        rows = json.loads(data)
    except ValueError as bad:
        raise BadList("REC_LIST", file=file.name, line=0, detail=str(bad)) from bad
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadList("REC_LIST", file=file.name, line=0, detail="应为对象的数组 / wanted: an array of objects")
    return rows


def _csv(file: Path, data: bytes) -> list[Mapping[str, Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.DictReader(io.StringIO(data.decode(encoding))))
        except UnicodeDecodeError:
            continue
    raise BadList("REC_LIST", file=file.name, line=0, detail="既非 UTF-8 也非 GB18030 / neither UTF-8 nor GB18030")
