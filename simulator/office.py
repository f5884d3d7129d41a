"""An operator's door to customs: it needs no key and moves no file. What it writes, a running simulator sees at its next look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from mappings.clock import FileClock
from simulator.decide import decide, statement
from simulator.house import load_settings
from simulator.settings import CLOCK, contract_of
from simulator.store import FILE, Store


class Office:
    """Used as a context. folder: a home's `customs/`. Raises BadCustoms."""

    def __init__(self, folder: Path) -> None:
        self.settings = load_settings(folder)
        self.clock = FileClock(folder / CLOCK)
        self._contract = contract_of(folder, self.settings)
        self._store = Store(folder / FILE)

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def tick(self, span: timedelta) -> None:
        """Business time ahead by a span, for both ends."""
        self.clock.tick(span)

    def run_at(self, speed: float) -> None:
        """Business time at another speed, without a jump."""
        self.clock.run_at(speed)

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
            self._store, number, status, contract=self._contract, clock=self.clock, reason=reason, sender=sender,
            facts=facts, data=data,
        )  # fmt: skip

    def statement(self) -> list[dict[str, Any]]:
        """Rows {sender, number, kind, state, customs_no, certificate_no, submissions, effects}."""
        return statement(self._store)
