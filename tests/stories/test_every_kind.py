"""Every outward kind has a story in which it is accepted, one in which a rule refuses it, and one in which customs does.

Read from what the stories expect (`tests/stories/test_stories.py` holds that against what both ends do). `python -m
tests.stories.test_every_kind` prints the table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from mappings.element import Grammar
from mappings.kind import Direction, Kind
from mappings.load import contract
from tests.stories.walks import expected

FATES = ("accepted", "refused by rule", "refused by customs")
KINDS = {kind.name: kind for kind in contract().kinds.values() if kind.direction is Direction.OUT}
# What no story can show, and why.
NEVER = {
    ("print_result", "refused by customs"): "it tells what was done; customs answers it with the certificate's state"
}


def table() -> dict[tuple[str, str], list[str]]:
    """The stories by kind and fate, as kind-story."""
    found: dict[tuple[str, str], list[str]] = {(kind, fate): [] for kind in KINDS for fate in FATES}
    for holder in contract().kinds.values():
        for story in holder.stories:
            told = expected(holder, story)
            for kind in KINDS.values():
                for fate in set(_fates(kind, holder, told)):
                    found[kind.name, fate].append(f"{holder.name}-{story}")
    return found


def _fates(kind: Kind, holder: Kind, told: dict[str, object]) -> Iterator[str]:
    faults, ways = told.get("fault", []), told.get("walk", {})
    assert isinstance(faults, list) and isinstance(ways, dict)
    if kind is holder and any(_of(kind, fault["code"]) for fault in faults):
        yield "refused by rule"
    good, bad = _words(kind)
    for number, way in ways.items():
        words = {word.rstrip("*").partition(">")[0] for word in way.split()}
        if _whose(number, kind, holder):
            yield from ["accepted"] * bool(words & good)
            yield from ["refused by customs"] * bool(words & bad and (words & good or not kind.acts_on))


def _words(kind: Kind) -> tuple[set[str], set[str]]:
    """The events of the document that tell that the declaration was accepted, and that customs refused it."""
    if kind.acts_on:
        target = contract().kinds[kind.acts_on]
        return set(kind.acts.values()), set(target.answers.get("refuse", ())) - set(target.happy)
    return {kind.happy[-1]}, kind.receipts.keys() - set(kind.happy)


def _whose(number: str, kind: Kind, holder: Kind) -> bool:
    """Is it a document of the kind? Where kinds share a series, only in stories of its own."""
    if kind.acts_on:
        target = contract().kinds[kind.acts_on]
        named = (
            bool(grammar.pattern.fullmatch(number)) if (grammar := _grammar(kind)) else number.startswith(target.number)
        )
        return named and "/" not in number
    shared = [each for each in KINDS.values() if each.number == kind.number]
    return number.startswith(kind.number) and "/" not in number and (len(shared) == 1 or kind is holder)


def _grammar(kind: Kind) -> Grammar | None:
    """Of the number by which it names a document that customs numbers."""
    return next((field.element.grammar for field in kind.fields if field.id == kind.target), None)


def _of(kind: Kind, code: str) -> bool:
    """Is it a fault of the kind itself or of what it carries, not of another declaration in its story?"""
    carried = [group.kind for group in kind.groups if group.kind]
    rules = {rule.code for each in (kind, *carried) for rule in each.rules} | {need.code for need in kind.needs}
    return code in rules or code.startswith(("FIELD_", "CHANGE_"))


TABLE = table()


@pytest.mark.parametrize(("kind", "fate"), sorted(TABLE.keys() - NEVER.keys()))
def test_every_outward_kind_has_a_story_of_every_fate(kind: str, fate: str) -> None:
    assert TABLE[kind, fate], f"no story shows {kind} {fate}"


def test_what_no_story_can_show_is_shown_by_none() -> None:
    assert {key: TABLE[key] for key in NEVER if TABLE[key]} == {}


def main() -> int:
    for (kind, fate), stories in sorted(TABLE.items()):
        reason = NEVER.get((kind, fate), "LACKS")
        sys.stdout.write(f"{kind:34}{fate:20}{' '.join(stories) or reason}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
