"""The relay at work: one look takes in what others left, and hands back what customs said."""

from __future__ import annotations

from dataclasses import dataclass

from channels import ChannelError
from channels import Customs as Boxes
from gateway.home import Home
from gateway.relay.desk import Desk, desks
from gateway.relay.hand_back import hand_back
from gateway.relay.take import MIDNIGHT, Taker
from mappings.clock import stamp

PREFIX = "relay/"  # of a relay's name among the things that can be paused


@dataclass(frozen=True, slots=True)
class Listed:
    """A relay as an operator sees it. waiting: files in its OutBoxes; to_hand_back: answers that it has not got yet."""

    name: str
    enterprise: str
    quota: int
    sent_today: int
    waiting: int
    to_hand_back: int


def listed(home: Home) -> list[Listed]:
    today = stamp(home.clock.now())[:8] + MIDNIGHT
    return [_listed(home, desk, today) for desk in desks(home)]


def _listed(home: Home, desk: Desk, today: str) -> Listed:
    ledger, of = home.ledger, desk.tenant.id
    waiting = sum(_waiting(boxes) for boxes in desk.boxes.values())
    return Listed(
        desk.settings.name, desk.settings.enterprise, desk.settings.quota, ledger.sent_since(of, today), waiting,
        ledger.forwards_open(of),
    )  # fmt: skip


def _waiting(boxes: Boxes) -> int:
    try:
        return len(boxes.outbox.entries())
    except ChannelError:
        return 0


class Relay:
    """All enterprises of one home that send through it. A paused one keeps its files; its answers still go back."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._taker = Taker(home)
        self._desks = desks(home)

    def take(self) -> int:
        if not self._desks:
            return 0
        rows = self._home.ledger.channels([PREFIX + desk.settings.name for desk in self._desks])
        return sum(self._taker.take(desk) for desk, row in zip(self._desks, rows, strict=True) if row.mode == "open")

    def hand_back(self) -> int:
        return sum(hand_back(self._home.ledger, desk) for desk in self._desks)
