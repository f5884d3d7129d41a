"""Answering what a person was asked: a held declaration is sent as it was given, or thrown away."""

from __future__ import annotations

import json

from gateway.draft import Outcome
from gateway.errors import GatewayError
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission import Submitter
from ledger.rows import AuditEntry


def send(home: Home, number: str, *, actor: str, why: str) -> Outcome:
    """Submit the declaration that is held under this number; the question ends in the transaction that records it.

    Raises GatewayError BIZ_UNKNOWN where nothing is asked about it.
    """
    row = _asked(home, number)
    declaration = Declaration(number, json.loads(row))
    (outcome,) = Submitter(home, actor=actor).submit([declaration], repeat=True)
    if outcome.outcome in ("accepted", "revised"):
        home.ledger.audit([AuditEntry(actor, "answer", number, {"answer": "send", "why": why})])
    return outcome


def delete(home: Home, number: str, *, actor: str, why: str) -> bool:
    """Throw a draft away where its state permits it. Raises GatewayError BIZ_UNKNOWN for a number that is not there."""
    if not home.ledger.find([number]):
        raise GatewayError("BIZ_UNKNOWN", found=number)
    permitted = [
        (kind.name, state.code)
        for kind in home.contract.kinds.values()
        if kind.machine
        for state in kind.machine.states.values()
        if "delete" in state.permits
    ]
    return home.ledger.delete(number, permitted=permitted, actor=actor, why=why)


def _asked(home: Home, number: str) -> str:
    """The declaration as it was given."""
    asked = next((row for row in home.ledger.questions() if row.number == number), None)
    found = home.ledger.find([number]).get(number, ()) if asked else ()
    own = next((row for row in found if asked and row.enterprise == asked.enterprise), None)
    if own is None:
        raise GatewayError("BIZ_UNKNOWN", found=number)
    return own.declaration
