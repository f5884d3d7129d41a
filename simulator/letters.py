"""The desk that writes by itself: notices, certificates set invalid, whatever inward kind the contract has.

A letter is filled from what customs knows of the document; what was laid down for it goes first; what its kind needs beyond
that is the example of the data element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mappings.clock import stamp
from mappings.element import Field
from mappings.faults import Refused
from mappings.kind import RECORDS, Kind, Part
from simulator.errors import NotDecided
from simulator.message import enclosed
from simulator.notice_content import of_declaration
from simulator.notices import send
from simulator.record import MILLISECOND, RECEIPT
from simulator.rows import Case, Letter, Post
from simulator.subscriptions import EXPIRED, PUSH, is_over, push, valid
from simulator.tools import Tools

LIMIT = 256  # letters in one pass
SENT, NOTHING, IMPOSSIBLE = 1, 2, 3


def write_letters(tools: Tools) -> int:
    """Send what is due. Returns how many letters were done with."""
    due = tools.store.due_letters(tools.clock.now(), LIMIT)
    among = valid(tools) if any(letter.kind == PUSH for letter in due) else []
    if due:
        with tools.store.transaction():
            for letter in due:
                _patiently(tools, letter, among)
    return len(due)


def fields_of(kind: Kind) -> set[str]:
    """What may be laid down for a letter of the kind."""
    return _ids(_parts(kind))


def _patiently(tools: Tools, letter: Letter, subscribed: Sequence[Case]) -> None:
    """What cannot be made is kept with its reason."""
    try:
        with tools.store.part():
            tools.store.end_letter(letter.id, SENT if _sent(tools, letter, subscribed) else NOTHING)
    except (Refused, LookupError, ValueError, TypeError) as reason:
        tools.store.end_letter(letter.id, IMPOSSIBLE, f"{type(reason).__name__}: {reason}")
        tools.alarm.tell(f"{letter.number} {letter.kind}", reason)


def _sent(tools: Tools, letter: Letter, subscribed: Sequence[Case]) -> bool:
    kind, case = tools.contract.kinds[letter.kind], _case(tools, letter)
    if letter.kind == PUSH and case:
        return push(tools, case, letter.due, subscribed)
    if letter.given.get("status") == EXPIRED and not is_over(case, letter.due):
        return False
    if letter.about and (case is None or letter.about not in case.facts):
        return False
    if kind.notifies:
        return _noticed(tools, letter, case)
    stated = max(letter.due, _latest(tools, case) + MILLISECOND)
    values = {**_known(tools, letter, kind, case, stated), **letter.given}
    item = _item(_parts(kind), values)
    content = {RECORDS: [item]} if kind.records else item
    number = letter.number or str(values.get("number") or letter.sender)
    name, body = enclosed(tools, kind, content, number=number, receiver=letter.sender, stated=stated)
    biz = (tools.kind_of(case).biz if case else "") or kind.biz
    road = tools.road_for(tools.store.road_of(letter.sender) or next(iter(tools.roads)), biz)
    tools.store.add_posts([Post(letter.due, road, name, body, None)])
    if case:
        _remember(tools, kind, case, values, stated)
    return True


def _noticed(tools: Tools, letter: Letter, case: Case | None) -> bool:
    """A notice about a document, or about none: a document of its own, which the next look sends."""
    known = {**case.content, **case.facts} if case else {}
    business_no = of_declaration(known, letter.due, tools.store.count("declared"))
    send(tools.contract, tools.store, letter.kind, at=letter.due, sender=letter.sender, road=next(iter(tools.roads)),
         business_no=business_no, seed=tools.settings.seed, given=letter.given, known=known)  # fmt: skip
    return True


def _case(tools: Tools, letter: Letter) -> Case | None:
    if not letter.number:
        return None
    case = tools.store.case(letter.sender, letter.number)
    if case is None:
        raise NotDecided("BIZ_UNKNOWN", found=letter.number, senders=letter.sender)
    return case


def _latest(tools: Tools, case: Case | None) -> int:
    """The latest time that was stated in the document's family, µs."""
    bearer = tools.store.case(case.sender, case.parent) if case and case.parent else case
    return bearer.stated if bearer else 0


def _known(tools: Tools, letter: Letter, kind: Kind, case: Case | None, stated: int) -> dict[str, Any]:
    """What customs can tell without being told: the front of a receipt, the document's own values and numbers."""
    at = stamp(stated)
    known: dict[str, Any] = {**case.content, **case.facts, "number": case.number} if case else {}
    if case and (machine := tools.kind_of(case).machine) and case.state in machine.states:
        known |= {"status": case.state}
    known |= {"stated_at": at, "sentence": f"编号[{letter.number}]，{kind.zh}" if letter.number else kind.zh}
    if any(part.id == "receipt_no" for part in _parts(kind) if isinstance(part, Field)):
        known["receipt_no"] = tools.numbers.receipt_no(at)
    return known


def _remember(tools: Tools, kind: Kind, case: Case, values: Mapping[str, Any], stated: int) -> None:
    """The document after the letter: the facts that its kind brings, and the state that it tells."""
    own = {part.id for part in _parts(kind) if isinstance(part, Field)} - RECEIPT
    facts = {**case.facts, **{name: values[name] for name in own & values.keys() - case.content.keys()}}
    tools.store.save_case(replace(case, facts=facts, state=str(values.get("status", case.state))))
    tools.store.advance(case.sender, case.parent or case.number, stated)


def _parts(kind: Kind) -> tuple[Part, ...]:
    """What a letter of the kind holds: one record of it, or the whole."""
    records = kind.records
    return records.parts if records else kind.parts


def _item(parts: tuple[Part, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_filled(parts, values))


def _filled(parts: tuple[Part, ...], values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in parts:
        if isinstance(part, Field):
            if part.id in values:
                yield part.id, values[part.id]
            elif part.required:
                yield part.id, part.element.example
        elif part.name in values:
            yield part.name, values[part.name]
        elif part.kind:
            yield part.name, [{name: value for name, value in values.items() if name in _ids(part.shape(values))}]
        elif part.min:
            yield part.name, [_item(part.parts, values) for _ in range(part.min)]


def _ids(parts: tuple[Part, ...]) -> set[str]:
    return {part.id if isinstance(part, Field) else part.name for part in parts}
