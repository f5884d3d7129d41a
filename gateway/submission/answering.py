"""Answering what a person was asked: a held declaration is sent as it was given, or thrown away; drafts are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import GatewayError
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.declared_again import declared_again
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from ledger.rows import AuditEntry, DocumentRow


def send(home: Home, number: str, *, actor: str, why: str) -> Outcome:
    """Submit the declaration that is held under this number; the question ends in the transaction that records it.

    Raises GatewayError BIZ_UNKNOWN where nothing is asked about it.
    """
    declaration = Declaration(number, declared_again(home, _asked(home, number)))
    answered = AuditEntry(actor, "answer", number, {"answer": "send", "why": why})
    (outcome,) = Submitter(home, actor=actor, audit=(answered,)).submit([declaration], repeat=True)
    return outcome


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of one of several numbers. refused: why it cannot be; "not done" without it: another of them cannot."""

    number: str
    done: bool
    refused: GatewayError | None = None


def delete_all(home: Home, numbers: Sequence[str], *, actor: str, why: str) -> list[Deleted]:
    """Throw drafts away, all or none, with everything that stands against it (manual 002 §4.4.1b, §4.4.4).

    Raises GatewayError SELECT_NONE where none is named.
    """
    if not numbers:
        raise GatewayError("SELECT_NONE")
    wanted = list(dict.fromkeys(numbers))
    against = home.ledger.delete_all(wanted, permitted=_permitted(home), actor=actor, why=why)
    return [
        Deleted(
            number, done=not against, refused=_refusal(home, number, *against[number]) if number in against else None
        )
        for number in wanted
    ]


def _refusal(home: Home, number: str, kind: str, state: str) -> GatewayError:
    if not kind:
        return GatewayError("BIZ_UNKNOWN", found=number)
    said = home.contract.kinds[kind].needs_machine().states[state]
    if "delete" in said.permits:
        return GatewayError("DELETE_NUMBERED", number=number)
    return GatewayError("DELETE_STATE", number=number, state=state, state_zh=said.zh, state_en=said.en)


def delete(home: Home, number: str, *, actor: str, why: str) -> bool:
    """Throw a draft away where its state permits it. Raises GatewayError BIZ_UNKNOWN for a number that is not there."""
    if not home.ledger.find([number]):
        raise GatewayError("BIZ_UNKNOWN", found=number)
    return home.ledger.delete(number, permitted=_permitted(home), actor=actor, why=why)


def _permitted(home: Home) -> list[tuple[str, str]]:
    return [
        (kind.name, state.code)
        for kind in home.contract.kinds.values()
        if kind.machine
        for state in kind.machine.states.values()
        if "delete" in state.permits
    ]


def _asked(home: Home, number: str) -> DocumentRow:
    asked = next((row for row in home.ledger.questions() if row.number == number), None)
    found = home.ledger.find([number]).get(number, ()) if asked else ()
    own = next((row for row in found if asked and row.enterprise == asked.enterprise), None)
    if own is None:
        raise GatewayError("BIZ_UNKNOWN", found=number)
    return own
