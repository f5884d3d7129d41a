"""The two ends' views of the four boxes: what each may do there, and nothing else (real-messages 1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from channels.box import Box, BoxName, Channel, Looks, Slot


@dataclass(frozen=True, slots=True)
class Enterprise:
    """The enterprise's end: puts into OutBox, empties InBox and FailBox, looks into SentBox."""

    out: Slot
    inbox: Box
    failbox: Box
    sentbox: Box

    def sent(self, day: str) -> Looks:
        """What customs' side took on a day, `yyyymmdd`: where a delivery of unknown outcome is looked for."""
        return self.sentbox.sub(day)


@dataclass(frozen=True, slots=True)
class Customs:
    """Customs' end: empties OutBox into SentBox or FailBox, puts into InBox."""

    outbox: Box
    sentbox: Box
    fail: Box
    inbox: Slot

    def sent(self, day: str) -> Box:
        """The folder for what is taken on a day, `yyyymmdd`."""
        return self.sentbox.sub(day)


def enterprise(channel: Channel) -> Enterprise:
    box = channel.box
    return Enterprise(box(BoxName.OUT), box(BoxName.IN), box(BoxName.FAIL), box(BoxName.SENT))


def customs(channel: Channel) -> Customs:
    box = channel.box
    return Customs(box(BoxName.OUT), box(BoxName.SENT), box(BoxName.FAIL), box(BoxName.IN))
