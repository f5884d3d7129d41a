"""The desk of entry certificates: what the review of a request leads to, and what is issued without one.

Customs opens the certificate: its number is the declaration's and three digits, and what it says is what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mappings.check import BY_ANYBODY, check
from mappings.clock import MICROSECOND, Clock
from mappings.element import Field
from mappings.faults import fill
from mappings.kind import Kind
from mappings.load import Contract
from mappings.sample import sample
from simulator.errors import NotDecided
from simulator.house import Registered
from simulator.moods import MOODS, afterwards, parted
from simulator.notice_content import ISSUED
from simulator.notices import send
from simulator.numbers import Numbers
from simulator.rows import Case, Letter, Step, Taken
from simulator.store import Store
from simulator.tools import Tools
from simulator.verdict import SUCCESS

REQUEST, CERTIFICATE = "entry_certificate_request", "entry_certificate"
REVIEWED, WANTED = "RC", "21"
NOTICE = "issue_notice"
NAME = "5-1入境货物检验检疫证明"  # 001 §6.3.1
CERTIFIED = "上述货物经检验检疫合格评定，予以通关放行。"  # 001 §6.2.2


def is_declaration(contract: Contract, number: str) -> bool:
    """Is it a 报关单号, for which entry certificates are issued, and no 检验检疫编号?"""
    grammar = contract.dictionary.elements["declaration_no"].grammar
    return grammar is not None and grammar.pattern.fullmatch(number) is not None


def follow(tools: Tools, case: Case, step: Step, stated: int) -> None:
    """A request that was reviewed for the first time, and asks for the certificate, gets it: opened now, told when its desk
    has come to it, and a row in the enterprise's list of things to do. Nothing where an operator decides. What is issued is
    followed by what the request's moods say of it."""
    if case.kind == CERTIFICATE and step.status == tools.kind_of(case).happy[-1]:
        _after_issue(tools, case, max(step.due, stated))
    if case.kind != REQUEST or step.status != REVIEWED or tools.settings.progress == "manual":
        return
    if case.content.get("entry_certificate_class") != WANTED or tools.store.performed(
        case.sender, case.number, REVIEWED
    ):
        return
    kind, asked = tools.contract.kinds[CERTIFICATE], tools.store.taking(step.cause)
    _tell_people(tools, case, asked.road, stated)
    number = tools.numbers.entry_certificate_no(str(case.content["declaration_no"]))
    cause = _opened(tools.store, kind, case.sender, number, asked.road, stated, _content(kind, case, number), case)
    tools.store.add_moods(cause.id, asked.moods)
    receipt = kind.receipts[kind.happy[-1]]
    due = max(step.due, stated) + (receipt.after if tools.settings.progress == "timed" else timedelta(0)) // MICROSECOND
    tools.store.add_steps(
        [Step(due, case.sender, number, receipt.code, cause.id, shift=step.shift, rank=step.rank + 1)]
    )


def _tell_people(tools: Tools, case: Case, road: str, stated: int) -> None:
    """拟证出证通知 of the type 出证, in the words of the receipt (000 §3)."""
    declaration_no = str(case.content["declaration_no"])
    detail = fill(tools.kind_of(case).receipts[REVIEWED].sentence, case.content)
    trader = {"trader_name": case.content["domestic_consignee_name"]}
    send(
        tools.contract, tools.store, NOTICE, at=stated, sender=case.sender, road=road, business_no=declaration_no,
        seed=tools.settings.seed, given={"issue_notice_type": ISSUED, "notice_detail": detail, **trader},
    )  # fmt: skip


def _after_issue(tools: Tools, case: Case, due: int) -> None:
    """Letters about the certificate, once."""
    brings = {name for receipt in tools.kind_of(case).receipts.values() for name in receipt.brings} - {"customs_no"}
    moods = [MOODS[parted(word)[0]] for word in case.moods]
    tools.store.add_letters(
        Letter(due, case.sender, case.number, mood.letter, dict(mood.gives), about=mood.about)
        for mood in moods
        if mood.letter in tools.contract.kinds and mood.about in brings
    )
    held = tools.store.case(case.sender, case.number)
    if held and held.moods:
        tools.store.save_case(replace(held, moods=()))


def issue_entry(
    store: Store,
    enterprise: Registered,
    *,
    contract: Contract,
    clock: Clock,
    numbers: Numbers,
    declaration_no: str,
    road: str,
    content: Mapping[str, Any] | None = None,
    seed: int = 1,
    number: str = "",
    given: Mapping[str, Any] | None = None,
) -> str:
    """An entry certificate by an officer's hand: upon the request that the enterprise sent for that declaration, else upon
    none. Returns its number. content: left out, what was asked for, else a sample. Raises NotDecided for a faulty one."""
    kind, now = contract.kinds[CERTIFICATE], clock.now()
    with store.transaction():
        request = _request(store, enterprise.node, declaration_no)
        number = number or numbers.entry_certificate_no(declaration_no)
        held = dict(content) if content else _default(kind, request, number, seed)
        held |= {"entry_certificate_no": number, "declaration_no": declaration_no}
        if faults := check(kind, held, by=BY_ANYBODY).faults:
            raise NotDecided("SIM_CONTENT", path=faults[0].path, zh=faults[0].zh, en=faults[0].en)
        place = store.road_of(enterprise.node) or road
        cause = _opened(store, kind, enterprise.node, number, place, now, held, request)
        store.add_steps([Step(now, enterprise.node, number, kind.happy[-1], cause.id, given=given or {})])
    return number


def _request(store: Store, sender: str, declaration_no: str) -> Case | None:
    """The latest that the enterprise sent for the declaration."""
    own = (case for case in store.cases() if case.sender == sender and case.kind == REQUEST)
    return max(
        (case for case in own if case.content.get("declaration_no") == declaration_no),
        key=lambda case: case.cause,
        default=None,
    )


def _default(kind: Kind, request: Case | None, number: str, seed: int) -> dict[str, Any]:
    if request:
        return _content(kind, request, number)
    return {**sample(kind, seed=seed)["content"], "entry_certificate_name": NAME, "certification_text": CERTIFIED}


def _content(kind: Kind, request: Case, number: str) -> dict[str, Any]:
    """The certificate as it was asked for."""
    names = {part.id if isinstance(part, Field) else part.name for part in kind.parts}
    asked = {name: value for name, value in request.content.items() if name in names}
    return {
        **asked,
        "entry_certificate_no": number,
        "entry_certificate_name": NAME,
        "entry_request_no": request.number,
        "certification_text": CERTIFIED,
    }


def _opened(
    store: Store,
    kind: Kind,
    sender: str,
    number: str,
    road: str,
    at: int,
    content: Mapping[str, Any],
    request: Case | None,
) -> Taken:
    """The certificate's case, which echoes nothing, and its cause."""
    cause = store.add_taken(Taken(road, "", "", at, SUCCESS, sender, moved=True))
    known = store.case(sender, number)  # issued anew under its number
    fresh = Case(
        sender, number, kind.name, kind.version, kind.needs_machine().start, cause.id, request.number if request else ""
    )
    moods = afterwards(request.moods) if request else ()
    store.save_case(replace(known or fresh, content=content, cause=cause.id, moods=moods))
    return cause
