"""Objecting: what customs says and no move permits is kept, changes nothing, and waits for a person (reliability B80).

An objection is withdrawn by itself when a later event makes the receipt possible: its cause came late (reliability P7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection, or_, select, update

from ledger.errors import LedgerError
from ledger.life import Life
from ledger.rows import NewEvent, Number
from ledger.statements import Lookup, Tally
from ledger.tables import arrival, event
from mappings.states import Folded, Step, Verdict, What, fold

CODES = ("RCP_STATE", "RCP_CONFLICT")
_OBJECTED = select(arrival.c.id).where(
    arrival.c.status == "held",
    arrival.c.status != "understood",  # in these words: the partial index is made so
    or_(*(arrival.c.reason.startswith(code) for code in CODES)),
)
_BROUGHT = Lookup(
    select(event.c.document_id, event.c.seq, event.c.arrival_id).where(event.c.arrival_id.is_not(None)),
    event.c.document_id,
)


class Case(Protocol):
    """An arrival that is being settled."""

    @property
    def id(self) -> int: ...
    @property
    def events(self) -> Sequence[NewEvent]: ...
    def become(self, status: str, reason: LedgerError, wants: str = "") -> None: ...


def object_(connection: Connection, cases: Iterable[Case], lives: Mapping[Number, Life]) -> None:
    """Hold each arrival that brought something impossible, or something that makes what was told before impossible."""
    odd = {number: life for number, life in lives.items() if _odd(life.end)}
    if not odd:
        return
    brought = _brought(connection, odd.values())
    for case in cases:
        reason = next(_objections(case, odd, brought), None)
        if reason:
            case.become("held", reason)


def accept(connection: Connection, lives: Iterable[Life], tally: Tally) -> None:
    """Withdraw the objections to events that are possible by now."""
    held = set(connection.scalars(_OBJECTED))
    if not held:
        return
    odd: set[int] = set()
    told: set[int] = set()
    for life in lives:
        seqs = {int(step.event.id) for step in _odd(life.end)}
        rows = [row for row in _BROUGHT.rows(connection, [life.columns["id"]]) if row.arrival_id in held]
        told |= {row.arrival_id for row in rows}
        odd |= {row.arrival_id for row in rows if row.seq in seqs}
    for id_ in sorted(told - odd):
        connection.execute(update(arrival).where(arrival.c.id == id_).values(status="understood", reason=""))
        tally.move("arrival", "held", "understood")


def _odd(folded: Folded) -> list[Step]:
    return [step for step in folded.anomalies if step.event.what is What.BUSINESS]


def _brought(connection: Connection, lives: Iterable[Life]) -> dict[tuple[Number, int], int]:
    """Which arrival brought each event of these documents."""
    known = {life.columns["id"]: (life.columns["enterprise_id"], life.number) for life in lives}
    rows = _BROUGHT.rows(connection, known)
    return {(known[row.document_id], row.seq): row.arrival_id for row in rows}


def _objections(
    case: Case, odd: Mapping[Number, Life], brought: Mapping[tuple[Number, int], int]
) -> Iterator[LedgerError]:
    for number in dict.fromkeys((told.enterprise_id, told.number) for told in case.events):
        life = odd.get(number)
        for step in _odd(life.end) if life else ():
            own = brought.get((number, int(step.event.id))) == case.id
            if life and (own or (step.event.id not in _odd_before(life) and _grew_by(case, number, brought, life))):
                yield _reason(life, step)


def _odd_before(life: Life) -> set[str]:
    """The events that were impossible before this transaction."""
    before = life.events[: len(life.events) - len(life.grown)]
    fresh = {str(row["seq"]) for row in life.grown}
    return {step.event.id for step in _odd(fold(life.machine, before))} | fresh


def _grew_by(case: Case, number: Number, brought: Mapping[tuple[Number, int], int], life: Life) -> bool:
    return any(brought.get((number, int(row["seq"]))) == case.id for row in life.grown)


def _reason(life: Life, step: Step) -> LedgerError:
    """RCP_CONFLICT where customs said something else in the same place before, RCP_STATE otherwise; both states named."""
    steps = life.end.steps
    before = [each for each in steps[: steps.index(step)] if each.verdict in (Verdict.APPLIED, Verdict.SKIPPED)]
    evidence = {"number": life.number, "found": _named(life, step.event.code), "state": _named(life, step.source)}
    last = before[-1] if before else None
    if last and last.event.what is What.BUSINESS and life.machine.move(last.source, step.event.code, What.BUSINESS):
        return LedgerError("RCP_CONFLICT", **evidence)
    return LedgerError("RCP_STATE", **evidence)


def _named(life: Life, code: str) -> str:
    state = life.machine.states.get(code)
    return f"{code} {state.zh}" if state else code
