"""An operator's door to customs: it needs no key and moves no file. What it writes, a running simulator sees at its next look.

The terminal, the HTTP face and the officer's page call nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from mappings.clock import FileClock, stamp
from simulator.decide import case_of, decide, statement
from simulator.errors import NotDecided
from simulator.house import Registered, load_settings
from simulator.issue import issue, notify
from simulator.moods import MOODS, is_mood
from simulator.numbers import Numbers
from simulator.rows import Step
from simulator.settings import CLOCK, contract_of
from simulator.store import FILE, Store


class Office:
    """Used as a context. folder: a home's `customs/`. Raises BadCustoms."""

    def __init__(self, folder: Path) -> None:
        self.settings = load_settings(folder)
        self.clock = FileClock(folder / CLOCK)
        self.contract = contract_of(folder, self.settings)
        self._store = Store(folder / FILE)

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    # time

    def tick(self, span: timedelta) -> None:
        """Business time ahead by a span, for both ends."""
        self.clock.tick(span)

    def put(self, at: int) -> None:
        """Business time to a moment, µs. Raises NotDecided for one that is past: what was stated cannot be taken back."""
        if at < self.clock.now():
            raise NotDecided("SIM_CLOCK", found=stamp(at), now=stamp(self.clock.now()))
        self.clock.put(at)

    def run_at(self, speed: float) -> None:
        """Business time at another speed, without a jump."""
        self.clock.run_at(speed)

    # decisions

    def decide(
        self,
        number: str,
        status: str,
        *,
        reason: str = "",
        sender: str = "",
        facts: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """What customs makes of a document next. Raises NotDecided."""
        decide(
            self._store, number, status, contract=self.contract, clock=self.clock, reason=reason, sender=sender,
            facts=facts, data=data,
        )  # fmt: skip

    def notify(
        self, number: str, kind: str, *, enterprise: str = "", given: Mapping[str, Any] | None = None,
        moods: Sequence[str] = (),
    ) -> str:  # fmt: skip
        """A letter of an inward kind about a document; about none where `number` is "". enterprise: node or code; whose
        document it is, where several have that number. Returns the number of what was told of: of a notice its own.
        moods: what becomes of what is declared upon a notice. Raises NotDecided."""
        sender = self._enterprise(enterprise).node if enterprise or not number else ""
        if unknown := [word for word in moods if not is_mood(word)]:
            raise NotDecided("SIM_MOOD", found=unknown[0], want=", ".join(mood.said for mood in MOODS.values()))
        channel = self.settings.channels[0]
        return notify(
            self._store, number, kind, contract=self.contract, clock=self.clock, sender=sender, given=given,
            road=f"{channel.name}/{channel.biz[0]}", seed=self.settings.seed, moods=moods,
        )  # fmt: skip

    def issue(
        self,
        enterprise: str,
        *,
        inspection_no: str,
        content: Mapping[str, Any] | None = None,
        format_: str = "",
        seed: int = 1,
    ) -> str:
        """A certificate issued on site, for which nobody applied here. Returns its number. Raises NotDecided."""
        numbers = Numbers(self._store, node=self.settings.node, seed=self.settings.seed)
        channel = self.settings.channels[0]
        return issue(
            self._store, self._enterprise(enterprise), contract=self.contract, clock=self.clock, numbers=numbers,
            inspection_no=inspection_no, road=f"{channel.name}/{channel.biz[0]}", content=content, format_=format_, seed=seed,
        )  # fmt: skip

    def want_statement(self, date: str) -> None:
        """Every enterprise gets customs' account of a day (8 digits) as a message, at the next look."""
        with self._store.transaction():
            self._store.want_statement(date)

    def reset(self) -> dict[str, int]:
        """Forget every document, message and number, as on the first day; files in the boxes stay. Returns rows by table."""
        return self._store.forget()

    # what there is to see; never shown to the enterprises

    def statement(self) -> list[dict[str, Any]]:
        """Rows {sender, number, kind, state, customs_no, certificate_no, submissions, effects}."""
        return statement(self._store)

    def queue(self) -> list[dict[str, Any]]:
        """Documents that wait for customs, by their last message: rows {sender, number, kind, state, at, planned}.

        planned: the statuses that come by themselves, each {status, due, look}; empty where an officer decides.
        """
        planned: dict[tuple[str, str], list[Step]] = {}
        for step in self._store.open_steps():
            planned.setdefault((step.sender, step.number), []).append(step)
        rows = []
        for case in self._store.cases():
            steps = planned.get((case.sender, case.number), [])
            receipts = self.contract.kinds[case.kind].receipts
            if steps or (receipts and case.state not in receipts):
                rows.append(
                    {
                        "sender": case.sender,
                        "number": case.number,
                        "kind": case.kind,
                        "state": case.state,
                        "at": self._store.taking(case.cause).at,
                        "planned": [{"status": s.status, "due": s.due, "look": s.look} for s in steps],
                    }
                )
        return sorted(rows, key=lambda row: (row["at"], row["number"]))

    def document(self, number: str, *, sender: str = "") -> dict[str, Any]:
        """One document as customs has it: {sender, number, kind, state, parent, content, facts, moods, steps}.
        steps: done and planned, each {due, status, reason}. Raises NotDecided."""
        case = case_of(self._store, number, sender)
        steps = self._store.steps_of(case.sender, case.number)
        return {
            "sender": case.sender, "number": case.number, "kind": case.kind, "state": case.state, "parent": case.parent,
            "content": dict(case.content), "facts": dict(case.facts), "moods": list(case.moods),
            "steps": [{"due": step.due, "status": step.status, "reason": step.reason} for step in steps],
        }  # fmt: skip

    def _enterprise(self, code: str) -> Registered:
        found = self.settings.of_code(code)
        if found is None:
            raise NotDecided("BIZ_UNKNOWN", found=code)
        return found
