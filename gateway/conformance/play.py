"""Playing: a story's file is put, its answers are waited for, and at the end it says what was different.

The channel is this player's alone: no worker of the home runs meanwhile. Answers to nothing that was sent are left lying.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from channels import ChannelError, Enterprise, Looks
from gateway.conformance.listening import Listener
from gateway.conformance.sending import Sent, make
from gateway.conformance.stories import AGAIN, CONFLICT, Story, stories
from gateway.conformance.verdict import Finding, Verdict
from gateway.errors import BadHome
from gateway.home import Home
from mappings.clock import stamp
from mappings.parser import LIMITS

PAUSE = 0.1  # s between looks
LIMIT = 60.0  # s for one story
DAY = 24 * 3600 * 1_000_000  # µs


class Player:
    """One channel's counterpart. limit: seconds that it has for a story."""

    def __init__(self, home: Home, channel: str, *, limit: float = LIMIT) -> None:
        if channel not in home.settings.channels:
            raise BadHome("SYS_HOME", detail=f"没有通道 {channel} / there is no channel {channel}")
        self._home = home
        self._channel = channel
        self._limit = limit

    def play(self, *, happy_only: bool = False) -> Iterator[tuple[Story, Verdict]]:
        """Story by story, each with its verdict."""
        for story in stories(self._home.contract, happy_only=happy_only):
            if self._address(story) in self._home.roads:
                yield story, self._one(story)

    def _one(self, story: Story) -> Verdict:
        verdict = Verdict()
        sent = make(self._home, story)
        listener = self._told(sent, verdict)
        if story.name.endswith(f"/{AGAIN}"):
            self._again(sent, listener)
        elif story.name.endswith(f"/{CONFLICT}"):
            self._conflict(sent, verdict)
        return verdict

    def _told(self, sent: Sent, verdict: Verdict) -> Listener:
        """Put the file and listen until its documents have come to their ends, or the time is over."""
        road, listener = self._road(sent.story), Listener(self._home, sent, verdict)
        self._put(road, sent)
        self._listen(listener, lambda: listener.complete)
        self._look_where_it_went(road, sent, verdict)
        technical = self._home.settings.channels[self._channel].technical_receipts
        listener.conclude(technical=technical)
        return listener

    def _again(self, sent: Sent, first: Listener) -> None:
        """The same bytes under the same name: the first answers, and nothing else."""
        second = Listener(self._home, sent, Verdict())
        road = self._road(sent.story)
        self._put(road, sent)
        self._listen(second, lambda: second.complete)
        for number in sent.documents:
            if sorted(first.states.get(number, ())) != sorted(second.states.get(number, ())):
                found = ", ".join(status for _, status in sorted(second.states.get(number, ()))) or "—"
                first.verdict.add(Finding.AGAIN, f"{number}: {found}")

    def _conflict(self, sent: Sent, verdict: Verdict) -> None:
        """Another message under an id that was used: it must be turned away, whatever else it says."""
        other = make(self._home, replace(sent.story, seed=sent.story.seed + 1), cop_msg_id=sent.cop_msg_id)
        listener = Listener(self._home, other, Verdict())
        road = self._road(sent.story)
        self._put(road, other)
        self._listen(listener, lambda: listener.taken is not None or bool(listener.states))
        if listener.taken is not False:
            verdict.add(Finding.CONFLICT, other.cop_msg_id)

    def _put(self, road: Enterprise, sent: Sent) -> None:
        (problem,) = road.out.put_all([(f"{sent.name.stem}.xml", sent.data)])
        if problem is not None:
            raise problem

    def _listen(self, listener: Listener, enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._limit
        while True:
            heard = sum(self._hear(road, listener) for road in self._roads())
            if enough() or time.monotonic() > deadline:
                return
            if not heard:
                threading.Event().wait(PAUSE)

    def _hear(self, road: Enterprise, listener: Listener) -> int:
        """Take what is about this message out of the InBox."""
        heard = 0
        try:
            road.inbox.tame()
            entries = road.inbox.entries()
        except ChannelError:
            return 0
        for entry in entries:
            try:
                data = road.inbox.read(entry.name, limit=LIMITS.size)
                if listener.hear(entry.name, data):
                    road.inbox.remove(entry.name)
                    heard += 1
            except ChannelError:  # still growing, or gone: it is looked at again
                continue
        return heard

    def _look_where_it_went(self, road: Enterprise, sent: Sent, verdict: Verdict) -> None:
        name = f"{sent.name.stem}.xml"
        if _holds(road.out, name):
            verdict.add(Finding.NOT_TAKEN, name)
        elif not any(_holds(road.sent(day), name) for day in self._days()):
            verdict.add(Finding.NOT_SENT, name)

    def _days(self) -> list[str]:
        """Days around the counterpart's own, whose clock is its own."""
        return [stamp(self._home.clock.now() + shift)[:8] for shift in (0, -DAY, DAY)]

    def _address(self, story: Story) -> str:
        return f"{self._channel}/{story.kind.biz}"

    def _road(self, story: Story) -> Enterprise:
        return self._home.roads[self._address(story)]

    def _roads(self) -> list[Enterprise]:
        """Answers come in the folder of their own kind, whatever folder the message lay in."""
        roads = self._home.roads.items()
        return [road for address, road in roads if address.partition("/")[0] == self._channel]


def _holds(box: Looks, name: str) -> bool:
    try:
        return any(entry.name == name for entry in box.entries())
    except ChannelError:
        return False
