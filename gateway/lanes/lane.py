"""Lanes: every channel works by itself, so that one that is slow or sick delays no other.

A lane delivers what is due on its channel and collects what has come, as far as people and its breaker let it. With
several channels each round runs in a thread of its own, at most one a channel; whoever looks waits for them a little
while and takes the late ones at a later look.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from channels import ChannelError, Outlook
from gateway.home import Home
from inbox.collect import Collector
from ledger.rows import ChannelRow, Report
from mappings.clock import stamp
from outbox.breaker import Breaker
from outbox.deliver import BATCH, Deliverer

PATIENCE = 0.5  # s that a look waits for the lanes
HEARTBEAT = 10.0  # s between two reports that tell nothing but "I have looked"
BATCHES = 16  # a round and road; what people want of the channel is read again before the next
DAY = 24 * 3600 * 1_000_000  # µs


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of a lane did."""

    delivered: int = 0
    collected: int = 0
    sighted: int = 0
    growing: int = 0

    def __add__(self, other: Round) -> Round:
        return Round(
            self.delivered + other.delivered, self.collected + other.collected, self.sighted + other.sighted,
            self.growing + other.growing,
        )  # fmt: skip


class Lane:
    """One channel at work. `turn` is one round; whoever calls it sees to it that no two run at once."""

    def __init__(self, home: Home, name: str, *, stopping: Callable[[], bool]) -> None:
        self.name = name
        self._home = home
        self._stopping = stopping
        self._roads = {address: view for address, view in home.roads.items() if address.partition("/")[0] == name}
        self._deliverer = Deliverer(home.ledger, self._roads, home.clock)
        silent = self._roads if not home.settings.channels[name].technical_receipts else ()
        self._collector = Collector(home.ledger, self._roads, archive=home.archive, silent=silent)
        self._steered = 0  # when a person last did something to it, as far as this lane knows
        self._beat: float | None = None  # monotonic s of the last report; None: a restart tries every channel at once

    def turn(self, row: ChannelRow) -> Round:
        """One round, as far as the channel's row in the ledger lets it."""
        breaker = Breaker(row.failures, row.openings, row.retry_at)
        if self._beat is None:
            breaker = breaker.at_start(self._home.clock.now())
        if row.mode in ("paused", "stopped") or breaker.phase(self._home.clock.now()) == "open":
            return Round()
        self._heed(row)
        found = _Found(breaker)
        delivered = self._deliver(found)
        collected = self._collect(found)
        self._tell(row, found)
        return Round(delivered) + collected

    def _heed(self, row: ChannelRow) -> None:
        """A person has acted since the last round: a connection that had given up tries again at once."""
        link = self._home.wires.link(self.name)
        if link is not None and row.changed_at != self._steered:
            link.resume()
        self._steered = row.changed_at

    def _deliver(self, found: _Found) -> int:
        delivered = 0
        for address in self._roads:
            for _ in range(BATCHES):
                room = found.breaker.room(self._home.clock.now(), BATCH)
                if self._stopping() or found.stops or not room:
                    break
                delivery = self._deliverer.road(address, limit=room)
                delivered += delivery.done
                self._learn(found, delivery.done, _told_once(delivery.failures))
                if not delivery.tried:
                    break
        return delivered

    def _collect(self, found: _Found) -> Round:
        if found.stops or found.breaker.phase(self._home.clock.now()) == "open":
            return Round()
        collected = self._collector.collect()
        self._learn(found, 0, collected.troubles[:1])
        for place, error in list(collected.stuck.items())[:1]:  # told, and no reason to hold the channel up
            found.error = found.error or f"{error.reason} ({place})"
        sighted = self._collector.sight([stamp(self._home.clock.now() - back)[:8] for back in (0, DAY)])
        return Round(collected=collected.files, sighted=sighted, growing=collected.growing)

    def _learn(self, found: _Found, done: int, failures: Sequence[ChannelError]) -> None:
        """What a batch says of the channel. A lasting reason is one file's, and says nothing of the channel."""
        if done:
            found.breaker = found.breaker.succeeded()
        for error in failures:
            if error.stops_channel:
                found.stops = error
                return
            if not error.lasting:
                found.error, found.failed = error.reason, True
                found.breaker = found.breaker.failed(self._home.clock.now())

    def _tell(self, row: ChannelRow, found: _Found) -> None:
        """Write down how the channel fares, when that has changed or the last word is old."""
        if found.stops is not None:
            if self._home.ledger.stop_channel(self.name, reason=found.stops.reason):
                sys.stderr.write(f"{self.name}: {found.stops}\n")
            return
        now = self._home.clock.now()
        breaker = found.breaker if found.failed else found.breaker.succeeded()
        told = Report(
            self.name, breaker.failures, breaker.openings, breaker.retry_at, found.error,
            row.looked_at if found.failed else now,
        )  # fmt: skip
        old = (row.failures, row.openings, row.retry_at, row.error)
        same = (told.failures, told.openings, told.retry_at, told.error) == old
        if same and self._beat is not None and time.monotonic() - self._beat < HEARTBEAT:
            return
        self._home.ledger.report([told])
        self._beat = time.monotonic()


@dataclass(slots=True)
class _Found:
    """What a round has learned of its channel so far."""

    breaker: Breaker
    error: str = ""
    failed: bool = False
    stops: ChannelError | None = None


def _told_once(failures: Sequence[ChannelError]) -> Sequence[ChannelError]:
    """A channel that fails as a whole, or is cut in the middle of a batch, has failed once, for however many files."""
    for is_the_channels in (_stops, _whole, _cut):
        if found := next(filter(is_the_channels, failures), None):
            return [found]
    return failures


def _stops(error: ChannelError) -> bool:
    return error.stops_channel


def _whole(error: ChannelError) -> bool:
    return error.whole_channel


def _cut(error: ChannelError) -> bool:
    return error.outlook is Outlook.LOOK


class Lanes:
    """All lanes of a home."""

    def __init__(self, home: Home, *, stopping: Callable[[], bool]) -> None:
        self._home = home
        self._lanes = [Lane(home, name, stopping=stopping) for name in home.settings.channels]
        self._busy: dict[str, _Work] = {}

    @property
    def busy(self) -> bool:
        """Does a round still run that a look did not wait for?"""
        return bool(self._busy)

    def look(self, *, patience: float = PATIENCE) -> Round:
        """One round of every lane that rests; the sum of those that are done."""
        rows = {row.name: row for row in self._home.ledger.channels([lane.name for lane in self._lanes])}
        if len(self._lanes) == 1:
            (lane,) = self._lanes
            return lane.turn(rows[lane.name])
        for lane in self._lanes:
            if lane.name not in self._busy:
                self._busy[lane.name] = _Work(lane, rows[lane.name])
        return self._gather(patience)

    def rest(self, patience: float) -> Round:
        """Wait for what still runs, so many seconds at most, and begin nothing more."""
        return self._gather(patience)

    def _gather(self, patience: float) -> Round:
        until, total = time.monotonic() + patience, Round()
        for name, work in list(self._busy.items()):
            if work.ended(until - time.monotonic()):
                del self._busy[name]
                total += work.result()
        return total


class _Work:
    """One round in a thread of its own, which never keeps the process alive."""

    def __init__(self, lane: Lane, row: ChannelRow) -> None:
        self._lane = lane
        self._row = row
        self._round = Round()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"channel {lane.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._round = self._lane.turn(self._row)
        except BaseException as error:  # noqa: BLE001  raised again by whoever takes the result
            self._error = error

    def ended(self, patience: float) -> bool:
        self._thread.join(max(0.0, patience))
        return not self._thread.is_alive()

    def result(self) -> Round:
        if self._error is not None:
            raise self._error
        return self._round
