"""Reading what has come: in batches, and one by one where a file has harmed its reader (reliability P12, F48)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from gateway.home import Home
from inbox.errors import Poison
from inbox.open import Unusable, open_all, senders_among
from inbox.reconcile import settlements
from ledger.rows import ArrivalRow, Settled
from mappings.clock import moment, stamp
from mappings.faults import Refused

BATCH = 64
TRIES = 3  # readings of one file that may fail, by an error that nobody foresaw or by the death of their process

Arrived = tuple[ArrivalRow, bytes]


class Reconciler:
    """Takes new arrivals to their end. relayed: enterprises that are handed back what is about them."""

    def __init__(self, home: Home, *, relayed: Collection[int], stopping: Callable[[], bool]) -> None:
        self._home = home
        self._relayed = relayed
        self._stopping = stopping
        self._in_hand: list[int] = []

    def reconcile(self) -> list[Settled]:
        """All that is new, unless the worker is told to stop. Raises Refused for a passing trouble; nothing is counted then."""
        ledger, settled = self._home.ledger, list[Settled]()
        if self._in_hand:  # a trouble that was not theirs: a database that was busy, a disk that was full
            ledger.put_back(self._in_hand)
            self._in_hand = []
        while not self._stopping() and (rows := ledger.take_up(BATCH)):
            self._in_hand = [row.id for row, _ in rows]
            settled += self._read(rows)
            self._in_hand = []
        return settled

    def _read(self, rows: Sequence[Arrived]) -> list[Settled]:
        spent = [row for row, _ in rows if row.tries > TRIES]
        if spent:
            return self._park(spent, f"读取它的进程死了 {TRIES} 次 / its reader died {TRIES} times")
        try:
            return self._settle(rows)
        except Refused:
            raise
        except Exception as unforeseen:  # noqa: BLE001  whatever it is, one file is to blame
            return self._alone(rows, unforeseen)

    def _alone(self, rows: Sequence[Arrived], unforeseen: Exception) -> list[Settled]:
        """One of them is to blame: each is read alone, as often as a file may fail."""
        if len(rows) > 1:
            return [settled for row in rows for settled in self._read([row])]
        for _ in range(TRIES - 1):
            try:
                return self._settle(rows)
            except Refused:
                raise
            except Exception as again:  # noqa: BLE001
                unforeseen = again
        return self._park([rows[0][0]], f"{type(unforeseen).__name__}: {unforeseen}")

    def _settle(self, rows: Sequence[Arrived]) -> list[Settled]:
        home, now = self._home, self._home.clock.now()
        tools = {
            "contract": home.contract,
            "judges": home.judges,
            "registry": home.registry,
            "senders": senders_among(home.nodes, home.settings.customs),
            "addressees": home.nodes,
            "at": moment(now),
            "policy": home.policy,
        }
        opened = open_all(rows, tools=tools, now=stamp(now))
        found = settlements(opened, ledger=home.ledger, contract=home.contract)
        return home.ledger.settle(found, relayed=self._relayed)

    def _park(self, rows: Sequence[ArrivalRow], detail: str) -> list[Settled]:
        parked = [Unusable(row, Poison("POISON", detail=detail)) for row in rows]
        found = settlements(parked, ledger=self._home.ledger, contract=self._home.contract)
        return self._home.ledger.settle(found, relayed=self._relayed)
