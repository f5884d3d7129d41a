"""导入: lines of goods from a workbook into the draft of a notice, in the manual's order and words (manual 002 §4.1.1.3)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from gateway.drafting.importing import IMPORTED
from gateway.intake.lines import read_lines
from gateway.intake.sheet import SENTENCE, SheetRefused
from gateway.views.tables import to_xlsx
from tests.gateway.supplementing import (
    HERBS,
    KIND,
    example,
    filled,
    imported,
    kept,
    labels,
    state,
    submitted,
)
from tests.stories.player import World
from tests.vectors_files.judge import HERE as FILES
from tests.vectors_files.judge import ROWS


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"a,b\n1,2\n", "goods.csv"),
        (b"a,b\n1,2\n", "goods.xlsx"),
        (b"a,b\n1,2\n", "goods.xls"),
        (filled("food"), "goods.et"),
        (b"", "goods.xls"),
    ],
)
def test_another_form_of_file(there: World, notice: Any, data: bytes, name: str) -> None:
    number = notice("food")
    found = imported(there, number, data, name)
    assert [fault.code for fault in found.outcome.faults] == ["IMP_TYPE"]
    assert found.outcome.faults[0].zh.startswith(SENTENCE)
    assert (found.lines, state(there, number)) == (0, "3")


@pytest.mark.parametrize(
    ("wanted", "given", "title"),
    [
        ("herbs", "food", ""),
        ("meat", "aquatic", ""),  # the same columns: the sheet's name tells them apart
        ("food", "devices", "Sheet1"),
        ("devices", "dairy", "Sheet1"),
    ],
)
def test_another_template(there: World, notice: Any, wanted: str, given: str, title: str) -> None:
    number = notice(wanted)
    found = imported(there, number, filled(given, title=title))
    assert [fault.code for fault in found.outcome.faults] == ["TEMPLATE_OTHER"]
    assert (
        found.outcome.faults[0].zh.startswith("证书类别不匹配")
        and KIND.formats[given].code in found.outcome.faults[0].zh
    )
    assert state(there, number) == "3"


def test_a_renamed_sheet_with_the_columns_of_the_template_is_that_template(there: World, notice: Any) -> None:
    assert imported(there, notice("herbs"), filled("herbs", title="Sheet1")).outcome.outcome == "accepted"


def test_everything_that_is_wrong_is_told_at_once_at_its_cell_and_nothing_changes(there: World, notice: Any) -> None:
    number = notice("herbs")
    assert imported(there, number, filled("herbs")).outcome.outcome == "accepted"
    before = kept(there, number)
    header = list(labels("herbs"))
    line = dict(zip(header, [example(field) for field in labels("herbs").values()], strict=True))
    bad = [
        {**line, "项号": 1, "商品名称": ""},
        {**line, "项号": 2, "生产日期": "昨天", "法定第一数量": "1,5千克"},
        {**line, "项号": 2, "法定第二计量单位": "", "商品名称": "药" * 256},
    ]
    data = to_xlsx({"进口中药材": [header, *([row[label] for label in header] for row in bad)]})
    found = imported(there, number, data)
    told = [(fault.code, fault.path.partition(" ")[0]) for fault in found.outcome.faults]
    letter = {label: chr(65 + index) for index, label in enumerate(header)}
    assert told == [
        ("FIELD_MISSING", f"{letter['商品名称']}2"),
        ("IMP_TYPE", f"{letter['生产日期']}3"),
        ("FIELD_TYPE", f"{letter['法定第一数量']}3"),
        ("SUPPDATA-LINE", f"{letter['项号']}4"),
        ("FIELD_LENGTH", f"{letter['商品名称']}4"),
        ("SUPPDATA-R-37", f"{letter['法定第二计量单位']}4"),
    ]
    assert (kept(there, number), state(there, number)) == (before, "1")


def test_cells_that_a_spreadsheet_has_spoiled(there: World, notice: Any) -> None:
    from openpyxl import load_workbook

    number, header = notice("devices"), list(labels("devices"))
    book = load_workbook(io.BytesIO(filled("devices")))
    sheet = book.worksheets[0]
    for label, value in (("型号", 100), ("序列号/批号", "=1+1")):
        cell = sheet.cell(2, header.index(label) + 1)
        cell.number_format, cell.value = "General", value
    out = io.BytesIO()
    book.save(out)
    found = imported(there, number, out.getvalue())
    places = {fault.code: fault.path for fault in found.outcome.faults}
    assert set(places) == {"IMP_TYPE", "IMP_FORMULA", "IMP_PARTIAL"}
    assert places["IMP_TYPE"].endswith("2 · 型号") and places["IMP_FORMULA"].endswith("2 · 序列号/批号")


def test_the_import_stands_for_the_lines_and_leaves_the_rest(there: World, notice: Any) -> None:
    number = notice("food")
    quals = [{"qualification_type": "101", "qualification_no": "243243242342"}]
    lines = [
        {"goods_line_no": 1, **{f.id: f.element.example for f in labels("food").values() if f.id != "goods_line_no"}}
    ]
    mine = {
        "notice_no": number,
        "supplement_template": "food",
        "marks": "红色",
        "qualifications": quals,
        "goods": lines,
    }
    assert submitted(there, mine, draft=True).outcome == "accepted"
    found = imported(there, number, filled("food", 2, goods_brand="新牌"))
    assert (found.outcome.faults, IMPORTED) == ((), "文件导入成功")
    now = kept(there, number)
    assert (now["marks"], now["qualifications"]) == ("红色", quals)
    assert [line["goods_brand"] for line in now["goods"]] == ["新牌", "新牌"]


def test_one_bad_line_and_a_good_one_are_both_left_out(there: World, notice: Any) -> None:
    """B106: both lines are named."""
    number, given = notice("food"), labels("food")
    lines = [["" if n == 3 and f.id == "goods_brand" else n if f.id == "goods_line_no" else example(f) for f in given.values()]
             for n in (2, 3)]  # fmt: skip
    found = imported(there, number, to_xlsx({"进口食品": [list(given), *lines]}))
    assert [fault.code for fault in found.outcome.faults] == ["FIELD_MISSING", "IMP_PARTIAL"]
    assert "第 3 行" in found.outcome.faults[1].zh and "第 2 行" in found.outcome.faults[1].zh
    assert state(there, number) == "3"


def test_a_batch_that_looks_like_a_power_of_ten_is_a_batch(there: World, notice: Any) -> None:
    number = notice("food")
    assert imported(there, number, filled("food", production_batch="5E12")).outcome.faults == ()
    assert kept(there, number)["goods"][0]["production_batch"] == "5E12"


CSV = sorted((Path(__file__).parent.parent / "vectors_csv").glob("*.csv"))


@pytest.mark.parametrize("file", CSV, ids=lambda file: file.name)
@pytest.mark.parametrize("suffix", [".csv", ".xls"])
def test_no_csv_is_imported(file: Path, suffix: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        read_lines(file.read_bytes(), f"goods{suffix}", KIND, "food")
    assert refused.value.code == "IMP_TYPE" and refused.value.zh.startswith(SENTENCE)


def test_an_xls_of_the_manuals_own_row(there: World, notice: Any) -> None:
    """Written by xlwt: codes by name and by code, a date as a date and as a text, numbers as numbers and as texts."""
    number = notice("herbs")
    found = imported(there, number, HERBS.read_bytes(), HERBS.name)
    assert (found.outcome.faults, found.lines) == ((), 2)
    first, second = kept(there, number)["goods"]
    assert first == {
        "goods_line_no": 1, "entry_goods_name": "其他主要用作药料的鲜、冷、冻或干的植物", "origin_country": "JPN",
        "production_date": "2022-10-01", "production_batch": "20220930", "first_quantity": "1", "first_unit": "035",
        "goods_use": "17",
    }  # fmt: skip
    assert (second["first_quantity"], second["second_quantity"], second["second_unit"]) == ("17999.89", "900", "011")


BOOKS = [row for row in ROWS if row["category"] in ("xls", "xlsx")]


@pytest.mark.parametrize("row", BOOKS, ids=lambda row: row["path"])
def test_no_workbook_of_the_vectors_is_imported(row: dict[str, str]) -> None:
    """Good ones are of another template; the hostile are refused by what they are."""
    with pytest.raises(SheetRefused) as refused:
        read_lines((FILES / row["path"]).read_bytes(), row["path"], KIND, "food")
    early = {"IMP_TYPE", "IMP_ENCRYPTED", "IMP_ACTIVE", "IMP_XML", "IMP_LIMIT", "IMP_EMPTY"}
    assert refused.value.code in early & set(row["code"].split("|")) or refused.value.code in (
        "IMP_HEADER",
        "TEMPLATE_OTHER",
    )


def test_a_notice_that_has_ended_takes_no_file(there: World, notice: Any) -> None:
    number = notice("herbs")
    assert imported(there, number, filled("herbs"), declare=True).outcome.faults == ()
    there.exchange()
    assert [fault.code for fault in imported(there, number, filled("herbs")).outcome.faults] == ["WORK_NONE"]
    assert [fault.code for fault in imported(there, "0" * 32, filled("herbs")).outcome.faults] == ["BIZ_UNKNOWN"]


def test_a_notice_that_asks_for_documents_takes_no_file(there: World, notice: Any) -> None:
    number = notice("", supplement_operation="1", goods=[], qualifications=[], containers=[], marks="")
    assert [fault.code for fault in imported(there, number, filled("food")).outcome.faults] == ["SUPPDATA-01"]
