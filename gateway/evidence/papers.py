"""The papers of a bundle: documents with their chains, files with their exact bytes, attempts, certificates, sums."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from gateway.evidence.seals import Judged
from gateway.evidence.story import VALIDITY, chained, told
from ledger.chain import EVENT_FIELDS
from ledger.evidence import AttachedRow, Chained, Dossier, Travelled
from ledger.rows import AttemptRow
from mappings.clock import iso
from mappings.load import Contract
from signing.certificate import Certificate
from signing.registry import Registry

LONGEST = 120  # characters of a name inside the zip


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry. line: what the manifest says of it beyond name, size, sha256 and role."""

    name: str
    data: bytes
    role: str
    line: Mapping[str, str] = field(default_factory=dict)


def documents(found: Dossier, files: Sequence[Paper], contract: Contract) -> list[Paper]:
    """The document itself in files of its own, those around it together."""
    own, related = found.itself, found.documents[1:]
    given = [
        Paper(f"document/declaration-{revision}.json", text.encode(), "declaration", {"revision": str(revision)})
        for revision, text in own.declarations
    ]
    papers = [
        Paper("document/document.json", _json(_described(own, contract, files)), "document"),
        *given,
        Paper("document/events.jsonl", _lines(own.lines), "events"),
    ]
    if related:
        described = [_described(each, contract, files) | {"declarations": _given(each)} for each in related]
        papers.append(Paper("related/documents.json", _json(described), "document"))
        papers.append(Paper("related/events.jsonl", _lines(line for each in related for line in each.lines), "events"))
    return papers


def _given(each: Chained) -> list[dict[str, Any]]:
    return [
        {"revision": revision, "sha256": sha256(text.encode()).hexdigest(), "given": text}
        for revision, text in each.declarations
    ]


def _described(each: Chained, contract: Contract, files: Sequence[Paper]) -> dict[str, Any]:
    row, kind = each.row, contract.kinds.get(each.row.kind)
    states = kind.machine.states if kind and kind.machine else {}
    state = states.get(row.state)
    valid = kind.machine.beside[VALIDITY].states.get(row.validity) if kind and kind.machine and row.validity else None
    return {
        "relation": each.relation,
        "number": row.number,
        "reference": row.reference,
        "enterprise": row.enterprise,
        "kind": row.kind,
        "kind_zh": kind.zh if kind else "",
        "version": row.version,
        "state": row.state,
        "state_zh": state.zh if state else "",
        "state_en": state.en if state else "",
        "since": row.since,
        "validity": row.validity,
        "validity_zh": valid.zh if valid else "",
        "validity_en": valid.en if valid else "",
        "customs_no": row.customs_no,
        "certificate_no": row.certificate_no,
        "parent": row.parent,
        "revision": row.revision,
        "facts": dict(row.facts),
        "created_at": iso(each.created_at),
        "updated_at": iso(row.updated_at),
        "head": each.head,
        "event_fields": list(EVENT_FIELDS),
        "history": _history(each, contract, files),
    }


def _history(each: Chained, contract: Contract, files: Sequence[Paper]) -> list[dict[str, Any]]:
    """The events as the fold reads them; empty where this program has not the kind in that version."""
    rows = chained((line.encode() for line in each.lines), EVENT_FIELDS, each.row.number).rows
    folded = told(rows, kind=each.row.kind, version=each.row.version, contract=contract)
    brought = {paper.line["arrival"]: paper.name for paper in files if "arrival" in paper.line}
    sent = {paper.line["copMsgId"]: paper.name for paper in files if paper.role == "out"}
    return [
        {
            "seq": step.event.seq,
            "event": step.event.code,
            "from": step.source,
            "to": step.to,
            "verdict": step.verdict.value,
            "stated_at": step.event.stated_at,
            "recorded_at": iso(rows[step.event.seq - 1]["recorded_at"]),
            "answers_or_sent": sent.get(step.event.message, step.event.message),
            "brought_by": brought.get(str(each.arrivals[step.event.seq - 1]), ""),
        }
        for step in (folded.steps if folded else ())
    ]


def travelled(files: Sequence[Travelled], judged: Sequence[Judged]) -> list[Paper]:
    return [_travelled(file, seal) for file, seal in zip(files, judged, strict=True)]


def _travelled(file: Travelled, seal: Judged) -> Paper:
    line = {
        "file": file.name,
        "place": file.channel,
        "at": str(file.at),
        "status": file.status,
        "reason": file.reason,
        "copMsgId": file.cop_msg_id,
        "sender": file.sender,
        "kind": file.kind,
        "statedAt": file.stated_at,
        "seal": seal.state,
        "sealReason": seal.reason.code if seal.reason and seal.state == "broken" else "",
        "signer": seal.signer,
        "suite": seal.suite,
        "certificate": seal.certificate.fingerprint if seal.certificate else "",
    }
    if file.direction == "in":
        line["arrival"] = str(file.id)
    return Paper(f"{file.direction}/{file.id:06d}-{_safe(file.name)}", file.body, file.direction, line)


def attachments(rows: Sequence[AttachedRow]) -> list[Paper]:
    """Each file once, with the documents that it came with; the packages in out/ and in/ hold them as they travelled."""
    papers: dict[str, Paper] = {}
    for row in rows:
        name = f"attachments/{row.sha256[:16]}-{_safe(row.name)}"
        others = papers[name].line["documents"].split() if name in papers else []
        line = {
            "file": row.name,
            "class": row.class_code,
            "pages": str(row.pages),
            "documents": " ".join(dict.fromkeys([*others, row.number])),
        }
        papers[name] = Paper(name, row.body, "attachment", line)
    return list(papers.values())


def attempts(rows: Sequence[AttemptRow]) -> Paper:
    told_ = [
        {"message": row.message_id, "at": iso(row.at), "stage": row.stage, "result": row.result, "error": row.error}
        for row in rows
    ]
    return Paper("attempts.json", _json(told_), "attempts")


def certificates(used: Iterable[Certificate], registry: Registry) -> list[Paper]:
    """Each as PEM, for reading; they are trusted by nobody for lying here."""
    owned = sorted((registry.owner(each), each.serial, each.fingerprint, each) for each in used)
    return [
        Paper(
            f"certificates/{_safe(node)}-{serial}.pem",
            each.pem(),
            "certificate",
            {
                "node": node,
                "serial": serial,
                "fingerprint": fingerprint,
                "notBefore": each.not_before.isoformat(),
                "notAfter": each.not_after.isoformat(),
            },
        )
        for node, serial, fingerprint, each in owned
    ]


def sums(papers: Iterable[Paper]) -> bytes:
    """For `sha256sum -c`."""
    return "".join(f"{sha256(paper.data).hexdigest()}  {paper.name}\n" for paper in papers).encode()


def _safe(name: str) -> str:
    """A name of outside as a name in the zip; the manifest keeps it as it was."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[:LONGEST].rstrip(".") or "_"


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
