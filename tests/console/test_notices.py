"""`gateway work` and `handled`: what customs asks for, as an operator sees it and answers it by commands."""

from __future__ import annotations

import json
from pathlib import Path

from tests.console.conftest import Gateway, there_and_back

DECLARATION = "010120241000005175"


def test_a_notice_from_customs_desk_to_its_end_by_commands(gateway: Gateway, home: Path) -> None:
    enterprise = gateway("enterprise", "list", "--json").value[0]["code"]
    ask = ("customs", "notice", "supplement_notice", DECLARATION, "--enterprise", enterprise, "--json")
    number = gateway(*ask, "--data", '{"supplement_template": "animal-products"}').value["number"]
    assert gateway(*ask, "--data", '{"supplement_template": "fud"}').value["error"]["code"] == "FIELD_CODE"
    assert gateway(*ask, "--mood", "sad").value["error"]["code"] == "SIM_MOOD"
    assert gateway(*ask[:4], "--enterprise", "0000000000").status == 2
    there_and_back(gateway)
    [row] = gateway("work", "--json").value
    assert (row["number"], row["state_zh"], row["asks_zh"], row["template"]) == (
        number,
        "待办",
        "数据补录",
        "animal-products",
    )
    assert (row["business_no"], row["due_by"], row["here"], row["overdue"]) == (DECLARATION, "gateway", "", False)
    assert len(row["notices"]) == 1 and row["due_at"]
    shown = gateway("show", number, "--json").value
    assert (shown["due_at"], shown["due_by"], shown["permits"]) == (row["due_at"], "gateway", ["edit", "upload"])
    assert [(each["relation"], each["number"]) for each in shown["related"]] == [("notice", row["notices"][0])]
    assert "本网关期限" in gateway("work").text
    assert gateway("work", number, "--view", "--json").value["error"]["code"] == "WORK_VIEW"
    begun = gateway("work", number)
    assert json.loads(begun.out) == gateway("work", number, "--json").value
    assert gateway("submit", "-", "--draft", "--json", stdin=begun.out).value[0]["state_zh"] == "暂存"
    assert gateway("submit", "-", "--json", stdin=gateway("work", number).out).value[0]["state_zh"] == "已办"
    there_and_back(gateway)
    assert gateway("status", number, "--json").value[0]["state_zh"] == "海关审核合格"
    assert gateway("work", "--json").value == []
    assert [row["number"] for row in gateway("work", "--all", "--json").value] == [number]
    assert gateway("work", "--view").status == 2


def test_what_waits_too_long_is_overdue_and_what_has_ended_says_so(gateway: Gateway, home: Path) -> None:
    enterprise = gateway("enterprise", "list", "--json").value[0]["code"]
    ask = ("customs", "notice", "supplement_notice", DECLARATION, "--enterprise", enterprise, "--json")
    number = gateway(*ask, "--mood", "refuse").value["number"]
    there_and_back(gateway)
    gateway("customs", "tick", "11d")
    assert [row["overdue"] for row in gateway("work", "--json").value] == [True]
    assert number in {row["number"] for row in gateway("status", "--overdue", "--json").value}
    value = gateway("work", number, "--json").value
    (home / "附件.pdf").write_bytes(b"")
    value["content"]["attachments"] = gateway("sample", "supplement_documents").value["content"]["attachments"]
    assert gateway("submit", "-", stdin=json.dumps(value).encode()).status == 0
    there_and_back(gateway)
    [row] = gateway("work", "--all", "--json").value
    assert row["state_zh"] == "海关入库失败" and "海关另发新通知" in row["ended_zh"]
    error = gateway("work", number, "--json").value["error"]
    assert error["code"] == "WORK_NONE" and error["zh"].startswith("当前状态不可进行上传操作！")


def test_a_row_of_the_list_is_marked_as_handled(gateway: Gateway, home: Path) -> None:
    enterprise = gateway("enterprise", "list", "--json").value[0]["code"]
    number = gateway("customs", "notice", "issue_notice", DECLARATION, "--enterprise", enterprise, "--json").value[
        "number"
    ]
    there_and_back(gateway)
    [row] = gateway("work", "--json").value
    assert (row["number"], row["asks"], row["business_no"]) == (number, "出证", DECLARATION)
    assert row["requirement"].endswith("申报已复审完成。")
    assert gateway("handled", number, "--why", "已阅", "--json").value == {"number": number, "done": True}
    assert gateway("handled", number, "--json").value == {"number": number, "done": False}
    assert gateway("work", "--json").value == []
    [entry] = [e for e in gateway("audit", "--json").value if e["act"] == "handle"]
    assert entry["subject"] == number and entry["detail"]["why"] == "已阅"
    assert gateway("handled", "N20990000000000001", "--json").value["error"]["code"] == "BIZ_UNKNOWN"
