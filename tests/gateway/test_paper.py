"""What a certificate may be printed on: forms of its own family or those that stand in for it, its modes, its way of collecting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.intake.declaration import Declaration
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from mappings.load import contract
from mappings.paper import of_format, paper
from mappings.sample import ENTERPRISE
from parcel.parcel import Parcel
from simulator import eledgers, stock
from simulator.review import review
from tests.gateway.desk import Desk, both_ends

HEAD = {"inspection_no": "225N01040002194", "contact_name": "联系人", "contact_mobile": "12200000000"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two certificates of one format: one to be printed by oneself, one to be collected; forms of three families."""
    with both_ends(tmp_path_factory.mktemp("paper") / "home") as made:
        for mode in ("self_print", "onsite"):
            content = {
                **HEAD,
                "collect_mode": mode,
                "certificates": [{"certificate_format": "C1-1.en", "originals": 1, "copies": 2}],
            }
            assert submit(made, "certificate_application", content, mode).outcome == "accepted"
        lines = [{"blank_format": name, "quantity": 1} for name in ("C5-1", "C1-1", "Ce-1")]
        submit(made, "blank_certificate_application", {"customs_office": "2201", "lines": lines}, "B")
        made.exchange()
        yield made


def submit(desk: Desk, kind: str, content: dict[str, Any], reference: str) -> Outcome:
    value = {"kind": kind, "reference": reference, "enterprise": ENTERPRISE, "content": content}
    (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)])
    return outcome


def certificate(desk: Desk, mode: str) -> str:
    (row,) = desk.home.ledger.documents(reference=mode, kind="certificate")
    return row.number


def on_a_form(desk: Desk, family: str, mode: str = "self_print") -> dict[str, Any]:
    form = next(row for row in desk.home.ledger.documents(kind="blank_form") if row.number.startswith(f"{family}:"))
    serial = form.number.partition(":")[2]
    return {"certificate_serial": certificate(desk, mode), "print_mode": "blank_form", "blank_format": family, "blank_serial": serial,
            "print_success": "1"}  # fmt: skip


def told(outcome: Outcome) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in outcome.faults]


def test_a_form_of_another_family_does_not_fit(desk: Desk) -> None:
    outcome = submit(desk, "print_result", on_a_form(desk, "C5-1"), "P1")
    assert told(outcome) == [("PRINT-R-26F", "/content/blank_format")]
    assert outcome.faults[0].zh.startswith("不存在该空白证单编号，或该空白证单编号不符合要求，请确认信息是否正确！")
    assert {row.state for row in desk.home.ledger.documents(kind="blank_form")} == {"U"}


def test_what_is_collected_on_site_is_not_printed_here_whoever_said_so(desk: Desk) -> None:
    outcome = submit(desk, "print_result", on_a_form(desk, "C1-1", "onsite"), "P2")
    assert told(outcome) == [("PRINT-R-25", "/content/certificate_serial")]


@pytest.mark.parametrize(("family", "fits"), [("C1-1", True), ("Ce-1", True), ("C5-1", False)])
def test_customs_holds_a_print_against_its_own_certificate(desk: Desk, family: str, fits: bool) -> None:
    kind = contract().kinds["print_result"]
    content = {**on_a_form(desk, family), "certificate_format": "C5-1.en"}  # whatever the message says
    parcel = _parcel(desk, content)
    facts = stock.paper_of(desk.customs.tools, parcel)
    assert facts["paper"].number == "C1-1.en"
    assert bool(review(parcel, None, facts)) is not fits
    assert eledgers.facts_of(desk.customs.tools, kind, content, None) == {}


def _parcel(desk: Desk, content: dict[str, Any]) -> Parcel:
    node = desk.home.settings.node
    return Parcel(
        name="x",
        kind=contract().kinds["print_result"],
        number=content["certificate_serial"],
        sender=node,
        content=content,
    )


def test_a_format_that_is_printed_on_forms_only_is_not_printed_on_a4(desk: Desk) -> None:
    chosen = contract().kinds["certificate"].formats["C1-1.en"]
    only = {"paper": paper(replace(chosen, print_modes=("blank_form",)))}
    parcel = _parcel(
        desk, {"certificate_serial": certificate(desk, "self_print"), "print_mode": "plain_a4", "print_success": "1"}
    )
    assert review(parcel, None, only) == {parcel.number: "该证书格式不能以此方式打印。"}
    assert review(parcel, None, of_format("C1-1.en", contract().kinds)) == {}
    assert of_format("unknown", contract().kinds) == {}


def test_a_form_that_stands_in_is_taken_at_both_ends(desk: Desk) -> None:
    content = on_a_form(desk, "Ce-1")
    assert submit(desk, "print_result", content, "P3").outcome == "accepted"
    desk.exchange()
    states = {row.number: row.state for row in desk.home.ledger.documents()}
    assert states[content["certificate_serial"]] == "HB" and states[f"Ce-1:{content['blank_serial']}"] == "W"
    sender = desk.home.settings.node
    case = desk.customs.tools.store.case(sender, content["certificate_serial"])
    assert case is not None and case.state == "HB"
