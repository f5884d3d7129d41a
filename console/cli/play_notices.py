"""The demo's notices: customs asks for data by every template, about declarations that nobody here has sent, and whatever it
asks for is supplemented, once each notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.cli.play_acts import Act
from gateway.drafting.notices import begin
from gateway.home import Home
from ledger.rows import DocumentRow
from mappings.element import Field, Filler
from mappings.kind import Direction, Kind, Part
from mappings.sample import sample
from simulator.customs import Customs

SUPPLEMENT, NOTICE, FORM, TEMPLATE = "supplement", "supplement_notice", "supplement_data", "supplement_template"


@dataclass
class NoticeActs:
    """Answers every notice by a kind that acts upon it and fits what it asks for. home: of both ends. seed: of what is made up."""

    home: Home
    seed: int
    answered: set[str] = field(default_factory=set)

    def ask(self, customs: Customs) -> None:
        """By every template that there is."""
        form, node = self.home.contract.kinds[FORM], self.home.settings.node
        for number, template in enumerate(sorted(form.formats), 1):
            declaration = f"010120261{number:09d}"
            customs.notify(NOTICE, declaration, sender=node, given={TEMPLATE: template})

    def next(self) -> list[Act]:
        """One act for each notice that nobody has answered yet."""
        rows = self.home.ledger.documents(kind=SUPPLEMENT)
        found = [(row, kind) for row in rows if row.number not in self.answered and (kind := self._kind(row))]
        return [self._act(row, kind) for row, kind in found]

    def _kind(self, row: DocumentRow) -> Kind | None:
        """The outward kind whose needs the notice meets."""
        machine = self.home.contract.kinds[SUPPLEMENT].needs_machine()
        for kind in self.home.contract.kinds.values():
            if kind.direction is Direction.OUT and kind.acts_on == SUPPLEMENT:
                permitted = all(machine.permits(row.state, need.permits) for need in kind.needs if need.permits)
                facts = [item for need in kind.needs for item in need.facts.items()]
                if permitted and all(row.facts.get(name) in allowed for name, allowed in facts):
                    return kind
        return None

    def _act(self, row: DocumentRow, kind: Kind) -> Act:
        self.answered.add(row.number)
        content: dict[str, Any] = sample(kind, seed=self.seed + len(self.answered))["content"]
        if kind.template:
            content = _whole(kind, begin(self.home, row.number)["content"])
        content[kind.target] = row.number
        reference = f"DEMO-NOTICE-{len(self.answered):06d}"
        declaration = {
            "kind": kind.name, "reference": reference, "enterprise": row.enterprise, "content": content,
        }  # fmt: skip
        [act] = set(kind.acts.values())
        return Act(kind.name, (), declaration, {row.number: self.home.contract.kinds[SUPPLEMENT].answers[act][-1]})


def _whole(kind: Kind, begun: dict[str, Any]) -> dict[str, Any]:
    """What the form must have and the declaration does not, as an example."""

    def filled(parts: Sequence[Part], item: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(item)
        for part in parts:
            if isinstance(part, Field):
                if part.required and part.by is Filler.ENTERPRISE and part.id not in found:
                    found[part.id] = part.element.example
            elif part.name in found:
                found[part.name] = [filled(part.parts, each) for each in found[part.name]]
        return found

    return filled(kind.shape(begun), begun)
