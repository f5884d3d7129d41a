"""The desks at work: every step that is due becomes a record, records of one moment become one message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from mappings.faults import Refused
from simulator.delivery import dispatch
from simulator.record import carrier_of, make
from simulator.rows import Step
from simulator.tools import Tools

LIMIT = 256  # steps in one pass


def perform(tools: Tools) -> int:
    """Do what is due. Returns how many steps were done."""
    now = tools.clock.now()
    if not tools.store.due_steps(now, 1):
        return 0
    with tools.store.transaction():
        steps = tools.store.due_steps(now, LIMIT)
        messages = list(_messages(tools, steps))
        if len(steps) == LIMIT and len(messages) > 1:
            messages.pop()  # it may be cut in two: it is whole at the next look
        for together in messages:
            _patiently(tools, together)
    return sum(len(together) for together in messages)


def _messages(tools: Tools, steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Fan-out: what one message caused and one carrier tells at one moment travels together, unless it is shuffled."""

    def key(step: Step) -> tuple[object, ...]:
        alone = step.id if step.shift or step.given else 0
        return (step.cause, step.due, step.rank, carrier_of(tools, step), alone)

    for _, together in groupby(steps, key=key):
        yield list(together)


def _patiently(tools: Tools, steps: Sequence[Step]) -> None:
    """Together; where that cannot be made, each alone; what cannot be made alone is kept with its reason."""
    try:
        with tools.store.part():
            _message(tools, steps)
    except _UNMAKEABLE as reason:
        if len(steps) > 1:
            for step in steps:
                _patiently(tools, [step])
            return
        tools.store.end_step(steps[0], f"{type(reason).__name__}: {reason}")
        tools.alarm.tell(f"{steps[0].number} {steps[0].status}", reason)


def _message(tools: Tools, steps: Sequence[Step]) -> None:
    cause = tools.store.taking(steps[0].cause)
    made = [record for record in (make(tools, step, cause) for step in steps) if record is not None]
    for step in steps:
        tools.store.end_step(step)
    if made:
        dispatch(tools, cause, made, due=steps[0].due + steps[0].shift)


_UNMAKEABLE = (
    Refused,
    LookupError,
    ValueError,
    TypeError,
)  # data of an operator or a kind that this simulator cannot make
