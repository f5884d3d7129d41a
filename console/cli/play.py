"""The demo's play: both ends in one home, every kind and mood, until everything rests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from console.cli.confirmation import Answer, confirmations
from console.cli.expected import end
from console.cli.play_acts import Act, Acts
from console.cli.play_notices import NoticeActs
from console.cli.play_stock import StockActs
from console.cli.play_subscriptions import SubscriptionActs
from gateway.home import CLOCK, Home
from gateway.intake.declaration import Declaration
from gateway.intake.files import declarations
from gateway.submission.submit import BATCH, Submitter
from gateway.worker import Worker
from ledger.rows import DocumentRow
from mappings.clock import FileClock
from mappings.kind import Direction, Kind
from mappings.load import Contract
from mappings.sample import breakable, formats_of, sample, sample_breaking
from simulator.customs import Customs
from simulator.eledgers import QUERY
from simulator.entry import REQUEST, WANTED
from simulator.moods import MOODS

BREAKING = 10  # one in so many declarations breaks a rule
TURNS = 4  # acts that a certificate may get, one after the other
QUIET = 2  # ticks without any change after which everything rests
PAIRS = (("confirm", "twice"), ("confirm", "refuse"), ("shuffle", "twice"), ("early", "badseal"))
# What a customs of the demo's home says of each e-ledger: the query's end, and the e-ledger's (simulator/eledgers.py).
EXIT_ELEDGERS = {
    "222N01040001195": ("QA", "EK"),
    "222N01040000045": ("QN", "EN"),
    "222N01040000061": ("QU", "EU"),
    "222N01040009999": ("QX", "EX"),
}
OWN = "222N01041"  # inspections of the demo's own declarations
REASON, OPINION = "发货人地址有误", "请按合同更正发货人地址"

Report = Callable[[str, int, int], None]  # what is being done, how far, of how many


@dataclass(frozen=True, slots=True)
class Story:
    """One declaration and its fate. rule: the one that it breaks, "" for none.

    ends: the state that it must come to, "" where kind and moods say it.
    """

    reference: str
    kind: str
    moods: tuple[str, ...]
    rule: str
    declaration: dict[str, Any]
    ends: str = ""


@dataclass
class Played:
    """What was done. numbers: by reference. answers: the enterprise's answers by certificate, in their order.
    acts: what was applied for or printed afterwards. ends: where these must have led documents."""

    stories: list[Story]
    numbers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)


def stories(contract: Contract, count: int, seed: int) -> list[Story]:
    """Kinds and moods in turn, so that few declarations show many of them, and formats too; a part breaks a rule."""
    moods = [(), *((mood.said,) for mood in MOODS.values()), *PAIRS]
    kinds = [k for k in contract.kinds.values() if k.direction is Direction.OUT and k.number and not k.needs]
    fates = cycle([(kind, mood) for mood in moods for kind in kinds])
    broken = cycle([(kind, rule) for kind in kinds for rule in breakable(kind)])
    return list(islice(_told(contract, fates, broken, seed), count))


def _told(
    contract: Contract, fates: Iterator[tuple[Kind, tuple[str, ...]]], broken: Iterator[tuple[Kind, str]], seed: int
) -> Iterator[Story]:
    index, formats, asked = 0, _Formats(), cycle(EXIT_ELEDGERS.items())
    while True:
        index += 1
        if index % BREAKING == 0:
            kind, rule = next(broken)
            yield _story(kind, (), sample_breaking(kind, rule, seed=seed + index), index, rule)
        else:
            kind, mood = next(fates)
            told = _story(kind, mood, sample(kind, seed=seed + index, format_=formats.next(kind)), index, "")
            if kind.name == REQUEST and mood:
                told = _wanting(told)
            yield _asking(told, contract, *next(asked)) if kind.name == QUERY else _inspected(told, index)


def _inspected(story: Story, index: int) -> Story:
    """An inspection of its own, so that no answer about an e-ledger, however early it comes, judges another's application."""
    content = story.declaration["content"]
    own = {name: f"{OWN}{index:06d}" for name in ("inspection_no",) if name in content}
    return replace(story, declaration=story.declaration | {"content": content | own})


def _wanting(story: Story) -> Story:
    """A mood may speak of the certificate: then the request asks for one."""
    wanted = {"entry_certificate_class": WANTED, "originals": 1, "copies": 2}
    return replace(story, declaration=story.declaration | {"content": story.declaration["content"] | wanted})


class _Formats:
    """Every format of a kind's documents in turn, then as many declarations that mix them."""

    def __init__(self) -> None:
        self._turns: dict[str, Iterator[str]] = {}

    def next(self, kind: Kind) -> str:
        """Empty where the declaration may choose, and for a kind without formats."""
        if kind.name not in self._turns:
            named = formats_of(kind)
            self._turns[kind.name] = cycle([*named, *("" for _ in named)] or [""])
        return next(self._turns[kind.name])


def _asking(story: Story, contract: Contract, inspection_no: str, comes_to: tuple[str, str]) -> Story:
    """The query asks for an e-ledger of which customs says this, unless a mood lets it say something else."""
    content = story.declaration["content"] | {"inspection_no": inspection_no}
    kind = contract.kinds[story.kind]
    answered = end(kind, contract, moods=story.moods) == kind.happy[-1]
    declaration = story.declaration | {"content": content}
    return replace(story, declaration=declaration, ends=comes_to[0] if answered else "")


def _story(kind: Kind, moods: tuple[str, ...], declaration: dict[str, Any], index: int, rule: str) -> Story:
    """The remark asks for the moods and for nothing else: no draft where none is told of."""
    content = {name: value for name, value in declaration["content"].items() if name != "confirm_before_issue"}
    content["remark"] = " ".join([*(f"#{mood}" for mood in moods), f"演示 {index}"])
    reference = f"DEMO-{index:06d}"
    return Story(reference, kind.name, moods, rule, declaration | {"reference": reference, "content": content})


class Play:
    """Both ends, worked in turn by one process."""

    def __init__(self, home: Home, customs: Customs, told: Sequence[Story], report: Report, *, seed: int = 1) -> None:
        self.home = home
        self.played = Played(list(told), ends={number: ends for number, (_, ends) in EXIT_ELEDGERS.items()})
        self._customs = customs
        self._worker = Worker(home)
        self._submitter = Submitter(home, actor="demo")
        self._clock = FileClock(home.path / CLOCK)
        self._report = report
        self._agree = cycle((True, False))
        self._acts = Acts(home, seed)
        self._stock = StockActs(home)
        self._notices = NoticeActs(home, seed)
        self._subscriptions = SubscriptionActs(home)

    def run(self) -> Played:
        """The clock moves by ticks alone, so that what is played does not depend on how fast this machine is."""
        self._clock.run_at(0.0)
        try:
            return self._run()
        finally:
            self._clock.run_at(1.0)

    def _run(self) -> Played:
        self._submit()
        self._notices.ask(self._customs)
        self._rest()
        for _ in range(TURNS):
            if not self._act():
                break
            self._rest()
        return self.played

    def _rest(self) -> None:
        """Work and let time pass until nothing moves any more."""
        quiet = 0
        while quiet < QUIET:
            moved = self._round()
            moved |= self._confirm()
            quiet = 0 if moved else quiet + 1
            if not moved:
                self._clock.tick(self._longest())

    def _act(self) -> bool:
        """An act upon every certificate that permits one, upon some of the blank forms, and upon every notice."""
        acts = self._acts.next()
        acts += self._stock.next({number for act in acts for number in act.ends})
        acts += self._notices.next()
        acts += self._subscriptions.next()
        for start in range(0, len(acts), BATCH):
            batch = acts[start : start + BATCH]
            told = [Declaration("demo", act.declaration) for act in batch]
            for act, outcome in zip(batch, self._submitter.submit(told), strict=True):
                if not outcome.number:
                    self.played.refused[act.reference] = tuple(fault.code for fault in outcome.faults)
                    continue
                self.played.ends |= act.ends
                if outcome.number not in act.ends:
                    self.played.numbers[act.reference] = outcome.number
            self._round()
        self.played.acts += acts
        return bool(acts)

    def _submit(self) -> None:
        """As files, each a batch of declarations, as an enterprise hands them over."""
        folder = self.home.path / "demo"
        folder.mkdir(exist_ok=True)
        told = self.played.stories
        for start in range(0, len(told), BATCH):
            self._report("submit", start, len(told))
            self._submit_file(folder / f"{start:06d}.json", told[start : start + BATCH])
            self._round()
        self._report("submit", len(told), len(told))

    def _submit_file(self, file: Path, told: Sequence[Story]) -> None:
        ends = {story.reference: story.ends for story in told}
        file.write_text(json.dumps([story.declaration for story in told], ensure_ascii=False), encoding="utf-8")
        for outcome in self._submitter.submit(declarations([file], contract=self.home.contract)):
            if outcome.number:
                self.played.numbers[outcome.reference] = outcome.number
                if ends[outcome.reference]:
                    self.played.ends[outcome.number] = ends[outcome.reference]
            else:
                self.played.refused[outcome.reference] = tuple(fault.code for fault in outcome.faults)

    def _round(self) -> bool:
        """There and back, until neither end has anything left to do. True where anything changed."""
        changed = False
        while self._once():
            changed = True
            self._tell()
        return changed

    def _once(self) -> bool:
        sent = self._worker.until_idle()
        answered = self._customs.until_idle()
        return sent.changed or bool(answered)

    def _tell(self) -> None:
        counts = self.home.ledger.counts()
        waiting = counts.stages.get("answer", 0) + counts.stages.get("deliver", 0)
        done = counts.stages.get("done", 0)
        self._report("answers", done, done + waiting)

    def _confirm(self) -> bool:
        """Answer every draft: agreed and disagreed in turn; what comes back after a no is agreed."""
        waiting = [row for state in ("EW", "EF") for row in self.home.ledger.documents(kind="certificate", state=state)]
        answers = [self._answer(row) for row in waiting]
        for start in range(0, len(answers), BATCH):
            self._submitter.submit(confirmations(self.home, answers[start : start + BATCH]))
        return bool(answers)

    def _answer(self, row: DocumentRow) -> Answer:
        given = self.played.answers.setdefault(row.number, [])
        agree = True if given else next(self._agree)
        given.append("agree" if agree else "disagree")
        return Answer(row.number, agree=agree, reason="" if agree else REASON, opinion="" if agree else OPINION)

    def _longest(self) -> timedelta:
        """The longest that any desk of customs takes for one step."""
        return max(r.after for kind in self.home.contract.kinds.values() for r in kind.receipts.values())
