"""States against events: every chain from its first line to its head, and the fold of what stands in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from gateway.errors import GatewayError
from gateway.evidence.manifest import DocumentLine, Manifest
from gateway.evidence.story import VALIDITY, Chain, chained, told
from ledger.chain import declared
from mappings.faults import Refused
from mappings.load import Contract
from mappings.states import Folded

_REVISION = re.compile(r"document/declaration-(\d{1,9})\.json", re.ASCII)
_FILES = ("document/document.json", "related/documents.json")


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """recomputed: whether this program knows the kind in that version and has folded the events again."""

    number: str
    relation: str
    kind: str
    version: int
    state: str
    validity: str
    events: int
    file: str
    whole: bool
    recomputed: bool
    findings: Sequence[Refused] = field(default_factory=tuple)


def documents(files: Mapping[str, bytes], manifest: Manifest, contract: Contract) -> Iterator[DocumentCheck]:
    described = _described(files)
    lines = {name: _by_number(files.get(name, b"")) for name in {line.file for line in manifest.documents}}
    for line in manifest.documents:
        rows = described.get(line.number, {})
        yield _checked(line, lines[line.file].pop(line.number, []), rows, contract, _declared(line, files, rows))
    # What is left are lines that belong to no document of the manifest; the entry's hash already says so.


def _described(files: Mapping[str, bytes]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name in _FILES:
        try:
            values = json.loads(files.get(name, b"[]"))
        except ValueError:
            continue  # the entry's hash says so already
        for each in values if isinstance(values, list) else [values]:
            if isinstance(each, dict):
                found[str(each.get("number"))] = each
    return found


def _declared(line: DocumentLine, files: Mapping[str, bytes], described: Mapping[str, Any]) -> dict[int, str]:
    """Revision -> sha256 of the declaration as the bundle has it."""
    if line.relation == "itself":
        texts = {name: _REVISION.fullmatch(name) for name in files}
        return {int(found[1]): sha256(files[name]).hexdigest() for name, found in texts.items() if found}
    rows = described.get("declarations")
    each = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {
        row["revision"]: sha256(str(row.get("given")).encode()).hexdigest()
        for row in each
        if isinstance(row.get("revision"), int)
    }


def _by_number(data: bytes) -> dict[str, list[bytes]]:
    """The lines of each document; the first value of a line is its number."""
    found: dict[str, list[bytes]] = {}
    for line in data.split(b"\n"):
        if line:
            found.setdefault(_number(line), []).append(line)
    return found


def _number(line: bytes) -> str:
    try:
        values = json.loads(line)
    except ValueError:
        return ""
    return str(values[0]) if isinstance(values, list) and values else ""


def _checked(
    line: DocumentLine,
    lines: Iterable[bytes],
    described: Mapping[str, Any],
    contract: Contract,
    given: Mapping[int, str],
) -> DocumentCheck:
    fields = described.get("event_fields")
    names = [str(name) for name in fields] if isinstance(fields, list) else []
    chain = chained(lines, names, line.number)
    findings = list[Refused]()
    if broken := _broken(chain, line):
        findings.append(GatewayError("EVI_CHAIN", number=line.number, seq=broken))
    findings += [
        GatewayError("EVI_DECLARED", number=line.number, seq=row.get("seq"), revision=bound[0])
        for row in chain.rows
        if (bound := declared(str(row.get("content", "")))) and given.get(bound[0]) != bound[1]
    ]
    try:
        folded = None if broken else told(chain.rows, kind=line.kind, version=line.version, contract=contract)
    except ValueError as bad:
        folded = None
        findings.append(GatewayError("EVI_STATE", number=line.number, found=line.state, expected=str(bad)))
    if folded is not None and (expected := _differs(folded, line, described)):
        findings.append(GatewayError("EVI_STATE", number=line.number, found=line.state, expected=expected))
    if folded is not None and (expected := _valid_otherwise(folded, line, described)):
        findings.append(GatewayError("EVI_VALIDITY", number=line.number, found=line.validity or "—", expected=expected))
    return DocumentCheck(
        line.number, line.relation, line.kind, line.version, line.state, line.validity, len(chain.rows),
        line.file,
        not broken, folded is not None, tuple(findings),
    )  # fmt: skip


def _broken(chain: Chain, line: DocumentLine) -> int:
    """Number of the first bad event; a chain that ends elsewhere is bad behind its end."""
    if chain.broken:
        return chain.broken
    return 0 if (len(chain.rows), chain.head) == (line.events, line.head) else len(chain.rows) + 1


def _differs(folded: Folded, line: DocumentLine, described: Mapping[str, Any]) -> str:
    """What the events come to, where that is told otherwise: the state, since when, and every step on the way."""
    if (folded.state, folded.since) != (line.state, line.since):
        return f"{folded.state} {folded.since}".strip()
    if (described.get("state"), described.get("since")) != (line.state, line.since):
        return "document.json"
    steps = [(step.event.seq, step.source, step.to, step.verdict.value) for step in folded.steps]
    history = described.get("history")
    shown = [(h.get("seq"), h.get("from"), h.get("to"), h.get("verdict")) for h in history or () if isinstance(h, dict)]
    return "" if shown == steps else "history"


def _valid_otherwise(folded: Folded, line: DocumentLine, described: Mapping[str, Any]) -> str:
    """What the events come to of the validity, where manifest or document say otherwise; "" where they agree."""
    beside = folded.beside.get(VALIDITY)
    expected = beside.state if beside else ""
    return (expected or "—") if {line.validity, described.get(VALIDITY)} != {expected} else ""
