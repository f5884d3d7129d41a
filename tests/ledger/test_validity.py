"""The validity as the ledger keeps it: whatever order the arrivals came in, the column is what their events say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.rows import NewEvent
from mappings.load import contract
from mappings.states import Event, Machine, What, fold
from tests.ledger.world import World, number

CERTIFICATE = contract().kinds["certificate"].needs_machine()
STATES, VALIDITIES = sorted(CERTIFICATE.states), sorted(CERTIFICATE.beside["validity"].states)


def _certificate(kind: str, version: int) -> Machine:
    return CERTIFICATE


@st.composite
def words(draw: st.DrawFn) -> list[tuple[str, int, str]]:
    """(state, minute, validity or "") of records, in the order of their arrival, some of them twice."""
    said = draw(st.lists(st.tuples(st.sampled_from(STATES), st.integers(1, 60), st.sampled_from(["", *VALIDITIES])), min_size=2,
                         max_size=8))  # fmt: skip
    return draw(st.permutations([*said, *said[: draw(st.integers(0, 3))]]))


def test_arrivals_in_any_order_and_repeated_end_in_the_validity_that_their_events_say(world: World) -> None:
    world.ledger._machines = _certificate

    @settings(max_examples=12, deadline=None)
    @given(words())
    def holds(said: list[tuple[str, int, str]]) -> None:
        serial = next(world.serials)
        world.record(world.submission(serial))
        events = [_told(world, serial, *word) for word in said]
        for event in events:
            world.tell(event)
        (row,) = world.ledger.find([number(serial)])[number(serial)]
        told = [
            Event(f"{n}", What.BUSINESS, e.code, e.stated_at, n, e.receipt_no, facts=e.facts)
            for n, e in enumerate(events)
        ]
        assert row.validity == fold(replace(CERTIFICATE, start="D"), told).beside["validity"].state
        assert row.facts.get("validity", "V0") == row.validity

    holds()
    assert world.ledger.refold() == []


def _told(world: World, serial: int, state: str, minute: int, validity: str) -> NewEvent:
    return world.event(serial, state, minute, facts={"validity": validity} if validity else {})
