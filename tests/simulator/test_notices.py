"""Customs' desk for notices: what it asks, of whom, when it asks again, and what it does not take."""

from datetime import timedelta

import pytest

from mappings.load import contract
from mappings.sample import sample
from simulator.errors import NotDecided
from simulator.issue import notify
from simulator.scenario import Answer, Rule, Scenario, Told

from .conftest import APPLICATION_NO, BLANK_NO, ENTERPRISE

DECLARATION = "010120241000005175"


def ask(world, number=DECLARATION, kind="supplement_notice", sender=ENTERPRISE, **other):
    """The number of the notice, which is sent."""
    found = notify(world.store, number, kind, contract=contract(), clock=world.clock, sender=sender, road="customs/CertOut",
                   **other)  # fmt: skip
    world.look()
    return found


def told(world, number):
    return [record for record in world.records if record["number"] == number]


def upload(world, number, seed=1, **other):
    content = sample(contract().kinds["supplement_documents"], seed=seed)["content"] | {"notice_no": number}
    world.send("supplement_documents", content, number, **other)
    world.look()


def test_documents_are_asked_for_with_a_row_of_the_list_along(world):
    number = ask(world)
    [record] = told(world, number)
    [notice] = record["notice"]
    assert (record["status"], notice["supplement_operation"], notice["business_no"]) == ("3", "1", DECLARATION)
    assert "goods" not in notice and "supplement_template" not in notice
    [row] = [record["notice"][0] for record in world.records if record["number"] != number]
    assert (row["unified_no"], row["declaration_no"], row["issue_notice_type"]) == (number, DECLARATION, "补传")
    assert row["notice_detail"] == "该报关单经审核需补传单据信息,请到货物申报系统拟证出证模块进行相关单据补传。"


@pytest.mark.parametrize(
    ("template", "called"), [("herbs", "进口中药材"), ("animal-products", "陆生动物源性食品及乳品")]
)
def test_data_are_asked_for_by_a_template_with_what_is_declared(world, template, called):
    number = ask(world, given={"supplement_template": template})
    [notice] = told(world, number)[0]["notice"]
    assert (notice["supplement_operation"], notice["supplement_template"]) == ("2", template)
    assert [line["goods_line_no"] for line in notice["goods"]] == list(range(1, len(notice["goods"]) + 1))
    [row] = [record["notice"][0] for record in world.records if record["number"] != number]
    assert row["notice_detail"] == f"该报关单经审核需补录证书信息,请到货物申报系统拟证出证模块进行{called}信息补录。"


def test_what_customs_has_of_the_declaration_fills_the_notice(world):
    content = sample(contract().kinds["entry_certificate_request"], seed=0)["content"]
    goods = [{"goods_line_no": n, "entry_goods_name": name} for n, name in enumerate(("小轿车", "小赛车"), 1)]
    content |= {"declaration_no": DECLARATION, "goods": goods, "marks": "A-1", "remark": "#notice:data:devices"}
    world.send("entry_certificate_request", content, f"V{APPLICATION_NO[1:]}")
    world.look()
    world.look()
    [asked] = [row["number"] for row in world.customs.statement() if row["kind"] == "supplement"]
    again = ask(
        world, sender="", given={"supplement_template": "devices"}
    )  # whose it is, customs knows by the declaration
    for number in (asked, again):
        [notice] = told(world, number)[0]["notice"]
        assert (notice["business_no"], notice["marks"], notice["goods"]) == (DECLARATION, "A-1", goods)


def test_a_certificate_that_is_to_be_issued_is_told_of(world):
    [record] = told(world, ask(world, kind="issue_notice"))
    [row] = record["notice"]
    assert (row["issue_notice_type"], row["unified_no"][0]) == ("出证", "i")
    assert (
        record["sentence"]
        == row["notice_detail"]
        == (f"贵公司申报货物的报关单[{DECLARATION}]所需的5-1入境货物检验检疫证明(进口化妆品及其他食品)申报已复审完成。")
    )


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"given": {"supplement_template": "fud"}}, "FIELD_CODE"),
        ({"given": {"goodz": []}}, "FIELD_UNKNOWN"),
        ({"given": {"business_no": "x"}}, "SIM_CONTENT"),
        ({"given": {"supplement_operation": "2"}}, "SIM_CONTENT"),
        ({"sender": ""}, "BIZ_UNKNOWN"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_and_leaves_nothing(world, other, code):
    with pytest.raises((NotDecided, ValueError)) as refused:
        ask(world, **other)
    assert getattr(refused.value, "code", "") == code
    assert world.customs.statement() == [] and world.records == []


def test_a_number_is_used_once(world):
    number = ask(world)
    with pytest.raises(NotDecided, match="SIM_NOTICE"):
        ask(world, given={"notice_no": number})


@pytest.mark.parametrize(("mood", "states"), [((), ["3", "9", "10"]), (("refuse",), ["3", "8"]), (("silent",), ["3"])])
def test_what_is_uploaded_is_stored_and_reviewed_by_the_notices_mood(world, mood, states):
    number = ask(world, moods=mood)
    upload(world, number)
    assert [record["status"] for record in told(world, number)] == states


def test_a_scenario_decides_what_becomes_of_an_answer(world):
    told_by = Scenario(
        (Rule(kind="supplement_documents", told=Told(answers=(Answer("9"), Answer("11", reason="不清晰")))),)
    )
    world.customs = world.another(scenario=told_by)
    number = ask(world)
    upload(world, number)
    assert [record["status"] for record in told(world, number)] == ["3", "9", "11"]
    assert told(world, number)[-1]["sentence"] == "海关审核不合格，原因：不清晰"


def test_what_is_found_wanting_is_asked_for_again_for_that_reason(world):
    first = ask(world, moods=("return",))
    upload(world, first)
    assert [record["status"] for record in told(world, first)] == ["3", "9", "11"]
    world.look(timedelta(seconds=1))
    [again] = [r for r in world.records if r["status"] == "3" and r["number"] != first]
    assert again["notice"][0]["supplement_reason"] in told(world, first)[-1]["sentence"]
    upload(world, again["number"], seed=2)
    assert [record["status"] for record in told(world, again["number"])] == ["3", "9", "10"]


def test_files_upon_a_notice_for_data_are_not_stored_whoever_sends_them(world):
    number = ask(world, given={"supplement_template": "food"})
    upload(world, number)
    assert [record["status"] for record in told(world, number)] == ["3", "8"]
    assert "不是单据补传" in told(world, number)[-1]["sentence"]


def test_files_upon_a_notice_that_customs_never_sent_are_answered(world):
    upload(world, "0" * 32)
    [record] = world.records
    assert (record["number"], record["status"]) == ("0" * 32, "8")


@pytest.mark.parametrize("word", ["notice:documents", "notice:data:meat"])
def test_a_mood_of_a_declaration_asks_for_a_supplement_to_it(world, word):
    world.apply(f"#{word}")
    world.look()
    world.look()
    [asked] = [row for row in world.customs.statement() if row["kind"] == "supplement"]
    [notice] = told(world, asked["number"])[0]["notice"]
    customs_no = world.row(APPLICATION_NO)["customs_no"]
    assert notice["business_no"][:4] == customs_no[:4]
    assert notice.get("supplement_template", "") == word.partition("data:")[2]


def test_a_mood_with_a_template_that_there_is_not_is_kept_with_its_reason(world):
    world.apply_blank("#notice:data:fud")
    world.look()
    assert [row["number"] for row in world.customs.statement() if row["kind"] != "blank_form"] == [BLANK_NO]
