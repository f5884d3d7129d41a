"""The enterprise's answer to a draft, as a declaration of the kind `enterprise_confirmation`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.home import Home
from gateway.intake.declaration import Declaration
from ledger.rows import DocumentRow
from mappings.faults import Refused

KIND = "enterprise_confirmation"


@dataclass(frozen=True, slots=True)
class Answer:
    """number: of the certificate. reference: ours, "" for one made of the number and the turn."""

    number: str
    agree: bool
    reason: str = ""
    opinion: str = ""
    reference: str = ""


def confirmations(home: Home, answers: Sequence[Answer]) -> list[Declaration]:
    """One declaration for each answer. Raises Refused BIZ_UNKNOWN for a number that is not in the ledger."""
    return [_declared(home, answer, _row(home, answer.number)) for answer in answers]


def _row(home: Home, number: str) -> DocumentRow:
    rows = home.ledger.find([number]).get(number)
    if not rows:
        raise Refused("BIZ_UNKNOWN", found=number)
    return rows[0]


def _declared(home: Home, answer: Answer, row: DocumentRow) -> Declaration:
    """The same answer to the same draft has the same reference, so that giving it twice has one effect."""
    kind = home.contract.kinds[KIND]
    act = "agree" if answer.agree else "disagree"
    content = {
        "certificate_serial": answer.number,
        kind.act_field: next(code for code, name in kind.acts.items() if name == act),
        "disagree_reason": answer.reason,
        "opinion": answer.opinion,
    }
    value = {
        "kind": KIND,
        "reference": answer.reference or f"CONFIRM-{answer.number}-{row.event_count}",
        "enterprise": row.enterprise,
        "content": {name: given for name, given in content.items() if given},
    }
    return Declaration("", value)
