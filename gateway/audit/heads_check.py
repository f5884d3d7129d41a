"""Proving `audit/heads.jsonl`: every line signed, none missing between two, and every head that it names still there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from gateway.audit.heads import SHORT, HeadsFile, Line, digest, read, sha256, signature_fault
from gateway.home import Home
from mappings.faults import Refused


@dataclass(slots=True)
class Heads:
    """What the file gave. texts: how many lines it had when it was read, torn ones among them.

    audit_count: of the last line; nothing later was anchored.
    """

    lines: int = 0
    texts: int = 0
    audit_count: int = 0
    findings: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def audit_heads(self, file: HeadsFile) -> Iterator[tuple[int, int, str]]:
        """(line, count, hash) of the same lines, read again: nothing of them is kept."""
        for text in islice(file.texts(), self.texts):
            if line := read(text):
                yield line.n, *line.audit


def heads_file(home: Home) -> HeadsFile:
    return HeadsFile(home.path / "audit" / "heads.jsonl")


def lost(home: Home) -> list[Refused]:
    """What the last anchored line names and the ledger no longer has: an older or a cut database (reliability F57).

    One line is read, so that a worker may ask before it begins.
    """
    line = next((line for text in heads_file(home).from_the_end() if (line := read(text))), None)
    if line is None:
        return []
    count, head = line.audit
    whole = home.ledger.audit_hash_at(count) == head
    missing = [] if whole else [Refused("AUD_HEAD", line=line.n, number="audit", detail=str(count))]
    return [*missing, *_lost(line, home)]


def checked(file: HeadsFile, home: Home) -> Heads:
    """The whole file, line by line; nothing of it is kept but what is wrong."""
    heads = Heads()
    before, torn = b"", b""
    for text in file.texts():
        heads.texts += 1
        line = read(text)
        if line is None:
            torn = text
            continue
        _check_place(line, before, torn, heads)
        if fault := signature_fault(text, home.registry, line):
            heads.findings.append(_bad(line.n, f"签名不成立 (the signature does not hold): {fault}"))
        heads.findings += _lost(line, home)
        heads.lines, heads.audit_count, before, torn = line.n, line.audit[0], text, b""
    if torn:
        heads.notes.append(f"the last line ({len(torn)} bytes) is torn; the next anchor closes it")
    return heads


def _check_place(line: Line, before: bytes, torn: bytes, heads: Heads) -> None:
    """Each line follows the one that it names; a torn one between them is named as well."""
    if line.n != heads.lines + 1:
        heads.findings.append(_bad(line.n, f"应为第 {heads.lines + 1} 行 (line {heads.lines + 1} was expected)"))
    if line.previous != (sha256(before) if before else ""):
        heads.findings.append(_bad(line.n, "前一行已改动或缺失 (the line before was changed or is missing)"))
    if line.recovered != (sha256(torn) if torn else ""):
        heads.findings.append(_bad(line.n, "残行不符 (another torn line than the one that this line closes)"))
    elif torn:
        heads.notes.append(f"line {line.n} closes a torn one")
    if line.audit[0] < heads.audit_count:
        heads.findings.append(_bad(line.n, "审计计数倒退 (the audit counts backwards)"))


def _bad(line: int, detail: str) -> Refused:
    return Refused("AUD_LINE", line=line, detail=detail)


def _lost(line: Line, home: Home) -> Iterator[Refused]:
    """The heads of this line that the ledger no longer has, by name; or that they are others than their digest says."""
    keys = [(enterprise_id, number, count) for enterprise_id, number, count, _ in line.documents]
    found = home.ledger.heads_at(keys)
    named = False
    for key, (_, number, count, short) in zip(keys, line.documents, strict=True):
        if found.get(key, "")[:SHORT] != short:
            named = True
            detail = "" if key in found else "已不存在 (is gone)"
            yield Refused("AUD_HEAD", line=line.n, number=number, detail=f"{count} {detail}".strip())
    if not named and digest(found[key] for key in keys) != line.digest:
        yield Refused("AUD_HEAD", line=line.n, number="—", detail="digest")
