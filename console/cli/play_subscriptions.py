"""The demo's acts upon subscriptions: some of those that are valid are cancelled."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count

from console.cli.play_acts import Act
from gateway.home import Home
from ledger.rows import DocumentRow

SUBSCRIPTION, CANCELLATION = "subscription", "subscription_cancellation"
EVERY = 2  # one in so many is cancelled


@dataclass
class SubscriptionActs:
    """home: of both ends. A subscription that was declared with a mood keeps what is left of it, and is left alone."""

    home: Home
    seen: set[str] = field(default_factory=set)
    given: count[int] = field(default_factory=lambda: count(1))

    def next(self) -> list[Act]:
        kind = self.home.contract.kinds[SUBSCRIPTION]
        rows = [row for row in self.home.ledger.documents(kind=SUBSCRIPTION, state=kind.happy[-1]) if self._plain(row)]
        fresh = [row for row in rows if row.number not in self.seen]
        self.seen |= {row.number for row in fresh}
        return [self._act(row, kind.answers["cancel"][-1]) for row in fresh[::EVERY]]

    def _plain(self, row: DocumentRow) -> bool:
        [found] = [
            each for each in self.home.ledger.find([row.number])[row.number] if each.enterprise == row.enterprise
        ]
        return not str(json.loads(found.declaration)["content"].get("remark", "")).startswith("#")

    def _act(self, row: DocumentRow, ends: str) -> Act:
        declaration = {
            "kind": CANCELLATION, "reference": f"DEMO-CANCEL-{next(self.given):06d}", "enterprise": row.enterprise,
            "content": {"subscription_no": row.number},
        }  # fmt: skip
        return Act(CANCELLATION, (), declaration, {row.number: ends})
