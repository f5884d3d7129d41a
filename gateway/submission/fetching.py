"""What waits for a fact: asked for again in its time, and the message that is written anew when the answer is there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.asking import asked_so_far, look, unanswered, wanted
from gateway.submission.draft import Draft, Stopped, kept, to_parcel, used
from gateway.submission.learning import Learning
from ledger.rows import Deferral, DocumentRow, Due, Fetched, Sent, TurnedAway
from ledger.rows import Enterprise as Tenant
from mappings.check import check
from mappings.clock import iso, micros, stamp
from mappings.element import Filler
from parcel.names import OutName
from parcel.parcel import Parcel
from parcel.way import UNSEALED, walk

if TYPE_CHECKING:
    from gateway.submission.submit import Submitter

BATCH = 64
OURS = frozenset({Filler.ENTERPRISE, Filler.GATEWAY})


class Fetching:
    """Takes what waited for a fact a step further when the fact is there."""

    def __init__(self, home: Home, submitter: Submitter) -> None:
        self._home = home
        self._submitter = submitter
        self._tenants = {tenant.id: tenant for tenant in home.ledger.enterprises()}

    def work(self) -> int:
        """One batch. How many went on, were turned away or asked again."""
        home = self._home
        rows = home.ledger.due("ask", limit=BATCH)
        if not rows:
            return 0
        sent = home.ledger.messages_sent([row.cop_msg_id for row in rows])
        drafts = {row.outbox_id: draft for row in rows if (draft := self._draft(row, sent[row.cop_msg_id]))}
        learning = Learning(home, list(drafts.values()))
        going: list[tuple[Due, Draft]] = []
        refused: list[TurnedAway] = []
        for row in rows:
            try:
                if row.outbox_id in drafts:
                    going.append((row, learning.learn(drafts[row.outbox_id])))
            except Stopped as stopped:
                refused.append(_turned_away(row, stopped, stamp(home.clock.now())))
        asked, given_up = self._still_waiting([(row, draft) for row, draft in going if draft.waits_for])
        refused += given_up
        moved = asked + (home.ledger.turn_away(refused) if refused else 0)
        ready = [(row, draft) for row, draft in going if draft.waits_for is None]
        return moved + (home.ledger.fetched(self._written(ready)) if ready else 0)

    def _still_waiting(self, rows: Sequence[tuple[Due, Draft]]) -> tuple[int, list[TurnedAway]]:
        """What has waited for its time and has no answer: asked again, put off, or given up. How many were asked."""
        wants = {each.key: each for each in wanted(draft for _, draft in rows)}
        turns = asked_so_far(self._home, list(wants.values()))
        looks = {key: look(self._home, each, turns[key]) for key, each in wants.items()}
        questions = [each.question for each in looks.values() if each.question]
        if questions:
            self._submitter.submit(questions)
        put_off, given_up = [], []
        for row, draft in rows:
            assert draft.waits_for is not None
            each = wants[draft.tenant.id, draft.waits_for[1]]
            next_ = looks[each.key]
            if next_.gives_up:
                stopped = unanswered(self._home, draft, each, turns[each.key])
                given_up.append(_turned_away(row, stopped, stamp(self._home.clock.now())))
            else:
                put_off.append(Deferral(row.outbox_id, next_.words, next_.due_at))
        if put_off:
            self._home.ledger.deferred(put_off)
        return len(questions), given_up

    def _draft(self, row: Due, sent: Sent) -> Draft | None:
        """The declaration as it was recorded, with the numbers that it was given then."""
        tenant = self._tenants.get(row.enterprise_id) or self._newer(row.enterprise_id)
        lives = self._home.ledger.lives([(tenant.id, number) for number in sent.numbers])
        main = next(life for life in lives.values() if life.kind == row.kind)
        kind, value = self._home.contract.kinds[main.kind], json.loads(main.declaration)
        name = OutName.parse(row.file_name)
        assert name is not None
        content = check(kind, value["content"], by=OURS).content
        carried = (
            self._home.ledger.carried([(tenant.id, main.number)]).get((tenant.id, main.number), [])
            if kind.carries
            else []
        )
        return Draft(
            declaration=Declaration("", value),
            kind=kind,
            tenant=tenant,
            content=content,
            sha256="",
            number=main.number,
            submission=name.submission,
            carried=tuple((life.number, life.number in sent.numbers) for life in carried),
            facts=_facts(carried),
        )

    def _newer(self, enterprise_id: int) -> Tenant:
        self._tenants = {tenant.id: tenant for tenant in self._home.ledger.enterprises()}
        return self._tenants[enterprise_id]

    def _written(self, ready: Sequence[tuple[Due, Draft]]) -> list[Fetched]:
        """The messages again, under their ids and names, with what is known now. Sealing is the worker's next step."""
        parcels = {row.cop_msg_id: _again(row, draft, self._home.settings.customs) for row, draft in ready}
        tools = {"contract": self._home.contract, "judges": self._home.judges}
        done, turned_away = walk(UNSEALED, list(parcels.values()), tools)
        for _, reason in turned_away:
            raise reason  # a content that was written once is written again: anything else is a defect
        bodies = {parcel.cop_msg_id: parcel.data for parcel in done}
        return [
            Fetched(row.outbox_id, draft.number, bodies[row.cop_msg_id], used(draft.elsewhere), kept(draft.elsewhere))
            for row, draft in ready
        ]


def _facts(carried: Sequence[DocumentRow]) -> Mapping[str, Mapping[str, str]]:
    return {life.number: dict(life.facts) for life in carried}


def _again(row: Due, draft: Draft, customs: str) -> Parcel:
    name = OutName.parse(row.file_name)
    assert name is not None
    parcel = to_parcel(draft, micros(name.stated), 0, customs)
    return replace(
        parcel, name=row.file_name, cop_msg_id=row.cop_msg_id, stated_at=name.stated, created=iso(micros(name.stated))
    )


def _turned_away(row: Due, stopped: Stopped, stated_at: str) -> TurnedAway:
    """The first reason in words, all of them by code and place."""
    faults = stopped.outcome.faults
    known = {
        "refused_code": faults[0].code,
        "refused_at": faults[0].path,
        "refused_zh": faults[0].zh,
        "refused_en": faults[0].en,
    }
    return TurnedAway(row.outbox_id, stated_at, "；".join(f"{f.code} {f.path} {f.zh}" for f in faults), known)
