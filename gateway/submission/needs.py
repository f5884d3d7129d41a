"""What declarations need of other documents: asked once for a batch, told at the enterprise's own field.

What is found true here is asked again when it is recorded (`ledger.rows.Required`), on locked rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.home import Home
from gateway.submission.draft import Draft, Stopped, refused
from ledger.rows import DocumentRow, Required
from mappings import rules
from mappings.changes import filled, judge
from mappings.check import check_value
from mappings.demands import Need
from mappings.element import Filler
from mappings.faults import Fault, fault
from mappings.kind import Kind
from mappings.load_needs import naming
from mappings.numbers import formed
from mappings.paper import is_asked, of_format
from mappings.standing import standing
from mappings.states import What


@dataclass(frozen=True, slots=True)
class Named:
    """One document that a content names. path: of the field that the operator is told of."""

    need: Need
    number: str
    path: str


class Needs:
    """What one batch of drafts needs to know of other documents, in one question to the ledger."""

    def __init__(self, home: Home, drafts: Sequence[Draft]) -> None:
        self._kinds = home.contract.kinds
        self._named = {id(draft): tuple(_named(draft, self._kinds)) for draft in drafts if draft.kind.needs}
        wanted = {(d.tenant.id, named.number) for d in drafts for named in self._named.get(id(d), ())}
        self._rows: Mapping[tuple[int, str], DocumentRow] = home.ledger.lives(sorted(wanted)) if wanted else {}
        asks = any(need.facts for draft in drafts for need in draft.kind.needs)
        bearers = {(row.enterprise_id, row.parent) for row in self._rows.values() if row.parent} if asks else set()
        self._bearers: Mapping[tuple[int, str], DocumentRow] = home.ledger.lives(sorted(bearers)) if bearers else {}

    def satisfy(self, draft: Draft) -> Draft:
        """The draft with what was found. Raises Stopped with everything that other documents do not permit."""
        found = [(named, self._row(draft, named)) for named in self._named.get(id(draft), ())]
        told = (self._objection(draft, named, row) for named, row in found)
        faults = list(dict.fromkeys(filter(None, told)))  # what is unknown is unknown to each need of it
        faults = faults or _unlike(found)
        if faults:
            raise Stopped(refused(draft.declaration, faults, draft.kind, draft.warnings))
        for named, row in found:
            assert row is not None
            draft = self._with(draft, named.need, row)
            draft = _changing(draft, named, row)
        self._on_paper(draft)
        return draft

    def _on_paper(self, draft: Draft) -> None:
        """What may be told only of a certificate whose format is known: the paper that it is printed on."""
        if is_asked(draft.kind):
            known = of_format(draft.told.get("certificate_format", ""), self._kinds)
            faults = rules.judge(draft.kind, draft.content, facts=known) if known else []
            if faults:
                raise Stopped(refused(draft.declaration, faults, draft.kind, draft.warnings))

    def _row(self, draft: Draft, named: Named) -> DocumentRow | None:
        row = self._rows.get((draft.tenant.id, named.number))
        return row if row and row.kind == named.need.kind else None

    def _objection(self, draft: Draft, named: Named, row: DocumentRow | None) -> Fault | None:
        need = named.need
        if row is None and need.same:
            return None  # the need that acts upon it says so
        if row is None:
            return _broken(named, named.number) if need.unknown else fault("BIZ_UNKNOWN", named.path, named.number)
        machine = self._kinds[need.kind].needs_machine()
        state = machine.states[row.state]
        act = _act(need, draft)
        permitted = not need.permits or need.permits in state.permits
        moves = not act or machine.move(row.state, act, What.ACT) is not None
        if not permitted or not moves:
            return _broken(named, f"{named.number} {row.state} {state.zh}")
        said = {name: self._said(row, name) for name in need.facts}
        odd = next((name for name, allowed in need.facts.items() if said[name] not in ("", *allowed)), "")
        return _broken(named, f"{named.number} {odd}={said[odd]}") if odd else None

    def _said(self, row: DocumentRow, name: str) -> str:
        """What customs says of a document, else what was declared of what carries it; "" where nobody has said it."""
        bearer = self._bearers.get((row.enterprise_id, row.parent))
        return str(row.facts.get(name) or (known_of(bearer).get(name) if bearer else None) or "")

    def _with(self, draft: Draft, need: Need, row: DocumentRow) -> Draft:
        act = _act(need, draft)
        machine = self._kinds[need.kind].needs_machine()
        states = frozenset(code for code, state in machine.states.items() if need.permits in state.permits)
        required = (Required(row.number, states),) if need.permits else ()
        return replace(
            draft,
            needs=draft.needs + required,
            upon=draft.upon + (((row.number, row.kind, act),) if act else ()),
            told={**told_of(draft.kind, row, self._kinds[need.kind]), **draft.told},
        )


def known_of(row: DocumentRow) -> dict[str, Any]:
    """A document as it stands: what was declared of it, under what customs has said since."""
    given = json.loads(row.declaration) if row.declaration else {}
    return standing(given.get("content", given), row.facts)


def _unlike(found: Sequence[tuple[Named, DocumentRow | None]]) -> list[Fault]:
    """The documents that have not in common with the first of them what the need asks."""
    first: dict[int, str] = {}
    told = []
    for named, row in found:
        if named.need.same and row:
            value = str(getattr(row, named.need.same))
            if first.setdefault(id(named.need), value) != value:
                told.append(_broken(named, f"{named.number} {value} ≠ {first[id(named.need)]}"))
    return told


def told_of(kind: Kind, row: DocumentRow, other: Kind) -> dict[str, str]:
    """What a document (of kind `other`) says for the fields that the gateway fills; its format's words among them."""
    known = known_of(row)
    chosen = other.formats.get(str(known.get(other.format_field)))
    if chosen:
        known = {f.id: getattr(chosen, f.id, None) for f in other.fields if f.by is Filler.FORMAT} | known
    return {f.id: str(known[f.id]) for f in kind.fields if f.by is Filler.GATEWAY and known.get(f.id)}


def _changing(draft: Draft, named: Named, row: DocumentRow) -> Draft:
    """Where the content changes that document: its lines held against it, and what stood there filled in."""
    kind = draft.kind
    if kind.changes is None or named.need.of != kind.changes.of:
        return draft
    known = known_of(row)
    faults = judge(kind, draft.content, value=check_value, known=known)
    if faults:
        raise Stopped(refused(draft.declaration, faults, kind, draft.warnings))
    return replace(draft, content=filled(kind, draft.content, known, number=row.certificate_no))


def _named(draft: Draft, kinds: Mapping[str, Kind]) -> Iterator[Named]:
    for need in draft.kind.needs:
        kind = kinds[need.kind]
        for values, path in _items(draft.content, need.within, "/content", {}):
            if all(values.get(name) for name in naming(need, kind)):
                number = formed(kind, values) if kind.number_form else str(values[need.of])
                yield Named(need, number, f"{path}/{need.of}")


def _items(
    item: Mapping[str, Any], within: Sequence[str], at: str, around: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every item of a nested group, with the plain fields of the groups around it, and its path."""
    values = {**around, **{name: value for name, value in item.items() if not isinstance(value, list)}}
    if not within:
        yield values, at
        return
    for index, inner in enumerate(item.get(within[0]) or ()):
        yield from _items(inner, within[1:], f"{at}/{within[0]}/{index}", values)


def _act(need: Need, draft: Draft) -> str:
    return need.acts.get(str(draft.content.get(draft.kind.act_field, "")), "")


def _broken(named: Named, found: str) -> Fault:
    need = named.need
    return Fault(need.code, named.path, need.zh, need.en, need.source, "fix_and_resend", found)
