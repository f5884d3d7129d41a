"""What every door of the ledger has: the transactions, the clock, the machines."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from ledger.lives import Machines
from ledger.transactions import Transactions


class Opened:
    """now: business time, µs UTC. machines: the states of a kind in a version."""

    def __init__(self, engine: Engine, *, now: Callable[[], int], machines: Machines) -> None:
        self._transactions = Transactions(engine)
        self._writing = self._transactions.writing
        self._reading = self._transactions.reading
        self._now = now
        self._machines = machines

    def close(self) -> None:
        self._transactions.engine.dispose()
