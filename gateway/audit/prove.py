"""Proving the ledger against what was anchored: every row of every chain, and every head (`gateway audit verify`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gateway.audit.heads import HeadsFile
from gateway.audit.heads_check import Heads, checked, heads_file
from gateway.home import Home
from ledger.proving import AuditProof, Bad
from mappings.faults import Refused


@dataclass(slots=True)
class Proof:
    """What `audit verify` found. findings: what is wrong, as refusals of the table; notes: what is worth knowing."""

    documents: int = 0
    events: int = 0
    entries: int = 0
    lines: int = 0
    bodies: bool = False
    findings: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def prove(home: Home, *, heads: Path | None = None, bodies: bool = False) -> Proof:
    """heads: a copy of the file from elsewhere, else the home's own. bodies: hash every byte string as well."""
    file = HeadsFile(heads) if heads else heads_file(home)
    proof = Proof(bodies=bodies)
    anchored = checked(file, home)
    proof.lines, proof.notes = anchored.lines, anchored.notes
    proof.findings += anchored.findings
    _prove_documents(home, proof)
    _prove_audit(home, file, anchored, proof)
    if bodies:
        changed = home.ledger.changed_bodies()
        proof.findings += [Refused("AUD_BODY", expected=kept, found=found) for kept, found in changed]
    return proof


def _prove_documents(home: Home, proof: Proof) -> None:
    after = 0
    while True:
        page = home.ledger.prove_page(after)
        if page is None:
            return
        after = page.last
        proof.documents += page.documents
        proof.events += page.events
        proof.findings += [_bad("AUD_EVENTS", bad) for bad in page.bad]
        proof.findings += [_bad("AUD_CONTENT", bad) for bad in page.changed]


def _bad(code: str, bad: Bad) -> Refused:
    return Refused(code, number=bad.number, seq=bad.seq, expected=bad.expected, found=bad.found)


def _prove_audit(home: Home, file: HeadsFile, anchored: Heads, proof: Proof) -> None:
    found = home.ledger.prove_audit(anchored.audit_heads(file))
    proof.entries = found.entries
    if found.bad:
        proof.findings.append(_bad("AUD_CHAIN", found.bad))
    proof.findings += [
        Refused("AUD_HEAD", line=n, number="audit", detail="审计链 (the audit chain)") for n in found.lost
    ]
    detail = "行号重新开始，而无人认可缺失 (lines count anew, and nobody has accepted a loss)"
    proof.findings += [Refused("AUD_LINE", line=1, detail=f"{detail}: {id_}") for id_ in found.restarted]
    _compare_ends(found, anchored, proof)


def _compare_ends(found: AuditProof, anchored: Heads, proof: Proof) -> None:
    """The audit knows which lines there were: the file must not end before them. One line may have died with its writer."""
    missing = sorted(
        {int(subject) for id_, subject in found.anchors if id_ > anchored.audit_count and subject.isdigit()}
    )
    if len(missing) > 1:
        detail = f"缺第 {missing[0]} 行起 (lines from {missing[0]} on are missing)"
        proof.findings.append(Refused("AUD_LINE", line=missing[0], detail=detail))
    elif missing:
        proof.notes.append(f"line {missing[0]} is not written yet, or died with its writer")
