"""What customs says of the validity, in any order and as often as it likes, ends the same: for every machine beside a state."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.load import contract
from mappings.states import Event, Folded, Machine, Verdict, What, fold
from tests.mappings.test_states import lives, shuffled, told

BESIDE = {
    (kind.name, name): kind.machine
    for kind in contract().kinds.values()
    if kind.machine
    for name in sorted(kind.machine.beside)
}


@st.composite
def histories(draw: st.DrawFn, machine: Machine, name: str) -> list[Event]:
    """A life whose records say something of the other matter, some of them, and further records that say nothing but that."""
    codes = st.sampled_from(["", *sorted(machine.beside[name].states)])
    events = [_saying(event, name, draw(codes)) for event in draw(lives(machine))]
    states = st.sampled_from(sorted(machine.states))
    for n in range(draw(st.integers(0, 5))):
        stated, state = f"20260101{draw(st.integers(0, 9000)):09d}", draw(states)
        events.append(_saying(Event(f"v{n}", What.BUSINESS, state, stated, 50 + n, f"V{n}"), name, draw(codes)))
    return events


def _saying(event: Event, name: str, code: str) -> Event:
    if event.what is not What.BUSINESS or not code:
        return event
    return replace(event, facts={**event.facts, name: code})


def _end(machine: Machine, name: str, events: list[Event]) -> str:
    """Customs' words about it one after the other by customs' clock, each heeded where a move leads there."""
    words = {(e.stated_at, e.receipt_no, e.facts[name]) for e in events if name in e.facts}
    other, state = machine.beside[name], machine.beside[name].start
    for _, _, code in sorted(words):
        state = other.moves[state, code].to if (state, code) in other.moves else state
    return state


def _all(folded: Folded) -> tuple[object, ...]:
    return (told(folded), {name: told(other) for name, other in folded.beside.items()})


@pytest.mark.parametrize(("kind", "name"), sorted(BESIDE))
def test_any_order_and_any_repeats_end_in_the_same_validity(kind: str, name: str) -> None:
    machine = BESIDE[kind, name]

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        events = data.draw(histories(machine, name))
        folded = fold(machine, events)
        assert folded.beside[name].state == _end(machine, name, events)
        assert (
            folded.facts.get(name, machine.beside[name].start) == folded.beside[name].state
        )  # the fact follows the machine
        assert _all(fold(machine, shuffled(data.draw, events))) == _all(folded)

    holds()


@pytest.mark.parametrize(("kind", "name"), sorted(BESIDE))
def test_what_is_said_of_the_validity_leaves_the_state_alone(kind: str, name: str) -> None:
    machine = BESIDE[kind, name]

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        events = data.draw(histories(machine, name))
        silent = [replace(e, facts={n: v for n, v in e.facts.items() if n != name}) for e in events]
        assert _way(fold(machine, silent)) == _way(fold(machine, events))

    holds()


def _way(folded: Folded) -> list[tuple[str, str, Verdict]]:
    return [(step.event.id, step.to, step.verdict) for step in folded.steps]
