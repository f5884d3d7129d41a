"""数据补录: nine templates from workbook to review, and what the declaration fills in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.cli.offline import check_offline, unjudged
from gateway.intake.declaration import Declaration
from gateway.intake.lines import read_lines, workbook
from gateway.intake.sheet import SheetRefused
from gateway.submission.draft import DECLARED
from gateway.submission.submit import Submitter
from mappings.check import BY_ANYBODY, check
from mappings.load import contract
from mappings.sample import ENTERPRISE, sample
from simulator.notices import facts_of
from tests.gateway.supplementing import (
    BUSINESS,
    KIND,
    TEMPLATES,
    filled,
    imported,
    labels,
    sent,
    state,
    submitted,
)
from tests.stories.player import World

# The road


@pytest.mark.parametrize("end", ["10", "11"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_goes_from_its_workbook_to_the_review(there: World, notice: Any, template: str, end: str) -> None:
    """XLSX → draft → declaration → XML → customs → 合格 or 不合格."""
    number = notice(template)
    found = imported(there, number, filled(template))
    assert (found.outcome.outcome, found.outcome.faults, found.lines) == ("accepted", (), 2)
    assert state(there, number) == "1"
    found = imported(there, number, filled(template, 3), declare=True)
    assert (found.outcome.faults, found.lines, state(there, number)) == ((), 3, "4")
    there.exchange()
    content = sent(there, number)
    assert (content["supplement_template"], content["business_no"]) == (template, BUSINESS)
    assert [sorted(line) for line in content["goods"]] == [sorted(f.id for f in labels(template).values())] * 3
    shape = {getattr(part, "name", "") for part in KIND.formats[template].parts}
    assert ("qualifications" in content, "containers" in content) == ("qualifications" in shape, "containers" in shape)
    for status in ("9", end):
        there.customs.decide(number, status, reason="批次与标签不符")
        there.exchange()
    assert state(there, number) == end


def test_the_workbook_that_is_printed_is_the_one_that_is_read() -> None:
    for template in TEMPLATES:
        data = workbook(KIND, template)
        with pytest.raises(SheetRefused) as empty:
            read_lines(data, "template.xlsx", KIND, template)
        assert empty.value.code == "IMP_EMPTY"


# What is filled in


def test_what_is_left_out_is_the_declarations(there: World, notice: Any) -> None:
    number = notice("devices", marks="")
    lines = [{"goods_line_no": n, "goods_model": "ax", "serial_or_batch_no": f"SN{n}"} for n in (1, 2)]
    outcome = submitted(there, {"notice_no": number, "supplement_template": "devices", "goods": lines})
    assert outcome.faults == ()
    there.exchange()
    content = sent(there, number)
    assert content["business_no"] == BUSINESS
    assert [line["first_quantity"] for line in content["goods"]] == ["18000", "17999.89"]
    assert content["goods"][1]["second_unit"] == "011"
    assert "goods_brand" not in content["goods"][0], "no field of this template"


def test_what_is_not_given_at_all_is_the_declarations_as_a_whole(there: World, notice: Any) -> None:
    whole = [{"goods_line_no": 1, **sample(KIND, format_="aquatic")["content"]["goods"][0]}]
    number = notice("aquatic", goods=whole)
    assert submitted(there, {"notice_no": number}).faults == ()
    there.exchange()
    content = sent(there, number)
    assert content["containers"] == [{"entry_container_no": "QAZX1106001"}]
    assert content["qualifications"] == [{"qualification_type": "303", "qualification_no": "HT483249032"}]


def test_an_empty_list_is_meant(there: World, notice: Any) -> None:
    whole = [{"goods_line_no": 1, **sample(KIND, format_="aquatic")["content"]["goods"][0]}]
    number = notice("aquatic", goods=whole)
    mine = {"notice_no": number, "supplement_template": "aquatic", "containers": [], "qualifications": []}
    assert submitted(there, mine).faults == ()
    there.exchange()
    assert not {"containers", "qualifications"} & sent(there, number).keys()


@pytest.mark.parametrize(
    ("template", "content", "want"),
    [
        (
            "food",
            {"business_no": "010120241000005176", "supplement_template": "food"},
            [("SUPPDATA-LOCKED", "/business_no")],
        ),
        ("herbs", {"supplement_template": "devices"}, [("TEMPLATE_OTHER", "/supplement_template")]),
        ("animal-products", {"supplement_template": "meat"}, [("TEMPLATE_ENDED", "/supplement_template")]),
        ("food", {"goods": [{"goods_line_no": 1}]}, [("FIELD_MISSING", "/supplement_template")]),
        ("herbs", {"supplement_template": "herbs", "goods": []}, [("GROUP_MIN", "/goods")]),
    ],
)
def test_what_may_not_be(
    there: World, notice: Any, template: str, content: dict[str, Any], want: list[tuple[str, str]]
) -> None:
    """Told at the enterprise's own field, beside what the declaration does not know."""
    number = notice(template)
    outcome = submitted(there, {"notice_no": number, **content})
    told = [(fault.code, fault.path.removeprefix("/content")) for fault in outcome.faults]
    assert [each for each in told if not each[1].startswith("/goods/")] == want
    assert state(there, number) == "3"


def test_an_ended_template_names_what_is_asked_for_instead(there: World, notice: Any) -> None:
    [fault] = [
        fault
        for fault in submitted(there, {"notice_no": notice("animal-products"), "supplement_template": "dairy"}).faults
        if fault.code == "TEMPLATE_ENDED"
    ]
    assert "陆生动物源性食品及乳品" in fault.zh and "2025-10-10" in fault.zh


def test_a_notice_decides_for_a_template_that_has_ended(there: World, notice: Any) -> None:
    assert imported(there, notice("dairy"), filled("dairy"), declare=True).outcome.faults == ()


def test_a_draft_does_not_become_the_declarations_word(there: World, notice: Any) -> None:
    """What customs gave is what fills in, whatever was kept upon the notice since."""
    number = notice("devices", marks="")
    lines = [{"goods_line_no": 1, "goods_model": "ax", "serial_or_batch_no": "SN1", "first_quantity": "1"}]
    draft = {"notice_no": number, "supplement_template": "devices", "goods": lines}
    assert submitted(there, draft, draft=True).faults == ()
    del lines[0]["first_quantity"]
    [row] = there.home.ledger.find([number])[number]
    value = {
        "kind": KIND.name,
        "reference": json.loads(row.declaration)[DECLARED]["reference"],
        "enterprise": ENTERPRISE,
        "content": draft,
    }
    there.clock.at += 60_000_000
    [outcome] = Submitter(there.home, actor="test").submit([Declaration("x", value)])
    assert outcome.faults == ()
    there.exchange()
    assert sent(there, number)["goods"][0]["first_quantity"] == "18000"


# What customs holds it against


def test_customs_judges_by_its_own_notice(there: World, notice: Any) -> None:
    number, node = notice("herbs"), there.home.settings.node
    there.customs.look()
    content = {"notice_no": number, "business_no": "010120241000005176", "supplement_template": "devices"}
    facts = facts_of(there.customs.tools, KIND, content, node)
    told = {fault.code for fault in check(KIND, content, by=BY_ANYBODY, facts=facts).faults}
    assert told >= {"SUPPDATA-LOCKED", "TEMPLATE_OTHER"}
    assert facts_of(there.customs.tools, KIND, {"notice_no": "0" * 32}, node) == {}


def test_without_a_home_what_a_notice_fills_in_is_not_judged() -> None:
    value = {"kind": KIND.name, "reference": "R", "enterprise": ENTERPRISE, "content": {"notice_no": "0" * 32}}
    [outcome] = check_offline([Declaration("x", value)], contract())
    assert (outcome.outcome, outcome.faults) == ("ok", ())
    assert "FIELD_MISSING" in {each["code"] for each in unjudged(outcome, contract())}
