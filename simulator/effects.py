"""What a decision on one document does to another: a granted withdrawal ends its certificate, and says so to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from mappings.changes import applied
from mappings.clock import MICROSECOND
from mappings.receipt import Effect
from simulator.rows import Case, Step
from simulator.tools import Tools


def named(tools: Tools, case: Case) -> Iterator[Case]:
    """The documents of the same sender that a case speaks of by their numbers."""
    if not case.version:
        return
    for need in tools.kind_of(case).needs:
        number = str(case.content.get(need.of, ""))
        other = tools.store.case(case.sender, number) if number and not need.within else None
        if other and other.kind == need.kind:
            yield other


def follow(tools: Tools, case: Case, step: Step, stated: int) -> None:
    """Lay down the steps of the other document, and change what customs has of it. Nothing where an operator decides."""
    if not case.version:
        return
    for effect in tools.kind_of(case).effects:
        other = tools.store.case(case.sender, str(case.content.get(effect.upon, "")))
        if effect.on == step.status and other:
            tools.store.save_case(_changed(tools, case, effect, other))
            if tools.settings.progress != "manual":
                tools.store.add_steps(_steps(tools, effect, other, step, stated))


def _changed(tools: Tools, case: Case, effect: Effect, other: Case) -> Case:
    """The other document with the lines that the case changes, and the facts that it takes over."""
    kind = tools.kind_of(case)
    content = applied(kind, case.content, other.content) if kind.changes else other.content
    taken = {name: case.content[name] for name in effect.takes if name in case.content}
    return replace(other, content=content, facts={**other.facts, **taken})


def _steps(tools: Tools, effect: Effect, other: Case, step: Step, stated: int) -> Iterator[Step]:
    receipts, due = tools.kind_of(other).receipts, max(step.due, stated)
    timed = tools.settings.progress == "timed"
    for rank, status in enumerate(effect.statuses):
        receipt = receipts.get(status)
        due += (receipt.after if receipt and timed else timedelta(0)) // MICROSECOND
        yield Step(due, other.sender, other.number, status, step.cause, shift=step.shift, rank=step.rank + 1 + rank)
