"""A ledger that lacks what was anchored: an older copy, a cut one, one whose WAL was deleted while nobody worked (reliability F57).

    refuse_loss(home)                  before work begins: raises AUD_LOST
    accept_loss(home, actor=, why=)    a person answers for it: the audit says who, why and what; a new file of heads begins

The old file is set aside, never thrown away: `gateway audit verify --heads` on it tells the loss for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.audit.anchor import anchor
from gateway.audit.heads import sha256
from gateway.audit.heads_check import heads_file, lost
from gateway.errors import GatewayError
from gateway.home import Home
from ledger.proving import ACCEPTED
from ledger.rows import AuditEntry
from mappings.faults import Refused

_NAMED = 5  # chains in a sentence; the file tells them all


@dataclass(frozen=True, slots=True)
class Accepted:
    """aside: the name of the old file beside the new one. anchored: lines of the new one; 0 while the key is away."""

    aside: str
    sha256: str
    lost: int
    anchored: int


def refuse_loss(home: Home) -> None:
    """Raises GatewayError AUD_LOST where the ledger has not what the last anchored line names."""
    if missing := lost(home):
        raise GatewayError("AUD_LOST", detail=_told(missing))


def accept_loss(home: Home, *, actor: str, why: str) -> Accepted | None:
    """None where nothing is missing. Whoever calls holds the home's lock.

    The audit is written first: after a crash between the two the work is refused as before, and accepted again.
    """
    missing = lost(home)
    if not missing:
        return None
    path = heads_file(home).path
    digest = sha256(path.read_bytes())
    aside = path.with_name(f"heads.{digest[:12]}.jsonl")
    detail = {"why": why, "lost": _told(missing), "count": str(len(missing)), "file": aside.name, "sha256": digest}
    home.ledger.audit([AuditEntry(actor, ACCEPTED, "audit/heads.jsonl", detail)])
    path.rename(aside)
    return Accepted(aside.name, digest, len(missing), anchor(home))


def _told(missing: Sequence[Refused]) -> str:
    named = [" ".join(f"{each.evidence['number']} {each.evidence['detail']}".split()) for each in missing[:_NAMED]]
    return "; ".join(named) + (f" … ({len(missing)})" if len(missing) > _NAMED else "")
