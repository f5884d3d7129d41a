"""Templates of initial values: what they fill in, for whom, how they are kept; and English fields in capitals."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.errors import Unanswerable
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.setup import NewHome, make_home
from gateway.submission.initial_values import remove, save, template, templates
from gateway.submission.submit import Submitter
from mappings.sample import ENTERPRISE

KIND = "certificate_application"
HEAD = {
    "inspection_no": "225N01040002194",
    "collect_mode": "self_print",
    "contact_name": "张三",
    "contact_mobile": "12200000000",
}
PLACE = {"certificate_format": "C1-1.en", "originals": 1, "copies": 2, "issue_place_en": "Beijing", "marks": "n/m"}


_serials = itertools.count()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = make_home(NewHome(tmp_path_factory.mktemp("initial") / "home", ENTERPRISE, "测试企业"), passphrase=None)
    yield made
    made.close()


@pytest.fixture
def home(house: Home) -> Home:
    """The same home, without templates."""
    shutil.rmtree(house.initial, ignore_errors=True)
    return house


def value(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": KIND, "reference": f"R{next(_serials)}", "enterprise": ENTERPRISE, "content": content, **more}


def submit(home: Home, declared: dict[str, Any], *, actor: str = "小王", draft: bool = True) -> Any:
    (outcome,) = Submitter(home, actor=actor).submit([Declaration("memory", declared)], draft=draft, repeat=True)
    return outcome


def stored(home: Home, number: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(home.ledger.find([number])[number][0].declaration)
    return found


def keep(home: Home, content: dict[str, Any], name: str = "常用 1", **more: Any) -> None:
    save(home, name, value(content), **{"scope": "company", "actor": "小王"} | more)


def test_what_is_left_out_is_filled_in_and_what_is_given_stays(home: Home) -> None:
    keep(home, {**HEAD, "certificates": [{"certificate_format": "C5-1.en", "marks": "X"}, PLACE]})
    given = {
        "inspection_no": "225N01040002195",
        "contact_mobile": "",
        "certificates": [{"certificate_format": "C1-1.en", "marks": "M"}],
    }
    outcome = submit(home, value(given, initial="常用 1"))
    assert outcome.outcome == "accepted", outcome
    kept = stored(home, outcome.number)
    assert kept.keys() == {"kind", "reference", "enterprise", "content"}
    assert kept["content"] == {**HEAD, "inspection_no": "225N01040002195", "certificates": [{**PLACE, "marks": "M"}]}
    remove(home, ["常用 1"], actor="小李")
    again = Submitter(home, actor="小王").submit([Declaration("memory", kept)])
    assert [each.outcome for each in again] == ["revised"]  # what was recorded needs the template no more


def test_without_certificates_of_its_own_it_takes_the_template_s(home: Home) -> None:
    keep(home, {**HEAD, "certificates": [PLACE]})
    outcome = submit(home, value({}, initial="常用 1"))
    assert stored(home, outcome.number)["content"]["certificates"] == [PLACE]


def test_a_creator_s_template_is_the_creator_s_alone(home: Home) -> None:
    keep(home, HEAD, scope="creator")
    declared = value({"certificates": [PLACE]}, initial="常用 1")
    assert submit(home, declared, actor="小李").faults[0].code == "INITIAL_UNKNOWN"
    assert submit(home, declared).outcome == "accepted"
    for act in (lambda: remove(home, ["常用 1"], actor="小李"), lambda: keep(home, HEAD, actor="小李")):
        with pytest.raises(Unanswerable, match="INITIAL_UNKNOWN"):
            act()


@pytest.mark.parametrize("wish", ["nobody's", "../../gateway", 7, None])
def test_a_template_that_there_is_not(home: Home, wish: object) -> None:
    (told, *_) = submit(home, value({**HEAD, "certificates": [PLACE]}, initial=wish)).faults
    assert (told.code, told.path) == ("INITIAL_UNKNOWN", "/initial")


def test_of_another_kind_or_enterprise_it_is_not_used(home: Home) -> None:
    keep(home, HEAD)
    other = {"kind": "blank_certificate_application", "reference": "B", "enterprise": ENTERPRISE, "initial": "常用 1",
             "content": {"customs_office": "0101", "lines": [{"blank_format": "C1-1", "quantity": 1}]}}  # fmt: skip
    assert [fault.code for fault in submit(home, other).faults] == ["INITIAL_UNKNOWN"]
    found = template(home.initial, "常用 1")
    assert found is not None and not found.is_for(("2102919038", ""), "小王")


@pytest.mark.parametrize(
    ("name", "content", "scope"),
    [("../x", HEAD, "company"), ("", HEAD, "company"), ("a", HEAD, "everybody"), ("a", {"nothing": 1}, "company"),
     ("a", {"collect_mode": "by air"}, "company"),
     ("a", {"certificates": [{"certificate_format": "C1-1.en", "originals": "x"}]}, "company")],
)  # fmt: skip
def test_what_no_declaration_could_hold_is_not_kept(home: Home, name: str, content: dict[str, Any], scope: str) -> None:
    with pytest.raises(Unanswerable, match="INITIAL_BAD"):
        keep(home, content, name, scope=scope)
    assert templates(home.initial) == []


def test_kept_listed_and_deleted_all_or_none(home: Home) -> None:
    for name in ("b", "a"):
        keep(home, HEAD, name)
    assert [each.name for each in templates(home.initial)] == ["a", "b"]
    with pytest.raises(Unanswerable, match="INITIAL_UNKNOWN"):
        remove(home, ["a", "c"], actor="小王")
    assert remove(home, ["b", "a", "a"], actor="小王") == ["b", "a"] and templates(home.initial) == []
    (home.initial / "bad.json").write_text('{"name": 1}', encoding="utf-8")
    with pytest.raises(Unanswerable, match="INITIAL_BAD"):
        templates(home.initial)


def test_english_fields_are_put_into_capitals_where_it_is_asked_for(home: Home) -> None:
    certificate = {**PLACE, "goods": [{"ledger_line_no": 1, "goods_name_en": "hops, dried"}]}
    outcome = submit(home, value({**HEAD, "certificates": [certificate]}, upper_case=True))
    (found,) = stored(home, outcome.number)["content"]["certificates"]
    assert (found["issue_place_en"], found["goods"][0]["goods_name_en"]) == ("BEIJING", "HOPS, DRIED")
    assert found["marks"] == "n/m" and "upper_case" not in stored(home, outcome.number)
    plain = submit(home, {**value({**HEAD, "certificates": [certificate]}), "reference": "R2"})
    assert stored(home, plain.number)["content"]["certificates"][0]["issue_place_en"] == "Beijing"
    (told, *_) = submit(home, value({**HEAD, "certificates": [certificate]}, upper_case="yes")).faults
    assert (told.code, told.path) == ("FIELD_TYPE", "/upper_case")
