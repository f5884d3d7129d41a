"""Records of a JSON or JSON lines file as rows, numbers kept as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.intake.map_format import Form, Map
from gateway.intake.map_rows import BadSheet, Number, Row, Sheet, told
from gateway.intake.map_text import decode
from mappings.faults import Fault


def sheet(data: bytes, map_: Map) -> Sheet:
    """Raises BadSheet where the file as a whole cannot be read."""
    known = {name for columns in map_.columns() for name in columns}
    source = decode(data, map_.origin.encoding, lambda text: sum(name in text for name in known))
    if source.strange(source.text):
        line = next((n for n, line in enumerate(source.text.splitlines(), 1) if source.strange(line)), 1)
        zh, en = "含另一种编码的字节", "holds bytes of another encoding"
        raise BadSheet(told("IMP_ENCODING", f"line {line}", "", zh, en))
    if map_.origin.form is Form.JSON_LINES:
        return Sheet(list(_lines(source.text)))
    return Sheet([_row("record", number, record) for number, record in enumerate(_records(source.text, map_), 1)])


def _records(text: str, map_: Map) -> list[Any]:
    try:
        value = _loads(text)
    except (ValueError, RecursionError) as bad:
        raise BadSheet(_unreadable(bad, f"line {bad.lineno}" if isinstance(bad, json.JSONDecodeError) else "")) from bad
    path = map_.origin.records
    for step in path.split(".") if path else ():
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping) and not path:
        return [value]
    if not isinstance(value, list):
        zh, en = f"路径 {path or '（根）'} 处没有列表", f"there is no list at {path or 'the root'}"
        raise BadSheet(told("IMP_HEADER", path, "", zh, en))
    return value


def _lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield _row("line", number, _loads(line))
            except (ValueError, RecursionError) as bad:
                yield Row("line", number, {}, broken=_unreadable(bad, f"line {number}"), firm=False)


def _row(word: str, number: int, record: object) -> Row:
    if isinstance(record, Mapping):
        return Row(word, number, record)
    broken = told("IMP_TYPE", f"{word} {number}", record, "应是 JSON 对象", "must be a JSON object")
    return Row(word, number, {}, broken=broken, firm=False)


def _unreadable(bad: Exception, place: str) -> Fault:
    return told("IMP_TYPE", place, "", f"JSON 读不出：{bad}", f"no JSON: {bad}")


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_no_number, object_pairs_hook=_once)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
