"""数据补录: nine templates from workbook to review, the import in the manual's words, and what the declaration fills in."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from console.cli.offline import check_offline, unjudged
from gateway.drafting.importing import IMPORTED, Imported, import_lines
from gateway.intake.declaration import Declaration
from gateway.intake.lines import lines_of, read_lines, workbook
from gateway.intake.sheet import SENTENCE, SheetRefused
from gateway.submission.draft import DECLARED, Outcome
from gateway.submission.submit import Submitter
from gateway.views.tables import to_xlsx
from mappings.check import BY_ANYBODY, check
from mappings.clock import micros, stamp
from mappings.codes import code_list
from mappings.element import Field, Type
from mappings.load import contract
from mappings.parser import parse
from mappings.read import read
from mappings.sample import ENTERPRISE, sample
from parcel.envelope import unwrap
from simulator.notices import facts_of
from tests.stories.player import World, world
from tests.vectors_files.judge import HERE as FILES
from tests.vectors_files.judge import ROWS

KIND = contract().kinds["supplement_data"]
LIFE = contract().kinds["supplement"]
TEMPLATES = sorted(KIND.formats)
BUSINESS = "010120241000005175"
NUMBERS = count(1)
HERBS = Path(__file__).parent / "data" / "herbs.xls"
# What an import declaration holds of two lines of goods; 序列号/批号 is no part of it.
GOODS = [
    {"goods_line_no": 1, "entry_goods_name": "冻牛肉", "goods_brand": "无", "first_quantity": "18000", "first_unit": "035"},
    {"goods_line_no": 2, "entry_goods_name": "冻牛肉", "goods_brand": "无", "first_quantity": "17999.89", "first_unit": "035",
     "second_quantity": "900", "second_unit": "011"},
]  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("supplement"), {"begins": ["20250101000000000"]}) as made:
        made.clock.at = micros("20251011080000000")
        yield made


@pytest.fixture
def notice(there: World) -> Any:
    """Opens a notice of its own for each call. -> its number."""

    def opened(template: str, **more: Any) -> str:
        number = f"{next(NUMBERS):032x}"
        content = {
            "notice_no": number, "business_type": "报关单", "business_no": BUSINESS, "supplement_operation": "2",
            "supplement_template": template, "notified_at": stamp(there.clock.at), "marks": "N/M", "goods": GOODS,
            "qualifications": [{"qualification_type": "303", "qualification_no": "HT483249032"}],
            "containers": [{"entry_container_no": "QAZX1106001"}],
        } | more  # fmt: skip
        content = {name: value for name, value in content.items() if value not in ("", [])}
        there.customs.notice("supplement_notice", content, sender=there.home.settings.node, given={})
        there.exchange()
        return number

    return opened


def labels(template: str) -> dict[str, Field]:
    return {field.zh: field for field in lines_of(KIND, template).parts if isinstance(field, Field)}


def example(field: Field) -> str:
    """As a person types it: a code by its name."""
    element = field.element
    return (
        code_list(element.codes).rows[str(element.example)].name if element.type is Type.CODE else str(element.example)
    )


def filled(template: str, rows: int = 2, title: str = "", **changed: Mapping[str, Any]) -> bytes:
    """The template filled with two lines. changed: by the field's id."""
    given = labels(template)
    lines = [
        [number if f.id == "goods_line_no" else changed.get(f.id, example(f)) for f in given.values()]
        for number in range(1, rows + 1)
    ]
    return to_xlsx({title or KIND.formats[template].code: [list(given), *lines]})


def imported(there: World, number: str, data: bytes, name: str = "goods.xlsx", **how: bool) -> Imported:
    there.clock.at += 60_000_000
    return import_lines(there.home, number, data, name, actor="test", **how)


def submitted(there: World, content: Mapping[str, Any], *, draft: bool = False) -> Outcome:
    there.clock.at += 60_000_000
    value = {"kind": KIND.name, "reference": f"R{there.clock.at}", "enterprise": ENTERPRISE, "content": dict(content)}
    [outcome] = Submitter(there.home, actor="test").submit([Declaration("x", value)], draft=draft)
    return outcome


def state(there: World, number: str) -> str:
    [row] = there.home.ledger.find([number])[number]
    return row.state


def kept(there: World, number: str) -> dict[str, Any]:
    """The content of the draft that is kept upon a notice."""
    [row] = there.home.ledger.find([number])[number]
    return dict(json.loads(row.declaration)[DECLARED]["content"])


def sent(there: World, number: str) -> dict[str, Any]:
    """The content of the last message that left for a notice, from its XML."""
    history = there.home.ledger.history(number)
    assert history is not None
    last = [message for message in history.messages if message.direction == "out"][-1]
    body = there.home.ledger.message_body(last.cop_msg_id)
    assert body is not None
    root = parse(unwrap(parse(body)).data)
    assert isinstance(root, etree._Element)
    return dict(read(KIND, root, head_parts=contract().head).content)


# The road


@pytest.mark.parametrize("end", ["10", "11"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_goes_from_its_workbook_to_the_review(there: World, notice: Any, template: str, end: str) -> None:
    """XLSX → draft → declaration → XML → customs → 合格 or 不合格."""
    number = notice(template)
    found = imported(there, number, filled(template))
    assert (found.outcome.outcome, found.outcome.faults, found.lines) == ("accepted", (), 2)
    assert state(there, number) == "1"
    found = imported(there, number, filled(template, 3), declare=True)
    assert (found.outcome.faults, found.lines, state(there, number)) == ((), 3, "4")
    there.exchange()
    content = sent(there, number)
    assert (content["supplement_template"], content["business_no"]) == (template, BUSINESS)
    assert [sorted(line) for line in content["goods"]] == [sorted(f.id for f in labels(template).values())] * 3
    shape = {getattr(part, "name", "") for part in KIND.formats[template].parts}
    assert ("qualifications" in content, "containers" in content) == ("qualifications" in shape, "containers" in shape)
    for status in ("9", end):
        there.customs.decide(number, status, reason="批次与标签不符")
        there.exchange()
    assert state(there, number) == end


def test_the_workbook_that_is_printed_is_the_one_that_is_read() -> None:
    for template in TEMPLATES:
        data = workbook(KIND, template)
        with pytest.raises(SheetRefused) as empty:
            read_lines(data, "template.xlsx", KIND, template)
        assert empty.value.code == "IMP_EMPTY"


# The import, in the manual's order: the file's form, whose template it is, what is in it


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


# What is filled in


def test_what_is_left_out_is_the_declarations(there: World, notice: Any) -> None:
    number = notice("devices", marks="")
    lines = [{"goods_line_no": n, "goods_model": "ax", "serial_or_batch_no": f"SN{n}"} for n in (1, 2)]
    outcome = submitted(there, {"notice_no": number, "supplement_template": "devices", "goods": lines})
    assert outcome.faults == ()
    there.exchange()
    content = sent(there, number)
    assert content["business_no"] == BUSINESS
    assert [line["first_quantity"] for line in content["goods"]] == ["18000", "17999.89"]
    assert content["goods"][1]["second_unit"] == "011"
    assert "goods_brand" not in content["goods"][0], "no field of this template"


def test_what_is_not_given_at_all_is_the_declarations_as_a_whole(there: World, notice: Any) -> None:
    whole = [{"goods_line_no": 1, **sample(KIND, format_="aquatic")["content"]["goods"][0]}]
    number = notice("aquatic", goods=whole)
    assert submitted(there, {"notice_no": number}).faults == ()
    there.exchange()
    content = sent(there, number)
    assert content["containers"] == [{"entry_container_no": "QAZX1106001"}]
    assert content["qualifications"] == [{"qualification_type": "303", "qualification_no": "HT483249032"}]


def test_an_empty_list_is_meant(there: World, notice: Any) -> None:
    whole = [{"goods_line_no": 1, **sample(KIND, format_="aquatic")["content"]["goods"][0]}]
    number = notice("aquatic", goods=whole)
    mine = {"notice_no": number, "supplement_template": "aquatic", "containers": [], "qualifications": []}
    assert submitted(there, mine).faults == ()
    there.exchange()
    assert not {"containers", "qualifications"} & sent(there, number).keys()


@pytest.mark.parametrize(
    ("template", "content", "want"),
    [
        (
            "food",
            {"business_no": "010120241000005176", "supplement_template": "food"},
            [("SUPPDATA-LOCKED", "/business_no")],
        ),
        ("herbs", {"supplement_template": "devices"}, [("TEMPLATE_OTHER", "/supplement_template")]),
        ("animal-products", {"supplement_template": "meat"}, [("TEMPLATE_ENDED", "/supplement_template")]),
        ("food", {"goods": [{"goods_line_no": 1}]}, [("FIELD_MISSING", "/supplement_template")]),
        ("herbs", {"supplement_template": "herbs", "goods": []}, [("GROUP_MIN", "/goods")]),
    ],
)
def test_what_may_not_be(
    there: World, notice: Any, template: str, content: dict[str, Any], want: list[tuple[str, str]]
) -> None:
    """Told at the enterprise's own field, beside what the declaration does not know."""
    number = notice(template)
    outcome = submitted(there, {"notice_no": number, **content})
    told = [(fault.code, fault.path.removeprefix("/content")) for fault in outcome.faults]
    assert [each for each in told if not each[1].startswith("/goods/")] == want
    assert state(there, number) == "3"


def test_an_ended_template_names_what_is_asked_for_instead(there: World, notice: Any) -> None:
    [fault] = [
        fault
        for fault in submitted(there, {"notice_no": notice("animal-products"), "supplement_template": "dairy"}).faults
        if fault.code == "TEMPLATE_ENDED"
    ]
    assert "陆生动物源性食品及乳品" in fault.zh and "2025-10-10" in fault.zh


def test_a_notice_decides_for_a_template_that_has_ended(there: World, notice: Any) -> None:
    assert imported(there, notice("dairy"), filled("dairy"), declare=True).outcome.faults == ()


def test_a_draft_does_not_become_the_declarations_word(there: World, notice: Any) -> None:
    """What customs gave is what fills in, whatever was kept upon the notice since."""
    number = notice("devices", marks="")
    lines = [{"goods_line_no": 1, "goods_model": "ax", "serial_or_batch_no": "SN1", "first_quantity": "1"}]
    draft = {"notice_no": number, "supplement_template": "devices", "goods": lines}
    assert submitted(there, draft, draft=True).faults == ()
    del lines[0]["first_quantity"]
    [row] = there.home.ledger.find([number])[number]
    value = {
        "kind": KIND.name,
        "reference": json.loads(row.declaration)[DECLARED]["reference"],
        "enterprise": ENTERPRISE,
        "content": draft,
    }
    there.clock.at += 60_000_000
    [outcome] = Submitter(there.home, actor="test").submit([Declaration("x", value)])
    assert outcome.faults == ()
    there.exchange()
    assert sent(there, number)["goods"][0]["first_quantity"] == "18000"


# What customs holds it against


def test_customs_judges_by_its_own_notice(there: World, notice: Any) -> None:
    number, node = notice("herbs"), there.home.settings.node
    there.customs.look()
    content = {"notice_no": number, "business_no": "010120241000005176", "supplement_template": "devices"}
    facts = facts_of(there.customs.tools, KIND, content, node)
    told = {fault.code for fault in check(KIND, content, by=BY_ANYBODY, facts=facts).faults}
    assert told >= {"SUPPDATA-LOCKED", "TEMPLATE_OTHER"}
    assert facts_of(there.customs.tools, KIND, {"notice_no": "0" * 32}, node) == {}


def test_without_a_home_what_a_notice_fills_in_is_not_judged() -> None:
    value = {"kind": KIND.name, "reference": "R", "enterprise": ENTERPRISE, "content": {"notice_no": "0" * 32}}
    [outcome] = check_offline([Declaration("x", value)], contract())
    assert (outcome.outcome, outcome.faults) == ("ok", ())
    assert "FIELD_MISSING" in {each["code"] for each in unjudged(outcome, contract())}
