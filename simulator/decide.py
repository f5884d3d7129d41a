"""Decisions of an operator or a story, laid into the store: performed by whoever looks next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.clock import Clock
from mappings.load import Contract
from simulator.errors import NotDecided
from simulator.rows import Case, Step
from simulator.store import Store


def decide(
    store: Store,
    number: str,
    status: str,
    *,
    contract: Contract,
    clock: Clock,
    sender: str = "",
    reason: str = "",
    stated_at: str | None = None,
    receipt_no: str | None = None,
    facts: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """What customs makes of a document next; whatever else was planned for it is off.

    stated_at: 17 digits, receipt_no: 18; made by the clock and counted where left out. facts: fields of the record
    (`customs_no`, `validity`, `sentence`, …). data: its groups (`lines`, `certificate`).
    Raises NotDecided for a document that is not here (or is here from several senders), or a state that its kind has not.
    """
    case = case_of(store, number, sender)
    machine = contract.kinds[case.kind].needs_machine()
    if status not in machine.codes:
        raise NotDecided("RCP_CODE", found=status, want=", ".join(sorted(machine.codes)))
    laid_down = {"stated_at": stated_at, "receipt_no": receipt_no}
    given = {**(facts or {}), **(data or {}), **{name: value for name, value in laid_down.items() if value}}
    with store.transaction():
        store.overtake(case.sender, number)
        store.add_steps([Step(clock.now(), case.sender, number, status, case.cause, reason=reason, given=given)])


def case_of(store: Store, number: str, sender: str = "") -> Case:
    """The document of that number. Raises NotDecided for none, and for several senders' where none is named."""
    found = [case for case in store.cases(number) if sender in ("", case.sender)]
    if len(found) != 1:
        raise NotDecided("BIZ_UNKNOWN", found=number, senders=", ".join(case.sender for case in found))
    return found[0]


def statement(store: Store) -> list[dict[str, Any]]:
    """Customs' own account of every document: one row each, by sender and number.

    submissions: messages that brought it, counted by their ids. effects: how often it was put into store.
    """
    return [
        {
            "sender": case.sender,
            "number": case.number,
            "kind": case.kind,
            "state": case.state,
            "customs_no": case.facts.get("customs_no", ""),
            "certificate_no": case.facts.get("certificate_no", ""),
            "submissions": case.submissions,
            "effects": case.effects,
        }
        for case in store.cases()
    ]
