"""Facts from elsewhere: asked once for a batch, judged by before numbers are given, and handed on with the drafts.

What nobody knows yet is trusted or asked for, as the home's settings say (`[eledger] unknown`). Who asks waits: his message
is recorded in stage `ask`, and goes on when the answer is there (`gateway.submission.fetching`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.home import Home
from gateway.submission.draft import Draft, Stopped, refused
from ledger.rows import DocumentRow
from mappings.backfill import filled
from mappings.check import check
from mappings.facts import ACCOUNT, Asked, Fact, Facts, account
from mappings.kind import Kind
from mappings.rules import judge


class Learning:
    """What one batch of drafts needs to know of elsewhere, in one question to the ledger."""

    def __init__(self, home: Home, drafts: Sequence[Draft]) -> None:
        self._asks = home.settings.eledger == "ask"
        self._kinds = home.contract.kinds
        wanted = {(d.tenant.id, number) for d in drafts for _, number in _numbers(d)}
        self._rows: Mapping[tuple[int, str], DocumentRow] = home.ledger.lives(sorted(wanted)) if wanted else {}

    def learn(self, draft: Draft) -> Draft:
        """The draft with its facts, and with what it waits for. Raises Stopped with every rule that they break."""
        facts: dict[str, Fact] = {ACCOUNT: who(draft)}
        waits: list[tuple[Asked, str]] = []
        for asked, number in _numbers(draft):
            row = self._rows.get((draft.tenant.id, number))
            if row and row.kind == asked.kind:
                facts[asked.name] = fact_of(row, self._kinds[row.kind], certain=asked.certain)
            elif asked.ask and self._asks:
                waits.append((asked, number))
        if draft.kind.certain:
            _judge_whole(draft, facts)
        else:
            whole = filled(draft.kind, draft.content, facts)  # as customs will judge it
            if len(facts) > 1 or whole != draft.content:
                _judge(draft, whole, facts)
        return replace(draft, elsewhere=facts, waits_for=waits[0] if waits else None)


def who(draft: Draft) -> Fact:
    return account(code=draft.tenant.code, uscc=draft.tenant.uscc, name=draft.tenant.name)


def fact_of(row: DocumentRow, kind: Kind, *, certain: bool = False) -> Fact:
    """A document as rules know it, in the revision that it is in.

    What was said of it holds in the state in which its kind begins; in any other customs has refused it, and it says
    nothing, unless it is certain.
    """
    holds = certain or row.state == kind.needs_machine().start
    values = json.loads(row.declaration) if row.declaration else dict(row.facts)
    return Fact(row.number, row.state, row.revision, values if holds else {})


def _numbers(draft: Draft) -> list[tuple[Asked, str]]:
    return [(asked, str(draft.content[asked.by])) for asked in draft.kind.facts if draft.content.get(asked.by)]


def _judge(draft: Draft, content: Mapping[str, Any], facts: Facts) -> None:
    faults = judge(draft.kind, content, facts=facts)
    if faults:
        raise Stopped(refused(draft.declaration, faults, draft.kind, draft.warnings))


def _judge_whole(draft: Draft, facts: Facts) -> None:
    """Once what fills it in is known: everything that is missing or wrong. Where it is not, a need says so."""
    if draft.kind.certain <= facts.keys():
        checked = check(draft.kind, draft.content, facts=facts)
        if checked.faults:
            raise Stopped(refused(draft.declaration, checked.faults, draft.kind, draft.warnings))
