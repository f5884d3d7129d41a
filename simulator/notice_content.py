"""What notices say: of which declaration, what is asked for, why, and in the words of the manual (000 §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from mappings.clock import stamp
from mappings.element import Field
from mappings.kind import Kind
from mappings.load import Contract
from mappings.sample import sample
from simulator.errors import NotDecided
from simulator.store import Store

SUPPLEMENT, TASK, PUSHED = "supplement", "issue_task", "pushed_certificate"
FORM = "supplement_data"  # the kind whose formats are the templates of a notice
DOCUMENTS, DATA = "1", "2"  # 操作类型
TYPES = {DOCUMENTS: "补传", DATA: "补录"}  # 通知类型
ISSUED = "出证"
REASONS = {DOCUMENTS: ("单据", "附件"), DATA: ("补录", "补录")}
DETAILS = {  # word for word; `what` is a template's name, or what stands there where the manual names none
    "补传": "该报关单经审核需补传单据信息,请到货物申报系统拟证出证模块进行相关单据补传。",
    "补录": "该报关单经审核需补录证书信息,请到货物申报系统拟证出证模块进行{what}补录。",
    ISSUED: "贵公司申报货物的报关单[{declaration_no}]所需的5-1入境货物检验检疫证明(进口化妆品及其他食品)申报已复审完成。",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A notice that is to be made. at: µs. given: fields and groups of it that shall be so.

    known: what customs has of that declaration from elsewhere, empty for nothing.
    """

    contract: Contract
    store: Store
    at: int
    business_no: str
    seed: int
    given: Mapping[str, Any]
    known: Mapping[str, Any] = field(default_factory=dict)


def supplement(asked: Asked) -> dict[str, Any]:
    """What is asked for, then what stands in the declaration as far as anybody has said it. Inside a transaction: it counts.

    Raises NotDecided for a template that there is not.
    """
    template = str(asked.given.get("supplement_template", ""))
    operation = str(asked.given.get("supplement_operation") or (DATA if template else DOCUMENTS))
    _known(asked.contract, template)
    reason, requirement = REASONS.get(operation, ("", ""))
    content = {
        "notice_no": notice_no(asked.store, asked.seed), "business_type": "报关单", "business_no": asked.business_no,
        "supplement_operation": operation, "supplement_reason": reason, "supplement_requirement": requirement,
        "notified_at": stamp(asked.at),
    }  # fmt: skip
    declared = _declared(asked.contract.kinds[SUPPLEMENT], asked.known) if operation == DATA else {}
    return {**content, **declared, **asked.given}


def task(asked: Asked) -> dict[str, Any]:
    """A row of the list of things to do; of the type 出证 where nothing else is laid down. Inside a transaction: it counts."""
    type_ = str(asked.given.get("issue_notice_type", ISSUED))
    count = asked.store.count("issue notice")
    content = {
        "issue_no": f"N{stamp(asked.at)[:4]}{count:013d}", "unified_no": f"i{asked.business_no[4:8]}{count:013d}",
        "declaration_no": asked.business_no, "issue_notice_type": type_, "received_at": stamp(asked.at),
        "notice_detail": _detail(type_, asked.business_no, ""),
    }  # fmt: skip
    return {**content, **asked.given}


def along(contract: Contract, content: Mapping[str, Any]) -> dict[str, Any]:
    """What the row of the list says that goes along with a supplement notice: it is the same 统一编号."""
    type_, template = TYPES[str(content["supplement_operation"])], str(content.get("supplement_template", ""))
    detail = _detail(type_, str(content["business_no"]), _name(contract, template))
    return {"unified_no": content["notice_no"], "issue_notice_type": type_, "notice_detail": detail}


def pushed(asked: Asked) -> dict[str, Any]:
    """News of a certificate, by an officer's hand: what is not laid down is the example of its data element."""
    fields = asked.contract.kinds[PUSHED].fields
    content = {field.id: field.element.example for field in fields if field.required}
    return {**content, "push_no": push_no(asked.store, stamp(asked.at)[:4]), **asked.given}


MADE: Mapping[str, Callable[[Asked], dict[str, Any]]] = {
    SUPPLEMENT: supplement,
    TASK: task,
    PUSHED: pushed,
}


def notice_no(store: Store, seed: int) -> str:
    """32 hexadecimal digits, the same for the same seed and count."""
    return sha256(f"notice {seed} {store.count('notice')}".encode()).hexdigest()[:32]


def push_no(store: Store, year: str) -> str:
    """P, the year, thirteen digits."""
    return f"P{year}{store.count('push'):013d}"


def of_declaration(values: Mapping[str, Any], at: int, count: int) -> str:
    """The 报关单号 that a notice about a document speaks of: its own, else one of its office (manual 002 §4.1.1.1)."""
    own = next((str(values[name]) for name in ("business_no", "declaration_no") if values.get(name)), "")
    return own or f"{str(values.get('customs_no') or '0101')[:4]}{stamp(at)[:4]}1{count:09d}"


def _known(contract: Contract, template: str) -> None:
    form = contract.kinds.get(FORM)
    if template and form and form.formats and template not in form.formats:
        raise NotDecided("FIELD_CODE", zh="证书类型", en="supplement template", found=template, list=FORM,
                         near="、".join(sorted(form.formats)))  # fmt: skip


def _name(contract: Contract, template: str) -> str:
    form = contract.kinds.get(FORM)
    return form.formats[template].code if form and template in form.formats else ""


def _detail(type_: str, declaration_no: str, template: str) -> str:
    return DETAILS.get(type_, type_).format(
        what=f"{template}信息" if template else "相关单据", declaration_no=declaration_no
    )


def _declared(life: Kind, known: Mapping[str, Any]) -> dict[str, Any]:
    """What the declaration holds: as it is known, else as an example; marks, qualifications, goods by their lines, containers."""
    content = sample(life, seed=0)["content"]
    goods = [{**line, "goods_line_no": number} for number, line in enumerate(content["goods"], 1)]
    lines = [_own(life, line) for line in known.get("goods") or () if "goods_line_no" in line]
    return {**content, "marks": known.get("marks") or "N/M", "goods": lines or goods}


def _own(life: Kind, line: Mapping[str, Any]) -> dict[str, Any]:
    """Of a line of goods what a notice tells of one."""
    group = next(group for group in life.groups if group.name == "goods")
    return {part.id: line[part.id] for part in group.parts if isinstance(part, Field) and part.id in line}
