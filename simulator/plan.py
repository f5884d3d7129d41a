"""What customs will do with a document, as a chain of statuses and the times at which its desks come to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mappings.clock import MICROSECOND
from mappings.kind import Kind
from mappings.states import Machine, What
from simulator.moods import BEHIND, MOODS, SPREAD
from simulator.rows import Step, Taken
from simulator.tools import Tools

RESTATE = ""  # the status of a step that says again what is so already


@dataclass(frozen=True, slots=True)
class Plan:
    """The statuses that one document will get, in order; `reason` for those that give one."""

    kind: Kind
    number: str
    statuses: tuple[str, ...]
    reason: str = ""


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
    if fate in kind.answers:
        return kind.answers[fate]
    return fated(kind, state, kind.answers.get(act, ()), kind.moods.get(fate, ""))


def reason_of(fate: str) -> str:
    return MOODS[fate].reason if fate in MOODS else ""


def schedule(tools: Tools, plans: Sequence[Plan], *, cause: Taken, words: Sequence[str]) -> None:
    """Lay down the steps of one message. Where an operator decides (progress `manual`), only what is restated."""
    manual = tools.settings.progress == "manual"
    steps = [s for plan in plans for s in _steps(tools, plan, cause) if not manual or s.status == RESTATE]
    tools.store.add_steps(_arriving(tools, sorted(steps, key=lambda s: s.rank), cause, words))


def _leads(machine: Machine, state: str, status: str) -> bool:
    move = machine.move(state, status, What.BUSINESS)
    return move is not None and not move.skips


def _steps(tools: Tools, plan: Plan, cause: Taken) -> list[Step]:
    due, steps = cause.at, []
    for rank, status in enumerate(plan.statuses):
        due += _span(tools, plan.kind, status) // MICROSECOND
        steps.append(Step(due, cause.sender, plan.number, status, cause.id, rank=rank, reason=plan.reason))
    return steps


def _span(tools: Tools, kind: Kind, status: str) -> timedelta:
    receipt = kind.receipts.get(status)
    return receipt.after if receipt and tools.settings.progress == "timed" else timedelta(0)


def _arriving(tools: Tools, steps: Sequence[Step], cause: Taken, words: Sequence[str]) -> list[Step]:
    """Moods shift arrivals, never what is stated."""
    if "early" in words:
        last = max((step.rank for step in steps), default=0)
        end = max((step.due for step in steps), default=0)
        return [step if step.rank == last else replace(step, shift=end - step.due + BEHIND) for step in steps]
    if "shuffle" in words:
        dice = tools.dice("shuffle", cause.cop_msg_id)
        return [replace(step, shift=dice.randrange(SPREAD)) for step in steps]
    return list(steps)
