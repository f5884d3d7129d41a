"""The demo's acts upon blank forms: some of every application's sheets are voided, some returned, under one mood each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import cycle

from console.cli.expected import end
from console.cli.play_acts import Act
from gateway.home import Home
from ledger.rows import DocumentRow
from mappings.kind import Direction, Kind
from mappings.states import What

FORM = "blank_form"
FATES = ("", "refuse", "return", "twice", "shuffle", "early", "silent")
SHEETS = 2  # in one application
TOUCHED = 12  # applications whose sheets are acted upon in one turn


class StockActs:
    """home: of both ends. Which act comes next does not depend on how many were refused."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._given = 0
        machine = home.contract.kinds[FORM].needs_machine()
        kinds = [k for k in home.contract.kinds.values() if k.direction is Direction.OUT and k.number and _act(k)]
        self._turns = cycle([(kind, fate) for fate in FATES for kind in kinds])
        self._machine = machine

    def next(self, taken: Collection[str]) -> list[Act]:
        """taken: forms that others act upon in this turn."""
        by_parent: dict[str, list[DocumentRow]] = defaultdict(list)
        for row in self._home.ledger.documents(kind=FORM):
            if row.number not in taken and any(
                self._machine.move(row.state, act, What.ACT) for act in ("void", "return")
            ):
                by_parent[row.parent].append(row)
        return [act for rows in list(by_parent.values())[:TOUCHED] for act in self._of(rows)]

    def _of(self, rows: Sequence[DocumentRow]) -> Iterator[Act]:
        kind, fate = next(self._turns)
        able = [row for row in reversed(rows) if self._machine.move(row.state, _act(kind), What.ACT)][:SHEETS]
        if able:
            yield self._declared(kind, fate, able)

    def _declared(self, kind: Kind, fate: str, rows: Sequence[DocumentRow]) -> Act:
        self._given += 1
        moods = (fate,) if fate else ()
        came = end(kind, self._home.contract, moods=moods)
        lines = [
            {name: row.facts[name] for name in ("blank_format", "blank_serial")} | {"form_reason": "污染作废"}
            for row in rows
        ]
        content = {
            "customs_office": "2201", "contact_name": "演示", "contact_mobile": "12200000000", "lines": lines,
            "remark": " ".join([*(f"#{mood}" for mood in moods), "演示"]),
        }  # fmt: skip
        declaration = {
            "kind": kind.name, "reference": f"DEMO-STOCK-{self._given:06d}", "enterprise": rows[0].enterprise, "content": content,
        }  # fmt: skip
        return Act(kind.name, moods, declaration, {row.number: self._end(kind, row, came) for row in rows})

    def _end(self, kind: Kind, row: DocumentRow, came: str) -> str:
        """Granted, the form ends; refused, it is what it was; unanswered, it is applied for."""
        pending = self._machine.move(row.state, _act(kind), What.ACT)
        assert pending is not None
        if came == kind.happy[-1]:
            return next(
                s
                for s in self._machine.states
                if self._machine.states[s].final and (pending.to, s) in self._machine.moves
            )
        return pending.to if came == kind.moods["silent"] else row.state


def _act(kind: Kind) -> str:
    """What the kind does to a form, "" for a kind that does nothing to any or that prints on it."""
    return next((need.acts[""] for need in kind.needs if need.kind == FORM and "" in need.acts), "")
