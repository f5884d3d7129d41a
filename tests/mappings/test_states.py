"""Any order and any repeats of the events of a life end in the same state: for every machine of the contract."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.load import contract
from mappings.states import By, Event, Folded, Machine, Verdict, What, fold

MACHINES = {kind.name: kind.machine for kind in contract().kinds.values() if kind.machine}
SAVED = frozenset({"edit", "reopen"})  # acts that send nothing


# Documents that customs opens by saying that they are in the state in which they begin.
OPENED = sorted(life.name for kind in contract().kinds.values() if (life := kind.notifies))


@st.composite
def lives(draw: st.DrawFn, machine: Machine, *, opened: bool = False) -> list[Event]:
    """A life as two honest ends would live it, with resubmissions, lost and late technical answers, and stray receipts."""
    events: list[Event] = []
    state, message, answered, clock = machine.start, "", "", 0
    if opened:
        events.append(Event("e0", What.BUSINESS, state, "20260101000000000", 0, "R0", facts={"no": "0"}))
        answered = "e0"
    for seq in range(1, draw(st.integers(2, 14))):
        moves = sorted((move for move in machine.moves.values() if move.source == state), key=lambda m: m.on)
        if not moves:
            break
        move = draw(st.sampled_from(moves))
        clock += draw(st.integers(1, 1000))
        stated = f"20260101{clock:09d}"
        if move.by is By.ENTERPRISE:
            sent = "" if move.on in SAVED else f"M{seq}"
            message = sent or message
            event = Event(f"e{seq}", What.ACT, move.on, stated, seq, message=sent, answers=answered)
        elif move.by is By.GATEWAY:
            event = Event(f"e{seq}", What.TRANSPORT, move.on, stated, seq, message=message)
        else:
            echo = message if draw(st.booleans()) else ""
            event = Event(f"e{seq}", What.BUSINESS, move.on, stated, seq, f"R{seq}", echo, facts={"no": f"{seq}"})
        answered = answered if move.by is By.ENTERPRISE else event.id
        events.append(event)
        state = fold(machine, events).state
    return events


def shuffled(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """The same facts as another ledger would have recorded them: answers in any order and repeated, acts in their order."""
    answers = [e for e in events if e.what is not What.ACT]
    repeats = draw(st.lists(st.sampled_from(answers), max_size=4)) if answers else []
    copies = [replace(e, id=f"{e.id}-again{i}", seq=100 + i) for i, e in enumerate(repeats)]
    return draw(st.permutations([*events, *copies]))


def told(folded: Folded) -> tuple[object, ...]:
    return (
        folded.state,
        folded.since,
        dict(folded.facts),
        [(s.event.id, s.source, s.to, s.verdict) for s in folded.steps],
    )


@pytest.mark.parametrize("name", MACHINES)
def test_any_order_and_any_repeats_end_in_the_same_state(name: str) -> None:
    machine = MACHINES[name]

    @settings(max_examples=120, deadline=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        events = data.draw(lives(machine))
        assert told(fold(machine, shuffled(data.draw, events))) == told(fold(machine, events))

    holds()


@pytest.mark.parametrize("name", OPENED)
def test_any_order_of_a_notice_and_its_receipts_ends_in_the_same_state_since_the_same_day(name: str) -> None:
    machine = MACHINES[name]

    @settings(max_examples=120, deadline=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        events = data.draw(lives(machine, opened=True))
        whole = fold(machine, events)
        assert told(fold(machine, shuffled(data.draw, events))) == told(whole)
        assert whole.since and whole.steps[0].event.id == "e0" and not whole.anomalies

    holds()


def event(
    what: What, code: str, at: int, message: str = "M1", receipt: str = "", answers: str = "", seq: int = 0
) -> Event:
    return Event(
        f"{code}{at}", what, code, f"202601010000000{at:02d}", seq or at, receipt or f"R{at}", message, answers
    )


ACT, ROAD, SAYS = What.ACT, What.TRANSPORT, What.BUSINESS
BLANK = MACHINES["blank_certificate_application"]


def test_a_failed_answer_that_comes_after_a_stored_receipt_changes_nothing() -> None:
    life = [event(ACT, "submit", 1), event(SAYS, "HS", 3), event(ROAD, "SF", 4)]
    assert fold(BLANK, life).state == "HS"


def test_a_missing_technical_answer_is_not_missed() -> None:
    assert fold(BLANK, [event(ACT, "submit", 1), event(SAYS, "HS", 3), event(SAYS, "BP", 5)]).state == "BP"


def test_a_later_receipt_over_a_lost_earlier_one_is_applied_and_says_so() -> None:
    folded = fold(BLANK, [event(ACT, "submit", 1), event(SAYS, "BP", 5)])
    assert (folded.state, folded.steps[-1].verdict) == ("BP", Verdict.SKIPPED)
    late = fold(BLANK, [event(ACT, "submit", 1), event(SAYS, "BP", 5), event(SAYS, "HS", 3)])
    assert (late.state, late.steps[-1].verdict) == ("BP", Verdict.APPLIED)


def test_two_submissions_keep_their_own_receipts_whatever_the_order() -> None:
    first = [event(ACT, "submit", 1, "M1"), event(SAYS, "HF", 3, "M1")]
    second = [event(ACT, "submit", 5, "M2", answers="HF3"), event(SAYS, "HS", 7, "M2")]
    for life in ([*first, *second], [*reversed(second), *reversed(first)]):
        assert fold(BLANK, life).state == "HS"


def test_a_stored_receipt_for_a_message_that_had_failed_on_the_road_makes_the_resubmission_an_anomaly() -> None:
    life = [
        event(ACT, "submit", 1, "M1"),
        event(ROAD, "SF", 2, "M1"),
        event(ACT, "submit", 4, "M2", answers="SF2"),
        event(SAYS, "HS", 9, "M1"),
        event(SAYS, "HS", 10, "M2"),
    ]
    folded = fold(BLANK, life)
    assert folded.state == "HS"
    assert [s.event.code for s in folded.anomalies] == ["submit"]


def test_an_edit_of_what_had_failed_is_no_edit_of_what_turns_out_to_be_stored() -> None:
    application = MACHINES["certificate_application"]
    sent = [event(ACT, "submit", 1, "M1"), event(ROAD, "SF", 2, "M1")]
    saved = [*sent, event(ACT, "edit", 4, "", answers="SF2")]
    assert fold(application, saved).state == "S"
    late = fold(application, [*saved, event(SAYS, "HS", 3, "M1")])
    assert (late.state, [s.event.code for s in late.anomalies]) == ("HS", ["edit"])
    again = [*saved, event(ACT, "submit", 6, "M2", answers="SF2"), event(SAYS, "HS", 7, "M2")]
    assert fold(application, again).state == fold(application, [*again, event(SAYS, "HS", 3, "M1")]).state == "HS"


def test_contradicting_receipts_are_both_kept_and_the_first_by_customs_clock_stands() -> None:
    folded = fold(BLANK, [event(ACT, "submit", 1), event(SAYS, "HS", 3), event(SAYS, "HF", 4)])
    assert folded.state == "HS"
    assert [s.event.code for s in folded.anomalies] == ["HF"]


def test_of_two_confirmations_of_one_draft_the_second_is_an_anomaly() -> None:
    certificate = MACHINES["certificate"]
    life = [
        event(ACT, "submit", 1),
        event(SAYS, "HS", 2),
        event(SAYS, "EW", 3),
        event(ACT, "agree", 4, "M2", answers="EW3"),
        event(ACT, "disagree", 5, "M3", answers="EW3"),
        event(SAYS, "ES", 6, "M2"),
    ]
    folded = fold(certificate, life)
    assert folded.state == "ES"
    assert [s.event.code for s in folded.anomalies] == ["disagree"]


def test_an_event_without_echo_that_an_act_answers_comes_before_that_act() -> None:
    form = MACHINES["blank_form"]
    life = [event(SAYS, "U", 1, message=""), event(ACT, "void", 2, "M1", answers="U1")]
    assert fold(form, life).state == "VP"
    certificate = MACHINES["certificate"]
    life = [
        event(ACT, "submit", 1),
        event(SAYS, "HS", 2),
        event(SAYS, "EW", 3, message=""),
        event(ACT, "agree", 4, "M2", answers="EW3"),
        event(SAYS, "ES", 5, message=""),
    ]
    assert fold(certificate, life).state == "ES"
