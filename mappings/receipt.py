"""What customs answers, as data: what a status code means for a kind, and what it does to another document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one status code means for a kind: who carries it, the manual's sentence, the numbers that it brings.

    says: facts with the value that they have by it.
    """

    code: str
    kind: str
    sentence: str
    en: str
    brings: tuple[str, ...]
    after: timedelta
    source: str
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """What customs does to another document when one of this kind comes to a state: the statuses that it sends.

    upon: the field that names the other document. takes: fields whose values the other has from then on.
    """

    on: str
    upon: str
    statuses: tuple[str, ...]
    takes: tuple[str, ...]
