"""Delivering: what is sealed goes into its channel's OutBox, whole, under its own name, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels import ChannelError, Enterprise
from ledger import Ledger
from ledger.rows import Due
from mappings.clock import BEIJING, Clock, moment
from outbox.retry import deferral
from outbox.unconfirmed import Seen, look, told

BATCH = 64


@dataclass(frozen=True, slots=True)
class Delivery:
    """done: files that are with customs now. failures: why the others are not, in the order of the tries.

    tried: how many were due and permitted to be tried.
    """

    done: int = 0
    tried: int = 0
    failures: tuple[ChannelError, ...] = ()


class Deliverer:
    """Puts due messages into their channels.

    What was due when this process began may have arrived already: before such a message is put, it is looked for.
    """

    def __init__(self, ledger: Ledger, roads: Mapping[str, Enterprise], clock: Clock) -> None:
        self._ledger = ledger
        self._roads = roads
        self._clock = clock
        self._begun = clock.now()

    def deliver(self, *, limit: int = BATCH) -> int:
        """One batch a road. Returns how many messages are delivered now."""
        return sum(self.road(address, limit=limit).done for address in self._roads)

    def road(self, address: str, *, limit: int = BATCH) -> Delivery:
        """One batch of what is due on one road."""
        due = self._ledger.due("deliver", limit=limit, channel=address)
        return self._deliver(address, due) if due else Delivery()

    def _deliver(self, address: str, due: Sequence[Due]) -> Delivery:
        replays = [row for row in due if row.standing == "replay"]
        claimed = set(self._ledger.claim([row.outbox_id for row in replays])) if replays else set()
        results: dict[int, ChannelError | None] = {}
        seen = self._look(address, [row for row in due if self._is_doubtful(row)], results)
        results |= {row.outbox_id: None for row in due if seen.get(row.file_name) is Seen.TAKEN}
        results |= {row.outbox_id: _conflict(row) for row in due if seen.get(row.file_name) is Seen.OTHER}
        unclaimed = {row.outbox_id for row in replays} - claimed
        puts = [row for row in due if row.outbox_id not in results and row.outbox_id not in unclaimed]
        results |= {row.outbox_id: error for row, error in zip(puts, self._put(address, puts), strict=True)}
        return self._settle(due, results)

    def _is_doubtful(self, row: Due) -> bool:
        return row.standing != "replay" and bool(row.attempts or row.due_at <= self._begun)

    def _look(self, address: str, rows: Sequence[Due], results: dict[int, ChannelError | None]) -> Mapping[str, Seen]:
        """Where those are that may have arrived. Where that cannot be seen, they wait with their outcome unknown."""
        if not rows:
            return {}
        try:
            return look(self._roads[address], rows, now=moment(self._clock.now()).astimezone(BEIJING))
        except ChannelError as blind:
            results |= {row.outbox_id: blind if blind.stops_channel else told(blind, row) for row in rows}
            return {}

    def _put(self, address: str, rows: Sequence[Due]) -> Sequence[ChannelError | None]:
        if not rows:
            return []
        try:
            return self._roads[address].out.put_all([(row.file_name, row.body) for row in rows], own_torn=True)
        except ChannelError as error:  # the channel as a whole: every message of it waits
            return [error] * len(rows)

    def _settle(self, due: Sequence[Due], results: Mapping[int, ChannelError | None]) -> Delivery:
        now = self._clock.now()
        failed = [(row, error) for row in due if (error := results.get(row.outbox_id)) is not None]
        held_up = [
            deferral(row.outbox_id, error, attempts=row.attempts, now=now)
            for row, error in failed
            if not error.stops_channel  # it costs no step of the ladder: the channel stands still as a whole
        ]
        if held_up:
            self._ledger.deferred(held_up)
        done = [id_ for id_, error in results.items() if error is None]
        self._ledger.delivered(done)
        return Delivery(len(done), len(results), tuple(error for _, error in failed))


def _conflict(row: Due) -> ChannelError:
    return ChannelError("CHANNEL_CONFLICT", name=row.file_name)
