"""Blank forms from pick-up to their end: voided, returned, refused, never sent; each serial is somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.intake.declaration import Declaration
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from ledger.rows import NewArrival, NewEvent, Settlement
from mappings.load import contract
from mappings.sample import ENTERPRISE
from mappings.states import Event, What, fold
from tests.gateway.desk import Desk, both_ends

VOID, RETURN = "blank_certificate_void", "blank_certificate_return"
FORM = contract().kinds["blank_form"].needs_machine()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with both_ends(tmp_path / "home") as made:
        yield made


def submit(desk: Desk, kind: str, reference: str, **content: Any) -> Outcome:
    value = {
        "kind": kind,
        "reference": reference,
        "enterprise": ENTERPRISE,
        "content": {"customs_office": "2201", **content},
    }
    (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)])
    return outcome


def picked(desk: Desk, reference: str = "B", quantity: int = 21) -> list[str]:
    """Forms that were applied for and handed out."""
    outcome = submit(
        desk, "blank_certificate_application", reference, lines=[{"blank_format": "C5-1", "quantity": quantity}]
    )
    desk.exchange()
    return [row.number for row in desk.home.ledger.documents(kind="blank_form") if row.parent == outcome.number]


def act(desk: Desk, kind: str, forms: list[str], reference: str = "V", remark: str = "") -> Outcome:
    lines = [
        {"blank_format": family, "blank_serial": serial, "form_reason": "污染作废"}
        for family, _, serial in (form.partition(":") for form in forms)
    ]
    return submit(desk, kind, reference, contact_name="申请人", contact_mobile="1", lines=lines, remark=remark)


def test_there_is_no_draft_that_could_hold_forms_back(desk: Desk) -> None:
    forms = picked(desk, quantity=1)
    family, _, serial = forms[0].partition(":")
    lines = [{"blank_format": family, "blank_serial": serial, "form_reason": "污染作废"}]
    content = {"customs_office": "2201", "contact_name": "申请人", "contact_mobile": "1", "lines": lines}
    for kind in (VOID, RETURN):
        value = {"kind": kind, "reference": kind, "enterprise": ENTERPRISE, "content": content}
        (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)], draft=True)
        assert (outcome.outcome, [f.code for f in outcome.faults]) == ("refused", ["DRAFT_NONE"])
    assert [state(desk, form) for form in forms] == ["U"]
    assert act(desk, VOID, forms).outcome == "accepted"  # nothing of it was kept
    assert [state(desk, form) for form in forms] == ["VP"]


def state(desk: Desk, number: str) -> str:
    return desk.home.ledger.documents(number=number)[0].state


@pytest.mark.parametrize(("kind", "end", "letter"), [(VOID, "V", "Z"), (RETURN, "R", "T")])
def test_granted_every_form_ends_at_both_ends(desk: Desk, kind: str, end: str, letter: str) -> None:
    forms = picked(desk)
    outcome = act(desk, kind, forms[:2])
    assert outcome.outcome == "accepted"
    desk.exchange()
    assert [state(desk, form) for form in forms[:3]] == [end, end, "U"]
    (application,) = desk.home.ledger.documents(number=outcome.number)
    assert (application.state, application.customs_no[:7]) == ("JY", f"2201{letter}{application.customs_no[5:7]}")
    assert [desk.customs.tools.store.cases(form)[0].state for form in forms[:3]] == [end, end, "U"]
    (content,) = [case.content for case in desk.customs.tools.store.cases(outcome.number)]
    assert content["applicant_customs_code"] == content["declarant_customs_code"] == ENTERPRISE


@pytest.mark.parametrize(("mood", "came"), [("#refuse", "HF"), ("#return", "JN")])
def test_refused_a_form_is_what_it_was(desk: Desk, mood: str, came: str) -> None:
    forms = picked(desk)
    outcome = act(desk, VOID, forms[:2], remark=mood)
    desk.exchange()
    assert state(desk, outcome.number) == came
    assert {state(desk, form) for form in forms} == {"U"}
    again = act(desk, VOID, forms[:1], reference="V" if came == "HF" else "V2")
    assert again.outcome == ("revised" if came == "HF" else "accepted")
    desk.exchange()
    assert state(desk, forms[0]) == "V"


def test_what_was_never_sent_is_what_it_was(desk: Desk) -> None:
    (form, *_) = picked(desk)
    outcome = act(desk, VOID, [form])
    assert state(desk, form) == "VP"
    sent = desk.home.ledger.history(outcome.number).messages[0].cop_msg_id  # type: ignore[union-attr]
    (arrived,) = desk.home.ledger.arrive([NewArrival("customs/CertOut", "InBox", "Failed_x", b"x")])
    events = tuple(
        NewEvent(1, number, What.TRANSPORT, "SF", "20990101000000000", "", sent) for number in (outcome.number, form)
    )
    desk.home.ledger.settle([Settlement(arrived.id, "understood", events=events)])
    assert (state(desk, outcome.number), state(desk, form)) == ("SF", "U")


def test_a_form_that_is_applied_for_permits_nothing_else(desk: Desk) -> None:
    (form, *_) = picked(desk)
    act(desk, VOID, [form], remark="#silent")
    again = act(desk, RETURN, [form], reference="R")
    assert [(fault.code, fault.path) for fault in again.faults] == [
        ("BLANKRETURN-R-32", "/content/lines/0/blank_serial")
    ]
    assert again.faults[0].zh == "当前证书状态不允许作废/退领"


def test_forms_of_two_applications_and_forms_of_nobody_are_told(desk: Desk) -> None:
    first, second = picked(desk, "B1", 1), picked(desk, "B2", 1)
    told = act(desk, VOID, [*first, *second])
    assert [(f.code, f.path) for f in told.faults] == [("BLANKVOID-R-32S", "/content/lines/1/blank_serial")]
    told = act(desk, VOID, ["C5-1:ZZ9999999"])
    assert [f.code for f in told.faults] == ["BIZ_UNKNOWN"]


def test_pages_go_with_the_sheets_and_count_for_the_application(desk: Desk) -> None:
    picked(desk, quantity=21)
    (batch,) = desk.home.ledger.batches("blank_certificate_application")
    assert (batch.picked, batch.continuation, batch.annex) == (21, 2, 1)


@pytest.mark.parametrize(
    ("then", "end"),
    [(("void", "SF"), "SP"), (("void", "SP"), "SP"), (("void", "V"), "V")],
)
def test_a_spoilt_form_is_voided_and_never_returned(then: tuple[str, str], end: str) -> None:
    acts, (_, answer) = ["spoil", then[0]], then
    events = [
        Event(str(n), What.ACT, code, f"2026010100000000{n}", seq=n, message=f"M{n}") for n, code in enumerate(acts, 1)
    ]
    what = What.TRANSPORT if answer == "SF" else What.BUSINESS
    folded = fold(FORM, [*events, Event("3", what, answer, "20260101000000005", seq=3, message="M2")])
    assert (folded.state, folded.anomalies) == (end, ())
    assert FORM.move("SP", "return", What.ACT) is None
