"""`gateway template` prints what `check` reads; `gateway status --xlsx` and `--csv` export what it shows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from console.cli.documents import EXPORTED
from gateway.intake.sheet import read_table
from tests.console.conftest import Gateway
from tests.console.test_round_trip import Sent

BLANK = "blank_certificate_application"


def test_a_template_is_printed_filled_and_checked(gateway: Gateway, tmp_path: Path) -> None:
    from openpyxl import load_workbook

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
