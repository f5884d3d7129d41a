"""Delivering: what is sealed goes into its channel's OutBox, whole, under its own name, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels import ChannelError, Enterprise
from ledger import Ledger
from ledger.rows import Deferral, Due
from mappings.clock import BEIJING, Clock, moment
from outbox.retry import next_try
from outbox.unconfirmed import arrived


class Deliverer:
    """Puts due messages into their channels.

    What was due when this process began may have arrived already: before such a message is put, it is looked for.
    """

    def __init__(self, ledger: Ledger, roads: Mapping[str, Enterprise], clock: Clock) -> None:
        self._ledger = ledger
        self._roads = roads
        self._clock = clock
        self._begun = clock.now()

    def deliver(self, *, limit: int = 64) -> int:
        """One batch a channel. Returns how many messages are delivered now."""
        return sum(
            self._deliver(address, self._ledger.due("deliver", limit=limit, channel=address)) for address in self._roads
        )

    def _deliver(self, address: str, due: Sequence[Due]) -> int:
        if not due:
            return 0
        there = self._already_there(self._roads[address], due)
        puts = [row for row in due if row.file_name not in there]
        results = self._put(address, puts)
        self._ledger.deferred([self._deferral(row, error) for row, error in zip(puts, results, strict=True) if error])
        done = [row.outbox_id for row, error in zip(puts, results, strict=True) if error is None]
        done += [row.outbox_id for row in due if row.file_name in there]
        self._ledger.delivered(done)
        return len(done)

    def _already_there(self, view: Enterprise, due: Sequence[Due]) -> set[str]:
        doubtful = [row for row in due if row.attempts or row.due_at <= self._begun]
        return arrived(view, doubtful, now=moment(self._clock.now()).astimezone(BEIJING)) if doubtful else set()

    def _put(self, address: str, rows: Sequence[Due]) -> Sequence[ChannelError | None]:
        try:
            return self._roads[address].out.put_all([(row.file_name, row.body) for row in rows], own_torn=True)
        except ChannelError as error:  # the channel as a whole: every message of it waits
            return [error] * len(rows)

    def _deferral(self, row: Due, error: ChannelError) -> Deferral:
        return Deferral(row.outbox_id, error.reason, next_try(error, attempts=row.attempts, now=self._clock.now()))
