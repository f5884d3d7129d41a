"""The e-ledger: asked for, waited for, judged by, filled in; its refusals told at the enterprise's own field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.intake.declaration import Declaration
from gateway.settings import FILE, load_settings
from gateway.submission.draft import Outcome
from gateway.submission.learning import Learning
from gateway.submission.submit import Submitter
from ledger.rows import DocumentChange, NewArrival, NewEvent, Settlement
from mappings.sample import ENTERPRISE
from mappings.states import What
from simulator import eledgers
from tests.gateway.desk import Desk, both_ends

GOOD, JUDGED, UNTICKED, OTHERS, NONE = (
    "222N01040001195", "222N01040000053", "222N01040000045", "222N01040000061", "222N01040009999",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with both_ends(tmp_path / "home") as made:
        yield made


@pytest.fixture
def asking(desk: Desk) -> Desk:
    """The same, whose settings say `ask`."""
    object.__setattr__(desk.home.settings, "eledger", "ask")
    return desk


def application(
    inspection_no: str = GOOD, reference: str = "R", format_: str = "C1-1.en", **certificate: Any
) -> Declaration:
    content = {
        "inspection_no": inspection_no, "collect_mode": "self_print", "contact_name": "联系人", "contact_mobile": "12200000000",
        "certificates": [{"certificate_format": format_, **certificate}],
    }  # fmt: skip
    return Declaration(
        "memory",
        {"kind": "certificate_application", "reference": reference, "enterprise": ENTERPRISE, "content": content},
    )


def submit(desk: Desk, *declarations: Declaration) -> list[Outcome]:
    return Submitter(desk.home, actor="test").submit(list(declarations))


def learn(desk: Desk, inspection_no: str = GOOD) -> None:
    """The e-ledger is asked for by hand, and is there."""
    value = {"kind": "eledger_query", "reference": f"Q {inspection_no}", "enterprise": ENTERPRISE,
             "content": {"inspection_no": inspection_no}}  # fmt: skip
    submit(desk, Declaration("memory", value))
    desk.exchange()


def sent(desk: Desk, number: str) -> Any:
    """What customs has of an application, as it was sent."""
    return desk.customs.tools.store.cases(number)[0].content


def told(outcome: Outcome) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in outcome.faults]


def test_an_application_waits_for_its_e_ledger_and_goes_with_what_it_says(asking: Desk) -> None:
    (outcome,) = submit(asking, application(goods=[{"ledger_line_no": 1}]))
    assert (outcome.outcome, outcome.state) == ("accepted", "D")
    assert asking.home.ledger.counts().stages == {"ask": 1, "deliver": 1}
    assert {row.kind for row in asking.home.ledger.documents()} == {
        "certificate_application",
        "certificate",
        "eledger_query",
    }
    asking.exchange()
    states = {row.kind: row.state for row in asking.home.ledger.documents()}
    assert states == {"certificate_application": "HS", "certificate": "HP", "eledger_query": "QA", "exit_eledger": "EK"}
    content = sent(asking, outcome.number)
    assert (content["accept_office"], content["consignor_name_zh"]) == ("0104", "中国大恒(集团)有限公司")
    assert content["declarant_customs_code"] == ENTERPRISE
    assert content["requested_certificates"] == [{"certificate_class": "11", "originals": 1, "copies": 2}]
    (certificate,) = content["certificates"]
    assert (certificate["originals"], certificate["copies"]) == (1, 2)
    assert certificate["goods"] == [
        {"ledger_line_no": 1, "weight": "10", "weight_unit": "035", "goods_quantity": "1", "package_count": 2}
    ]
    assert asking.home.ledger.documents(number=outcome.number)[0].facts["eledger"] == f"{GOOD}:0"


@pytest.mark.parametrize(
    ("number", "state", "code"),
    [(UNTICKED, "QN", "R-08"), (OTHERS, "QU", "R-09"), (NONE, "QX", "R-EX")],
)
def test_a_refusal_of_customs_is_told_at_the_enterprises_field(
    asking: Desk, number: str, state: str, code: str
) -> None:
    (outcome,) = submit(asking, application(number))
    asking.exchange()
    rows = {row.kind: row for row in asking.home.ledger.documents()}
    assert rows["eledger_query"].state == state
    assert (rows["certificate_application"].state, rows["certificate"].state) == ("SF", "SF")
    facts = rows["certificate_application"].facts
    assert (facts["refused_code"], facts["refused_at"]) == (code, "/content/inspection_no")
    assert asking.customs.tools.store.cases(outcome.number) == []  # it never left
    results = sorted((asking.home.path / "results" / ENTERPRISE).glob(f"{outcome.number}_*.json"))
    assert json.loads(results[-1].read_text(encoding="utf-8"))["facts"]["refused_code"] == code
    assert asking.home.ledger.counts().stages.get("ask", 0) == 0
    (again,) = submit(asking, application(GOOD))  # corrected under its own reference
    assert (again.outcome, again.number) == ("revised", outcome.number)
    asking.exchange()
    assert asking.home.ledger.documents(number=outcome.number)[0].state == "HS"


def test_one_question_is_asked_for_all_who_wait(asking: Desk) -> None:
    outcomes = submit(asking, *(application(reference=f"R{n}", marks=f"N/M {n}") for n in range(5)))
    submit(asking, application(reference="R5", marks="N/M 5"))
    assert {outcome.outcome for outcome in outcomes} == {"accepted"}
    assert len(asking.home.ledger.documents(kind="eledger_query")) == 1
    asking.exchange()
    assert {row.state for row in asking.home.ledger.documents(kind="certificate_application")} == {"HS"}


def test_a_question_that_did_not_get_through_is_asked_anew_with_the_next_who_wait(asking: Desk) -> None:
    submit(asking, application(reference="R1"))
    (query,) = asking.home.ledger.documents(kind="eledger_query")
    asking.home.ledger.delivered([row.outbox_id for row in asking.home.ledger.due("deliver", limit=9)])
    (arrived,) = asking.home.ledger.arrive([NewArrival("customs/CertOut", "InBox", "Failed_x", b"x")])
    event = NewEvent(1, query.number, What.TRANSPORT, "SF", "20990101000000000")
    asking.home.ledger.settle([Settlement(arrived.id, "understood", events=(event,))])
    submit(asking, application(reference="R2", marks="2"))
    assert [row.state for row in asking.home.ledger.documents(kind="eledger_query")] == ["SF", "D"]


def test_under_trust_nobody_is_asked_and_what_is_known_is_used_all_the_same(desk: Desk) -> None:
    (first,) = submit(desk, application(reference="R1"))
    assert desk.home.ledger.documents(kind="eledger_query") == []
    desk.exchange()
    assert "accept_office" not in sent(desk, first.number)
    learn(desk)
    (second,) = submit(desk, application(reference="R2", marks="2"))
    desk.exchange()
    assert sent(desk, second.number)["accept_office"] == "0104"


@pytest.mark.parametrize(
    ("declared", "code", "path"),
    [
        (application(goods=[{"ledger_line_no": 1, "weight": "10.001"}]), "CERT-R-12", "/content/certificates/0/goods/0/weight"),
        (application(goods=[{"ledger_line_no": 2}]), "CERT-R-13L", "/content/certificates/0/goods/0/ledger_line_no"),
        (application(goods=[{"weight": "1"}]), "CERT-R-13L", "/content/certificates/0/goods/0/ledger_line_no"),
        (application(format_="C2-2.en"), "CERTAPP-R-10L", "/content/certificates/0/certificate_format"),
        (application(originals=2), "CERTAPP-R-11", "/content/certificates/0/originals"),
    ],
)  # fmt: skip
def test_a_declaration_is_held_against_the_e_ledger(desk: Desk, declared: Declaration, code: str, path: str) -> None:
    learn(desk)
    (outcome,) = submit(desk, declared)
    assert told(outcome) == [(code, path)]


def test_what_the_e_ledger_says_and_may_be_changed_stays_as_it_is_given(desk: Desk) -> None:
    learn(desk)
    (outcome,) = submit(desk, application(goods=[{"ledger_line_no": 1, "weight": "4.5"}]))
    desk.exchange()
    (goods,) = sent(desk, outcome.number)["certificates"][0]["goods"]
    assert (goods["weight"], goods["goods_quantity"]) == ("4.5", "1")


def test_a_later_answer_is_the_next_revision_and_an_older_one_changes_nothing(desk: Desk) -> None:
    learn(desk)
    (row,) = desk.home.ledger.documents(kind="exit_eledger")
    assert row.revision == 0
    rows = json.loads((desk.home.path / "customs" / eledgers.FILE).read_text(encoding="utf-8"))
    rows[0]["accept_office"] = "0101"
    (desk.home.path / "customs" / eledgers.FILE).write_text(json.dumps(rows), encoding="utf-8")
    value = {
        "kind": "eledger_query",
        "reference": "again",
        "enterprise": ENTERPRISE,
        "content": {"inspection_no": GOOD},
    }
    submit(desk, Declaration("memory", value))
    desk.exchange()
    row = desk.home.ledger.lives([(1, GOOD)])[1, GOOD]
    assert (row.revision, json.loads(row.declaration)["accept_office"]) == (1, "0101")


def test_facts_that_change_between_reading_and_recording_are_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(desk)
    record, turns = desk.home.ledger.record, []

    def meanwhile(submissions: Any) -> Any:
        if not turns:
            turns.append(1)
            _next_revision(desk)
        return record(submissions)

    monkeypatch.setattr(desk.home.ledger, "record", meanwhile)
    (outcome,) = submit(desk, application())
    assert outcome.outcome == "accepted"
    assert desk.home.ledger.documents(number=outcome.number)[0].facts["eledger"] == f"{GOOD}:1"


def test_facts_that_never_rest_are_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(desk)
    record = desk.home.ledger.record
    monkeypatch.setattr(desk.home.ledger, "record", lambda submissions: (_next_revision(desk), record(submissions))[1])
    (outcome,) = submit(desk, application())
    assert told(outcome) == [("FACT_CHANGED", "/reference")]
    assert desk.home.ledger.documents(kind="certificate_application") == []


_SERIAL = iter(range(1, 100))


def _next_revision(desk: Desk) -> None:
    """Customs says the same e-ledger again, later."""
    serial = next(_SERIAL)
    row = desk.home.ledger.lives([(1, GOOD)])[1, GOOD]
    (arrived,) = desk.home.ledger.arrive([NewArrival("customs/CertOut", "InBox", f"E{serial}", f"{serial}".encode())])
    change = DocumentChange(GOOD, "exit_eledger", 1, row.declaration, {}, None)
    event = NewEvent(1, GOOD, What.BUSINESS, "EK", f"20990101000000{serial:03d}", f"{serial}")
    desk.home.ledger.settle([Settlement(arrived.id, "understood", events=(event,), opens=((1, change),))])


def test_customs_holds_applications_against_what_it_judges_by(desk: Desk) -> None:
    """The enterprise does not know the e-ledger (trust); customs does."""
    (outcome,) = submit(desk, application(JUDGED, format_="C3-1.zh", goods=[{"ledger_line_no": 1, "weight": "11"}]))
    desk.exchange()
    (certificate,) = desk.home.ledger.documents(kind="certificate")
    assert (outcome.outcome, certificate.state) == ("accepted", "HF")


@pytest.mark.parametrize("inspection_no", [GOOD, JUDGED])
def test_certificates_of_one_class_share_out_the_goods(desk: Desk, inspection_no: str) -> None:
    """Known here it is refused here; known to customs alone, customs refuses the certificate with which it is too much."""
    format_, weights = ("C1-1.en", ("6", "4.5")) if inspection_no == GOOD else ("C3-1.zh", ("6", "4.5"))
    if inspection_no == GOOD:
        learn(desk)
    items = [
        {"certificate_format": format_, "originals": 1, "copies": 2,
         "goods": [{"ledger_line_no": 1, "weight": weight, "weight_unit": "035", "goods_quantity": "0.5", "package_count": 1}]}
        for weight in weights
    ]  # fmt: skip
    declared = application(inspection_no)
    content = {**declared.value["content"], "certificates": items}
    (outcome,) = submit(desk, Declaration("memory", {**declared.value, "content": content}))
    if inspection_no == GOOD:
        assert told(outcome) == [("CERTAPP-R-12S", "/content/certificates/1/goods/0/weight")]
        return
    desk.exchange()
    assert [row.state for row in desk.home.ledger.documents(kind="certificate")] == ["HP", "HF"]


def test_what_arrives_while_the_submission_is_recorded_is_waited_for_no_longer(
    asking: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The e-ledger comes after it was looked for and before the application is written down."""
    learned = Learning.learn

    def late(self: Learning, draft: Any) -> Any:
        found = learned(self, draft)
        if draft.kind.name == "certificate_application" and not asking.home.ledger.documents(kind="exit_eledger"):
            learn(asking)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Learning, "learn", late)
        (outcome,) = submit(asking, application())
    assert [row.stage for row in asking.home.ledger.due("ask", limit=9)] == ["ask"]
    asking.exchange()
    assert asking.home.ledger.documents(number=outcome.number)[0].state == "HS"


def test_the_setting_is_read(desk: Desk) -> None:
    file = desk.home.path / FILE
    assert load_settings(desk.home.path).eledger == "trust"
    file.write_text(file.read_text(encoding="utf-8").replace('unknown = "trust"', 'unknown = "ask"'), encoding="utf-8")
    assert load_settings(desk.home.path).eledger == "ask"
