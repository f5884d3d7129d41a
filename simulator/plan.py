"""What customs will do with a document, as a chain of statuses and the times at which its desks come to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mappings.clock import MICROSECOND
from mappings.kind import Kind
from mappings.states import Machine, What
from simulator.moods import BEHIND, MOODS, SPREAD, afterwards, asked_for, delay, parted
from simulator.rows import Letter, Step, Taken
from simulator.scenario import Answer
from simulator.tools import Tools

RESTATE = ""  # the status of a step that says again what is so already


@dataclass(frozen=True, slots=True)
class Plan:
    """The statuses that one document will get, in order; `reason` for those that give one.

    words: moods that send something by themselves after the last of them. answers: the chain that a scenario laid down, instead.
    """

    kind: Kind
    number: str
    statuses: tuple[str, ...]
    reason: str = ""
    words: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def chain(self) -> tuple[Answer, ...]:
        return self.answers or tuple(Answer(status, reason=self.reason) for status in self.statuses)


def fated(kind: Kind, state: str, usual: Sequence[str], goal: str) -> tuple[str, ...]:
    """The usual chain, turned off towards `goal` as soon as the kind's moves lead there without a lost receipt."""
    machine = kind.needs_machine()
    for length in range(len(usual) + 1):
        at = usual[length - 1] if length else state
        if goal and _leads(machine, at, goal):
            return (*usual[:length], goal)
    return tuple(usual)


def submitted(kind: Kind, state: str, fate: str) -> tuple[str, ...]:
    """The chain of a document that was submitted."""
    return fated(kind, state, kind.happy, kind.moods.get(fate, ""))


def acted(kind: Kind, state: str, act: str, fate: str) -> tuple[str, ...]:
    """The chain that answers an act upon a document; the kind's own answer to a fate goes before its mood."""
    refusal = kind.answers.get(fate, ())
    if refusal and _leads(kind.needs_machine(), state, refusal[0]):
        return refusal
    return fated(kind, state, kind.answers.get(act, ()), kind.moods.get(fate, ""))


def reason_of(fate: str) -> str:
    return MOODS[fate].reason if fate in MOODS else ""


def schedule(tools: Tools, plans: Sequence[Plan], *, cause: Taken, words: Sequence[str]) -> None:
    """Lay down the steps of one message, and what follows them. Where an operator decides (progress `manual`), only what
    is restated."""
    manual = tools.settings.progress == "manual"
    steps = [s for plan in plans for s in _steps(tools, plan, cause) if not manual or s.status == RESTATE]
    tools.store.add_steps(_arriving(tools, sorted(steps, key=lambda s: s.rank), cause, words))
    if not manual:
        tools.store.add_letters(letter for plan in plans for letter in _letters(tools, plan, steps, cause))


def _leads(machine: Machine, state: str, status: str) -> bool:
    move = machine.move(state, status, What.BUSINESS)
    return move is not None and not move.skips


def _steps(tools: Tools, plan: Plan, cause: Taken) -> list[Step]:
    due, steps, hours = cause.at, [], tools.settings.hours
    begun, looks = tools.store.looked(), tools.settings.looks
    for rank, answer in enumerate(plan.chain):
        due += (_span(tools, plan.kind, answer.status) if answer.after is None else answer.after) // MICROSECOND
        due = hours.opening(due) if hours else due
        look = begun + looks * (rank + 1) if looks else 0
        about = (due, cause.sender, plan.number, answer.status, cause.id)
        steps.append(Step(*about, rank=rank, reason=answer.reason, look=look))
    return steps


def _letters(tools: Tools, plan: Plan, steps: Sequence[Step], cause: Taken) -> Iterator[Letter]:
    """What the moods of a document send after its last answer, where the contract has the kind for it."""
    own = [step for step in steps if step.number == plan.number]
    brings = {fact for receipt in plan.kind.receipts.values() for fact in receipt.brings}
    for word in afterwards(plan.words):
        mood = MOODS[parted(word)[0]]
        if own and mood.letter in tools.contract.kinds and mood.about in brings:
            last = max(own, key=lambda step: step.rank)
            gives = {**mood.gives, **asked_for(word)}
            yield Letter(last.due, cause.sender, plan.number, mood.letter, gives, last.look, mood.about)


def _span(tools: Tools, kind: Kind, status: str) -> timedelta:
    receipt = kind.receipts.get(status)
    return receipt.after if receipt and tools.settings.progress == "timed" else timedelta(0)


def _arriving(tools: Tools, steps: Sequence[Step], cause: Taken, words: Sequence[str]) -> list[Step]:
    """Moods shift arrivals, never what is stated."""
    late = delay(words)
    if "early" in words:
        last = max((step.rank for step in steps), default=0)
        end = max((step.due for step in steps), default=0)
        return [replace(step, shift=late + (0 if step.rank == last else end - step.due + BEHIND)) for step in steps]
    if "shuffle" in words:
        dice = tools.dice("shuffle", cause.cop_msg_id)
        return [replace(step, shift=late + dice.randrange(SPREAD)) for step in steps]
    return [replace(step, shift=late) for step in steps] if late else list(steps)
