"""A day's accounts laid side by side: the enterprise's list, the ledger, customs' statement.

Three accounts make two comparisons: what we tell of a document against what customs tells (`customs`), and what the
enterprise says it declared against what we took in (`enterprise`). Each difference is a work item in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.accounts.listed import Listed
from gateway.home import Home
from ledger.rows import Account, DayLine, DayRow, Difference, Differs, StatedLine
from ledger.rows import Enterprise as Tenant
from mappings.clock import micros, stamp

CUSTOMS, ENTERPRISE = "customs", "enterprise"
REFUSED = "SF"  # customs' side never had it
_COMPARED = ("state", "customs_no", "certificate_no")
_NOON, _DAY = "120000000", 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a day's comparison found. stated: whether customs' account was whole; listed: whether the enterprise gave a list."""

    day: DayRow
    stated: bool
    listed: bool
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    matched: int = 0
    differences: tuple[Difference, ...] = ()

    def __add__(self, other: Compared) -> Compared:
        return Compared(self.matched + other.matched, self.differences + other.differences)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everything that a comparison needs. elsewhere: documents of ours that customs names and that had no part in the day.
    later: what customs says of them on the next day, for what crossed midnight."""

    ours: Sequence[DayLine]
    theirs: Sequence[StatedLine]
    elsewhere: Mapping[str, DayLine] = field(default_factory=dict)
    later: Mapping[str, StatedLine] = field(default_factory=dict)


def reconcile(home: Home, tenant: Tenant, date: str, listed: Sequence[Listed] | None = None) -> Reconciled:
    """Compare the accounts of one enterprise's day (8 digits), and keep what differs."""
    ledger = home.ledger
    ours = [line for line in ledger.day(tenant.id, date) if _travels(home, line)]
    account, later = ledger.account(tenant.id, date), ledger.account(tenant.id, next_day(date))
    found = Compared()
    if account.complete:
        found += with_customs(_accounts(home, tenant, date, ours, account, later))
    if listed is not None:
        found += with_enterprise(ours, listed)
    day = ledger.compared(
        tenant.id, date, found.differences, matched=found.matched, complete=account.complete
    )  # fmt: skip
    return Reconciled(day, account.complete, listed is not None, found.differences)


def with_customs(accounts: Accounts) -> Compared:
    """Our account against customs'. Pure."""
    theirs = {line.number: line for line in accounts.theirs}
    ours = {line.number: line for line in accounts.ours}
    matched, found = 0, list[Difference]()
    for number in sorted(ours.keys() | theirs.keys()):
        our = ours.get(number) or accounts.elsewhere.get(number)
        their = theirs.get(number)
        if our and not their:
            if number in accounts.later or our.state == REFUSED or not (our.submitted or our.state):
                continue  # told tomorrow, never taken by them, or nothing was sent yet
            found.append(Difference(CUSTOMS, Differs.MISSING, number, our.reference, _of(our), {}))
        elif their and not our:
            found.append(Difference(CUSTOMS, Differs.UNKNOWN, number, "", {}, _of(their)))
        elif our and their and _of(our) != _of(their):
            found.append(Difference(CUSTOMS, Differs.DIFFERING, number, our.reference, _of(our), _of(their)))
        else:
            matched += 1
    return Compared(matched, tuple(found))


def with_enterprise(ours: Sequence[DayLine], listed: Sequence[Listed]) -> Compared:
    """What we took in on the day against what the enterprise says it declared. Pure."""
    taken = {line.reference: line for line in ours if line.reference and line.submitted and not line.parent}
    asked = {line.reference: line for line in listed}
    matched, found = 0, list[Difference]()
    for reference in sorted(taken.keys() | asked.keys()):
        our, their = taken.get(reference), asked.get(reference)
        number = our.number if our else ""
        if their and not our:
            found.append(Difference(ENTERPRISE, Differs.MISSING, "", reference, {}, their.facts))
        elif our and not their:
            found.append(Difference(ENTERPRISE, Differs.UNKNOWN, number, reference, _of(our), {}))
        elif our and their and not _agrees(our, their):
            found.append(Difference(ENTERPRISE, Differs.DIFFERING, number, reference, _of(our), their.facts))
        else:
            matched += 1
    return Compared(matched, tuple(found))


def next_day(date: str) -> str:
    return stamp(micros(date + _NOON) + _DAY)[:8]


def _accounts(
    home: Home, tenant: Tenant, date: str, ours: Sequence[DayLine], account: Account, later: Account
) -> Accounts:
    known = {line.number for line in ours}
    others = [line.number for line in account.lines if line.number not in known]
    elsewhere = home.ledger.day(tenant.id, date, others) if others else []
    return Accounts(
        ours, account.lines, {line.number: line for line in elsewhere}, {line.number: line for line in later.lines}
    )


def _travels(home: Home, line: DayLine) -> bool:
    """Paper forms are counted as stock; statements tell of what customs gives receipts for."""
    kind = home.contract.kinds[line.kind]
    return not kind.number_form or bool(kind.receipts)


def _of(line: DayLine | StatedLine) -> dict[str, str]:
    return {name: getattr(line, name) for name in _COMPARED if getattr(line, name)}


def _agrees(our: DayLine, their: Listed) -> bool:
    """The enterprise's list need not say more than its reference; what it says must be so."""
    said = {"number": our.number, **_of(our)}
    return all(said.get(name, "") == value for name, value in their.facts.items())
