"""Plays a story of a kind through both ends, over a channel in memory, with clock and numbers handed in.

A step `NN_declaration.json` is submitted, `NN_draft.json` saved only; `NN_again.toml` submits what an earlier step declared as
it is (`step = 4`), with `repeat = true` because it is meant. A step `NN_customs.toml` is what customs decides next, record by
record, with the manual's own numbers, times and sentences. A step `NN_road.toml` is what the platform does: `technical =
false`, it answers nothing from now on; `refuse = true`, it turns away every file; `failed = [numbers]`, it says that it failed
to take their last messages, which customs has all the same.
A step `NN_handled.toml` marks rows of 拟证出证通知 as 已处理; `done` says of each whether that was new.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from channels import MemoryChannel, customs, enterprise
from gateway.drafting.notices import handle
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.setup import NewHome, make_home
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from gateway.worker import Worker
from ledger.statements import digest
from mappings.clock import SetClock, iso, micros
from mappings.kind import Kind
from mappings.load import contract
from mappings.sample import ENTERPRISE
from parcel.dxp import Head
from signing.keys import trust
from simulator.customs import Customs
from simulator.message import technical
from simulator.rows import Taken
from simulator.settings import Registered, make_customs, open_customs, own_certificate

BEGIN = "20220101000000000"
_RECORD = frozenset(
    {
        "kind",
        "number",
        "status",
        "decision",
        "stated_at",
        "receipt_no",
        "reason",
        "sentence",
        "lines",
        "certificate",
        "notice",
    }
)


@dataclass
class Played:
    """What a story came to. sentences: (as the story has it, as customs wrote it)."""

    outcomes: list[Outcome] = field(default_factory=list)
    sentences: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class World:
    """Both ends, their clock, and the numbers that the story hands out."""

    home: Home
    customs: Customs
    clock: SetClock
    worker: Worker
    refusing: bool = False

    def exchange(self) -> None:
        """Both ends work until neither has anything to do at the present moment."""
        while self.worker.look().changed or self._refused() or self.customs.look():
            pass

    def _refused(self) -> bool:
        """What the platform turns away never comes to customs."""
        if not self.refusing:
            return False
        found = [(road, boxes, e) for road, boxes in self.customs.tools.roads.items() for e in boxes.outbox.entries()]
        for road, boxes, entry in found:
            sha256 = digest(boxes.outbox.read(entry.name, limit=1 << 20))
            boxes.outbox.move(entry.name, to=boxes.fail, as_name=entry.name)
            self._fail(road, entry.name, sha256, Head())
        return bool(found)

    def _fail(self, road: str, name: str, sha256: str, head: Head) -> None:
        tools = self.customs.tools
        with tools.store.transaction():
            file = technical(tools, Taken(road, name, sha256, self.clock.at, "1001"), head, info="验签失败")
        assert tools.roads[road].inbox.put_all([file]) == [None]

    def records(self, step: Mapping[str, Any], played: Played) -> None:
        decided: set[str] = set()  # a second decision on a document overtakes what was not done yet
        for record in step["record"]:
            if record["number"] in decided:
                self.exchange()
                decided.clear()
            self.clock.at = max(self.clock.at, micros(record["stated_at"]))
            facts = {name: value for name, value in record.items() if name not in _RECORD}
            data = {name: record[name] for name in ("lines", "certificate") if name in record}
            self._decide(record, facts, data)
            decided.add(record["number"])
        self.exchange()
        for record in step["record"]:
            written = {event.receipt_no: event.sentence for event in self.home.ledger.history(record["number"])[1]}
            played.sentences.append((record["sentence"], written.get(record["receipt_no"], "")))

    def road(self, step: Mapping[str, Any]) -> None:
        tools, self.refusing = self.customs.tools, step.get("refuse", self.refusing)
        if "technical" in step:
            channels = tuple(replace(known, technical=step["technical"]) for known in tools.settings.channels)
            self.customs.tools = replace(tools, settings=replace(tools.settings, channels=channels))
        for number in step.get("failed", ()):
            self.clock.at += 1_000_000
            last = [m for m in self.home.ledger.history(number).messages if m.direction == "out"][-1]
            road = f"customs/{contract().kinds[last.kind].biz}"
            head = Head(last.cop_msg_id, last.sender, (tools.settings.node,), iso(self.clock.at), "")
            self._fail(road, last.file_name, last.sha256, head)
        self.exchange()

    def _decide(self, record: Mapping[str, Any], facts: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """What a record says customs decides; a certificate that customs does not know it issues of its own motion, and a
        notice it opens."""
        number, stated = record["number"], {n: record[n] for n in ("stated_at", "receipt_no")}
        if self.home.contract.kinds[record["kind"]].notifies:
            sender = self.home.settings.node
            self.customs.notice(record["kind"], record["notice"][0], sender=sender, given={**facts, **stated})
            return
        if contract().kinds[record["kind"]].opens and number not in {row["number"] for row in self.customs.statement()}:
            sender = self.home.settings.node
            self.customs.issue(number, data["certificate"][0], sender=sender, given={**facts, **stated})
            return
        status = record.get("decision", record["status"])
        reason = record.get("reason", "")
        self.customs.decide(number, status, reason=reason, facts=facts, data=data, **stated)


@contextmanager
def world(folder: Path, numbers: Mapping[str, list[str]]) -> Iterator[World]:
    """numbers: what the ledger hands out, by the story's `numbers.toml`: `application`, `certificate`; and under `begins`
    the day on which both ends got their keys, where the story is too late for those of BEGIN."""
    [begin] = numbers.get("begins", [BEGIN])
    clock, channels = SetClock(micros(begin)), {biz: MemoryChannel() for biz in ("CertOut", "CertIn")}
    home = make_home(
        NewHome(folder / "home", ENTERPRISE, "中国大恒(集团)有限公司", judge="both"), passphrase=None, now=clock.at
    )
    node = home.settings.node
    house = folder / "customs"
    make_customs(
        house,
        enterprises=[Registered(node, ENTERPRISE)],
        channel_root=folder / "unused",
        now=clock.at,
        progress="manual",
    )
    trust(house / "keys", node, (home.keys / "own" / f"{node}.cert.pem").read_bytes())
    trust(home.keys, home.settings.customs, own_certificate(house))
    made = open_customs(house)
    made.tools = replace(
        made.tools, clock=clock, roads={f"customs/{biz}": customs(each) for biz, each in channels.items()}
    )
    roads = {f"customs/{biz}": enterprise(each) for biz, each in channels.items()}
    home.__dict__ |= {"clock": clock, "roads": roads}
    home.ledger._now = clock.now
    _hand_out(home, numbers)
    try:
        yield World(home, made, clock, Worker(home))
    finally:
        home.close()
        made.close()


def _hand_out(home: Home, numbers: Mapping[str, list[str]]) -> None:
    series = [listed for name, listed in numbers.items() if name != "begins"]
    left = {number[0]: [int(n[5:]) for n in listed] for listed in series for number in listed[:1]}
    counted = home.ledger.reserve

    def reserve(series: str, year: int, count: int) -> Any:
        if series not in left:
            return counted(series, year, count)
        handed, left[series] = left[series][:count], left[series][count:]
        return handed + [10_000 + n for n in range(count - len(handed))]  # a story that asks for more shows it

    home.ledger.reserve = reserve  # type: ignore[method-assign,assignment]


def steps(kind: Kind, story: str) -> Iterator[tuple[str, Any]]:
    """(`declaration`, `draft`, `repeat`, `customs` or `road`, content) in their order. A file that no step reads is a mistake."""
    place, given = kind.folder.joinpath("stories", story), dict[int, Any]()
    for file in sorted(place.iterdir(), key=lambda f: f.name):
        text = file.read_text(encoding="utf-8")
        if file.name in ("expect.toml", "numbers.toml"):
            continue
        if file.name.endswith(("_declaration.json", "_draft.json")):
            given[int(file.name.partition("_")[0])] = value = json.loads(text)
            yield file.name.partition("_")[2].removesuffix(".json"), value
        elif file.name.endswith("_again.toml"):
            step = tomllib.loads(text)
            yield "repeat" if step.get("repeat") else "declaration", given[step["step"]]
        elif file.name.endswith("_customs.toml"):
            yield "customs", tomllib.loads(text)
        elif file.name.endswith(("_road.toml", "_handled.toml")):
            yield file.name.partition("_")[2].removesuffix(".toml"), tomllib.loads(text)
        else:
            raise AssertionError(f"{kind.name}/stories/{story}/{file.name}: nobody reads this file")


def side_file(kind: Kind, story: str, name: str) -> dict[str, Any]:
    file = kind.folder.joinpath("stories", story, name)
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def run(there: World, kind: Kind, story: str) -> Played:
    """Without a step of customs nobody answers: the declaration lies in OutBox."""
    played, submitter = Played(), Submitter(there.home, actor="story")
    stated = [step["record"][0]["stated_at"] for what, step in steps(kind, story) if what == "customs"]
    there.clock.at = micros(stated[0]) - 600_000_000 if stated else micros(f"{_year(kind, story)}0601080000000")
    for what, step in steps(kind, story):
        if what == "customs":
            there.records(step, played)
            continue
        if what == "road":
            there.road(step)
            continue
        if what == "handled":
            assert [handle(there.home, number, actor="story") for number in step["numbers"]] == step["done"]
            continue
        there.clock.at += 60_000_000
        how = {what: True} if what in ("draft", "repeat") else {}
        played.outcomes += submitter.submit([Declaration(story, step)], **how)
        if stated:
            there.exchange()
        else:
            there.worker.until_idle()
    return played


def _year(kind: Kind, story: str) -> str:
    numbers = side_file(kind, story, "numbers.toml").get("application", [f"B{BEGIN}"])
    return str(numbers[0][1:5])


STORIES = [(kind, story) for kind in contract().kinds.values() for story in kind.stories]
