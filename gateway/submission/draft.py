"""A declaration on its way to be recorded, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.intake.declaration import Declaration
from ledger.rows import Act, Attached, DocumentChange, DocumentRow, FactUsed, Known, OutMessage, Required, Submission
from ledger.rows import Enterprise as Tenant
from mappings.attaching import GROUP
from mappings.clock import iso, micros, stamp
from mappings.element import Element, Filler
from mappings.facts import ACCOUNT, Asked, Facts
from mappings.faults import Fault
from mappings.kind import Kind
from mappings.numbers import message_id
from mappings.states import What
from parcel.attached import chosen
from parcel.names import OutName
from parcel.parcel import Parcel

DECLARED = "declared"  # where the last declaration upon a document stands in what is kept of that one
PATIENCE = 60 * 1_000_000  # µs until what waits for a fact is looked at for the first time


SAVING = ("edit", "reopen")  # acts that save once more what was sent before: what had failed, what is stored


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one declaration: accepted, duplicate, revised, held or refused."""

    file: str
    reference: str
    outcome: str
    number: str = ""
    kind: str = ""
    state: str = ""
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A declaration that is well made, on its way to be recorded.

    carried: the documents that its content carries, in the content's order, as (number, is it sent now).
    files: what it attaches, by name. elsewhere: what is known of other documents. waits_for: what nobody knows yet and customs
    is asked for, with its number.
    needs: what must still be so of other documents when it is recorded. upon: those that it acts upon beside its own
    target, as (number, kind, act). told: what they say for the fields that the gateway fills.
    life: the document that it acts upon, as it was read. saves: it is kept there as a draft, and sent later.
    """

    declaration: Declaration
    kind: Kind
    tenant: Tenant
    content: Mapping[str, Any]
    sha256: str
    warnings: tuple[Fault, ...] = ()
    known: Known | None = None
    asks: str = ""  # the document that has the same content: a person is asked before this one is sent
    again: bool = False  # sent once more as it is
    number: str = ""
    submission: int = 0
    carried: tuple[tuple[str, bool], ...] = ()
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    elsewhere: Facts = field(default_factory=dict)
    waits_for: tuple[Asked, str] | None = None
    needs: tuple[Required, ...] = ()
    upon: tuple[tuple[str, str, str], ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    life: DocumentRow | None = None
    saves: bool = False


class Stopped(Exception):
    """A draft goes no further: its outcome is known. Raised and met inside this package only."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.outcome)
        self.outcome = outcome


def refused(
    declaration: Declaration, faults: Sequence[Fault], kind: Kind | None = None, warnings: Sequence[Fault] = ()
) -> Outcome:
    told, doubts = declaration.told(tuple(faults)), declaration.told(tuple(warnings))
    name = kind.name if kind else str(declaration.value.get("kind", ""))
    return Outcome(declaration.file, declaration.reference, "refused", kind=name, faults=told, warnings=doubts)


def target_field(kind: Kind) -> str:
    """The field that names the document which a kind acts upon: as its kind says, else the first identifier of a series."""
    return kind.target or next(
        f.id for f in kind.fields if f.element.grammar and f.element.grammar.series and f.by is Filler.ENTERPRISE
    )


def target(draft: Draft) -> str:
    return str(draft.content[target_field(draft.kind)])


def act_of(draft: Draft) -> str:
    """The act that the content performs: chosen by a field's value, or the only one of the kind; or its being kept."""
    if draft.saves:
        return draft.kind.draft_act
    return draft.kind.acts[str(draft.content.get(draft.kind.act_field, ""))]


def sent_content(draft: Draft) -> Mapping[str, Any]:
    group = draft.kind.carries
    if group is None:
        return draft.content
    items = [item for item, (_, goes) in zip(draft.content[group.name], draft.carried, strict=True) if goes]
    return {**draft.content, group.name: items}


def to_parcel(draft: Draft, now: int, serial: int, customs: str) -> Parcel:
    stated_at, content = stamp(now), sent_content(draft)
    attachments = chosen(draft.kind, content, draft.files) if draft.files else ()
    extension = "zip" if attachments else "xml"
    return Parcel(
        name=OutName(draft.kind.type, draft.number, stated_at, draft.submission, extension).text,
        kind=draft.kind,
        number=draft.number,
        enterprise=draft.tenant.code or draft.tenant.uscc,
        reference=draft.declaration.reference,
        submission=draft.submission,
        stated_at=stated_at,
        created=iso(micros(stated_at)),
        cop_msg_id=message_id(draft.tenant.node_id, stated_at, serial),
        sender=draft.tenant.node_id,
        receiver=customs,
        content=content,
        attachments=attachments,
        carried=tuple(number for number, goes in draft.carried if goes),
        elsewhere=draft.elsewhere,
        facts={**draft.facts, draft.number: {**_of_tenant(draft), **draft.told, **draft.facts.get(draft.number, {})}},
    )


def _of_tenant(draft: Draft) -> dict[str, str]:
    """Who declares or applies, where the gateway fills that in: 系统自动返填当前插卡企业 (manual 002 §4.4.1)."""
    of = draft.tenant
    values = {"customs_code": of.code, "uscc": of.uscc, "name": of.name}
    filled = {f.id: f.element for f in draft.kind.fields if f.by is Filler.GATEWAY}
    names = {f"{role}_{name}": value for role in ("declarant", "applicant") for name, value in values.items()}
    return {name: value for name, value in names.items() if name in filled and value and _fits(filled[name], value)}


def _fits(element: Element, value: str) -> bool:
    return element.grammar is None or element.grammar.pattern.fullmatch(value) is not None


def to_submission(draft: Draft, actor: str, message: OutMessage | None, stated_at: str) -> Submission:
    return Submission(
        enterprise_id=draft.tenant.id,
        reference=draft.declaration.reference,
        content_sha256=draft.sha256,
        kind=draft.kind.name,
        number=draft.number,
        documents=tuple(_changes(draft, actor, stated_at, sends=message is not None)),
        message=message,
        actor=actor,
        waits_for=draft.waits_for[1] if draft.waits_for and message else "",
        patience=PATIENCE,
        facts=used(draft.elsewhere),
        needs=draft.needs,
        asks=("MSG_REPEAT", draft.asks) if draft.asks and message is None else None,
        again=draft.again and message is not None,
    )


def used(facts: Facts) -> tuple[FactUsed, ...]:
    """The documents that were judged by, to be compared when it is recorded."""
    return tuple(FactUsed(fact.number, fact.version) for name, fact in sorted(facts.items()) if name != ACCOUNT)


def kept(facts: Facts) -> dict[str, str]:
    """What is kept beside the declaration: which document, in which revision."""
    return {name: f"{fact.number}:{fact.version}" for name, fact in sorted(facts.items()) if name != ACCOUNT}


def _changes(draft: Draft, actor: str, stated_at: str, *, sends: bool) -> Iterable[DocumentChange]:
    submit = Act("submit", stated_at, actor) if sends else None
    own = attached(draft.content.get(GROUP), draft.files)
    tells = {name: str(draft.content[name]) for name in draft.kind.tells if name in draft.content}
    for other, life, act in draft.upon if sends else ():
        yield DocumentChange(other, life, 0, "", {}, Act(act, stated_at, actor, tells))
    given = json.dumps(draft.declaration.value, ensure_ascii=False)
    if draft.kind.acts_on:
        done, version = Act(act_of(draft), stated_at, actor, tells), draft.life.version if draft.life else 0
        yield DocumentChange(draft.number, draft.kind.acts_on, version, _beside(draft), {}, done, attached=own)
        return
    about = str(draft.content.get(draft.kind.about, ""))
    yield DocumentChange(
        draft.number,
        draft.kind.name,
        draft.kind.version,
        given,
        kept(draft.elsewhere),
        submit or _saved(draft, stated_at, actor),
        attached=own,
        about=about,
    )
    group = draft.kind.carries
    if group and group.kind:
        for item, (number, goes) in zip(draft.content[group.name], draft.carried, strict=True):
            if goes:
                text, files = json.dumps(item, ensure_ascii=False), attached(item.get(GROUP), draft.files)
                kind = group.kind
                yield DocumentChange(number, kind.name, kind.version, text, {}, submit, draft.number, files, about)


def _saved(draft: Draft, stated_at: str, actor: str) -> Act | None:
    """Saving once more what was sent before shows it as 暂存 again (manual 002 §4.4.1); a draft that is saved again stays one."""
    machine, state = draft.kind.needs_machine(), draft.known.state if draft.known else ""
    code = next((code for code in SAVING if machine.move(state, code, What.ACT)), "")
    return Act(code, stated_at, actor) if code else None


def _beside(draft: Draft) -> str:
    """What is declared upon a document that customs numbers, beside what the document itself holds; "" for others."""
    if not draft.kind.target or draft.life is None:
        return ""
    held = json.loads(draft.life.declaration) if draft.life.declaration else {}
    return json.dumps({**held, DECLARED: draft.declaration.value}, ensure_ascii=False)


def attached(items: Iterable[Mapping[str, Any]] | None, files: Mapping[str, bytes]) -> tuple[Attached, ...]:
    """The files of one list, as the ledger keeps them. files: by name."""
    return tuple(
        Attached(
            str(item.get("class_code", "")), str(item["file_name"]), int(item["page_count"]), str(item["file_sha256"]),
            files[str(item["file_name"])],
        )
        for item in items or ()
    )  # fmt: skip
