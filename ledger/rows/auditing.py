"""What the audit is told: who did what, to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AuditEntry:
    actor: str
    act: str
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)
