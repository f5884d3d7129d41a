"""Submitting: from declarations to recorded, sealed messages, in batches; every fault told, nothing recorded twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.addressing import Addressing, NextNumber, Numbers, imagined
from gateway.submission.admission import Admission
from gateway.submission.asking import ask
from gateway.submission.draft import Draft, Outcome, Stopped, refused, to_parcel, to_submission
from gateway.submission.learning import Learning
from gateway.submission.needs import Needs
from gateway.submission.preview import previewed
from ledger.rows import AuditEntry, Known, OutMessage, Recorded, Submission
from ledger.rows import Enterprise as Tenant
from mappings.clock import stamp
from mappings.faults import Refused, fault
from mappings.kind import Kind
from mappings.numbers import MESSAGES
from parcel.parcel import Parcel
from parcel.way import OUTWARD, UNSEALED, walk
from signing.errors import KeyUnavailable
from signing.sign import Signer

BATCH = 64  # declarations that are checked, sealed and recorded together
TRIES = 3  # readings of facts that change while they are read
DAY = 24 * 3600 * 1_000_000  # µs


class Submitter:
    """Checks and records declarations for one home. audit: what the audit says of a document, where it is taken."""

    def __init__(self, home: Home, *, actor: str, audit: tuple[AuditEntry, ...] = ()) -> None:
        self.home = home
        self.actor = actor
        self._audit = audit
        self._admission = Admission(home, actor=actor)

    def check(self, declarations: Sequence[Declaration]) -> list[Outcome]:
        """What `submit` would say, recording nothing: faults, what the ledger knows, and both judges on the XML itself."""
        outcomes: dict[int, Outcome] = {}
        drafts: dict[int, Draft] = {}
        for index, declaration in enumerate(declarations):
            _settle(outcomes, drafts, index, partial(self._admission.admit, declaration))
        self._recognise(outcomes, drafts, repeat=False, sends=True)
        for index in [index for index, draft in drafts.items() if draft.asks]:
            outcomes[index] = _held(drafts.pop(index), "")
        self._learn(outcomes, drafts)
        self._satisfy(outcomes, drafts)
        self._address(outcomes, drafts, imagined(int(self._now()[:4])))
        found = outcomes | previewed(drafts, contract=self.home.contract, now=self.home.clock.now())
        return [found[index] for index in range(len(declarations))]

    def submit(
        self, declarations: Sequence[Declaration], *, draft: bool = False, repeat: bool = False
    ) -> list[Outcome]:
        """Outcomes in the order of the declarations. draft: record as 暂存, send nothing. repeat: a repeat is meant, also of
        what could not be sent or was not stored, under its own reference and as it is."""
        outcomes: list[Outcome] = []
        for start in range(0, len(declarations), BATCH):
            outcomes += self._batch(declarations[start : start + BATCH], draft=draft, repeat=repeat)
        return outcomes

    def _batch(
        self, declarations: Sequence[Declaration], *, draft: bool, repeat: bool, tries: int = TRIES
    ) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        drafts: dict[int, Draft] = {}
        for index, declaration in enumerate(declarations):
            _settle(outcomes, drafts, index, partial(self._admission.admit, declaration))
        for index, known in list(drafts.items()) if draft else ():
            _settle(outcomes, drafts, index, partial(_kept_as_draft, known))
        self._recognise(outcomes, drafts, repeat=repeat, sends=not draft)
        if not draft:
            self._turn_away(outcomes, drafts)
        self._learn(outcomes, drafts)
        self._satisfy(outcomes, drafts)
        self._address(outcomes, drafts, Numbers(self.home, drafts.values()))
        if draft:
            self._record(
                outcomes, drafts, {i: to_submission(d, self.actor, None, self._now()) for i, d in drafts.items()}
            )
        else:
            self._hold(outcomes, drafts)
            self._send(outcomes, drafts)
            self._once_more(outcomes, declarations, repeat=repeat, tries=tries)
            ask(self.home, self, [d for i, d in drafts.items() if outcomes[i].outcome in ("accepted", "revised")])
        return [outcomes[index] for index in range(len(declarations))]

    def _now(self) -> str:
        return stamp(self.home.clock.now())

    def _recognise(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft], *, repeat: bool, sends: bool) -> None:
        """Give every draft what its reference stands for already; stop the duplicates and the repeats."""
        known = self.home.ledger.known([(d.tenant.id, d.declaration.reference) for d in drafts.values()])
        held = {} if repeat else dict(self._repeats(drafts))
        for index, draft in list(drafts.items()):
            found = known.get((draft.tenant.id, draft.declaration.reference))
            key = (draft.tenant.id, draft.kind.name, draft.sha256)
            first = held.get(key) if held.get(key) != draft.declaration.reference else None
            if draft.kind.repeat == "hold" and not repeat:  # the next of this batch with the same content is one more
                held.setdefault(key, draft.declaration.reference)
            again = sends and found is not None and self._goes_again(draft.kind, found, repeat=repeat)
            _settle(outcomes, drafts, index, partial(_recognised, draft, found, first, repeat=repeat, again=again))

    def _goes_again(self, kind: Kind, known: Known, *, repeat: bool) -> bool:
        """Whether the same content may be sent once more: what is saved as 暂存, and on wish whatever its state lets be submitted,
        or answered where it is the answer to a notice."""
        if kind.name != known.kind:
            return False
        if kind.target:
            moves = self.home.contract.kinds[kind.acts_on].needs_machine().moves
            return repeat and any((known.state, act) in moves for act in kind.acts.values())
        if kind.machine is None:
            return False
        permitted = (known.state, "submit") in kind.machine.moves
        return permitted and (repeat or known.state == kind.machine.start)

    def _turn_away(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft]) -> None:
        """What would go to a channel that an operator drains stays with the enterprise."""
        channels = self.home.ledger.channels(list(self.home.settings.channels))
        draining = {row.name: row.reason for row in channels if row.mode == "draining"}
        for index, draft in list(drafts.items()) if draining else ():
            _settle(outcomes, drafts, index, partial(self._not_draining, draft, draining))

    def _not_draining(self, draft: Draft, draining: Mapping[str, str]) -> Draft:
        name = self.home.address(draft.kind).partition("/")[0]
        if name in draining:
            told = fault("CHANNEL_DRAINING", "/kind", draft.kind.name, name=name, why=draining[name])
            raise Stopped(refused(draft.declaration, [told], draft.kind))
        return draft

    def _repeats(self, drafts: Mapping[int, Draft]) -> Mapping[tuple[int, str, str], str]:
        keys = [(d.tenant.id, d.kind.name, d.sha256) for d in drafts.values() if d.kind.repeat == "hold"]
        return self.home.ledger.repeats(keys, since=self.home.clock.now() - DAY) if keys else {}

    def _hold(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft]) -> None:
        """What a person is asked about is recorded as a draft, where its kind has drafts, and goes no further."""
        asked = {index: drafts.pop(index) for index in [index for index, draft in drafts.items() if draft.asks]}
        kept = {index: draft for index, draft in asked.items() if _has_drafts(draft.kind)}
        outcomes |= {index: _held(draft, "") for index, draft in asked.items() if index not in kept}
        self._record(outcomes, kept, {i: to_submission(d, self.actor, None, self._now()) for i, d in kept.items()})

    def _once_more(
        self, outcomes: dict[int, Outcome], declarations: Sequence[Declaration], *, repeat: bool, tries: int
    ) -> None:
        """What was judged by facts that changed meanwhile is judged by the new ones."""
        stale = [i for i, outcome in outcomes.items() if [f.code for f in outcome.faults] == ["FACT_CHANGED"]]
        if stale and tries > 1:
            again = self._batch([declarations[i] for i in stale], draft=False, repeat=repeat, tries=tries - 1)
            outcomes |= dict(zip(stale, again, strict=True))

    def _learn(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft]) -> None:
        """Hold every draft against what is known of elsewhere."""
        learning = Learning(self.home, list(drafts.values()))
        for index, draft in list(drafts.items()):
            _settle(outcomes, drafts, index, partial(learning.learn, draft))

    def _satisfy(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft]) -> None:
        """Hold every draft against the other documents that it speaks of."""
        needs = Needs(self.home, list(drafts.values()))
        for index, draft in list(drafts.items()):
            _settle(outcomes, drafts, index, partial(needs.satisfy, draft))

    def _address(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft], numbers: NextNumber) -> None:
        """Decide numbers, and which of the documents that a content carries are sent."""
        addressing = Addressing(self.home, list(drafts.values()), numbers)
        for index, draft in list(drafts.items()):
            _settle(outcomes, drafts, index, partial(addressing.address, draft))

    def _send(self, outcomes: dict[int, Outcome], drafts: dict[int, Draft]) -> None:
        """Walk the outward way, sender by sender, and record what arrived."""
        serials = dict(zip(drafts, self.home.ledger.reserve(MESSAGES, 0, len(drafts)), strict=True)) if drafts else {}
        submissions: dict[int, Submission] = {}
        for tenant in {draft.tenant.node_id: draft.tenant for draft in drafts.values()}.values():
            own = {i: d for i, d in drafts.items() if d.tenant.node_id == tenant.node_id}
            for waits in (False, True):  # what waits is not sealed: it is written anew when the answer is there
                some = {i: d for i, d in own.items() if bool(d.waits_for) is waits}
                submissions |= self._sealed(outcomes, some, tenant, serials, waits=waits) if some else {}
        self._record(outcomes, drafts, submissions)

    def _sealed(
        self, outcomes: dict[int, Outcome], drafts: Mapping[int, Draft], tenant: Tenant, serials: Mapping[int, int], *,
        waits: bool,
    ) -> dict[int, Submission]:  # fmt: skip
        """serials: of the messages, each one's own: an id is unique by it alone, also while the clock stands still."""
        now = self.home.clock.now()
        signer = None if waits else self.home.signer(tenant.node_id)
        parcels = {
            index: to_parcel(draft, now, serials[index], self.home.settings.customs) for index, draft in drafts.items()
        }
        tools = {"contract": self.home.contract, "judges": self.home.judges, "signer": signer}
        done, turned_away, is_sealed = self._walked(list(parcels.values()), tools, signer)
        by_id = {parcel.cop_msg_id: index for index, parcel in parcels.items()}
        for parcel, reason in turned_away:
            index = by_id[parcel.cop_msg_id]
            outcomes[index] = refused(
                drafts[index].declaration, [fault("XSD_OWN", "", detail=reason.reason)], parcel.kind
            )
        return {
            by_id[p.cop_msg_id]: to_submission(
                drafts[by_id[p.cop_msg_id]], self.actor, self._message(p, sealed=is_sealed), p.stated_at
            )
            for p in done
        }

    def _walked(
        self, parcels: list[Parcel], tools: dict[str, Any], signer: Signer | None
    ) -> tuple[list[Parcel], list[tuple[Parcel, Refused]], bool]:
        """Sealed where the key can be opened and signs; a card that is away or refuses leaves the sealing to the worker."""
        if signer:
            try:
                return *walk(OUTWARD, parcels, tools), True
            except KeyUnavailable as unavailable:
                self.home.key_is_away(signer.node_id, unavailable)
        return *walk(UNSEALED, parcels, tools), False

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
        told = [replace(s, audit=tuple(e for e in self._audit if e.subject == s.number)) for s in submissions.values()]
        recorded = self.home.ledger.record(told) if told else []
        for (index, _), result in zip(submissions.items(), recorded, strict=True):
            outcomes[index] = self._told(drafts[index], result)

    def _told(self, draft: Draft, result: Recorded) -> Outcome:
        declaration, faults = draft.declaration, []
        if draft.asks and result.outcome == "accepted":
            return _held(draft, result.number)
        if result.outcome == "refused":
            kind = self.home.contract.kinds[result.kind]
            machine = self.home.contract.kinds[kind.acts_on or kind.name].needs_machine()
            zh = machine.states[result.state].zh if result.state in machine.states else result.state
            faults = [fault(result.code or "DECL_REFERENCE", "/reference", declaration.reference, number=result.number,
                            state=result.state, state_zh=zh)]  # fmt: skip
        told = declaration.told(tuple(faults))
        return Outcome(declaration.file, declaration.reference, result.outcome, result.number, draft.kind.name, result.state, told,
                       draft.warnings)  # fmt: skip


def _settle(outcomes: dict[int, Outcome], drafts: dict[int, Draft], index: int, step: Callable[[], Draft]) -> None:
    """Take one draft a step further, or to its outcome."""
    try:
        drafts[index] = step()
    except Stopped as stopped:
        drafts.pop(index, None)
        outcomes[index] = stopped.outcome


def _has_drafts(kind: Kind) -> bool:
    """Of its own; an act may be kept on the document that it is upon."""
    return bool(kind.draft_act) if kind.acts_on else kind.needs_machine().permits(kind.needs_machine().start, "edit")


def _kept_as_draft(draft: Draft) -> Draft:
    """Most acts are done or not; and some documents have no 暂存."""
    kind = draft.kind
    if not _has_drafts(kind):
        told = fault("DRAFT_NONE", "/kind", kind.name, zh=kind.zh, en=kind.en)
        raise Stopped(refused(draft.declaration, [told], kind))
    return replace(draft, saves=bool(kind.draft_act))


def _recognised(draft: Draft, known: Known | None, first: str | None, *, repeat: bool, again: bool) -> Draft:
    declaration = draft.declaration
    if known and known.content_sha256 == draft.sha256 and known.submissions and not again:
        raise Stopped(
            Outcome(declaration.file, declaration.reference, "duplicate", known.number, known.kind, known.state)
        )
    if known and (known.kind != draft.kind.name or (draft.kind.acts_on and not draft.kind.target)):
        told = fault(
            "DECL_REFERENCE",
            "/reference",
            declaration.reference,
            number=known.number,
            state=known.state,
            state_zh=known.state,
        )
        raise Stopped(refused(declaration, [told], draft.kind))
    if known and known.asks and known.content_sha256 == draft.sha256 and not repeat:
        raise Stopped(_held(replace(draft, asks=known.asks), known.number))
    return replace(draft, known=known, asks=first if first and not known else "", again=again)


def _held(draft: Draft, number: str) -> Outcome:
    """A person is asked: the same content was declared within the last 24 hours (reliability P5)."""
    declaration = draft.declaration
    told = fault("MSG_REPEAT", "/content", draft.asks, first=draft.asks)
    return Outcome(
        declaration.file, declaration.reference, "held", number, draft.kind.name, faults=declaration.told((told,))
    )
