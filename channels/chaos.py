"""A channel that misbehaves on purpose, by dice that fall the same way for the same seed. For tests and exercises only.

What whoever puts a file meets:     late, lost, twice, torn, cut, full
What whoever looks or takes meets:  shuffled, cut

    Chaos(FolderChannel(root, "CertOut"), Chances(seed=7, late=0.2, cut=0.1))

Everything that was done wrong is listed in `planted`.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from channels.box import Box, BoxName, Channel, Entry, read_each, remove_each
from channels.errors import ChannelError
from mappings.table import Table

T = TypeVar("T")
LONGEST_WAIT = 5  # calls on the channel for which something may be held back


class Mishap(StrEnum):
    """What may go wrong."""

    LATE = "late"  # the put is said to be done, and the file comes some calls later
    LOST = "lost"  # the put is said to be done, and the file never comes
    TWICE = "twice"  # the file comes, and comes again some calls later
    TORN = "torn"  # half of the file has its final name; the whole comes some calls later
    SHUFFLED = "shuffled"  # files are put, or listed, in any order
    CUT = "cut"  # the connection breaks before or after the thing was done, and does not say which
    FULL = "full"  # the disk is full


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each mishap is, 0 to 1: of a file for late, lost, twice, torn, full; of a call for shuffled and cut."""

    seed: int = 1
    late: float = 0.0
    lost: float = 0.0
    twice: float = 0.0
    torn: float = 0.0
    shuffled: float = 0.0
    cut: float = 0.0
    full: float = 0.0


def read_chances(settings: Table) -> Chances | None:
    """`chaos = { seed = 7, late = 0.1 }` of a channel's settings; None where there is none. Raises BadKind naming the key."""
    values = settings.take("chaos", dict, {})
    if not values:
        return None
    table = Table(f"{settings.place}.chaos", values)
    chances = Chances(table.take("seed", int, 1), **{what.value: _chance(table, what.value) for what in Mishap})
    table.done()
    return chances


def _chance(table: Table, key: str) -> float:
    value = table.take(key, float, 0.0)
    if not 0 <= value <= 1:
        raise table.bad(f"key '{key}': {value} is no chance between 0 and 1")
    return value


@dataclass(frozen=True, slots=True)
class Planted:
    """One thing that was done wrong. name: of the file, "" where it was a whole call."""

    what: Mishap
    box: str
    name: str = ""


@dataclass(slots=True)
class _Held:
    """A put that is yet to be made, when so many calls have been."""

    due: int
    box: Box
    name: str
    data: bytes


@dataclass(slots=True)
class _Dice:
    """One for a channel, so that one seed tells the whole story."""

    chances: Chances
    random: random.Random
    calls: int = 0
    planted: list[Planted] = field(default_factory=list)
    held: list[_Held] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def falls(self, what: Mishap, box: str, name: str = "") -> bool:
        """Whether it goes wrong now; then it is written down."""
        chance: float = getattr(self.chances, what.value)
        hit = chance > 0 and self.random.random() < chance
        if hit:
            self.planted.append(Planted(what, box, name))
        return hit

    def hold(self, box: Box, name: str, data: bytes) -> None:
        self.held.append(_Held(self.calls + self.random.randint(1, LONGEST_WAIT), box, name, data))

    def tick(self) -> None:
        """One more call: what has been held long enough is put. That it is there already, or cannot be, is its own luck."""
        self.calls += 1
        self.let_go(lambda held: held.due <= self.calls)

    def let_go(self, which: Callable[[_Held], bool]) -> None:
        due = [held for held in self.held if which(held)]
        self.held = [held for held in self.held if not which(held)]
        for held in due:
            held.box.put_all([(held.name, held.data)], own_torn=True)


class Chaos:
    """`channel`, with mishaps."""

    def __init__(self, channel: Channel, chances: Chances) -> None:
        self._dice = _Dice(chances, random.Random(chances.seed))  # noqa: S311  (no secret is made of it)
        self._boxes = {name: ChaosBox(channel.box(name), name.value, self._dice) for name in BoxName}

    @property
    def planted(self) -> list[Planted]:
        return list(self._dice.planted)

    def box(self, name: BoxName) -> ChaosBox:
        return self._boxes[name]

    def release(self) -> None:
        """Puts everything that is still held back."""
        with self._dice.lock:
            self._dice.let_go(lambda _: True)


class ChaosBox:
    """`box`, with mishaps. Where a call is cut, half of the time it was done all the same."""

    def __init__(self, box: Box, name: str, dice: _Dice) -> None:
        self._box = box
        self._name = name
        self._dice = dice

    def entries(self) -> list[Entry]:
        with self._dice.lock:
            found = self._cut(self._box.entries)
            if self._dice.falls(Mishap.SHUFFLED, self._name):
                self._dice.random.shuffle(found)
            return found

    def strange(self) -> list[tuple[str, str]]:
        return self._box.strange()

    def read(self, name: str, *, limit: int) -> bytes:
        with self._dice.lock:
            return self._cut(lambda: self._box.read(name, limit=limit))

    def read_all(self, names: Sequence[str], *, limit: int) -> list[bytes | ChannelError]:
        return read_each(self, names, limit)

    def put_all(self, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[ChannelError | None]:
        with self._dice.lock:
            self._dice.tick()
            results = dict.fromkeys(range(len(items)), None) | self._put(items, own_torn)
            if self._dice.falls(Mishap.CUT, self._name):
                return [error or ChannelError("CHANNEL_UNCONFIRMED", name=items[n][0]) for n, error in results.items()]
            return list(results.values())

    def move(self, name: str, *, to: Box, as_name: str | None = None) -> None:
        goal = to._box if isinstance(to, ChaosBox) else to
        with self._dice.lock:
            self._cut(lambda: self._box.move(name, to=goal, as_name=as_name))

    def remove(self, name: str) -> None:
        with self._dice.lock:
            self._cut(lambda: self._box.remove(name))

    def remove_all(self, names: Sequence[str]) -> list[ChannelError | None]:
        return remove_each(self, names)

    def confirm(self) -> None:
        with self._dice.lock:
            self._cut(self._box.confirm)

    def sub(self, folder: str) -> ChaosBox:
        return ChaosBox(self._box.sub(folder), f"{self._name}/{folder}", self._dice)

    def tame(self) -> list[tuple[str, str]]:
        return self._box.tame()

    def _put(self, items: Sequence[tuple[str, bytes]], own_torn: bool) -> dict[int, ChannelError | None]:
        """By the place in `items`: what was really put, with its result, and what was said of a full disk."""
        now = [n for n, (name, data) in enumerate(items) if self._honest(name, data)]
        full = {n: _full(items[n][0]) for n in now if self._dice.falls(Mishap.FULL, self._name, items[n][0])}
        real = [n for n in now if n not in full]
        if self._dice.falls(Mishap.SHUFFLED, self._name):
            self._dice.random.shuffle(real)
        return full | dict(zip(real, self._box.put_all([items[n] for n in real], own_torn=own_torn), strict=True))

    def _honest(self, name: str, data: bytes) -> bool:
        """Whether the file is put as it is: else it is lost, held back, or put by half."""
        if self._dice.falls(Mishap.LOST, self._name, name):
            return False
        if self._dice.falls(Mishap.LATE, self._name, name):
            self._dice.hold(self._box, name, data)
            return False
        if self._dice.falls(Mishap.TORN, self._name, name):
            self._box.put_all([(name, data[: len(data) // 2])])
            self._dice.hold(self._box, name, data)
            return False
        if self._dice.falls(Mishap.TWICE, self._name, name):
            self._dice.hold(self._box, name, data)
        return True

    def _cut(self, act: Callable[[], T]) -> T:
        self._dice.tick()
        if not self._dice.falls(Mishap.CUT, self._name):
            return act()
        if self._dice.random.random() < 0.5:
            act()
        raise ChannelError("CHANNEL_CONNECTION", host=self._name, detail="chaos: cut")


def _full(name: str) -> ChannelError:
    return ChannelError("SYS_DISK", detail="chaos: no space left", errno="ENOSPC", path=name)
