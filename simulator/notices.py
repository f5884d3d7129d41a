"""The desk of notices: what customs asks of enterprises by itself, about a declaration that it need not have had from them.

A notice is a case of its own (`cf8059456eb64be6a532c1e9423c53b1`), as it is a document of its own at the other end. It is
laid down like a decision, and sent at the next look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mappings.check import BY_ANYBODY, check
from mappings.clock import stamp
from mappings.element import Field
from mappings.facts import Fact, Facts
from mappings.kind import Kind
from mappings.load import Contract
from mappings.numbers import formed
from simulator.errors import NotDecided
from simulator.notice_content import MADE, SUPPLEMENT, TASK, Asked, along, notice_no
from simulator.rows import Case, Step, Taken
from simulator.store import Store
from simulator.tools import Tools
from simulator.verdict import SUCCESS

REFUSED = "11"  # 海关审核不合格: customs asks again, under a new number


def open_case(
    store: Store, life: Kind, content: Mapping[str, Any], *, sender: str, at: int, road: str,
    moods: Sequence[str] = (), given: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Inside a transaction: the document and the step that sends it. at: µs. Returns its number. Raises NotDecided."""
    if faults := check(life, content, by=BY_ANYBODY).faults:
        raise NotDecided("SIM_CONTENT", path=faults[0].path, zh=faults[0].zh, en=faults[0].en)
    number, state = formed(life, content), life.needs_machine().start
    if store.case(sender, number):
        raise NotDecided("SIM_NOTICE", found=number)
    cause = store.add_taken(Taken(store.road_of(sender) or road, "", "", at, SUCCESS, sender, moved=True))
    held = Case(sender, number, life.name, life.version, state, cause.id, content=content, moods=tuple(moods))
    store.save_case(held)
    store.add_steps([Step(at, sender, number, state, cause.id, given=given or {})])
    return number


def send(
    contract: Contract, store: Store, kind: str, *, at: int, sender: str, road: str, business_no: str, seed: int,
    given: Mapping[str, Any], moods: Sequence[str] = (), known: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Inside a transaction: a notice of that kind about a declaration, sent at the next look. Returns its number.

    known: what customs has of that declaration from elsewhere. road: for an enterprise that never sent. given: what it shall say.
    moods: the fates of what is declared upon it. Raises NotDecided.
    """
    life = contract.kinds[kind].notifies
    if life is None or life.name not in MADE:
        raise NotDecided("DECL_KIND", found=kind, want=", ".join(MADE))
    own = {part.id if isinstance(part, Field) else part.name for part in life.parts}
    if unknown := sorted(given.keys() - own):
        near = "、".join(get_close_matches(unknown[0], own, n=3)) or "—"
        raise NotDecided("FIELD_UNKNOWN", found=unknown[0], near=near)
    content = MADE[life.name](Asked(contract, store, at, business_no, seed, given, known or {}))
    number = open_case(store, life, content, sender=sender, at=at, road=road, moods=moods)
    if life.name == SUPPLEMENT:
        _tell_along(contract, store, content, sender=sender, at=at, road=road)
    return number


def ask_again(tools: Tools, case: Case, step: Step, stated: int) -> None:
    """What was reviewed and found wanting is asked for anew, for that reason. Nothing where an operator decides."""
    if case.kind != SUPPLEMENT or step.status != REFUSED or tools.settings.progress == "manual":
        return
    again = {"notice_no": notice_no(tools.store, tools.settings.seed), "notified_at": stamp(stated)}
    content = {**case.content, **again, **({"supplement_reason": step.reason} if step.reason else {})}
    road = next(iter(tools.roads))
    open_case(tools.store, tools.kind_of(case), content, sender=case.sender, at=stated, road=road, moods=case.moods)
    _tell_along(tools.contract, tools.store, content, sender=case.sender, at=stated, road=road)


def _tell_along(
    contract: Contract, store: Store, content: Mapping[str, Any], *, sender: str, at: int, road: str
) -> None:
    """The enterprise's list of things to do has a row for what is asked for (000 §3)."""
    business_no = str(content["business_no"])
    row = MADE[TASK](Asked(contract, store, at, business_no, 0, along(contract, content)))
    open_case(store, contract.kinds[TASK], row, sender=sender, at=at, road=road)


def facts_of(tools: Tools, kind: Kind, content: Mapping[str, Any], sender: str) -> Facts:
    """What a declaration upon a notice is held against: the notice, as customs wrote it."""
    found: dict[str, Fact] = {}
    for asked in kind.facts:
        case = tools.store.case(sender, str(content.get(asked.by, ""))) if asked.certain else None
        if case and case.kind == asked.kind:
            found[asked.name] = Fact(case.number, case.state, 0, {**case.content, **case.facts})
    return found
