"""Files of declarations: JSON, JSON lines, the payload's own XML, a kind's filled template, an enterprise's own form by a map."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from gateway.errors import Unreadable
from gateway.intake.declaration import Declaration, MapReader
from gateway.intake.template import SUFFIXES as TEMPLATES
from gateway.intake.template import read_template
from mappings.faults import Refused
from mappings.load import Contract
from mappings.parser import parse
from mappings.read import read

LIMIT = 64 << 20  # bytes of one file of declarations
SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".xml"}) | TEMPLATES


def declarations(paths: Sequence[Path], *, contract: Contract, mapped: MapReader | None = None) -> list[Declaration]:
    """Everything that the files, and the files of the folders, declare. A file that cannot be read is one fault."""
    found: list[Declaration] = []
    for path in paths:
        for file in sorted(_files(path, any_suffix=mapped is not None)) if path.is_dir() else [path]:
            found += in_file(file, contract=contract, mapped=mapped)
    return found


def _files(folder: Path, *, any_suffix: bool) -> Iterator[Path]:
    return (
        f
        for f in folder.iterdir()
        if f.is_file() and not f.name.startswith(".") and (any_suffix or f.suffix.lower() in SUFFIXES)
    )


def in_file(file: Path, *, contract: Contract, mapped: MapReader | None = None) -> list[Declaration]:
    try:
        if file.stat().st_size > LIMIT:
            raise Unreadable("FILE_TOO_BIG", size=file.stat().st_size, limit=LIMIT)
        found = in_bytes(file.read_bytes(), str(file), contract=contract, mapped=mapped)
        return [replace(each, beside=file.parent) for each in found]
    except OSError as unreadable:
        return [_unreadable(str(file), Unreadable("DECL_FORMAT", detail=unreadable.strerror or str(unreadable)))]
    except Refused as refused:
        return [_unreadable(str(file), refused)]


def in_bytes(data: bytes, name: str, *, contract: Contract, mapped: MapReader | None = None) -> list[Declaration]:
    """Raises Unreadable, or ParseRefused for XML."""
    if mapped:
        return list(mapped(data, name))
    if PurePath(name).suffix.lower() in TEMPLATES:
        return read_template(data, name, contract)
    if name.lower().endswith(".xml") or data.lstrip()[:1] == b"<":
        return [_xml(data, name, contract)]
    return list(_json(data, name))


def _unreadable(name: str, refused: Refused) -> Declaration:
    return Declaration(name, faults=(refused.at(str(refused.evidence.get("path", ""))),))


def _json(data: bytes, name: str) -> Iterator[Declaration]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise Unreadable(
            "DECL_FORMAT", detail=f"不是 UTF-8（第 {bad.start} 字节） / not UTF-8 at byte {bad.start}"
        ) from bad
    if not text.strip():
        raise Unreadable("DECL_FORMAT", detail="文件为空 / the file is empty")
    try:
        value = _loads(text)
    except json.JSONDecodeError as bad:
        yield from _json_lines(text, name, bad)
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield _declaration(item, name, partial("/{}{}".format, index))
    else:
        yield _declaration(value, name, lambda path: path)


def _json_lines(text: str, name: str, whole: json.JSONDecodeError) -> Iterator[Declaration]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) < 2 or not lines[0][1].lstrip().startswith("{") or not _is_json(lines[0][1]):
        raise Unreadable("DECL_FORMAT", detail=f"JSON: {whole.msg}", path=f"第 {whole.lineno} 行第 {whole.colno} 列")
    for number, line in lines:
        try:
            yield _declaration(_loads(line), name, partial("line {}: {}".format, number))
        except json.JSONDecodeError as bad:
            yield _unreadable(name, Unreadable("DECL_FORMAT", detail=f"JSON: {bad.msg}", path=f"line {number}"))


def _is_json(line: str) -> bool:
    try:
        _loads(line)
    except json.JSONDecodeError:
        return False
    return True


def _loads(text: str) -> Any:
    """JSON with decimals kept as they are written, and no key twice."""
    return json.loads(text, parse_float=str, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, _ in pairs if sum(k == key for k, _ in pairs) > 1)
        raise json.JSONDecodeError(f"the key {twice!r} stands twice", "", 0)
    return found


def _declaration(value: object, name: str, locate: Callable[[str], str]) -> Declaration:
    if isinstance(value, Mapping):
        return Declaration(name, value, locate=locate)
    told = Unreadable("DECL_FORMAT", detail="一份申报应是 JSON 对象 / a declaration is a JSON object").at(locate(""))
    return Declaration(name, faults=(told,), locate=locate)


def _xml(data: bytes, name: str, contract: Contract) -> Declaration:
    """The payload's own XML: what the gateway would write, without number and seal."""
    root = parse(data)
    kind = contract.of_namespace(root.nsmap.get(root.prefix, "") or "")
    if kind is None:
        raise Unreadable("XML_ROOT", found=root.tag, want="urn:customs-gateway:…")
    message = read(kind, root, head_parts=contract.head)
    head = message.head
    value = {"kind": kind.name, "reference": head.get("reference", ""), "enterprise": head.get("enterprise_code", "")}
    return Declaration(name, value | {"content": message.content})
