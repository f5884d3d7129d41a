"""What becomes of a declaration: accepted, duplicate, revised, held or refused, and what stands in the ledger then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.setup import NewHome, make_home
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from gateway.worker import Worker, locked
from ledger.rows import NewArrival, NewEvent, Settlement
from mappings.clock import SetClock
from mappings.sample import ENTERPRISE
from mappings.states import What
from tests.gateway.conftest import declared

BLANK, APPLICATION, CONFIRMATION = "blank_certificate_application", "certificate_application", "enterprise_confirmation"


def submit(home: Home, *declarations: Declaration, **how: bool) -> list[Outcome]:
    return Submitter(home, actor="test").submit(list(declarations), **how)


def says(home: Home, number: str, code: str, *, at: str, message: str = "") -> None:
    """Customs says something of a document, without the wire between."""
    file = f"Receipt_{number}_{at}.xml"
    arrived = home.ledger.arrive([NewArrival("customs/CertOut", "InBox", file, f"{number}{code}{at}".encode())])
    event = NewEvent(1, number, What.BUSINESS, code, at, f"2026{at[3:17]}", message)
    home.ledger.settle([Settlement(arrived[0].id, "understood", events=(event,))])


def states(home: Home) -> dict[str, str]:
    return {row.number: row.state for row in home.ledger.documents()}


def test_the_same_reference_with_the_same_content_is_the_document_that_exists(home: Home) -> None:
    first, again = submit(home, declared(home, BLANK)), submit(home, declared(home, BLANK))
    assert (first[0].outcome, again[0].outcome) == ("accepted", "duplicate")
    assert first[0].number == again[0].number == "B20260000000000001"
    assert states(home) == {"B20260000000000001": "D"}


def test_other_content_is_refused_while_the_state_does_not_permit_editing_and_names_the_original(home: Home) -> None:
    submit(home, declared(home, BLANK, seed=1, reference="R"))
    refused = submit(home, declared(home, BLANK, seed=2, reference="R"))[0]
    assert refused.outcome == "refused"
    assert (refused.faults[0].code, refused.faults[0].path) == ("DECL_REFERENCE", "/reference")
    assert "B20260000000000001" in refused.faults[0].zh
    assert "已提交" in refused.faults[0].zh


def test_a_refused_document_is_corrected_under_its_reference(home: Home) -> None:
    number = submit(home, declared(home, BLANK, seed=1, reference="R"))[0].number
    says(home, number, "HF", at="20990101000000000")
    revised = submit(home, declared(home, BLANK, seed=2, reference="R"))[0]
    assert (revised.outcome, revised.number, revised.state) == ("revised", number, "D")
    names = [message.file_name for message in home.ledger.history(number)[2]]
    assert [name[-8:] for name in names] == ["_t-0.xml", "_t-1.xml"]


def test_the_same_content_under_another_reference_is_held_where_the_kind_says_so(home: Home) -> None:
    first = submit(home, declared(home, APPLICATION, seed=1, reference="ONE"))[0]
    twin = declared(home, APPLICATION, seed=1, reference="TWO")
    held = submit(home, twin)[0]
    assert (held.outcome, held.faults[0].code, held.faults[0].found) == ("held", "MSG_REPEAT", first.number)
    assert held.number != first.number and submit(home, twin)[0].number == held.number  # recorded once, as a draft
    assert submit(home, twin, repeat=True)[0].outcome == "revised"
    assert submit(home, declared(home, BLANK, seed=1, reference="B1"))[0].outcome == "accepted"
    assert submit(home, declared(home, BLANK, seed=1, reference="B2"))[0].outcome == "accepted"


def test_message_ids_are_unique_while_the_clock_stands_still(home: Home) -> None:
    """The first of the first batch is refused: its messages need fewer numbers than there are declarations."""
    home.__dict__["clock"] = SetClock(home.clock.now())
    bad, *good = [declared(home, BLANK, seed=n, reference=f"R{n}") for n in range(5)]
    bad.value["content"]["lines"] = []
    told = submit(home, bad, *good[:2]) + submit(home, *good[2:])
    assert [each.outcome for each in told] == ["refused"] + 4 * ["accepted"]
    ids = [m.cop_msg_id for row in home.ledger.documents() for m in home.ledger.history(row.number)[2]]
    assert len(set(ids)) == len(ids) == 4


def test_a_batch_with_bad_declarations_lets_the_good_ones_pass(home: Home) -> None:
    good = [declared(home, BLANK, seed=i, reference=f"G{i}") for i in range(70)]
    bad = [
        declared(home, BLANK, reference="X1", lines=[]),
        Declaration(
            "memory", {"kind": "certificate_aplication", "reference": "X2", "enterprise": ENTERPRISE, "content": {}}
        ),
        Declaration("memory", {"kind": "receipt", "reference": "X3", "enterprise": ENTERPRISE, "content": {}}),
        Declaration("memory", {"kind": BLANK, "enterprise": "0000000000", "contnet": {}}),
    ]
    outcomes = submit(home, *good[:35], *bad, *good[35:])
    assert [o.outcome for o in outcomes] == ["accepted"] * 35 + ["refused"] * 4 + ["accepted"] * 35
    told = [{fault.code for fault in outcome.faults} for outcome in outcomes[35:39]]
    assert told == [
        {"GROUP_MIN"},
        {"DECL_KIND"},
        {"DECL_DIRECTION"},
        {"DECL_ENTERPRISE", "FIELD_UNKNOWN", "FIELD_MISSING"},
    ]
    assert len(states(home)) == 70


def test_a_refused_declaration_leaves_nothing_behind(home: Home) -> None:
    submit(home, declared(home, BLANK, lines=[]))
    assert states(home) == {}
    assert home.ledger.due("deliver", limit=10) == []


def test_a_draft_is_kept_and_sent_later_under_its_number(home: Home) -> None:
    draft = submit(home, declared(home, BLANK, seed=1, reference="R"), draft=True)[0]
    assert (draft.outcome, draft.state) == ("accepted", "S")
    assert home.ledger.due("deliver", limit=10) == []
    sent = submit(home, declared(home, BLANK, seed=1, reference="R"))[0]
    assert (sent.number, sent.state) == (draft.number, "D")


def test_only_certificates_that_failed_or_are_new_go_again(home: Home) -> None:
    application = declared(home, APPLICATION, seed=0, reference="R")
    certificates = application.value["content"]["certificates"]
    one, two, new = (dict(certificates[0]) for _ in range(3))
    application.value["content"]["certificates"] = [one, two]
    number = submit(home, application)[0].number
    first, second = sorted(n for n in states(home) if n.startswith("C"))
    for of, code in ((number, "HS"), (first, "HS"), (second, "HF")):
        says(home, of, code, at="20990101000000000")

    changed = {**application.value["content"], "certificates": [{**one, "certificate_remark": "changed"}, two]}
    refused = submit(home, Declaration("memory", {**application.value, "content": changed}))[0]
    assert [(f.code, f.path) for f in refused.faults] == [("BIZ_STATE", "/content/certificates/0")]

    corrected = {**application.value["content"], "certificates": [one, {**two, "certificate_remark": "corrected"}, new]}
    again = submit(home, Declaration("memory", {**application.value, "content": corrected}))[0]
    assert (again.outcome, again.number) == ("revised", number)
    third = next(n for n in states(home) if n.startswith("C") and n not in (first, second))
    assert states(home) == {number: "D", first: "HS", second: "D", third: "D"}
    second_message = home.ledger.history(number)[2][-1]
    sent = home.ledger.messages_sent([second_message.cop_msg_id])[second_message.cop_msg_id]
    assert set(sent.numbers) == {number, second, third}


def test_a_confirmation_is_a_turn_of_its_certificate(home: Home) -> None:
    submit(home, declared(home, APPLICATION, seed=1, reference="R"))
    certificate = next(n for n in states(home) if n.startswith("C"))
    agree = {"certificate_serial": certificate, "confirm_result": "0"}
    early = submit(
        home,
        Declaration("memory", {"kind": CONFIRMATION, "reference": "C1", "enterprise": ENTERPRISE, "content": agree}),
    )[0]
    assert [(f.code, f.path) for f in early.faults] == [("BIZ_STATE", "/content/certificate_serial")]
    says(home, certificate, "HS", at="20990101000000000")
    says(home, certificate, "EW", at="20990101000001000")
    done = submit(
        home,
        Declaration("memory", {"kind": CONFIRMATION, "reference": "C2", "enterprise": ENTERPRISE, "content": agree}),
    )[0]
    assert (done.outcome, done.number, done.state) == ("accepted", certificate, "EA")
    again = submit(
        home,
        Declaration("memory", {"kind": CONFIRMATION, "reference": "C2", "enterprise": ENTERPRISE, "content": agree}),
    )[0]
    assert (again.outcome, again.number) == ("duplicate", certificate)
    unknown = {**agree, "certificate_serial": "C20260000000099999"}
    lost = submit(
        home,
        Declaration("memory", {"kind": CONFIRMATION, "reference": "C3", "enterprise": ENTERPRISE, "content": unknown}),
    )[0]
    assert [f.code for f in lost.faults] == ["BIZ_UNKNOWN"]


def test_check_says_what_submit_would_and_records_nothing(home: Home) -> None:
    outcomes = Submitter(home, actor="test").check([declared(home, BLANK), declared(home, BLANK, lines=[])])
    assert [o.outcome for o in outcomes] == ["ok", "refused"]
    assert states(home) == {}


@pytest.fixture
def locked_key(tmp_path: Path) -> Home:
    made = make_home(NewHome(tmp_path / "locked", ENTERPRISE, "测试企业"), passphrase=b"correct horse")
    made.close()
    return Home(tmp_path / "locked", passphrase=lambda _key: None)


def test_without_its_key_a_message_waits_unsealed_and_goes_when_the_key_is_there(
    locked_key: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit(locked_key, declared(locked_key, BLANK))[0].outcome == "accepted"
    assert "SIGN_KEY_UNAVAILABLE" in capsys.readouterr().err
    with locked(locked_key):
        assert Worker(locked_key).until_idle().delivered == 0
    locked_key.close()
    opened = Home(locked_key.path, passphrase=lambda _key: b"correct horse")
    with locked(opened):
        assert Worker(opened).until_idle().delivered == 1
    opened.close()


def test_an_unrouted_kind_is_refused_before_anything_is_signed(home: Home) -> None:
    home.settings = replace(home.settings, channels={})
    assert [f.code for f in submit(home, declared(home, BLANK))[0].faults] == ["CHANNEL_UNROUTED"]


def test_what_the_account_fills_in_is_judged_too(home: Home) -> None:
    """The declarant is left out and is the account: an agent for somebody else, who must attach the letter of attorney."""
    declaration = declared(home, "certificate_application", seed=1, consignor_customs_code="4401987654")
    for name in ("declarant_customs_code", "declarant_uscc", "consignor_uscc", "attachments"):
        declaration.value["content"].pop(name, None)
    (outcome,) = Submitter(home, actor="test").submit([declaration])
    assert (outcome.outcome, {fault.code for fault in outcome.faults}) == ("refused", {"BIZ_ATTACHMENT"})
