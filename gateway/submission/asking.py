"""Asking customs for a fact, and asking again: by itself, a bounded number of times, and told in words when it is given up.

A round is `TRIES` questions about one number. A question that failed (SF, HF) is asked anew after `BACKOFF`; one that was
delivered and has no answer when its state has lasted too long, at once. One that has not left yet is waited for: another would
wait behind it. After a round what waits is turned away with FACT_UNANSWERED; whoever submits it again begins the next round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.draft import PATIENCE, Draft, Stopped, refused
from ledger.rows import DocumentRow
from ledger.rows import Enterprise as Tenant
from mappings.clock import micros
from mappings.facts import Asked
from mappings.faults import fault

if TYPE_CHECKING:
    from gateway.submission.submit import Submitter

TRIES = 4  # questions of a round
MINUTE = 60 * 1_000_000  # µs
BACKOFF = (1 * MINUTE, 10 * MINUTE, 60 * MINUTE)  # after the first, second and third that failed
OFTEN = 10 * MINUTE  # between looks at a question that is open
LATER = 30 * MINUTE  # and again, while a question has not left
PAGE = 8  # turns that are looked up together
OPEN = frozenset({"S", "D", "SS"})  # a question without an answer so far
DELIVERED = frozenset({"answer", "done"})

Key = tuple[int, str]  # enterprise, number of what is asked for


@dataclass(frozen=True, slots=True)
class Wanted:
    tenant: Tenant
    asked: Asked
    number: str

    @property
    def key(self) -> Key:
        return self.tenant.id, self.number

    def reference(self, turn: int) -> str:
        """Its identity: the same question is asked once."""
        return f"{self.asked.ask}:{self.number}:{turn}"

    def question(self, turn: int) -> Declaration:
        value = {
            "kind": self.asked.ask,
            "reference": self.reference(turn),
            "enterprise": self.tenant.code or self.tenant.uscc,
            "content": {self.asked.by: self.number},
        }
        return Declaration("", value)


def wanted(drafts: Iterable[Draft]) -> list[Wanted]:
    """What these drafts wait for, each once."""
    found = {(d.tenant.id, d.waits_for[1]): Wanted(d.tenant, *d.waits_for) for d in drafts if d.waits_for}
    return list(found.values())


def ask(home: Home, submitter: Submitter, drafts: Iterable[Draft]) -> int:
    """Send the questions of new drafts that nobody has asked, or whose last one failed. How many."""
    asked = wanted(drafts)
    turns = asked_so_far(home, asked)
    questions = [each.question(len(t)) for each in asked if not ((t := turns[each.key]) and t[-1].state in OPEN)]
    return len(submitter.submit(questions)) if questions else 0


def asked_so_far(home: Home, asked: Sequence[Wanted]) -> Mapping[Key, Sequence[DocumentRow]]:
    """The questions about each, in the order of their turns."""
    numbers: dict[Key, list[str]] = {each.key: [] for each in asked}
    open_ = list(asked)
    for start in count(0, PAGE):
        if not open_:
            break
        references = [(each.tenant.id, each.reference(turn)) for each in open_ for turn in range(start, start + PAGE)]
        known = home.ledger.known(references)
        for each in open_:
            turns = [known.get((each.tenant.id, each.reference(turn))) for turn in range(start, start + PAGE)]
            numbers[each.key] += [turn.number for turn in turns if turn]
        open_ = [each for each in open_ if (each.tenant.id, each.reference(start + PAGE - 1)) in known]
    rows = (
        home.ledger.lives({(key[0], number) for key, found in numbers.items() for number in found}) if numbers else {}
    )
    return {key: [rows[key[0], number] for number in found] for key, found in numbers.items()}


@dataclass(frozen=True, slots=True)
class Look:
    """What comes next for one number. due_at: when it is looked at again (µs). words: why, for `gateway queue`."""

    due_at: int
    words: str
    question: Declaration | None = None
    gives_up: bool = False


def look(home: Home, each: Wanted, turns: Sequence[DocumentRow]) -> Look:
    """Ask (again), wait, or give up."""
    now, turn = home.clock.now(), len(turns)
    if not turns:
        return _asked(each, turn, now)
    last = turns[-1]
    words = f"{last.number} {last.state}"
    if last.state in OPEN:
        if not last.overdue:
            return Look(min(max(last.due_at or 0, now) + 1, now + OFTEN), words)
        if not _has_left(home, last):
            return Look(now + LATER, f"{words}：尚未发出 / has not left")
        again_at = now
    else:
        again_at = micros(last.since) + BACKOFF[min((turn - 1) % TRIES, len(BACKOFF) - 1)]
    if turn % TRIES == 0:
        return Look(now, words, gives_up=True)
    return _asked(each, turn, now) if again_at <= now else Look(again_at, words)


def _asked(each: Wanted, turn: int, now: int) -> Look:
    return Look(now + PATIENCE, f"第 {turn % TRIES + 1} 次查询 / question {turn % TRIES + 1}", each.question(turn))


def _has_left(home: Home, question: DocumentRow) -> bool:
    history = home.ledger.history(question.number, enterprise=question.enterprise)
    return history is not None and any(m.stage in DELIVERED for m in history.messages if m.direction == "out")


def unanswered(home: Home, draft: Draft, each: Wanted, turns: Sequence[DocumentRow]) -> Stopped:
    """What waited for it is turned away, with the last thing that became of the questions."""
    last = turns[-1]
    state = home.contract.kinds[last.kind].needs_machine().states[last.state]
    told = fault(
        "FACT_UNANSWERED", f"/content/{each.asked.by}", each.number, number=each.number, tries=TRIES, last=last.number,
        state=state.code, state_zh=state.zh, state_en=state.en,
    )  # fmt: skip
    return Stopped(refused(draft.declaration, [told], draft.kind, draft.warnings))
