"""Every state of every machine is reached and every move taken by some story.

The stories write down how their documents walk (`[walk]` in `expect.toml`); `tests/stories` holds that against what both ends
do, this test holds it against the machines.
"""

from __future__ import annotations

import pytest

from mappings.kind import Kind
from mappings.load import contract
from mappings.states import Machine
from tests.stories.player import steps
from tests.stories.walks import expected, read

Move = tuple[str, str, str]  # state, event, state after it

# Moves that no story takes yet, by machine. A number only falls.
LEFT: dict[str, int] = {}

NEWS = {"N": "issue_task", "P": "pushed_certificate"}  # lives that customs alone opens, by their series
ENTRY = 21  # digits of an entry certificate's number
# Of two technical answers to one message the fold takes the later one, so no history leaves SS for SF (docs/why/0001).
SUPERSEDED = {("SS", "SF", "SF")}


def machines() -> dict[str, Machine]:
    found = {}
    for kind in contract().kinds.values():
        if kind.machine:
            found[kind.name] = kind.machine
            found |= {f"{kind.name}/{name}": beside for name, beside in kind.machine.beside.items()}
    return found


def _kind_of(number: str, way: str, kinds: dict[str, Kind], story: Kind, declared: frozenset[str]) -> str:
    """A document's kind by its number: a series is one kind's, or that of the kinds declared in the story whose machine can
    walk so, its own before the others."""
    if ":" in number:
        return "blank_form"
    if len(number) == 32:
        return "supplement"
    if number[0] in NEWS:
        return NEWS[number[0]]
    if number[0].isdigit():
        return "entry_certificate" if len(number) == ENTRY else "exit_eledger"
    sharing = [kind for kind in kinds.values() if kind.number == number[0]]
    sharing = [kind for kind in sharing if kind.name in declared] or sharing
    sharing.sort(key=lambda kind: kind.name != story.name)
    return next((kind.name for kind in sharing if _walks(kind.needs_machine(), way)), sharing[0].name)


def _declared(kind: Kind, story: str) -> frozenset[str]:
    found = (step for what, step in steps(kind, story) if what in ("declaration", "draft"))
    return frozenset(each["kind"] for step in found for each in (step if isinstance(step, list) else [step]))


def _walks(machine: Machine, way: str) -> bool:
    return all((source, on) in machine.moves for source, on, _ in read(way, machine))


def walked() -> dict[str, set[Move]]:
    kinds, moves = dict(contract().kinds), {name: set[Move]() for name in machines()}
    for kind in kinds.values():
        for story in kind.stories:
            declared = _declared(kind, story)
            for number, way in expected(kind, story).get("walk", {}).items():
                of, _, beside = number.partition("/")
                name = _kind_of(of, way if not beside else "", kinds, kind, declared) + (f"/{beside}" if beside else "")
                moves[name] |= set(read(way, machines()[name]))
    return moves


WALKED = walked()


@pytest.mark.parametrize("name", machines())
def test_a_story_walks_only_where_the_machine_leads(name: str) -> None:
    machine = machines()[name]
    assert {m for m in WALKED[name] if machine.moves[m[0], m[1]].to != m[2]} == set()


@pytest.mark.parametrize("name", machines())
def test_every_state_is_reached_and_every_move_is_taken_by_some_story(name: str) -> None:
    machine = machines()[name]
    moves = {(m.source, m.on, m.to) for m in machine.moves.values()} - SUPERSEDED
    missed = sorted(moves - WALKED[name])
    reached = {machine.start} | {to for _, _, to in WALKED[name]}
    told = [f"{source} --{on}--> {to}" for source, on, to in missed]
    never = sorted(machine.states.keys() - reached)
    hint = f"write the ways of its stories down: python -m tests.stories.walks {name}"
    assert len(missed) <= LEFT.get(name, 0), f"{name}: {told}; never reached: {never}; {hint}"
