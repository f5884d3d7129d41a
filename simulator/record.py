"""One record of customs: the receipt for one document, and what becomes of the document by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mappings.attaching import GROUP
from mappings.clock import micros, stamp
from mappings.element import Field
from mappings.faults import fill
from mappings.kind import Group, Kind
from mappings.receipt import Receipt
from simulator import entry, stock, subscriptions
from simulator.brings import NUMBERS, RENEWED, Bench, data, fact
from simulator.effects import follow, named
from simulator.notices import ask_again
from simulator.plan import RESTATE
from simulator.rows import Case, Entry, Step, Taken
from simulator.tools import Tools

PLAIN = "receipt"  # the carrier of what brings no data
STORED = "HS"
MILLISECOND = 1000  # µs
AGAIN = "重复申报，以原单为准。"
CHANGED = "changed_by_customs"
RECEIPT = frozenset({"cop_msg_id", "message_type", "number", "receipt_no", "status", "sentence", "stated_at"})


@dataclass(frozen=True, slots=True)
class Made:
    """A record in its carrier's form. stated: µs. biz: the folder that it goes to where it answers nothing."""

    carrier: Kind
    record: Mapping[str, Any]
    stated: int
    biz: str = ""


def make(tools: Tools, step: Step, cause: Taken) -> Made | None:
    """Inside a transaction: the record of a step, its case changed by it. None where there is nothing to restate."""
    case = tools.store.case(step.sender, step.number) or _nobodys(tools, step, cause)
    bearer = tools.store.case(case.sender, case.parent) if case.parent else None
    latest = (bearer or case).stated
    if step.status == RESTATE:
        return _restated(tools, case, cause, max(step.due, latest + MILLISECOND))
    receipt = tools.kind_of(case).receipts.get(step.status)
    laid_down = step.given.get("stated_at")
    stated = micros(str(laid_down)) if laid_down else max(step.due, latest + MILLISECOND)
    carrier = tools.contract.kinds[receipt.kind if receipt else PLAIN]
    bench = Bench(tools, case, bearer, step.status, stamp(stated), _given_facts(step, carrier, case), {})
    bench = _filled(bench, step, carrier, receipt)
    _change(bench, receipt, stated)
    stock.told(tools, case, bench.data)
    follow(tools, bench.case, step, stated)
    ask_again(tools, bench.case, step, stated)
    entry.follow(tools, bench.case, step, stated)
    subscriptions.follow(tools, bench.case, step, stated)
    biz = "" if cause.name else tools.kind_of(case).biz
    return Made(carrier, {**_echo(cause), **_record(bench, step, carrier, receipt)}, stated, biz)


def carrier_of(tools: Tools, step: Step) -> str:
    """The inward kind that will carry a step's record."""
    case = tools.store.case(step.sender, step.number)
    receipt = tools.kind_of(case).receipts.get(step.status) if case else None
    return receipt.kind if receipt else PLAIN


def _nobodys(tools: Tools, step: Step, cause: Taken) -> Case:
    """An act upon a document that customs does not have is answered all the same, and recorded nowhere."""
    acting = tools.contract.of_type(cause.type)
    name = acting.acts_on if acting and acting.acts_on else PLAIN
    return Case(step.sender, step.number, name, 0, "", cause.id)


def _given_facts(step: Step, carrier: Kind, case: Case) -> dict[str, Any]:
    """What the case has, and what was laid down for it with this step."""
    lasting = _ids(carrier.needs_records()) - RECEIPT - {CHANGED}
    kept = {name: value for name, value in case.facts.items() if name not in RENEWED}
    return {**kept, **{name: step.given[name] for name in step.given.keys() & lasting}}


def _filled(bench: Bench, step: Step, carrier: Kind, receipt: Receipt | None) -> Bench:
    """With all that the receipt brings: numbers first, which the data hold; then the data, which the counts count."""
    group, brings = carrier.needs_records(), receipt.brings if receipt else ()
    if receipt:
        bench = replace(bench, facts={**bench.facts, **receipt.says, **_laid_down(step, receipt)})
    bench = _with_facts(bench, [name for name in brings if name in NUMBERS])
    inner = [part for part in group.parts if isinstance(part, Group) and part.name != GROUP]
    if inner:
        bench = replace(bench, data={g.name: step.given.get(g.name) or data(g, bench) for g in inner})
    return _with_facts(bench, brings)


def _laid_down(step: Step, receipt: Receipt) -> dict[str, Any]:
    """An operator's word stands over the kind's."""
    return {name: step.given[name] for name in receipt.says if name in step.given}


def _with_facts(bench: Bench, names: Sequence[str]) -> Bench:
    fresh = {name: fact(name, bench) for name in names if name not in bench.facts}
    return replace(bench, facts={**bench.facts, **fresh}) if fresh else bench


def _record(bench: Bench, step: Step, carrier: Kind, receipt: Receipt | None) -> dict[str, Any]:
    ids = _ids(carrier.needs_records())
    facts = {name: value for name, value in bench.facts.items() if name in ids}
    changed = {CHANGED: True} if CHANGED in ids and fact(CHANGED, bench) else {}
    given = {name: value for name, value in step.given.items() if name in ids}
    return {**_receipt(bench, step, receipt), **facts, **changed, **bench.data, **given}


def _receipt(bench: Bench, step: Step, receipt: Receipt | None) -> dict[str, Any]:
    """What every record holds, its echo apart."""
    number = str(step.given.get("receipt_no") or bench.tools.numbers.receipt_no(bench.stated))
    sentence = _sentence(bench, step, receipt)
    return {
        "number": step.number, "receipt_no": number, "status": _state(bench), "sentence": sentence, "stated_at": bench.stated,
    }  # fmt: skip


def _state(bench: Bench) -> str:
    """The state that the document is in by this step; what happens beside it leaves it as it is."""
    machine = bench.kind.machine
    beside = machine is not None and bench.status in machine.codes - machine.states.keys()
    return bench.case.state if beside else bench.status


def _sentence(bench: Bench, step: Step, receipt: Receipt | None) -> str:
    if receipt is None:
        machine = bench.kind.machine
        return machine.states[bench.status].zh if machine and bench.status in machine.states else bench.status
    plain = {name: value for name, value in bench.case.content.items() if not isinstance(value, list)}
    words = {**plain, "number": step.number, "reason": step.reason or "—", "format_zh": "", "certificate_no": "—"}
    for case in (*named(bench.tools, bench.case), bench.case):
        kind = bench.tools.kind_of(case) if case.version else bench.kind
        chosen = kind.formats.get(str(case.content.get(kind.format_field)))
        words |= {"format_zh": chosen.zh} if chosen else {}
        words |= {name: case.facts[name] for name in ("certificate_no",) if name in case.facts}
    return fill(receipt.sentence, {**words, **bench.facts})


def _restated(tools: Tools, case: Case, cause: Taken, stated: int) -> Made | None:
    """The original's state and numbers, said again to whoever submitted a second time. Nothing changes."""
    receipt = tools.kind_of(case).receipts.get(case.state)
    if receipt is None:
        return None  # still in hand, or never answered
    step = Step(stated, case.sender, case.number, case.state, cause.id)
    bench = Bench(tools, case, None, case.state, stamp(stated), case.facts, {})
    record = _receipt(bench, step, receipt)
    numbers = {name: case.facts[name] for name in sorted(NUMBERS & case.facts.keys())}
    tools.store.advance(case.sender, case.parent or case.number, stated)
    sentence = AGAIN + record["sentence"]
    return Made(tools.contract.kinds[PLAIN], {**_echo(cause), **record, **numbers, "sentence": sentence}, stated)


def _change(bench: Bench, receipt: Receipt | None, stated: int) -> None:
    """The case after the step. Its effect, being put into store, is counted where its numbers are new."""
    case, store = bench.case, bench.tools.store
    if not case.version:
        return
    numbers = NUMBERS & set(receipt.brings if receipt else ())
    fresh = bool(numbers - case.facts.keys()) or (bench.status == STORED and not numbers)
    latest = case.stated if case.parent else max(case.stated, stated)  # of its family, which the bearer knows
    store.save_case(replace(case, state=_state(bench), facts=bench.facts, effects=case.effects + fresh, stated=latest))
    if case.parent:
        store.advance(case.sender, case.parent, stated)
    known = {name: str(bench.facts.get(name, "")) for name in ("customs_no", "certificate_no")}
    store.note(Entry(case.sender, case.number, stated, bench.status, bench.kind.type, **known))


def _echo(cause: Taken) -> dict[str, str]:
    """Things that customs opens echo nothing."""
    return {"cop_msg_id": cause.cop_msg_id, "message_type": cause.type} if cause.cop_msg_id else {}


def _ids(group: Group) -> set[str]:
    return {part.id for part in group.parts if isinstance(part, Field)}
