"""What was sent and is saved once more: 暂存 again, with its numbers, and sent as it is when that is wanted (manual 002 §4.4.1)."""

from __future__ import annotations

import pytest

from gateway.evidence.bundle import bundle
from gateway.evidence.check import check
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.answering import delete, delete_all
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from ledger.rows import DocumentRow, NewArrival, NewEvent, Settlement
from mappings.states import What
from tests.gateway.conftest import declared

APPLICATION, ONSITE, BLANK = "certificate_application", "onsite_issue", "blank_certificate_application"
CUSTOMS_NO = "010420221223165507"


def submit(home: Home, declaration: Declaration, **how: bool) -> Outcome:
    return Submitter(home, actor="test").submit([declaration], **how)[0]


def says(home: Home, number: str, code: str, at: int, **facts: str) -> None:
    stated = f"209901010000{at:02d}000"
    what = What.TRANSPORT if code == "SF" else What.BUSINESS
    message = home.ledger.history(number).messages[-1].cop_msg_id
    arrived = home.ledger.arrive(
        [NewArrival("customs/CertOut", "InBox", f"{number}{at}.xml", f"{number}{at}".encode())]
    )
    event = NewEvent(1, number, what, code, stated, f"2099{at:014d}", message, facts)
    home.ledger.settle([Settlement(arrived[0].id, "understood", events=(event,))])


def row(home: Home, number: str) -> DocumentRow:
    return home.ledger.find([number])[number][0]


def with_certificates(declaration: Declaration, certificates: list[dict[str, object]]) -> Declaration:
    content = {**declaration.value["content"], "certificates": certificates}
    return Declaration("memory", {**declaration.value, "content": content})


@pytest.fixture
def stored(home: Home) -> tuple[Declaration, str, str, str]:
    """An application that is stored, with a certificate that is stored and one that customs has returned."""
    declaration = declared(home, APPLICATION, seed=0, reference="R")
    first = declaration.value["content"]["certificates"][0]
    declaration = with_certificates(declaration, [first, first])
    number = submit(home, declaration).number
    one, two = sorted(r.number for r in home.ledger.documents() if r.number.startswith("C"))
    says(home, number, "HS", 1, customs_no=CUSTOMS_NO)
    says(home, one, "HS", 2)
    says(home, two, "HS", 3, certificate_no="222N01040001195001")
    says(home, two, "HT", 4)
    return declaration, number, one, two


def test_a_stored_application_is_saved_as_a_draft_and_then_sent_with_what_was_returned(
    home: Home, stored: tuple[Declaration, str, str, str]
) -> None:
    declaration, number, one, two = stored
    first, second = declaration.value["content"]["certificates"]
    edited = with_certificates(declaration, [first, {**second, "certificate_remark": "corrected"}])

    saved = submit(home, edited, draft=True)
    assert (saved.outcome, saved.number, saved.state) == ("revised", number, "S")
    assert (row(home, number).customs_no, row(home, two).state) == (CUSTOMS_NO, "HT")
    assert len(home.ledger.history(number).messages) == 1
    assert submit(home, edited, draft=True).outcome == "duplicate"
    assert not delete(home, number, actor="test", why="")  # customs has it
    (told,) = delete_all(home, [number], actor="test", why="")
    assert told.refused and told.refused.code == "DELETE_NUMBERED"
    assert [o.outcome for o in Submitter(home, actor="test").check([edited])] == ["ok"]

    sent = submit(home, edited)
    assert (sent.outcome, sent.number, sent.state) == ("revised", number, "D")
    message = home.ledger.history(number).messages[-1].cop_msg_id
    assert set(home.ledger.messages_sent([message])[message].numbers) == {number, two}
    assert (row(home, number).customs_no, row(home, one).state, row(home, two).state) == (CUSTOMS_NO, "HS", "D")
    assert submit(home, edited).outcome == "duplicate"
    evidence = check(bundle(home, number), registry=home.registry, contract=home.contract)
    assert (evidence.valid, evidence.findings) == (True, [])  # each act is bound to the revision that it saved or sent


def test_an_application_whose_certificates_all_stand_is_not_saved_again(
    home: Home, stored: tuple[Declaration, str, str, str]
) -> None:
    declaration, number, _, two = stored
    again = submit(home, declaration, repeat=True)  # as it is, on wish: one certificate was returned
    assert again.outcome == "revised"
    says(home, number, "HS", 5)
    says(home, two, "HS", 6)
    refused = submit(home, Declaration("", {**declaration.value, "content": {**declaration.value["content"], "remark": "新"}}),
                     draft=True)  # fmt: skip
    assert (refused.outcome, [f.code for f in refused.faults]) == ("refused", ["BIZ_STATE"])
    assert row(home, number).state == "HS"


def test_what_could_not_be_sent_goes_again_as_it_is_on_wish_and_only_then(home: Home) -> None:
    declaration = declared(home, BLANK)
    number = submit(home, declaration).number
    assert submit(home, declaration, repeat=True).outcome == "duplicate"  # it is on its way
    says(home, number, "SF", 1)
    assert submit(home, declaration).outcome == "duplicate"
    again = submit(home, declaration, repeat=True)
    assert (again.outcome, again.number, again.state) == ("revised", number, "D")
    assert [m.file_name[-8:] for m in home.ledger.history(number).messages] == ["_t-0.xml", "_t-1.xml"]
