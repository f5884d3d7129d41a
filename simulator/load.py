"""Traffic that customs' end makes for itself: played enterprises lay messages at a rate, and empty their InBox.

They have a channel of their own, `load` in customs.toml, so that no gateway's InBox is touched. What they get is counted:
how many files were answered, by which name, and how long the platform's answer took.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import quantiles

from channels import Enterprise, FolderChannel, enterprise
from mappings.clock import moment
from parcel.names import parse_in
from signing.keys import load_signer, make_own, trust
from signing.registry import CERTIFICATE
from simulator.crowd import Crowd, Player
from simulator.customs import Customs
from simulator.house import FILE, Registered, Road, Settings, load_settings, written

CHANNEL, FOLDER, KEYS = "load", "load", "keys"
NODE, CODE = "DXPENT99{:08d}", "99{:08d}"
WAVE = 64  # messages that are laid together
EVERY = 5.0  # s between two lines about how it goes


@dataclass
class Tally:
    """What was done. seconds: from laying a file to finding the platform's answer about it."""

    sent: int = 0
    bad: int = 0
    succeeded: int = 0
    failed: int = 0
    business: int = 0
    seconds: list[float] = field(default_factory=list)

    def row(self) -> dict[str, float]:
        """Counts, and the middle and the 95th hundredth of the seconds (0 where too few were answered)."""
        cuts = quantiles(self.seconds, n=20) if len(self.seconds) > 1 else [0.0] * 19
        counts = {name: getattr(self, name) for name in ("sent", "bad", "succeeded", "failed", "business")}
        return {**counts, "p50": round(cuts[9], 3), "p95": round(cuts[18], 3)}


@dataclass(frozen=True, slots=True)
class Load:
    """What traffic is wanted. rate: messages a second. bad: the share with something wrong, 0 to 1."""

    rate: float
    enterprises: int = 20
    bad: float = 0.0

    def traffic(self, folder: Path, customs: Customs) -> Traffic:
        return Traffic(folder, customs, rate=self.rate, enterprises=self.enterprises, bad=self.bad)


def prepare(folder: Path, count: int, *, now: int) -> None:
    """Played enterprises in customs.toml and in its keys, as many as are asked for, and their channel. Done before it starts."""
    settings = load_settings(folder)
    for n in range(1, count + 1):
        node = NODE.format(n)
        if not (folder / FOLDER / KEYS / "own" / f"{node}{CERTIFICATE}").exists():
            make_own(folder / FOLDER / KEYS, node, name=f"演示企业 {n}", passphrase=None, now=moment(now))
        trust(folder / KEYS, node, (folder / FOLDER / KEYS / "own" / f"{node}{CERTIFICATE}").read_bytes())
    grown = _grown(settings, count)
    if grown != settings:
        (folder / FILE).write_text(written(grown), encoding="utf-8")
    for biz in _road(grown).biz:
        FolderChannel(folder / FOLDER, biz).create()


def _grown(settings: Settings, count: int) -> Settings:
    known = {each.node for each in settings.enterprises}
    fresh = [Registered(NODE.format(n), CODE.format(n), "", f"演示企业 {n}") for n in range(1, count + 1)]
    more = tuple(each for each in fresh if each.node not in known)
    roads = settings.channels
    if not any(road.name == CHANNEL for road in roads):
        biz = tuple(dict.fromkeys(biz for road in roads for biz in road.biz))
        roads = (*roads, Road(CHANNEL, FOLDER, biz))
    return replace(settings, enterprises=(*settings.enterprises, *more), channels=roads)


def _road(settings: Settings) -> Road:
    return next(road for road in settings.channels if road.name == CHANNEL)


class Traffic:
    """rate: messages a second by the machine's clock; what could not be laid in time is laid later. folder: `customs/`."""

    def __init__(self, folder: Path, customs: Customs, *, rate: float, enterprises: int, bad: float) -> None:
        tools = customs.tools
        keys = folder / FOLDER / KEYS
        players = [
            Player(NODE.format(n), CODE.format(n), load_signer(keys, NODE.format(n))) for n in range(1, enterprises + 1)
        ]
        self._crowd = Crowd(
            players, customs=tools.settings.node, contract=tools.contract, judges=tools.judges,
            seed=tools.settings.seed, bad=bad,
        )  # fmt: skip
        self._tools = tools
        self._rate = rate
        self._boxes = {
            biz.lower(): enterprise(FolderChannel(folder / FOLDER, biz)) for biz in _road(tools.settings).biz
        }
        self._laid: dict[str, float] = {}
        self._began = self._told = time.monotonic()
        self.tally = Tally()

    def step(self) -> int:
        """Lay what is due, take what was answered. Returns how many messages were laid."""
        due = int((time.monotonic() - self._began) * self._rate) - self.tally.sent
        laid = self.lay(min(due, WAVE))
        self.collect()
        if time.monotonic() - self._told > EVERY:
            self._told = time.monotonic()
            sys.stderr.write(f"load: {self.tally.row()}\n")
        return laid

    def lay(self, count: int) -> int:
        """So many messages now."""
        if count <= 0:
            return 0
        with self._tools.store.transaction():
            first = self._tools.store.count("load", count) - count
        sent = [self._crowd.message(first + n, self._tools.clock.now()) for n in range(count)]
        for biz in sorted({one.biz.lower() for one in sent}):
            files = [(one.name, one.data) for one in sent if one.biz.lower() == biz]
            for problem in self._boxes[biz].out.put_all(files):
                if problem:
                    raise problem
        self._laid |= {one.name.rpartition(".")[0]: time.monotonic() for one in sent}
        self.tally.sent += count
        self.tally.bad += sum(bool(one.bad) for one in sent)
        return count

    def collect(self) -> None:
        """Empty the InBox and the FailBox of the load's own channel."""
        for boxes in self._boxes.values():
            for name in _emptied(boxes):
                self._count(name)

    def _count(self, name: str) -> None:
        found = parse_in(name)
        if found is None or found.out is None:
            self.tally.business += 1
            return
        if found.succeeded:
            self.tally.succeeded += 1
        else:
            self.tally.failed += 1
        if (at := self._laid.pop(found.out.stem, None)) is not None:
            self.tally.seconds.append(time.monotonic() - at)


def _emptied(boxes: Enterprise) -> Iterator[str]:
    for entry in boxes.inbox.entries():
        boxes.inbox.remove(entry.name)
        yield entry.name
    for entry in boxes.failbox.entries():
        boxes.failbox.remove(entry.name)
