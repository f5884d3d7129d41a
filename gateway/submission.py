"""Submitting: from declarations to recorded, sealed messages, in batches; every fault told, nothing recorded twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.home import Home
from gateway.intake.declaration import Declaration, fingerprint
from ledger.rows import Act, DocumentChange, DocumentRow, Known, OutMessage, Recorded, Submission
from ledger.rows import Enterprise as Tenant
from mappings.check import check
from mappings.clock import iso, micros, stamp
from mappings.faults import Fault, fault
from mappings.kind import Direction, Filler, Kind
from mappings.numbers import MESSAGES, message_id, unified
from parcel.names import OutName
from parcel.parcel import Parcel
from parcel.way import OUTWARD, UNSEALED, walk

BATCH = 64  # declarations that are checked, sealed and recorded together
DAY = 24 * 3600 * 1_000_000  # µs


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
    """

    declaration: Declaration
    kind: Kind
    tenant: Tenant
    content: Mapping[str, Any]
    sha256: str
    warnings: tuple[Fault, ...] = ()
    known: Known | None = None
    number: str = ""
    submission: int = 0
    carried: tuple[tuple[str, bool], ...] = ()
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Stopped(Exception):
    """A draft goes no further: its outcome is known. For this module only."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.outcome)
        self.outcome = outcome


class Submitter:
    """Checks and records declarations for one home."""

    def __init__(self, home: Home, *, actor: str) -> None:
        self.home = home
        self.actor = actor

    def check(self, declarations: Sequence[Declaration]) -> list[Outcome]:
        """What `submit` would say, recording nothing."""
        results = []
        for declaration in declarations:
            try:
                draft = self._admit(declaration)
                results.append(
                    Outcome(
                        declaration.file, declaration.reference, "ok", kind=draft.kind.name, warnings=draft.warnings
                    )
                )
            except Stopped as stopped:
                results.append(stopped.outcome)
        return results

    def submit(
        self, declarations: Sequence[Declaration], *, draft: bool = False, repeat: bool = False
    ) -> list[Outcome]:
        """Outcomes in the order of the declarations. draft: record as 暂存, send nothing. repeat: a repeat is meant."""
        outcomes: list[Outcome] = []
        for start in range(0, len(declarations), BATCH):
            outcomes += self._batch(declarations[start : start + BATCH], draft=draft, repeat=repeat)
        return outcomes

    def _batch(self, declarations: Sequence[Declaration], *, draft: bool, repeat: bool) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        drafts: dict[int, Draft] = {}
        for index, declaration in enumerate(declarations):
            _settle(outcomes, drafts, index, lambda d=declaration: self._admit(d))
        self._recognise(outcomes, drafts, repeat=repeat)
        self._address(outcomes, drafts)
        if draft:
            self._record(
                outcomes, drafts, {i: _submission(d, self.actor, None, self._now()) for i, d in drafts.items()}
            )
        else:
            self._send(outcomes, drafts)
        return [outcomes[index] for index in range(len(declarations))]

    def _now(self) -> str:
        return stamp(self.home.clock.now())

    def _admit(self, declaration: Declaration) -> Draft:
        """Everything that the declaration by itself can have wrong, all at once."""
        if declaration.faults:
            raise Stopped(_refused(declaration, declaration.faults))
        faults: list[Fault] = []
        value = declaration.value
        kind = self._kind(value.get("kind"), faults)
        tenant = self._tenant(value.get("enterprise"), declaration.enterprise, faults)
        reference = value.get("reference")
        if not isinstance(reference, str) or not 0 < len(reference.strip()) <= 64:
            faults.append(
                fault("FIELD_MISSING", "/reference", zh="企业编号（1-64 位）", en="reference (1-64 characters)")
            )
        content = value.get("content")
        if not isinstance(content, Mapping):
            faults.append(fault("FIELD_MISSING", "/content", zh="申报内容", en="content"))
        faults += [
            fault("FIELD_UNKNOWN", f"/{name}", str(name), near="kind、reference、enterprise、content")
            for name in value.keys() - {"kind", "reference", "enterprise", "content"}
        ]
        if kind is None or not isinstance(content, Mapping):
            raise Stopped(_refused(declaration, faults))
        checked = check(kind, content)
        if faults or checked.faults or tenant is None:
            raise Stopped(_refused(declaration, (*faults, *checked.faults), kind, checked.warnings))
        sha256 = fingerprint(kind.name, checked.content)
        return Draft(declaration, kind, tenant, checked.content, sha256, declaration.told(checked.warnings))

    def _kind(self, name: object, faults: list[Fault]) -> Kind | None:
        kind = self.home.contract.kinds.get(name) if isinstance(name, str) else None
        if kind is None:
            known = [k.name for k in self.home.contract.kinds.values() if k.direction is Direction.OUT]
            faults.append(fault("DECL_KIND", "/kind", str(name), want="、".join(known)))
        elif kind.direction is not Direction.OUT:
            faults.append(fault("DECL_DIRECTION", "/kind", str(name)))
            return None
        elif not self.home.address(kind):
            faults.append(fault("CHANNEL_UNROUTED", "/kind", str(name), kind=str(name)))
        return kind

    def _tenant(self, code: object, folder: str, faults: list[Fault]) -> Tenant | None:
        tenant = self.home.tenants.get(code) if isinstance(code, str) else None
        if tenant is None or (folder and folder not in (tenant.code, tenant.uscc)):
            faults.append(fault("DECL_ENTERPRISE", "/enterprise", "" if code is None else str(code)))
            return None
        return tenant

    def _recognise(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft], *, repeat: bool) -> None:
        """Give every draft what its reference stands for already; stop the duplicates and the repeats."""
        known = self.home.ledger.known([(d.tenant.id, d.declaration.reference) for d in drafts.values()])
        held = {} if repeat else self._repeats(drafts)
        for index, draft in list(drafts.items()):
            found = known.get((draft.tenant.id, draft.declaration.reference))
            first = held.get((draft.tenant.id, draft.kind.name, draft.sha256))
            _settle(outcomes, drafts, index, lambda d=draft, f=found, h=first: _recognised(d, f, h))

    def _repeats(self, drafts: Mapping[int, Draft]) -> Mapping[tuple[int, str, str], str]:
        keys = [(d.tenant.id, d.kind.name, d.sha256) for d in drafts.values() if d.kind.repeat == "hold"]
        return self.home.ledger.repeats(keys, since=self.home.clock.now() - DAY) if keys else {}

    def _address(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft]) -> None:
        """Decide numbers, and which of the documents that a content carries are sent."""
        numbers = Numbers(self.home, drafts.values())
        acted = self._acted_on(drafts.values())
        carried = self._carried(drafts.values())
        for index, draft in list(drafts.items()):
            _settle(outcomes, drafts, index, lambda d=draft: self._addressed(d, numbers, acted, carried))

    def _acted_on(self, drafts: Iterable[Draft]) -> Mapping[tuple[int, str], DocumentRow]:
        wanted = [(d.tenant.id, _target(d)) for d in drafts if d.kind.acts_on]
        return self.home.ledger.lives(wanted) if wanted else {}

    def _carried(self, drafts: Iterable[Draft]) -> Mapping[tuple[int, str], Sequence[DocumentRow]]:
        wanted = [(d.tenant.id, d.known.number) for d in drafts if d.known and d.kind.carries]
        return self.home.ledger.carried(wanted) if wanted else {}

    def _addressed(
        self,
        draft: Draft,
        numbers: Numbers,
        acted: Mapping[tuple[int, str], DocumentRow],
        carried: Mapping[tuple[int, str], Sequence[DocumentRow]],
    ) -> Draft:
        if draft.kind.acts_on:
            return self._acting(draft, acted.get((draft.tenant.id, _target(draft))))
        number = draft.known.number if draft.known else numbers.next(draft.kind.number)
        draft = replace(draft, number=number, submission=draft.known.submissions if draft.known else 0)
        return (
            self._carrying(draft, numbers, carried.get((draft.tenant.id, number), ())) if draft.kind.carries else draft
        )

    def _acting(self, draft: Draft, row: DocumentRow | None) -> Draft:
        """An act upon a document that exists, and permits it."""
        place = f"/content/{_target_field(draft.kind)}"
        if row is None or row.kind != draft.kind.acts_on:
            raise Stopped(_refused(draft.declaration, [fault("BIZ_UNKNOWN", place, _target(draft))], draft.kind))
        machine = self.home.contract.kinds[row.kind].needs_machine()
        act = _act(draft)
        if (row.state, act) not in machine.moves:
            told = fault(
                "BIZ_STATE",
                place,
                row.number,
                number=row.number,
                state=row.state,
                state_zh=machine.states[row.state].zh,
            )
            raise Stopped(_refused(draft.declaration, [told], draft.kind))
        sent = self.home.ledger.sent_counts([(draft.tenant.id, row.number, draft.kind.name)])
        return replace(draft, number=row.number, submission=sent.get((draft.tenant.id, row.number, draft.kind.name), 0))

    def _carrying(self, draft: Draft, numbers: Numbers, rows: Sequence[DocumentRow]) -> Draft:
        """Which items of the content go: those that are new, and those whose state lets them be submitted again."""
        group = draft.kind.carries
        assert group is not None and group.kind is not None
        machine, items = group.kind.needs_machine(), draft.content[group.name]
        faults, carried, facts = [], [], {}
        if len(items) < len(rows):
            lost = rows[len(items)]
            faults.append(fault("BIZ_STATE", f"/content/{group.name}", lost.number, number=lost.number, state=lost.state,
                                state_zh=machine.states[lost.state].zh))  # fmt: skip
        for index, item in enumerate(items):
            row = rows[index] if index < len(rows) else None
            goes = row is None or (row.state, "submit") in machine.moves
            if row and not goes and fingerprint("", item) != fingerprint("", json.loads(row.declaration)):
                faults.append(fault("BIZ_STATE", f"/content/{group.name}/{index}", row.number, number=row.number, state=row.state,
                                    state_zh=machine.states[row.state].zh))  # fmt: skip
            number = row.number if row else numbers.next(group.kind.number)
            carried.append((number, goes))
            facts[number] = dict(row.facts) if row else {}
        if faults:
            raise Stopped(_refused(draft.declaration, faults, draft.kind))
        return replace(draft, carried=tuple(carried), facts=facts)

    def _send(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft]) -> None:
        """Walk the outward way, sender by sender, and record what arrived."""
        first = self.home.ledger.reserve(MESSAGES, 0, len(drafts)).start if drafts else 0
        submissions: dict[int, Submission] = {}
        for tenant in {draft.tenant.node_id: draft.tenant for draft in drafts.values()}.values():
            own = {i: d for i, d in drafts.items() if d.tenant.node_id == tenant.node_id}
            submissions |= self._sealed(outcomes, own, tenant, first)
        self._record(outcomes, drafts, submissions)

    def _sealed(
        self, outcomes: dict[int, Outcome], drafts: Mapping[int, Draft], tenant: Tenant, first: int
    ) -> dict[int, Submission]:
        now = self.home.clock.now()
        signer = self.home.signer(tenant.node_id)
        parcels = {
            index: _parcel(draft, now, first + index, self.home.settings.customs) for index, draft in drafts.items()
        }
        tools = {"contract": self.home.contract, "judges": self.home.judges, "signer": signer}
        done, refused = walk(OUTWARD if signer else UNSEALED, list(parcels.values()), tools)
        by_id = {parcel.cop_msg_id: index for index, parcel in parcels.items()}
        for parcel, reason in refused:
            index = by_id[parcel.cop_msg_id]
            outcomes[index] = _refused(
                drafts[index].declaration, [fault("XSD_OWN", "", detail=reason.reason)], parcel.kind
            )
        return {
            by_id[p.cop_msg_id]: _submission(
                drafts[by_id[p.cop_msg_id]], self.actor, self._message(p, sealed=bool(signer)), p.stated_at
            )
            for p in done
        }

    def _message(self, parcel: Parcel, *, sealed: bool) -> OutMessage:
        kind = parcel.needs_kind()
        return OutMessage(
            cop_msg_id=parcel.cop_msg_id,
            kind=kind.name,
            version=kind.version,
            file_name=parcel.name,
            channel=self.home.address(kind),
            stated_at=parcel.stated_at,
            submission=parcel.submission,
            body=parcel.data,
            sealed=sealed,
            signer=parcel.signer,
        )

    def _record(
        self, outcomes: dict[int, Outcome], drafts: Mapping[int, Draft], submissions: Mapping[int, Submission]
    ) -> None:
        recorded = self.home.ledger.record(list(submissions.values())) if submissions else []
        for (index, _), result in zip(submissions.items(), recorded, strict=True):
            outcomes[index] = self._told(drafts[index], result)

    def _told(self, draft: Draft, result: Recorded) -> Outcome:
        declaration, faults = draft.declaration, []
        if result.outcome == "refused":
            machine = self.home.contract.kinds[result.kind].needs_machine()
            zh = machine.states[result.state].zh if result.state in machine.states else result.state
            faults = [fault(result.code or "DECL_REFERENCE", "/reference", declaration.reference, number=result.number,
                            state=result.state, state_zh=zh)]  # fmt: skip
        told = declaration.told(tuple(faults))
        return Outcome(declaration.file, declaration.reference, result.outcome, result.number, draft.kind.name, result.state, told,
                       draft.warnings)  # fmt: skip


class Numbers:
    """Unified numbers for one batch, reserved in blocks before its way begins; what is not used is a gap."""

    def __init__(self, home: Home, drafts: Iterable[Draft]) -> None:
        self._year = int(stamp(home.clock.now())[:4])
        wanted: dict[str, int] = {}
        for draft in drafts:
            if not draft.known and draft.kind.number:
                wanted[draft.kind.number] = wanted.get(draft.kind.number, 0) + 1
            group = draft.kind.carries
            if group and group.kind:
                wanted[group.kind.number] = wanted.get(group.kind.number, 0) + len(draft.content[group.name])
        self._blocks = {
            series: iter(home.ledger.reserve(series, self._year, count)) for series, count in wanted.items()
        }

    def next(self, series: str) -> str:
        return unified(series, self._year, next(self._blocks[series]))


def _settle(outcomes: dict[int, Outcome], drafts: dict[int, Draft], index: int, step: Any) -> None:
    """Take one draft a step further, or to its outcome."""
    try:
        drafts[index] = step()
    except Stopped as stopped:
        drafts.pop(index, None)
        outcomes[index] = stopped.outcome


def _recognised(draft: Draft, known: Known | None, first: str | None) -> Draft:
    declaration = draft.declaration
    if known and known.content_sha256 == draft.sha256 and known.submissions:
        raise Stopped(
            Outcome(declaration.file, declaration.reference, "duplicate", known.number, known.kind, known.state)
        )
    if known and (known.kind != draft.kind.name or draft.kind.acts_on):
        told = fault(
            "DECL_REFERENCE",
            "/reference",
            declaration.reference,
            number=known.number,
            state=known.state,
            state_zh=known.state,
        )
        raise Stopped(_refused(declaration, [told], draft.kind))
    if first and not known:
        told = fault("MSG_REPEAT", "/content", first, first=first)
        raise Stopped(
            Outcome(
                declaration.file,
                declaration.reference,
                "held",
                first,
                draft.kind.name,
                faults=declaration.told((told,)),
            )
        )
    return replace(draft, known=known)


def _refused(
    declaration: Declaration, faults: Sequence[Fault], kind: Kind | None = None, warnings: Sequence[Fault] = ()
) -> Outcome:
    told, doubts = declaration.told(tuple(faults)), declaration.told(tuple(warnings))
    name = kind.name if kind else str(declaration.value.get("kind", ""))
    return Outcome(declaration.file, declaration.reference, "refused", kind=name, faults=told, warnings=doubts)


def _target_field(kind: Kind) -> str:
    """The field that names the document which a kind acts upon: the first identifier of a unified number."""
    return next(
        f.id for f in kind.fields if f.element.grammar and f.element.grammar.series and f.by is Filler.ENTERPRISE
    )


def _target(draft: Draft) -> str:
    return str(draft.content[_target_field(draft.kind)])


def _act(draft: Draft) -> str:
    """The act that the content performs: chosen by a field's value, or the only one of the kind."""
    return draft.kind.acts[str(draft.content.get(draft.kind.act_field, ""))]


def _sent_content(draft: Draft) -> Mapping[str, Any]:
    group = draft.kind.carries
    if group is None:
        return draft.content
    items = [item for item, (_, goes) in zip(draft.content[group.name], draft.carried, strict=True) if goes]
    return {**draft.content, group.name: items}


def _parcel(draft: Draft, now: int, serial: int, customs: str) -> Parcel:
    stated_at = stamp(now)
    return Parcel(
        name=OutName(draft.kind.type, draft.number, stated_at, draft.submission, "xml").text,
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
        content=_sent_content(draft),
        carried=tuple(number for number, goes in draft.carried if goes),
        facts=draft.facts,
    )


def _submission(draft: Draft, actor: str, message: OutMessage | None, stated_at: str) -> Submission:
    return Submission(
        enterprise_id=draft.tenant.id,
        reference=draft.declaration.reference,
        content_sha256=draft.sha256,
        kind=draft.kind.name,
        number=draft.number,
        documents=tuple(_changes(draft, actor, stated_at, sends=message is not None)),
        message=message,
        actor=actor,
    )


def _changes(draft: Draft, actor: str, stated_at: str, *, sends: bool) -> Iterable[DocumentChange]:
    submit = Act("submit", stated_at, actor) if sends else None
    if draft.kind.acts_on:
        acted = draft.kind.acts_on
        yield DocumentChange(draft.number, acted, 0, "", {}, Act(_act(draft), stated_at, actor))
        return
    given = json.dumps(draft.declaration.value, ensure_ascii=False)
    yield DocumentChange(draft.number, draft.kind.name, draft.kind.version, given, {}, submit)
    group = draft.kind.carries
    if group and group.kind:
        for item, (number, goes) in zip(draft.content[group.name], draft.carried, strict=True):
            if goes:
                text = json.dumps(item, ensure_ascii=False)
                yield DocumentChange(number, group.kind.name, group.kind.version, text, {}, submit, parent=draft.number)
