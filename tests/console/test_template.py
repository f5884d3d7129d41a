"""`gateway template` prints what `check` reads; `gateway status --xlsx` and `--csv` export what it shows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from openpyxl import load_workbook

from console.cli.documents import EXPORTED
from gateway.intake.sheet import read_table
from mappings.sample import ENTERPRISE
from tests.console.conftest import Gateway, there_and_back
from tests.console.test_round_trip import Sent

BLANK = "blank_certificate_application"
DATA = "supplement_data"


def test_a_template_is_printed_filled_and_checked(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "blank.xlsx"
    assert gateway("template", BLANK, "-o", str(file), "--json").value["kind"] == BLANK
    book = load_workbook(file)
    assert book.sheetnames == ["空白证书申请", "说明"]
    for column, text in enumerate(("R1", "1108919038", "0101", "", "C1-1", "3"), 1):
        if text:
            book.worksheets[0].cell(2, column).value = text
    book.save(file)
    [row] = gateway("check", str(file), "--json").value
    assert (row["ok"], row["reference"]) == (True, "R1")


def test_a_template_of_an_unknown_kind_or_ending_is_refused(gateway: Gateway, tmp_path: Path) -> None:
    assert gateway("template", "nothing", "-o", str(tmp_path / "a.xlsx")).status == 2
    assert gateway("template", BLANK, "-o", str(tmp_path / "a.pdf")).status == 2
    assert gateway("template", "receipt", "-o", str(tmp_path / "a.csv")).status == 2
    assert list(tmp_path.glob("a.*")) == []


def test_a_list_is_exported_as_it_is_shown(gateway: Gateway, sent: Sent, tmp_path: Path) -> None:
    sent()
    book, table = tmp_path / "list.xlsx", tmp_path / "list.csv"
    rows = gateway("status", "--xlsx", str(book), "--csv", str(table), "--json").value
    assert len(rows) == 2
    lines = list(csv.reader(io.StringIO(table.read_text(encoding="utf-8-sig"), newline="")))
    read = read_table(book.read_bytes(), "list.xlsx")
    assert tuple(lines[0]) == read.header
    wanted = [["是" if row[n] is True else "否" if row[n] is False else str(row[n]) for n in EXPORTED] for row in rows]
    assert lines[1:] == wanted == [list(row.cells.values()) for row in read.rows]


def test_a_sample_with_attachments_is_ready_for_submit(gateway: Gateway, home: Path) -> None:
    value = gateway("sample", "certificate_application", "--attachments").out
    assert json.loads(value)["content"]["attachments"][0]["class_code"] == "10000005"
    [row] = gateway("submit", "-", "--json", stdin=value).value
    assert (row["outcome"], row["faults"]) == ("accepted", [])


def test_nine_templates_of_supplements_are_printed(gateway: Gateway, tmp_path: Path) -> None:
    rows = gateway("formats", "list", "--kind", DATA, "--json").value
    assert len(rows) == 9
    for row in rows:
        file = tmp_path / f"{row['id']}.xlsx"
        told = gateway("template", DATA, "--format", row["id"], "-o", file, "--json").value
        assert told.get("valid_to", "") == row["valid_to"]
        assert row["zh"] == f"入境检验检疫证明（{load_workbook(file).sheetnames[0]}）"
    assert {row["successor"] for row in rows} == {"", "animal-products", "cosmetics-aquatic-other"}
    assert gateway("template", DATA, "--format", "food", "-o", tmp_path / "a.csv").status == 2


def test_a_filled_template_goes_into_the_draft_of_a_notice(gateway: Gateway, home: Path, tmp_path: Path) -> None:
    asked = '{"supplement_operation": "2", "supplement_template": "devices"}'
    assert gateway("customs", "notice", "supplement_notice", "--enterprise", ENTERPRISE, "--data", asked).status == 0
    there_and_back(gateway)
    [row] = gateway("status", "--kind", "supplement", "--json").value
    file = tmp_path / "goods.xlsx"
    gateway("template", DATA, "--format", "devices", "-o", file)
    book = load_workbook(file)
    values = {
        "货物品名": "测试1",
        "型号": "100",
        "序列号/批号": "202408",
        "法定第一数量": "1",
        "法定第一计量单位": "台",
    }
    for column, cell in enumerate(book.worksheets[0][1], 1):
        book.worksheets[0].cell(2, column).value = values.get(cell.value)
    book.save(file)
    told = gateway("import", row["number"], file, "--json").value
    assert (told["outcome"], told["state"], told["lines"], told["faults"]) == ("accepted", "1", 1, [])
    said = gateway("import", row["number"], file, "--declare").text
    assert "文件导入成功" in said and "数据申报成功" in said
    there_and_back(gateway)
    assert gateway("status", row["number"], "--json").value[0]["state"] in ("9", "10")
    assert gateway("import", row["number"], file).status == 1, "it is done"


def test_another_form_of_file_is_refused_in_the_manuals_words(gateway: Gateway, home: Path, tmp_path: Path) -> None:
    asked = '{"supplement_operation": "2", "supplement_template": "food"}'
    gateway("customs", "notice", "supplement_notice", "--enterprise", ENTERPRISE, "--data", asked)
    there_and_back(gateway)
    [row] = gateway("status", "--kind", "supplement", "--json").value
    (tmp_path / "goods.csv").write_text("货物品名\n测试1\n", encoding="utf-8")
    refused = gateway("import", row["number"], tmp_path / "goods.csv", "--json")
    assert refused.status == 1
    assert refused.value["faults"][0]["zh"].startswith("导入格式错误，请导入 xls/xlsx 格式文件！")
