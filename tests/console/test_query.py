"""`gateway query`: the manuals' screens at the terminal, and as workbooks."""

from __future__ import annotations

import io
import json
from pathlib import Path

from openpyxl import load_workbook

from console.cli.main import GROUPS, PANELS
from mappings.screens import screens
from tests.console.conftest import Gateway
from tests.console.test_round_trip import Sent


def test_a_screen_is_asked_by_its_labels_and_exported(gateway: Gateway, sent: Sent, tmp_path: Path) -> None:
    row, *_ = sent()
    told = gateway("query", "certificate_applications", "--json").value
    assert told.keys() == {"screen", "set_aside", "rows", "next"}
    assert [line["number"] for line in told["rows"]] == [row["number"]]
    assert told["rows"][0]["cells"]["state"] == {"value": "HS", "zh": "海关入库成功", "en": "stored"}
    assert gateway("query", "certificate_applications", "--after", told["next"], "--json").value["rows"] == []
    by_number = ("--filter", f"申请单统一编号={row['number']}", "--filter", "申请状态=暂存")
    asked = gateway("query", "出境证书申请查询", *by_number)
    assert "申请单海关编号" in asked.text and row["number"] in asked.text and "未用条件：state" in asked.text
    assert "set aside" in gateway("query", "certificate_applications", *by_number, "--lang", "en").text
    receipts = gateway("query", "--receipts", row["number"], "--json").value
    assert [line["state"] for line in receipts] == ["海关入库成功"]
    gateway("query", "self_print", "--xlsx", tmp_path / "自助打印列表.xlsx", "--csv", tmp_path / "list.csv")
    book = load_workbook(io.BytesIO((tmp_path / "自助打印列表.xlsx").read_bytes()))
    assert book.sheetnames == ["自助打印列表"]
    assert [cell.value for cell in book.worksheets[0][1]][:3] == ["序号", "检验检疫编号", "证书编号"]
    assert (tmp_path / "list.csv").read_bytes().decode("utf-8-sig").startswith("序号,检验检疫编号")


def test_what_cannot_be_asked_is_told(gateway: Gateway, home: Path) -> None:
    names = [row["name"] for row in gateway("query", "--json").value]
    assert {"certificates", "blank_forms", "self_print"} <= set(names)
    answer = gateway("query", "certificate_s", "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "QUERY_SCREEN"
    assert "certificates" in answer.value["error"]["zh"]
    range_ = gateway("query", "blank_forms", "--filter", "最近操作时间=2026-01-01..2026-02-01", "--json")
    assert range_.value["error"]["zh"] == "最近操作时间范围不能超过 15 天"
    assert gateway("query", "blank_forms", "--filter", "state", "--json").status == 2


def test_what_the_screens_make_of_a_document(gateway: Gateway, sent: Sent, tmp_path: Path) -> None:
    row, *_ = sent()
    value = gateway("copy", row["number"], "--reference", "COPY", "--json").value
    assert (value["kind"], value["reference"]) == ("certificate_application", "COPY")
    assert gateway("copy", row["number"], "-o", tmp_path / "copy.json").status == 0
    assert (tmp_path / "copy.json").read_text(encoding="utf-8").startswith("{")
    certificate = gateway("show", row["number"], "--json").value["related"][0]["number"]
    seen = gateway("preview", certificate, "-o", tmp_path / "preview.pdf", "--json").value
    assert seen["sort"] in ("核对单", "草稿", "证书内容") and (tmp_path / "preview.pdf").read_bytes().startswith(
        b"%PDF-"
    )
    nothing = gateway("pickup-notice", row["number"], "--json")
    assert nothing.status == 2 and nothing.value["error"]["zh"] == "没有可打印的数据！"
    refused = gateway("delete", row["number"], "nobody's", "--json")
    assert refused.status == 1 and [line["code"] for line in refused.value] == ["DELETE_STATE", "BIZ_UNKNOWN"]
    assert gateway("delete", "--json").value["error"]["zh"] == "请至少选择一条数据！"


def test_initial_values_at_the_terminal(gateway: Gateway, sent: Sent, tmp_path: Path) -> None:
    row, *_ = sent()
    assert gateway("initial", "save", "常用", "--from", row["number"]).status == 0
    (told,) = gateway("initial", "list", "--json").value
    assert (told["name"], told["scope"], told["kind"]) == ("常用", "company", "certificate_application")
    assert "使用单位" in gateway("initial", "list").text
    content = gateway("initial", "show", "常用", "--json").value["content"]
    bare = {"kind": "certificate_application", "reference": "BARE", "enterprise": told["enterprise"], "content": {}}
    missing = gateway("check", "-", "--json", stdin=json.dumps(bare).encode())
    assert "FIELD_MISSING" in {fault["code"] for fault in missing.value[0]["faults"]}
    (taken,) = gateway(
        "submit",
        "-",
        "--draft",
        "--initial",
        "常用",
        "--upper-case",
        "--repeat",
        "--json",
        stdin=json.dumps(bare).encode(),
    ).value
    assert taken["outcome"] == "accepted", taken
    declared = gateway("show", taken["number"], "--json").value["declaration"]
    assert declared["content"].keys() == content.keys() and "initial" not in declared
    assert gateway("initial", "delete", "常用", "--json").value == ["常用"]
    assert gateway("initial", "show", "常用", "--json").status == 2


def test_every_button_is_a_command() -> None:
    commands = {command for offered in PANELS.values() for command in offered}
    commands |= {f"{name} {command}" for _, name, _, offered in GROUPS for command in offered}
    named = {
        (screen.name, button.command) for screen in screens().values() for button in screen.buttons if button.command
    }
    assert [each for each in sorted(named) if each[1] not in commands] == []
