"""The code tables of an intake map: the enterprise's own words to ours, in the map or in a CSV file beside it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from gateway.intake.map_problems import Problems


def code_tables(given: Mapping[str, Any], folder: Path, problems: Problems) -> dict[str, Mapping[str, Any]]:
    """Every table of `[codes]` by name; of a faulty one what is sound."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, table in given.items():
        place = f"[codes.{name}]"
        if isinstance(table, str):
            found[name] = _in_file(folder, table, place, problems)
        elif isinstance(table, dict) and table:
            found[name] = _inline(table, place, problems)
        else:
            found[name] = {}
            problems.add(
                place, "应是有内容的表，或 CSV 文件名", "must be a table with codes, or the name of a CSV file"
            )
    return found


def _inline(table: Mapping[str, Any], place: str, problems: Problems) -> Mapping[str, Any]:
    for own, code in table.items():
        if not isinstance(code, str | int | bool):
            problems.add(f"{place} {own}", "值应是文字、整数或 true/false", "must be a text, a whole number or a flag")
    return {own.strip(): code for own, code in table.items() if isinstance(code, str | int | bool)}


def _in_file(folder: Path, name: str, place: str, problems: Problems) -> Mapping[str, Any]:
    """A CSV file of a header and two columns or more: own word, code."""
    if Path(name).name != name or not name.lower().endswith(".csv"):
        problems.add(place, f"{name} 应是对照表旁的 CSV 文件", f"{name} must be a CSV file beside the map")
        return {}
    try:
        rows = list(csv.reader(StringIO(_text((folder / name).read_bytes()), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as bad:
        problems.add(place, f"{name} 读不出：{bad}", f"{name} cannot be read")
        return {}
    found: dict[str, Any] = {}
    for number, row in enumerate(rows[1:], 2):
        own, code = (cell.strip() for cell in row[:2]) if len(row) > 1 else ("", "")
        if row and (not own or not code or found.get(own, code) != code):
            problems.add(place, f"{name} 第 {number} 行：空值或重复", f"{name} row {number}: empty, or stands twice")
        elif row:
            found[own] = code
    if not found:
        problems.add(place, f"{name} 没有代码", f"{name} holds no codes")
    return found


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")
