"""The whole round trip by commands, and the JSON of what it leaves: key by key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.doors import Lock
from tests.console.conftest import Gateway, there_and_back

Sent = Callable[..., list[dict[str, Any]]]
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00")
STATUS = {
    "number", "reference", "kind", "enterprise", "state", "state_zh", "customs_no", "certificate_no", "updated_at", "overdue",
}  # fmt: skip


def declared(gateway: Gateway, kind: str = "blank_certificate_application", *more: object) -> bytes:
    return gateway("sample", kind, *more).out


def test_there_and_back(gateway: Gateway, home: Path) -> None:
    (row,) = gateway("submit", "-", "--json", stdin=declared(gateway)).value
    assert row.keys() >= {"file", "reference", "outcome", "number", "state", "faults"}
    assert (row["outcome"], row["state"], row["faults"]) == ("accepted", "D", [])
    ran = gateway("run", "--until-idle", "--json")
    assert ran.status == 0 and ran.value == {"delivered": 1, "collected": 0, "applied": 0, "quarantined": 0}
    assert gateway("simulate", "--until-idle", "--json").value["taken"] == 1
    assert gateway("run", "--until-idle", "--json").value["collected"] == 3
    (status,) = gateway("status", row["number"], "--json").value
    assert status.keys() >= STATUS
    assert (status["state"], status["state_zh"], status["overdue"]) == ("BP", "领取完成", False)
    assert status["customs_no"] and ISO.fullmatch(status["updated_at"])


def test_show(gateway: Gateway, sent: Sent) -> None:
    number = sent()[0]["number"]
    value = gateway("show", number, "--json").value
    assert value.keys() >= STATUS | {"events", "messages", "attempts", "related", "declaration", "facts"}
    keys = {"event", "from", "to", "stated_at", "recorded_at", "receipt_no", "message_id"}
    assert all(event.keys() >= keys for event in value["events"])
    assert [(e["event"], e["from"], e["to"]) for e in value["events"]] == [
        ("submit", "S", "D"),
        ("SS", "D", "SS"),
        ("HS", "SS", "HS"),
    ]
    assert all(ISO.fullmatch(event[key]) for event in value["events"] for key in ("stated_at", "recorded_at"))
    assert {message["direction"] for message in value["messages"]} == {"out", "in"}
    assert [attempt["result"] for attempt in value["attempts"]] == ["delivered"]
    assert [related["relation"] for related in value["related"]] == ["carried"]
    certificate = gateway("show", value["related"][0]["number"], "--json").value
    assert [related["number"] for related in certificate["related"]] == [number]


def test_show_for_people_has_no_17_digit_times(gateway: Gateway, sent: Sent) -> None:
    number = sent()[0]["number"]
    text = gateway("show", number).text
    assert "海关入库成功" in text and "统一编号" in text and "number" in text
    assert not re.search(r"\b20\d{15}\b", text)
    assert "stored" in gateway("show", number, "--lang", "en").text


def test_message_gives_the_exact_bytes(gateway: Gateway, sent: Sent, home: Path, tmp_path: Path) -> None:
    number = sent()[0]["number"]
    messages = gateway("show", number, "--json").value["messages"]
    for message in messages:
        body = gateway("message", message["id"]).out
        assert gateway("message", message["cop_msg_id"]).out == body
        assert gateway("message", message["id"], "--json").value["sha256"] == message["sha256"]
        (tmp_path / "m.xml").write_bytes(body)
        assert gateway("verify", tmp_path / "m.xml", "--json").value["signer"] == message["sender"]
        assert number.encode() in gateway("message", message["id"], "--payload").out


def test_what_is_not_there(gateway: Gateway, home: Path) -> None:
    assert gateway("status", "B20269999999999999", "--json").value == []
    for command in (("show", "B20269999999999999"), ("message", "4711"), ("confirm", "C1", "--agree")):
        answer = gateway(*command, "--json")
        assert answer.status == 2 and answer.value["error"]["code"] == "BIZ_UNKNOWN"


def test_status_filters(gateway: Gateway, sent: Sent) -> None:
    sent(kinds=("certificate_application", "blank_certificate_application"))
    all_ = gateway("status", "--json").value
    some = gateway("status", "--kind", "certificate", "--json").value
    assert some and all(row["kind"] == "certificate" for row in some)
    assert {row["state"] for row in gateway("status", "--state", "BP", "--json").value} == {"BP"}
    assert gateway("status", "--limit", 2, "--json").value == all_[:2]
    assert gateway("status", "--limit", 2, "--after", all_[1]["number"], "--json").value == all_[2:4]
    assert gateway("status", "--since", "1h", "--json").value == all_
    assert gateway("status", "--since", "2099-01-01", "--json").value == []
    assert gateway("status", "--since", "yesterday").status == 2
    assert gateway("status", "--enterprise", "3301234567", "--json").value == []
    assert gateway("status", "--overdue", "--json").value == []


def test_submitting_again(gateway: Gateway, home: Path) -> None:
    first = declared(gateway, "certificate_application", "--reference", "R1")
    assert gateway("submit", "-", "--draft", "--json", stdin=first).value[0]["state"] == "S"
    assert gateway("submit", "-", "--json", stdin=first).value[0]["outcome"] in ("accepted", "revised")
    again = gateway("submit", "-", "--json", stdin=first)
    assert (again.status, again.value[0]["outcome"]) == (0, "duplicate")
    other = declared(gateway, "certificate_application", "--reference", "R2")
    held = gateway("submit", "-", "--json", stdin=other)
    assert (held.status, held.value[0]["outcome"], held.value[0]["faults"][0]["code"]) == (1, "held", "MSG_REPEAT")
    assert (
        gateway("submit", "-", "--repeat", "--json", stdin=other).value[0]["outcome"] == "revised"
    )  # it was kept as a draft


def test_a_declaration_that_breaks_a_rule_is_refused_and_not_recorded(
    gateway: Gateway, home: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(declared(gateway, "blank_certificate_application", "--break", "BLANKAPP-R-23"))
    answer = gateway("submit", bad, "-", "--json", stdin=declared(gateway))
    assert answer.status == 1
    refused, accepted = answer.value
    assert (refused["file"], refused["outcome"], refused["number"]) == (str(bad), "refused", "")
    assert {fault["code"] for fault in refused["faults"]} == {"BLANKAPP-R-23"}
    assert accepted["outcome"] == "accepted" and len(gateway("status", "--json").value) == 1


def test_check_in_a_home_records_nothing(gateway: Gateway, home: Path) -> None:
    (row,) = gateway("check", "-", "--json", stdin=declared(gateway)).value
    assert row["ok"] and row["unjudged"] == [] and gateway("status", "--json").value == []
    stranger = declared(gateway, "blank_certificate_application", "--enterprise", "3301234567")
    answer = gateway("check", "-", "--json", stdin=stranger)
    assert answer.status == 1 and [fault["code"] for fault in answer.value[0]["faults"]] == ["DECL_ENTERPRISE"]


def test_one_worker_a_home(gateway: Gateway, home: Path) -> None:
    with Lock(home / ".gateway.lock"):
        answer = gateway("run", "--once", "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "SYS_LOCKED"
    assert gateway("run", "--once", "--json").status == 0
    assert gateway("run", "--once", "--until-idle").status == 2


def test_confirm(gateway: Gateway, sent: Sent) -> None:
    application = sent("#confirm")[0]["number"]
    number = gateway("show", application, "--json").value["related"][0]["number"]
    assert gateway("confirm", number).status == 2
    bare = gateway("confirm", number, "--disagree", "--json")
    assert (bare.status, bare.value["faults"][0]["code"]) == (1, "CONFIRM-R-01")
    said = gateway("confirm", number, "--disagree", "--reason", "地址有误", "--opinion", "改为 AA", "--json")
    assert (said.status, said.value["outcome"], said.value["state"], said.value["state_zh"]) == (
        0,
        "accepted",
        "ED",
        "企业确认不同意",
    )
    sent("again", kinds=())
    assert gateway("status", number, "--json").value[0]["state"] == "EW"
    assert gateway("confirm", number, "--agree", "--reference", "OK-1", "--json").value["reference"] == "OK-1"
    sent("and again", kinds=())
    assert gateway("status", number, "--json").value[0]["state"] == "HP"
    late = gateway("confirm", number, "--agree", "--json")
    assert (late.status, late.value["faults"][0]["code"]) == (1, "BIZ_STATE")


def test_modify(gateway: Gateway, sent: Sent, tmp_path: Path) -> None:
    application = sent()[0]["number"]
    certificate = gateway("show", application, "--json").value["related"][0]["number"]
    early = gateway("modify", certificate, "--json")
    assert early.status == 1 and [fault["code"] for fault in early.value["faults"]] == ["CERTMOD-R-30"]
    assert "CERTMOD-R-30" in gateway("modify", certificate).text
    assert gateway("customs", "decide", certificate, "HA").status == 0
    there_and_back(gateway)
    out = tmp_path / "modification.json"
    assert gateway("modify", certificate, "-o", out, "--json").value == {
        "number": certificate,
        "file": str(out),
        "faults": [],
    }
    (checked,) = gateway("check", out, "--json").value
    assert {fault["code"] for fault in checked["faults"]} == {"FIELD_MISSING", "GROUP_MIN"}  # what only a person knows
    field = next(
        n["changed_field"] for n in json.loads(out.read_text())["content"]["changes"] if "consign" in n["changed_field"]
    )
    made = gateway("modify", certificate, "--set", f"{field}=DALIAN", "--reference", "M", "--json").value
    (line,) = made["content"]["changes"]
    assert made["reference"] == "M" and (line["changed_field"], line["new_value"]) == (field, "DALIAN")
    assert gateway("modify", certificate, "--set", "DALIAN").status == 2
    assert gateway("modify", "C20990000000000001").status == 2


def test_common_options_before_or_after_the_command(gateway: Gateway, sent: Sent) -> None:
    sent()
    assert gateway("--json", "status").value == gateway("status", "--json").value
    english = gateway("--lang", "en", "status").text
    assert english == gateway("status", "--lang", "en").text and "HS stored" in english and "统一编号" in english
    assert "HS 海关入库成功" in gateway("status").text
