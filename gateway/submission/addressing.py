"""Addressing: numbers, and which of the documents that a content carries are sent by this submission."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from gateway.home import Home
from gateway.intake.declaration import fingerprint
from gateway.submission.draft import Draft, Stopped, act_of, refused, target, target_field
from gateway.submission.needs import told_of
from ledger.rows import DocumentRow
from mappings.clock import stamp
from mappings.faults import Fault, fault
from mappings.kind import Kind
from mappings.numbers import unified

NextNumber = Callable[[str], str]  # series -> the next unified number of it
Rows = Mapping[tuple[int, str], DocumentRow]


class Addressing:
    """What one batch of drafts needs to know of the ledger, asked once; then each draft finds its number."""

    def __init__(self, home: Home, drafts: Sequence[Draft], numbers: NextNumber) -> None:
        self.home = home
        self._numbers = numbers
        acted = [(d.tenant.id, target(d)) for d in drafts if d.kind.acts_on]
        self._acted: Rows = home.ledger.lives(acted) if acted else {}
        carried = [(d.tenant.id, d.known.number) for d in drafts if d.known and d.kind.carries]
        self._carried: Mapping[tuple[int, str], Sequence[DocumentRow]] = home.ledger.carried(carried) if carried else {}

    def address(self, draft: Draft) -> Draft:
        """Raises Stopped where the documents that it speaks of do not permit it."""
        if draft.kind.acts_on:
            return self._acting(draft, self._acted.get((draft.tenant.id, target(draft))))
        number = draft.known.number if draft.known else self._numbers(draft.kind.number)
        draft = replace(draft, number=number, submission=draft.known.submissions if draft.known else 0)
        return self._carrying(draft, self._carried.get((draft.tenant.id, number), ())) if draft.kind.carries else draft

    def _acting(self, draft: Draft, row: DocumentRow | None) -> Draft:
        """An act upon a document that exists, and permits it."""
        place = f"/content/{target_field(draft.kind)}"
        if row is None or row.kind != draft.kind.acts_on:
            raise Stopped(refused(draft.declaration, [fault("BIZ_UNKNOWN", place, target(draft))], draft.kind))
        kind = self.home.contract.kinds[row.kind]
        if (row.state, act_of(draft)) not in kind.needs_machine().moves:
            raise Stopped(refused(draft.declaration, [_not_permitted(kind, row, place)], draft.kind))
        key = (draft.tenant.id, row.number, draft.kind.name)
        told = {**told_of(draft.kind, row, kind), **draft.told}
        sent = self.home.ledger.sent_counts([key]).get(key, 0)
        return replace(draft, number=row.number, submission=sent, told=told, life=row)

    def _carrying(self, draft: Draft, rows: Sequence[DocumentRow]) -> Draft:
        """Which items of the content go: those that are new, and those whose state lets them be submitted again."""
        group = draft.kind.carries
        assert group is not None and group.kind is not None
        machine, items, place = group.kind.needs_machine(), draft.content[group.name], f"/content/{group.name}"
        faults = [_not_permitted(group.kind, row, place) for row in rows[len(items) :]]
        carried: list[tuple[str, bool]] = []
        for index, item in enumerate(items):
            row = rows[index] if index < len(rows) else None
            goes = row is None or (row.state, "submit") in machine.moves
            if row and not goes and fingerprint("", item) != fingerprint("", json.loads(row.declaration)):
                faults.append(_not_permitted(group.kind, row, f"{place}/{index}"))
            carried.append((row.number if row else self._numbers(group.kind.number), goes))
        if not faults and not any(goes for _, goes in carried):
            faults = [_not_permitted(group.kind, row, place) for row in rows[:1]]
        if faults:
            raise Stopped(refused(draft.declaration, faults, draft.kind))
        return replace(draft, carried=tuple(carried), facts={row.number: dict(row.facts) for row in rows})


def _not_permitted(kind: Kind, row: DocumentRow, place: str) -> Fault:
    zh = kind.needs_machine().states[row.state].zh
    return fault("BIZ_STATE", place, row.number, number=row.number, state=row.state, state_zh=zh)


def imagined(year: int) -> NextNumber:
    """Numbers of the right form for a dry run, which reserves none."""
    counts: dict[str, int] = {}

    def next_(series: str) -> str:
        counts[series] = counts.get(series, 0) + 1
        return unified(series, year, counts[series])

    return next_


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

    def __call__(self, series: str) -> str:
        return unified(series, self._year, next(self._blocks[series]))
