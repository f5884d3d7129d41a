"""Every rule of the contract refuses its own counter-example and nothing else does; its example passes."""

from __future__ import annotations

import pytest

from mappings.check import check
from mappings.demands import Rule
from mappings.kind import Direction, Kind
from mappings.load import contract
from mappings.rules import broken, example_facts
from mappings.sample import NoSuchRule, formats_of, sample, sample_breaking, unfit

KINDS = list(contract().kinds.values())
RULES = [(kind, rule) for kind in KINDS for rule in kind.rules]
OUT = [kind for kind in KINDS if kind.direction is Direction.OUT]


@pytest.mark.parametrize(("kind", "rule"), RULES, ids=[f"{k.name}-{r.code}" for k, r in RULES])
def test_a_rule_accepts_its_example_and_refuses_its_counter_example(kind: Kind, rule: Rule) -> None:
    assert broken(rule, rule.ok, facts=example_facts(rule.ok)) == []
    facts = example_facts(rule.bad)
    told = broken(rule, rule.bad, facts=facts)
    assert {fault.code for fault in told} == {rule.code}
    others = [fault.code for other in kind.rules if other is not rule for fault in broken(other, rule.bad, facts=facts)]
    assert others == []


def _breakable(kind: Kind) -> list[Rule]:
    carried = kind.carries.kind if kind.carries else None
    return [rule for rule in (*kind.rules, *(carried.rules if carried else ())) if not rule.fact]


BREAKABLE = [(kind, rule) for kind in OUT for rule in _breakable(kind)]


@pytest.mark.parametrize(("kind", "rule"), BREAKABLE, ids=[f"{k.name}-{r.code}" for k, r in BREAKABLE])
def test_a_sample_that_breaks_a_rule_is_refused_by_that_rule_alone(kind: Kind, rule: Rule) -> None:
    for seed in range(5):
        assert set(unfit(kind, sample_breaking(kind, rule.code, seed=seed))) == {rule.code}


@pytest.mark.parametrize("kind", OUT, ids=lambda kind: kind.name)
def test_samples_are_valid_and_the_same_seed_gives_the_same(kind: Kind) -> None:
    for seed in range(40):
        assert unfit(kind, sample(kind, seed=seed)) == ()
        assert sample(kind, seed=seed) == sample(kind, seed=seed)
    for name in formats_of(kind):
        assert unfit(kind, sample(kind, seed=3, format_=name)) == ()


def test_a_rule_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(NoSuchRule, match="BLANKAPP-R-23"):
        sample_breaking(contract().kinds["blank_certificate_application"], "R-99")


def test_all_faults_are_told_at_once_each_at_its_place() -> None:
    kind = contract().kinds["blank_certificate_application"]
    content = {
        "customs_office": "2201",
        "remrak": "x",
        "customs_no": "2201L2200000072",
        "lines": [{"blank_format": "C5-1", "quantity": "1,000"}, {"blank_format": "C5-1"}, {"quantity": 1000}],
    }
    told = {(fault.code, fault.path) for fault in check(kind, content).faults}
    assert told == {
        ("FIELD_UNKNOWN", "/content/remrak"),
        ("FIELD_LOCKED", "/content/customs_no"),
        ("FIELD_TYPE", "/content/lines/0/quantity"),
        ("FIELD_MISSING", "/content/lines/1/quantity"),
        ("BLANKAPP-R-23", "/content/lines/1/blank_format"),
        ("FIELD_MISSING", "/content/lines/2/blank_format"),
        ("FIELD_RANGE", "/content/lines/2/quantity"),
    }
    assert all(fault.zh and fault.en and fault.source for fault in check(kind, content).faults)


def test_a_code_outside_an_open_list_is_a_warning_that_travels() -> None:
    kind = contract().kinds["blank_certificate_application"]
    checked = check(kind, {"customs_office": "9999", "lines": [{"blank_format": "C5-1", "quantity": 1}]})
    assert checked.faults == ()
    assert [(w.code, w.path) for w in checked.warnings] == [("FIELD_CODE_OPEN", "/content/customs_office")]
    assert checked.content["customs_office"] == "9999"


def test_characters_that_cannot_travel_are_named_by_position() -> None:
    kind = contract().kinds["blank_certificate_application"]
    lines = [{"blank_format": "C5-1", "quantity": 1}]
    told = [
        check(kind, {"customs_office": "2201", "lines": lines, "remark": remark}).faults[0]
        for remark in ("ab\x0b", "a\u200bb")
    ]
    assert [fault.code for fault in told] == ["FIELD_CHARACTER", "FIELD_INVISIBLE"]
    assert ("第 3 个字符 U+000B" in told[0].zh, "第 2 个字符 U+200B" in told[1].zh) == (True, True)


def test_shapes_that_do_not_fit_are_told_by_their_own_codes() -> None:
    kind = contract().kinds["certificate_application"]
    declaration = sample(kind, seed=0)["content"]
    certificate = declaration["certificates"][0]
    wrong = {
        **declaration,
        "inspection_no": "222N",
        "remark": "备" * 1025,
        "certificates": [{**certificate, "despatch_date": "2026-02-30"}] if "despatch_date" in certificate else [],
    }
    lines = [{"blank_format": "C5-1", "quantity": 1}] * 11
    blank = check(contract().kinds["blank_certificate_application"], {"customs_office": "2201", "lines": lines})
    told = {fault.code for fault in check(kind, wrong).faults}
    assert told >= {"FIELD_PATTERN", "FIELD_LENGTH"}
    assert "GROUP_MAX" in {fault.code for fault in blank.faults}


def test_a_day_that_does_not_exist_is_no_date() -> None:
    kind = contract().kinds["certificate_application"]
    declaration = sample(kind, seed=0, format_="C3-1.zh")["content"]
    declaration["certificates"] = [
        {**declaration["certificates"][0], "despatch_date": day} for day in ("2026-02-30", "2026/1/1")
    ]
    told = [(f.code, f.path) for f in check(kind, declaration).faults]
    assert told == [("FIELD_DATE", f"/content/certificates/{i}/despatch_date") for i in (0, 1)]
