"""What comes: arrivals and what is made of them, who is handed what, who is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ledger import arriving, listing, relaying, settling
from ledger.doors.opened import Opened
from ledger.rows import ArrivalRow, Arrived, Decision, Forward, NewArrival, NoticeRow, Settled, Settlement


class Coming(Opened):
    """Every call is one transaction."""

    # ── what comes ──

    def arrive(self, files: Sequence[NewArrival]) -> list[Arrived]:
        with self._writing() as connection:
            return arriving.arrive(connection, files, now=self._now())

    def take_up(self, limit: int) -> list[tuple[ArrivalRow, bytes]]:
        """What is to be read now; counted as begun before anybody reads it."""
        with self._reading() as connection:  # a look that finds nothing takes no lock
            if not arriving.arrivals(connection, status="new", limit=min(limit, 1)):
                return []
        with self._writing() as connection:
            return arriving.take_up(connection, limit)

    def put_back(self, arrival_ids: Sequence[int]) -> None:
        with self._writing() as connection:
            arriving.put_back(connection, arrival_ids)

    def settle(self, settlements: Sequence[Settlement], *, relayed: Collection[int] = ()) -> list[Settled]:
        """Events of customs, each applied once, with all that follows from them in the same transaction.

        relayed: enterprises that are handed their files back (`forwards`).
        """
        with self._writing() as connection:
            return settling.settle(connection, settlements, machines=self._machines, now=self._now(), relayed=relayed)

    def rejoin(self) -> int:
        with self._writing() as connection:
            return arriving.rejoin(connection)

    def arrivals(
        self, status: str | None = None, limit: int | None = None, after: int | None = None
    ) -> list[ArrivalRow]:
        with self._reading() as connection:
            return arriving.arrivals(connection, status=status, limit=limit, after=after)

    def decide(self, decisions: Sequence[Decision]) -> list[int]:
        """Release or discard; audited. The ids that were open to it."""
        with self._writing() as connection:
            return arriving.decide(connection, decisions, now=self._now())

    def match(self, arrival_id: int, number: str, actor: str) -> bool:
        """The arrival is new again and wants that number; audited. False where it is not open to it."""
        with self._writing() as connection:
            return arriving.match(connection, arrival_id, number, actor=actor, now=self._now())

    # ── who sends through us ──

    def sent_since(self, enterprise_id: int, stated_at: str) -> int:
        """How many messages of an enterprise are stated at or after a time (17 digits)."""
        with self._reading() as connection:
            return relaying.sent_since(connection, enterprise_id, stated_at)

    def forwards(self, enterprise_id: int, limit: int) -> list[Forward]:
        with self._reading() as connection:
            return relaying.forwards(connection, enterprise_id, limit)

    def forwards_open(self, enterprise_id: int) -> int:
        with self._reading() as connection:
            return relaying.forwards_open(connection, enterprise_id)

    def forwarded(self, arrival_ids: Sequence[int]) -> None:
        with self._writing() as connection:
            relaying.forwarded(connection, arrival_ids, now=self._now())

    # ── who is told ──

    def notices(self, limit: int) -> list[NoticeRow]:
        with self._reading() as connection:
            return listing.notices(connection, limit)

    def noticed(self, ids: Sequence[int]) -> None:
        with self._writing() as connection:
            listing.noticed(connection, ids, now=self._now())
