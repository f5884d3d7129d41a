"""Which stories a counterpart is told: every kind that needs nothing before it, in every fate that its data knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mappings.check import check
from mappings.kind import Direction, Kind
from mappings.load import Contract
from mappings.sample import sample

HAPPY = "happy"
AGAIN = "again"  # the same file twice
CONFLICT = "conflict"  # the same message id with other bytes
REMARK = "remark"
SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Story:
    """name: `<kind>/<fate>`. mood: the word that its remark begins with, "" for none.

    ends: the state that each kind of document in it must come to, by the kind's name.
    """

    name: str
    kind: Kind
    mood: str
    ends: Mapping[str, str]
    seed: int

    @property
    def remark(self) -> str:
        return f"#{self.mood}" if self.mood else ""


def stories(contract: Contract, *, happy_only: bool = False) -> list[Story]:
    """In the order of the kinds. happy_only: for a counterpart that knows no moods (a real test environment)."""
    kinds = [kind for kind in contract.messages if _stands_alone(kind)]
    found = [story for kind in kinds for story in _of(kind, happy_only)]
    first = next((story for story in found if not story.mood), None)
    if first:
        found += [_named(first, AGAIN), _named(first, CONFLICT)]
    return found


def _named(story: Story, fate: str) -> Story:
    return Story(f"{story.kind.name}/{fate}", story.kind, "", story.ends, story.seed + 50)


def _of(kind: Kind, happy_only: bool) -> Iterator[Story]:
    carried = kind.carries.kind if kind.carries else None
    moods = ["", *kind.moods, *(m for m in (carried.moods if carried else ()) if m not in kind.moods)]
    for seed, mood in enumerate(moods[:1] if happy_only else moods, start=1):
        if mood == SILENT:
            continue  # no answer at all is what every broken counterpart gives too
        ends = {kind.name: kind.moods.get(mood, kind.happy[-1])}
        if carried:
            ends[carried.name] = carried.moods.get(mood, carried.happy[-1])
        yield Story(f"{kind.name}/{mood or HAPPY}", kind, mood, ends, seed)


def _stands_alone(kind: Kind) -> bool:
    """It has a number of its own, a remark to ask for a fate in, and its sample is whole without anything before it."""
    if kind.direction is not Direction.OUT or not kind.number or not kind.receipts or kind.acts_on:
        return False
    if kind.needs or not any(field.id == REMARK for field in kind.fields):
        return False
    return not check(kind, sample(kind, seed=1)["content"]).faults
