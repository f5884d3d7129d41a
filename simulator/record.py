"""One record of customs: the receipt for one document, and what becomes of the document by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mappings.clock import micros, stamp
from mappings.faults import fill
from mappings.kind import Field, Group, Kind, Receipt
from simulator.brings import NUMBERS, Bench, data, fact
from simulator.plan import RESTATE
from simulator.rows import Case, Step, Taken
from simulator.tools import Tools

PLAIN = "receipt"  # the carrier of what brings no data
STORED = "HS"
MILLISECOND = 1000  # µs
AGAIN = "重复申报，以原单为准。"
CHANGED = "changed_by_customs"


@dataclass(frozen=True, slots=True)
class Made:
    """A record in its carrier's form. stated: µs."""

    carrier: Kind
    record: Mapping[str, Any]
    stated: int


def make(tools: Tools, step: Step, cause: Taken) -> Made | None:
    """Inside a transaction: the record of a step, its case changed by it. None where there is nothing to restate."""
    case = tools.store.case(step.sender, step.number) or _nobodys(tools, step, cause)
    if step.status == RESTATE:
        return _restated(tools, case, cause)
    receipt = tools.kind_of(case).receipts.get(step.status)
    carrier = tools.contract.kinds[receipt.kind if receipt else PLAIN]
    stated = _stated(case, step)
    made, facts = _record(tools, step, case, carrier, receipt, stamp(stated))
    _change(tools, case, step, facts, stated, receipt)
    return Made(carrier, {**_echo(cause), **made}, stated)


def carrier_of(tools: Tools, step: Step) -> str:
    """The inward kind that will carry a step's record."""
    case = tools.store.case(step.sender, step.number)
    receipt = tools.kind_of(case).receipts.get(step.status) if case else None
    return receipt.kind if receipt else PLAIN


def records_of(carrier: Kind) -> Group:
    return next(group for group in carrier.groups if group.name == "records")


def _nobodys(tools: Tools, step: Step, cause: Taken) -> Case:
    """An act upon a document that customs does not have is answered all the same, and recorded nowhere."""
    acting = tools.contract.of_type(cause.type)
    name = acting.acts_on if acting and acting.acts_on else PLAIN
    return Case(step.sender, step.number, name, 0, "", cause.id, stated=step.due)


def _stated(case: Case, step: Step) -> int:
    """Strictly later than anything stated in the document's family before, unless it was laid down."""
    laid_down = step.given.get("stated_at")
    return micros(str(laid_down)) if laid_down else max(step.due, case.stated + MILLISECOND)


def _record(
    tools: Tools, step: Step, case: Case, carrier: Kind, receipt: Receipt | None, stated: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record without its echo, and the facts that the case has from now on."""
    given, group = dict(step.given), records_of(carrier)
    bearer = tools.store.case(case.sender, case.parent) if case.parent else None
    facts = {**case.facts, **{name: given[name] for name in given.keys() & _brought(group, receipt)}}
    bench = Bench(tools, case, bearer, step.status, stated, facts, {})
    for name in sorted(NUMBERS & _brought(group, receipt) - facts.keys()):
        facts[name] = fact(name, bench)  # numbers first: the data hold them
    inner = {g.name: given[g.name] if g.name in given else data(g, replace(bench, facts=facts)) for g in _groups(group)}
    bench = replace(bench, facts=facts, data=inner)
    for name in _brought(group, receipt) - facts.keys():
        facts[name] = fact(name, bench)
    changed = {CHANGED: True} if CHANGED in _ids(group) and fact(CHANGED, bench) else {}
    fixed = _fixed(tools, step, case, receipt, stated, facts)
    own = {name: value for name, value in facts.items() if name in _ids(group) and _belongs(name, case, tools)}
    return {**own, **changed, **inner, **fixed, **_allowed(given, group)}, facts


def _fixed(
    tools: Tools, step: Step, case: Case, receipt: Receipt | None, stated: str, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """What every record holds."""
    number = str(step.given.get("receipt_no") or tools.numbers.receipt_no(stated))
    words = {"number": step.number, "reason": step.reason or "—", **_format_words(case, tools), **facts}
    sentence = fill(receipt.sentence, words) if receipt else _state_zh(tools, case, step.status)
    return {"number": step.number, "receipt_no": number, "status": step.status, "sentence": sentence, "stated_at": stated}


def _restated(tools: Tools, case: Case, cause: Taken) -> Made | None:
    """The original's state and numbers, said again to whoever submitted a second time. Nothing changes."""
    receipt = tools.kind_of(case).receipts.get(case.state)
    if receipt is None:
        return None  # still in hand, or never answered
    stated = max(cause.at, case.stated + MILLISECOND)
    step = Step(cause.at, case.sender, case.number, case.state, cause.id)
    record = _fixed(tools, step, case, receipt, stamp(stated), case.facts)
    numbers = {name: case.facts[name] for name in sorted(NUMBERS & case.facts.keys())}
    _advance(tools, case, stated)
    return Made(
        tools.contract.kinds[PLAIN],
        {**_echo(cause), **numbers, **record, "sentence": AGAIN + record["sentence"]},
        stated,
    )


def _change(
    tools: Tools, case: Case, step: Step, facts: Mapping[str, Any], stated: int, receipt: Receipt | None
) -> None:
    """The case after the step. Its effect, being put into store, is counted where its numbers are new."""
    if tools.store.case(case.sender, case.number) is None:
        return
    numbers = NUMBERS & set(receipt.brings if receipt else ())
    fresh = bool(numbers - case.facts.keys()) or (step.status == STORED and not numbers)
    tools.store.save_case(replace(case, state=step.status, facts=facts, effects=case.effects + fresh))
    _advance(tools, case, stated)


def _advance(tools: Tools, case: Case, stated: int) -> None:
    """The family's latest time: a bearer's, and that of all that it carries, go on together."""
    tools.store.advance(case.sender, case.parent or case.number, stated)


def _echo(cause: Taken) -> dict[str, str]:
    return {"cop_msg_id": cause.cop_msg_id, "message_type": cause.type}


def _brought(group: Group, receipt: Receipt | None) -> set[str]:
    return set(receipt.brings) & _ids(group) if receipt else set()


def _ids(group: Group) -> set[str]:
    return {part.id for part in group.parts if isinstance(part, Field)}


def _groups(group: Group) -> list[Group]:
    return [part for part in group.parts if isinstance(part, Group)]


def _belongs(name: str, case: Case, tools: Tools) -> bool:
    return any(name in receipt.brings for receipt in tools.kind_of(case).receipts.values())


def _allowed(given: Mapping[str, Any], group: Group) -> dict[str, Any]:
    names = _ids(group) | {inner.name for inner in _groups(group)}
    return {name: value for name, value in given.items() if name in names}


def _format_words(case: Case, tools: Tools) -> dict[str, str]:
    kind = tools.kind_of(case)
    chosen = kind.formats.get(str(case.content.get(kind.format_field)))
    return {"format_zh": chosen.zh if chosen else ""}


def _state_zh(tools: Tools, case: Case, status: str) -> str:
    machine = tools.kind_of(case).machine
    return machine.states[status].zh if machine and status in machine.states else status
