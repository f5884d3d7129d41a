"""How a channel fares, as values: whether each box can be looked at, how much lies there, since when, and what is odd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from channels.box import BoxName, Channel, Looks
from channels.errors import ChannelError


@dataclass(frozen=True, slots=True)
class BoxStatus:
    """files: that wait. oldest_ns: mtime of the one that has waited longest, ns since 1970 by the clock of the box, or None.

    strange: (escaped name, what it is) of what nobody will take. error: why it could not be looked at; then nothing else
    of it is known.
    """

    files: int = 0
    oldest_ns: int | None = None
    strange: tuple[tuple[str, str], ...] = ()
    error: ChannelError | None = None

    def age(self, now_ns: int) -> float | None:
        """Seconds that the oldest file has waited; never below zero, whatever the clocks say."""
        return None if self.oldest_ns is None else max(0.0, (now_ns - self.oldest_ns) / 1e9)


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """One look at one business folder. SentBox is that of the day that was asked for."""

    boxes: Mapping[BoxName, BoxStatus]

    @property
    def error(self) -> ChannelError | None:
        """The gravest thing that was met: what stops the channel, what is lasting, anything."""
        errors = [box.error for box in self.boxes.values() if box.error is not None]
        return min(errors, key=lambda error: (not error.stops_channel, not error.lasting), default=None)

    @property
    def is_good(self) -> bool:
        return self.error is None

    def oldest(self, now_ns: int) -> float | None:
        """Seconds that the oldest file in the boxes on the way (OutBox, InBox) has waited for somebody to take it."""
        ages = [self.boxes[name].age(now_ns) for name in (BoxName.OUT, BoxName.IN) if name in self.boxes]
        return max((age for age in ages if age is not None), default=None)


def status(channel: Channel, *, day: str) -> ChannelStatus:
    """Looks once at each box; an error is a value here. day: of SentBox, `yyyymmdd`. One that stops the channel ends the look."""
    found: dict[BoxName, BoxStatus] = {}
    for name in BoxName:
        box = channel.box(name)
        found[name] = _look(box.sub(day) if name is BoxName.SENT else box)
        error = found[name].error
        if error is not None and error.whole_channel:
            return ChannelStatus(found | {each: BoxStatus(error=error) for each in BoxName if each not in found})
    return ChannelStatus(found)


def _look(box: Looks) -> BoxStatus:
    try:
        entries = box.entries()
        return BoxStatus(len(entries), min((entry.mtime_ns for entry in entries), default=None), tuple(box.strange()))
    except ChannelError as error:
        return BoxStatus(error=error)
