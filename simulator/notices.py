"""The desk of notices: what customs asks of enterprises by itself, about a declaration that it need not have had from them.

A notice is a case of its own (`cf8059456eb64be6a532c1e9423c53b1`), as it is a document of its own at the other end. It is
laid down like a decision, and sent at the next look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from hashlib import sha256
from typing import Any

from mappings.check import BY_ANYBODY, check
from mappings.clock import stamp
from mappings.kind import Field, Kind
from mappings.load import Contract
from mappings.numbers import formed
from mappings.sample import sample
from simulator.errors import NotDecided
from simulator.rows import Case, Step, Taken
from simulator.store import Store
from simulator.tools import Tools
from simulator.verdict import SUCCESS

SUPPLEMENT, FORM = "supplement", "supplement_data"  # what is asked for, and the kind whose formats are its templates
DOCUMENTS, DATA = "1", "2"  # 操作类型
REFUSED = "11"  # 海关审核不合格: customs asks again, under a new number
REASONS = {DOCUMENTS: ("单据", "附件"), DATA: ("补录", "补录")}  # as the manual's lists have them (000 §3)


def open_case(
    store: Store, life: Kind, content: Mapping[str, Any], *, sender: str, at: int, road: str,
    moods: Sequence[str] = (), given: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Inside a transaction: the document and the step that sends it. at: µs. Returns its number. Raises NotDecided."""
    if faults := check(life, content, by=BY_ANYBODY).faults:
        raise NotDecided("SIM_CONTENT", path=faults[0].path, zh=faults[0].zh, en=faults[0].en)
    number, state = formed(life, content), life.needs_machine().start
    if store.case(sender, number):
        raise NotDecided("DECL_REFERENCE", found=number, number=number, state="", state_zh="")
    place = store.road_of(sender) or road
    cause = store.add_taken(Taken(place, "", "", at, SUCCESS, sender, moved=True))
    held = Case(sender, number, life.name, life.version, state, cause.id, content=content, moods=tuple(moods))
    store.save_case(held)
    store.add_steps([Step(at, sender, number, state, cause.id, given=given or {})])
    return number


def send(
    contract: Contract, store: Store, kind: str, *, at: int, sender: str, road: str, business_no: str, seed: int,
    given: Mapping[str, Any], moods: Sequence[str] = (),
) -> str:  # fmt: skip
    """Inside a transaction: a notice of that kind about a declaration, sent at the next look. Returns its number.

    road: for an enterprise that never sent. given: what it shall say. moods: the fates of what is declared upon it.
    Raises NotDecided.
    """
    life = contract.kinds[kind].notifies
    assert life is not None
    if unknown := sorted(given.keys() - _ids(life)):
        near = "、".join(get_close_matches(unknown[0], _ids(life), n=3)) or "—"
        raise NotDecided("FIELD_UNKNOWN", found=unknown[0], near=near)
    content = _MADE[life.name](contract, store, at=at, business_no=business_no, given=given, seed=seed)
    return open_case(store, life, content, sender=sender, at=at, road=road, moods=moods)


def _supplement(
    contract: Contract, store: Store, *, at: int, business_no: str, given: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """A notice about a declaration: its own fields, then what stands in the declaration as far as anybody has said it.

    given: fields and groups of the notice that shall be so. Inside a transaction: it counts. Raises NotDecided.
    """
    life = contract.kinds[SUPPLEMENT]
    template = str(given.get("supplement_template", ""))
    operation = str(given.get("supplement_operation") or (DATA if template else DOCUMENTS))
    known_templates(contract, template)
    reason, requirement = REASONS.get(operation, ("", ""))
    content = {
        "notice_no": notice_no(store, seed), "business_type": "报关单", "business_no": business_no,
        "supplement_operation": operation, "supplement_reason": reason, "supplement_requirement": requirement,
        "notified_at": stamp(at),
    }  # fmt: skip
    declared = _declared(life) if operation == DATA else {}
    return {**content, **declared, **{name: value for name, value in given.items() if name in _ids(life)}}


def ask_again(tools: Tools, case: Case, step: Step, stated: int) -> None:
    """What was reviewed and found wanting is asked for anew, for that reason. Nothing where an operator decides."""
    if case.kind != SUPPLEMENT or step.status != REFUSED or tools.settings.progress == "manual":
        return
    again = {"notice_no": notice_no(tools.store, tools.settings.seed), "notified_at": stamp(stated)}
    content = {**case.content, **again, **({"supplement_reason": step.reason} if step.reason else {})}
    open_case(tools.store, tools.kind_of(case), content, sender=case.sender, at=stated, road=next(iter(tools.roads)),
              moods=case.moods)  # fmt: skip


def known_templates(contract: Contract, template: str) -> None:
    """Raises NotDecided for a template that the kind which answers the notice does not have."""
    form = contract.kinds.get(FORM)
    if template and form and form.formats and template not in form.formats:
        raise NotDecided("FIELD_CODE", zh="证书类型", en="supplement template", found=template, list=FORM,
                         near="、".join(sorted(form.formats)))  # fmt: skip


def notice_no(store: Store, seed: int) -> str:
    """32 hexadecimal digits, the same for the same seed and count."""
    return sha256(f"notice {seed} {store.count('notice')}".encode()).hexdigest()[:32]


def of_declaration(values: Mapping[str, Any], at: int, count: int) -> str:
    """The 报关单号 that a notice about a document speaks of: its own, else one of its office (domain.md part 2)."""
    for name in ("business_no", "declaration_no"):
        if values.get(name):
            return str(values[name])
    return f"{str(values.get('customs_no') or '0101')[:4]}{stamp(at)[:4]}1{count:09d}"


def _declared(life: Kind) -> dict[str, Any]:
    """What an import declaration holds, as an example: marks, qualifications, goods by their lines, containers."""
    content = sample(life, seed=0)["content"]
    goods = [{**line, "goods_line_no": number} for number, line in enumerate(content["goods"], 1)]
    return {"marks": "N/M", **content, "goods": goods}


_MADE: Mapping[str, Callable[..., dict[str, Any]]] = {SUPPLEMENT: _supplement}


def _ids(kind: Kind) -> set[str]:
    return {part.id if isinstance(part, Field) else part.name for part in kind.parts}
