"""The demo's acts upon certificates that there are: printing, modifying, withdrawing, issuing on site, printing again.

Which act a certificate gets is what its state permits, in turn; what it must come to is what the kinds' data say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from console.cli.expected import end
from gateway.home import Home
from gateway.submission.needs import known_of
from ledger.rows import DocumentRow
from mappings.changes import FIELD, NEW, OLD, PART, changeable, text
from mappings.demands import Need
from mappings.kind import Direction, Kind
from mappings.sample import sample
from simulator.moods import REMARKS

CERTIFICATE, FORM = "certificate", "blank_form"
FATES = ("", "refuse", "return", "twice", "shuffle", "early")  # of kinds that can say them
UNUSED = "U"


@dataclass(frozen=True, slots=True)
class Act:
    """One declaration about a certificate. ends: the state that each other document must come to by it."""

    kind: str
    moods: tuple[str, ...]
    declaration: dict[str, Any]
    ends: dict[str, str]

    @property
    def reference(self) -> str:
        return str(self.declaration["reference"])


@dataclass
class Acts:
    """Gives every certificate its next act. home: of both ends. seed: of what is made up."""

    home: Home
    seed: int
    given: int = 0
    turns: dict[str, int] = field(default_factory=dict)

    def next(self) -> list[Act]:
        """One act for each certificate that customs has issued or returned, as its state permits."""
        numbers = [row.number for row in self.home.ledger.documents(kind=CERTIFICATE) if row.certificate_no]
        found = self.home.ledger.find(numbers)
        forms = self.home.ledger.documents(kind=FORM, state=UNUSED)
        return [act for number in numbers for row in found[number] if (act := self._next(row, forms))]

    def _next(self, row: DocumentRow, forms: list[DocumentRow]) -> Act | None:
        choices = [(kind, fate) for kind, need in self._kinds() if self._fits(kind, need, row) for fate in _fates(kind)]
        if not choices:
            return None
        turn = self.turns.get(row.state, 0)
        self.turns[row.state] = turn + 1
        kind, fate = choices[turn % len(choices)]
        self.given += 1
        return self._printed(kind, row, fate, forms) if kind.acts_on else self._applied(kind, row, fate)

    def _kinds(self) -> list[tuple[Kind, Need]]:
        kinds = [kind for kind in self.home.contract.kinds.values() if kind.direction is Direction.OUT]
        return [(kind, need) for kind in kinds for need in kind.needs if need.kind == CERTIFICATE and need.permits]

    def _fits(self, kind: Kind, need: Need, row: DocumentRow) -> bool:
        if kind.changes and not _lines(kind, row):
            return False  # it holds already all that a change could give it
        permitted = self.home.contract.kinds[CERTIFICATE].needs_machine().permits(row.state, need.permits)
        return permitted and all(row.facts.get(name, allowed[0]) in allowed for name, allowed in need.facts.items())

    def _printed(self, kind: Kind, row: DocumentRow, outcome: str, forms: list[DocumentRow]) -> Act:
        form = self._sheet(row, forms)
        content = {"certificate_serial": row.number, "print_mode": "plain_a4", kind.act_field: outcome}
        if form:
            paper = {name: form.facts[name] for name in ("blank_format", "blank_serial")}
            content |= {"print_mode": "blank_form", **paper}
        certificate = self.home.contract.kinds[CERTIFICATE]
        ends = {row.number: certificate.needs_machine().moves[row.state, kind.acts[outcome]].to}
        if form:
            need = next(need for need in kind.needs if need.kind == FORM)
            moves = self.home.contract.kinds[FORM].needs_machine().moves
            ends[form.number] = moves[form.state, need.acts[outcome]].to
        return Act(kind.name, (), self._declared(kind, row, content), ends)

    def _sheet(self, row: DocumentRow, forms: list[DocumentRow]) -> DocumentRow | None:
        """The next form that the certificate may be printed on, which is no more to be had."""
        chosen = self.home.contract.kinds[CERTIFICATE].formats.get(str(known_of(row).get("certificate_format")))
        fitting = chosen.blank_formats if chosen else ()
        form = next((each for each in forms if each.facts["blank_format"] in fitting), None)
        if form:
            forms.remove(form)
        return form

    def _applied(self, kind: Kind, row: DocumentRow, fate: str) -> Act:
        moods = (fate,) if fate else ()
        content = sample(kind, seed=self.seed + self.given, attachments=True)["content"]
        for need in kind.needs:
            content.pop(need.of, None)
        content[next(need.of for need in kind.needs if need.kind == CERTIFICATE)] = row.number
        if kind.changes:
            content[kind.changes.group] = _lines(kind, row)
        if said := _says(kind):
            content[said] = " ".join([*(f"#{mood}" for mood in moods), "演示"])
        came = end(kind, self.home.contract, moods=moods)
        states = self.home.contract.kinds[CERTIFICATE].needs_machine().states
        statuses = [s for effect in kind.effects if effect.on == came for s in effect.statuses if s in states]
        return Act(
            kind.name, moods, self._declared(kind, row, content), {row.number: statuses[-1] if statuses else row.state}
        )

    def _declared(self, kind: Kind, row: DocumentRow, content: dict[str, Any]) -> dict[str, Any]:
        reference = f"DEMO-ACT-{self.given:06d}"
        return {"kind": kind.name, "reference": reference, "enterprise": row.enterprise, "content": content}


def _says(kind: Kind) -> str:
    """The field in which a kind says its moods, "" for none."""
    return next((name for name in REMARKS if any(f.id == name for f in kind.fields)), "")


def _fates(kind: Kind) -> Sequence[str]:
    """What a declaration of the kind can bring about: the outcomes of an act, the moods that its text can say."""
    if kind.acts_on:
        return sorted(kind.acts, reverse=True)
    return FATES if _says(kind) else ("",)


def _lines(kind: Kind, row: DocumentRow) -> list[dict[str, str]]:
    """Two fields of the certificate as it stands, each to a value that it has not."""
    assert kind.changes is not None
    known = known_of(row)
    part = next(code for code, group in kind.changes.parts.items() if not group)
    found = []
    for each in changeable(kind.changes, part, known):
        new, old = text(each.element.example), text(known.get(each.id))
        if new != old:
            found.append({PART: part, FIELD: each.id, **({OLD: old} if old else {}), NEW: new})
    return found[:2]
