"""The storage desk: what a message brings becomes cases, and what customs will make of them becomes steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mappings.kind import Kind
from mappings.states import What
from parcel.parcel import Parcel
from simulator import eledgers, notices, stock
from simulator.errors import NotTaken
from simulator.moods import afterwards, first_fate, moods_in, of_travel, used_up
from simulator.plan import RESTATE, Plan, acted, reason_of, schedule, submitted
from simulator.review import review
from simulator.rows import Case, Entry, Taken
from simulator.scenario import Answer
from simulator.tools import Tools

SUBMIT = "submit"
TAKEN = "SS"  # the state of what customs' side has and has not judged yet


@dataclass(frozen=True, slots=True)
class Received:
    """What was made of a message. words: how its answers travel. silent: there will be none."""

    words: tuple[str, ...]
    silent: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One document in a message: the one that it is about, or one that it carries (then `parent` is its bearer)."""

    kind: Kind
    number: str
    content: Mapping[str, Any]
    words: tuple[str, ...]
    parent: str = ""
    answers: tuple[Answer, ...] = ()


def receive(tools: Tools, parcel: Parcel, cause: Taken) -> Received:
    """Inside a transaction: cases, and the steps that answer the message."""
    kind = parcel.needs_kind()
    sender = tools.settings.of_node(parcel.sender)
    facts = {
        **eledgers.facts_of(tools, kind, parcel.content, sender),
        **notices.facts_of(tools, kind, parcel.content, parcel.sender),
        **stock.paper_of(tools, parcel),
    }
    reasons = review(parcel, sender, facts)
    received, plans = (_act if kind.acts_on else _submission)(tools, parcel, cause, reasons)
    tools.store.add_moods(cause.id, received.words)
    schedule(tools, plans, cause=cause, words=received.words)
    return received


def _submission(
    tools: Tools, parcel: Parcel, cause: Taken, reasons: Mapping[str, str]
) -> tuple[Received, Sequence[Plan]]:
    main, *carried = _items(tools, parcel)
    fate, whole = first_fate(main.words, main.kind.moods), reasons.get(main.number, "")
    if whole or fate in ("refuse", "silent"):  # the bearer's fate is theirs
        whole = whole or reason_of(fate)
        carried = [replace(item, words=main.words, answers=()) for item in carried]
    plans = [_submit(tools, item, cause, whole or reasons.get(item.number, "")) for item in (main, *carried)]
    return Received(of_travel(main.words), fate == "silent"), plans


def _items(tools: Tools, parcel: Parcel) -> list[Item]:
    """The document of the message, then what it carries. What a remark says goes before the scenario."""
    kind, content = parcel.needs_kind(), parcel.content
    group, main = kind.carries, _item(tools, parcel, kind, parcel.number, content)
    words, items = main.words, [main]
    if group and group.kind:
        asked = ("confirm",) if content.get("confirm_before_issue") and not first_fate(words) else ()
        for inner in content.get(group.name) or ():
            item = _item(tools, parcel, group.kind, _serial(group.kind, inner), inner)
            own = item.words or item.answers
            items.append(replace(item, words=item.words if own else (*asked, *words), parent=parcel.number))
    return items


def _item(tools: Tools, parcel: Parcel, kind: Kind, number: str, content: Mapping[str, Any]) -> Item:
    if words := moods_in(content):
        return Item(kind, number, content, words)
    told = tools.told(kind, number, content, parcel.sender)
    return Item(kind, number, content, told.moods, answers=told.answers)


def _serial(kind: Kind, item: Mapping[str, Any]) -> str:
    if not item.get(kind.serial_field):
        raise NotTaken("XSD_INVALID", line=0, path=kind.serial_field, detail="missing")
    return str(item[kind.serial_field])


def _submit(tools: Tools, item: Item, cause: Taken, reason: str) -> Plan:
    """A case, new or submitted again; a number that its state does not let be submitted is a duplicate."""
    machine = item.kind.needs_machine()
    known = tools.store.case(cause.sender, item.number)
    move = machine.move(known.state if known else machine.start, SUBMIT, What.ACT)
    if known and move is None:
        tools.store.save_case(replace(known, submissions=known.submissions + 1))
        return Plan(item.kind, item.number, (RESTATE,))
    state = move.to if move else machine.start
    tools.store.save_case(
        Case(
            cause.sender, item.number, item.kind.name, item.kind.version, state, cause.id, item.parent, item.content,
            known.facts if known else {}, _left(item), known.stated if known else 0,
            known.submissions + 1 if known else 1, known.effects if known else 0,
        )
    )  # fmt: skip
    facts = {name: str(known.facts.get(name, "")) for name in ("customs_no", "certificate_no")} if known else {}
    tools.store.note(Entry(cause.sender, item.number, cause.at, TAKEN, item.kind.type, **facts))
    reason = reason or stock.objection(tools, item.kind, item.content, cause.sender)
    return _answer(tools, item, state, reason, cause)


def _left(item: Item) -> tuple[str, ...]:
    """The words for the acts that follow, and for what customs opens upon the document."""
    return (*used_up(item.words, item.kind.moods), *afterwards(item.words))


def _answer(tools: Tools, item: Item, state: str, reason: str, cause: Taken) -> Plan:
    fate = first_fate(item.words, item.kind.moods)
    if fate == "silent":
        return Plan(item.kind, item.number, ())
    said = eledgers.answer(tools, item.kind, item.content, tools.settings.of_node(cause.sender))
    if said and fate not in item.kind.moods and not reason:
        return Plan(item.kind, item.number, (said,))
    fate = "refuse" if reason else fate
    answers = () if reason else item.answers
    return Plan(
        item.kind, item.number, submitted(item.kind, state, fate), reason or reason_of(fate), item.words, answers
    )


def _unfit(tools: Tools, kind: Kind, case: Case) -> str:
    """The sentence of a need of the kind that the document acted upon does not meet, "" where it meets all."""
    bearer = tools.store.case(case.sender, case.parent) if case.parent else None
    known = {**(bearer.content if bearer else {}), **case.content, **case.facts}
    own = (need for need in kind.needs if need.kind == case.kind and not need.within)
    odd = (need for need in own for name, allowed in need.facts.items() if known.get(name) not in (None, *allowed))
    return next((need.zh for need in odd), "")


def _act(tools: Tools, parcel: Parcel, cause: Taken, reasons: Mapping[str, str]) -> tuple[Received, Sequence[Plan]]:
    """An act upon a case: its kind says what answers it. Moods are what the case has left."""
    kind = parcel.needs_kind()
    target, act = tools.contract.kinds[kind.acts_on], kind.acts.get(str(parcel.content.get(kind.act_field, "")), "")
    case, reason = tools.store.case(cause.sender, parcel.number), reasons.get(parcel.number, "")
    if case is None:
        plan = Plan(target, parcel.number, target.answers.get("refuse", ()), f"{parcel.number} 不在账上")
        return Received((), silent=False), [plan]
    stock.printed(tools, cause.sender, parcel.content)
    told = tools.told(kind, case.number, parcel.content, cause.sender)
    words = of_travel((*case.moods, *told.moods))
    move = target.needs_machine().move(case.state, act, What.ACT)
    if move is None:
        return Received(words, silent=False), [Plan(target, case.number, (RESTATE,))]
    knows = target.answers.keys() | target.moods.keys()
    left = case.moods if first_fate(case.moods, knows) else (*told.moods, *case.moods)
    reason = reason or _unfit(tools, kind, case)
    fate = "refuse" if reason else first_fate(left, knows)
    tools.store.save_case(replace(case, state=move.to, cause=cause.id, moods=used_up(left, knows)))
    statuses = () if fate == "silent" else acted(target, move.to, act, fate)
    answers = () if reason or fate == "silent" else told.answers
    plan = Plan(target, case.number, statuses, reason or reason_of(fate), answers=answers)
    return Received(words, fate == "silent"), [plan]
