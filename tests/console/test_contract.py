"""`gateway kinds`, `states`, `sample`, and `check` without a home: the contract, readable, with nothing set up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mappings.kind import Direction
from mappings.load import contract
from mappings.sample import breakable
from tests.console.conftest import Gateway

KINDS = contract().kinds
OUT = [kind.name for kind in KINDS.values() if kind.direction is Direction.OUT]
BREAKABLE = [(kind, rule) for kind in OUT for rule in breakable(KINDS[kind])]


def test_kinds(gateway: Gateway) -> None:
    rows = gateway("kinds", "--json").value
    assert [row["name"] for row in rows] == list(KINDS)
    keys = {
        "name", "zh", "en", "type", "direction", "version", "fields", "rules", "states", "stories", "formats",
        "attachments",
    }  # fmt: skip
    assert all(row.keys() == keys for row in rows)
    blank = next(row for row in rows if row["name"] == "blank_certificate_application")
    assert "lines/quantity" in blank["fields"] and blank["rules"] == ["BLANKAPP-R-23"] and "BP" in blank["states"]
    assert next(row for row in rows if row["name"] == "certificate")["formats"] == list(KINDS["certificate"].formats)


def test_kinds_for_people_in_both_languages(gateway: Gateway) -> None:
    text = gateway("kinds").text
    assert "空白证书申请" in text and "blank certificate application" in text


def test_states(gateway: Gateway) -> None:
    value = gateway("states", "certificate", "--json").value
    assert value["start"] == "S" and value["kind"] == "certificate"
    assert {"code", "zh", "en", "permits", "final", "within"} == value["states"][0].keys()
    assert {"on", "from", "to", "by", "skips"} == value["moves"][0].keys()
    assert next(state for state in value["states"] if state["code"] == "EW")["zh"] == "待企业确认"


def test_states_as_a_diagram(gateway: Gateway) -> None:
    lines = gateway("states", "blank_form", "--mermaid").text.splitlines()
    assert lines[0] == "stateDiagram-v2" and "    [*] --> U" in lines and "    U --> W: print (enterprise)" in lines
    assert gateway("states", "blank_form", "--mermaid", "--json").value["mermaid"].splitlines() == lines


def test_a_kind_without_states_has_none_to_show(gateway: Gateway) -> None:
    assert gateway("states", "receipt").status == 2


@pytest.mark.parametrize("kind", OUT)
@pytest.mark.parametrize("seed", [0, 7])
def test_every_sample_passes_the_check(gateway: Gateway, kind: str, seed: int) -> None:
    declared = gateway("sample", kind, "--seed", seed)
    assert set(declared.value) == {"kind", "reference", "enterprise", "content"}
    checked = gateway("check", "-", "--json", stdin=declared.out)
    assert checked.status == 0 and checked.value[0]["ok"], checked.text


@pytest.mark.parametrize(("kind", "rule"), BREAKABLE)
def test_a_sample_that_breaks_a_rule_is_told_so(gateway: Gateway, kind: str, rule: str) -> None:
    checked = gateway("check", "-", "--json", stdin=gateway("sample", kind, "--break", rule).out)
    assert checked.status == 1
    (row,) = checked.value
    assert not row["ok"] and {fault["code"] for fault in row["faults"]} == {rule}
    assert all({"code", "path", "zh", "en", "source"} == fault.keys() for fault in row["faults"])


def test_sample_takes_format_reference_remark_and_enterprise(gateway: Gateway) -> None:
    value = gateway(
        "sample", "certificate_application", "--format", "C3-1.zh", "--reference", "ERP-1", "--remark", "#confirm 请",
        "--enterprise", "3301234567",
    ).value  # fmt: skip
    assert value["reference"] == "ERP-1" and value["enterprise"] == "3301234567"
    assert value["content"]["remark"] == "#confirm 请"
    assert {one["certificate_format"] for one in value["content"]["certificates"]} == {"C3-1.zh"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("sample", "nope"), "DECL_KIND"),
        (("sample", "receipt"), "DECL_DIRECTION"),
        (("sample", "certificate_application", "--format", "C9-9"), "FORMAT_UNKNOWN"),
        (("sample", "certificate_application", "--break", "NO-R-1"), "USAGE"),
        (("states", "nope"), "DECL_KIND"),
        (("nope",), "USAGE"),
        (("kinds", "--lang", "fr"), "USAGE"),
    ],
)
def test_what_is_used_wrongly(gateway: Gateway, arguments: tuple[str, ...], code: str) -> None:
    answer = gateway(*arguments, "--json")
    assert answer.status == 2 and answer.err == ""
    error = answer.value["error"]
    assert error.keys() == {"code", "zh", "en", "next"} and error["code"] == code
    plain = gateway(*arguments)
    assert plain.status == 2 and plain.out == b"" and plain.err and "Traceback" not in plain.err


def test_check_without_a_home_says_what_it_cannot_judge(gateway: Gateway) -> None:
    declared = gateway("sample", "certificate_application").out
    (row,) = gateway("check", "-", "--json", stdin=declared).value
    assert {"file", "reference", "ok", "faults", "unjudged"} <= row.keys()
    assert {each["code"] for each in row["unjudged"]} >= {"DECL_ENTERPRISE", "DECL_REFERENCE", "MSG_REPEAT"}
    acting = gateway("sample", "enterprise_confirmation").out
    assert "BIZ_STATE" in {each["code"] for each in gateway("check", "-", "--json", stdin=acting).value[0]["unjudged"]}


def test_check_takes_files_folders_and_stdin_and_tells_the_place(gateway: Gateway, tmp_path: Path) -> None:
    good = gateway("sample", "blank_certificate_application", "--json").value
    bad = {
        **good,
        "reference": "BAD",
        "content": {**good["content"], "lines": [{"blank_format": "C1-1", "quantity": 0}]},
    }
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "two.jsonl").write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\n", encoding="utf-8")
    (tmp_path / "one.json").write_text(json.dumps([bad]), encoding="utf-8")
    answer = gateway("check", folder, tmp_path / "one.json", "-", "--json", stdin=b"not json")
    assert answer.status == 1
    assert [row["ok"] for row in answer.value] == [True, False, False, False]
    assert answer.value[1]["faults"][0] | {"zh": "", "en": ""} == {
        "code": "FIELD_RANGE", "path": "line 2: /content/lines/0/quantity", "zh": "", "en": "",
        "source": answer.value[1]["faults"][0]["source"],
    }  # fmt: skip
    assert answer.value[2]["faults"][0]["path"] == "/0/content/lines/0/quantity"
    assert answer.value[3]["file"] == "-" and answer.value[3]["faults"][0]["code"] == "DECL_FORMAT"


def test_faults_for_people_name_place_code_both_sentences_and_source(gateway: Gateway) -> None:
    declared = gateway("sample", "blank_certificate_application", "--break", "BLANKAPP-R-23").out
    for lang in ("zh", "en"):
        text = gateway("check", "-", "--lang", lang, stdin=declared).text
        for part in (
            "/content/lines/1",
            "BLANKAPP-R-23",
            "已存在相同空白证书格式",
            "exists already",
            "manual 002 §4.2.3",
        ):
            assert part in text


def test_a_file_that_is_not_there_is_used_wrongly(gateway: Gateway) -> None:
    assert gateway("check", "nowhere.json").status == 2


def test_a_map_needs_a_home(gateway: Gateway) -> None:
    answer = gateway("check", "-", "--map", "erp", "--json", stdin=b"x")
    assert answer.status == 2 and answer.value["error"]["code"] == "SYS_HOME"
