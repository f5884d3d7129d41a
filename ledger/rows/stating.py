"""Reconciling a day: customs' account of it, ours, and what differs. Dates are 8 digits, Beijing time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.rows.submitting import Facts


@dataclass(frozen=True, slots=True)
class StatedLine:
    """One document in customs' account. type: of the message that brings it, "" for what travels in another's."""

    number: str
    type: str
    state: str
    customs_no: str
    certificate_no: str
    stated_at: str


@dataclass(frozen=True, slots=True)
class Stated:
    """One page of customs' account of a day. through: 17 digits, up to which moment it is told."""

    enterprise_id: int
    date: str
    page: int
    pages: int
    through: str
    lines: tuple[StatedLine, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Customs' whole account of a day. complete: every page of it is here."""

    complete: bool
    through: str
    lines: tuple[StatedLine, ...]


@dataclass(frozen=True, slots=True)
class DayLine:
    """One document in our own account of a day, as it stood when the day ended.

    state: the last that customs or the road said of it, "" while neither has. submitted: it was sent on that day.
    parent: number of the document whose declaration it came with, "" for what was declared itself.
    """

    number: str
    parent: str
    reference: str
    kind: str
    state: str
    customs_no: str
    certificate_no: str
    submitted: bool


class Differs(StrEnum):
    """How two accounts differ."""

    MISSING = "missing"  # we (or the enterprise) have it, the other side has not
    UNKNOWN = "unknown"  # the other side has it, we have not
    DIFFERING = "differing"  # both have it, and say different things of it


@dataclass(frozen=True, slots=True)
class Difference:
    """One work item. side: whose account is laid beside ours, `customs` or `enterprise`.

    ours, theirs: what each account says, empty where it says nothing.
    """

    side: str
    what: Differs
    number: str
    reference: str
    ours: Facts
    theirs: Facts


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """settled_at: None while it is open. by: a person, or `gateway` where the difference was gone at a later look."""

    id: int
    enterprise: str
    date: str
    found: Difference
    opened_at: int
    settled_at: int | None
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """What was made of a day. closed_at: None until customs' account is complete and no difference is open."""

    enterprise: str
    date: str
    reconciled_at: int
    matched: int
    open: int
    closed_at: int | None
