"""Printed templates: what is printed is read back, whatever the kind; faults at row and column; hostile workbooks refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.home import Home
from gateway.intake.files import declarations, in_bytes
from gateway.intake.map_format import Form, Level, Map
from gateway.intake.maps import load, read
from gateway.intake.template import NOTE, labels, of_kind
from gateway.intake.template_print import printed
from gateway.setup import NewHome, make_home
from gateway.submission.submit import Submitter
from gateway.views.tables import to_csv, to_xlsx
from gateway.worker import Worker
from mappings.check import check
from mappings.kind import Direction, Kind
from mappings.load import contract
from mappings.sample import ENTERPRISE, sample
from tests.vectors_files.judge import HERE as FILES
from tests.vectors_files.judge import ROWS

CONTRACT = contract()
OUT = [kind for kind in CONTRACT.kinds.values() if kind.direction is Direction.OUT]
BLANK = CONTRACT.kinds["blank_certificate_application"]
FORMS = [(Form.XLSX, "filled.xlsx"), (Form.CSV, "filled.csv")]

Row = dict[str, str]


def filled(map_: Map, declared: Mapping[str, Any]) -> list[Row]:
    """A declaration as a person would type it into the template of its kind."""
    rows = _rows(map_.level, declared["content"])
    rows[0][map_.enterprise.columns[0][0]] = declared["enterprise"]
    return [{map_.key[0]: declared["reference"], **row} for row in rows]


def _rows(level: Level, content: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = [{}]
    for take in level.takes:
        if take.field.id in content:
            value = content[take.field.id]
            rows[0][take.columns[0][0]] = (
                {True: "是", False: "否"}.get(value, value) if value is True or value is False else str(value)
            )
    for members in level.groups:
        below: list[Row] = []
        for number, item in enumerate(content.get(members.group.name) or (), 1):
            serial = {members.key[0]: str(number)} if members.key else {}
            below += [{**row, **serial} for row in _rows(members.level, item)]
        rows += [{} for _ in range(len(below) - len(rows))]
        rows = [{**row, **(below[i] if i < len(below) else {})} for i, row in enumerate(rows)]
    return rows


def _typed(content: Any) -> Any:
    """What a table can hold: an item without any value is no row."""
    if isinstance(content, list):
        return [item for each in content if (item := _typed(each))]
    if not isinstance(content, dict):
        return content
    return {name: value for name, each in content.items() if (value := _typed(each)) not in ([], {})}


def written(map_: Map, rows: list[Row], form: Form) -> bytes:
    header = labels(map_)
    lines = [[row.get(label, "") for label in header] for row in rows]
    return to_csv(header, lines) if form is Form.CSV else to_xlsx({map_.kind.zh: [header, *lines]})


@pytest.mark.parametrize(("form", "name"), FORMS)
@pytest.mark.parametrize("kind", OUT, ids=lambda kind: kind.name)
def test_a_filled_template_is_the_declaration(kind: Kind, form: Form, name: str) -> None:
    map_ = of_kind(kind, CONTRACT, form)
    wanted = [sample(kind, seed=seed, reference=f"R{seed}") for seed in range(4)]
    data = written(map_, [row for each in wanted for row in filled(map_, each)], form)
    found = in_bytes(data, f"{kind.name}-{name}", contract=CONTRACT)
    assert [each.faults for each in found] == [()] * len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert {**one.value, "content": check(kind, one.value["content"]).content} == {
            **other, "content": _typed(check(kind, other["content"]).content)
        }  # fmt: skip


def test_labels_of_two_kinds_are_nobodys_guess() -> None:
    """To void a form and to return it look alike on paper: a wrong guess would be another act."""
    kind = CONTRACT.kinds["blank_certificate_void"]
    map_ = of_kind(kind, CONTRACT, Form.CSV)
    data = written(map_, list(filled(map_, sample(kind, reference="R"))), Form.CSV)
    (found,) = in_bytes(data, "forms.csv", contract=CONTRACT)
    assert [fault.code for fault in found.faults] == ["IMP_HEADER"] and "空白证书退领" in found.faults[0].zh


@pytest.mark.parametrize("kind", OUT, ids=lambda kind: kind.name)
def test_a_printed_template_is_empty_and_nothing_else(kind: Kind) -> None:
    for csv in (False, True):
        data = printed(kind, CONTRACT, csv=csv)
        found = in_bytes(data, f"{kind.name}.csv" if csv else "empty.xlsx", contract=CONTRACT)
        assert [fault.code for each in found for fault in each.faults] == ["IMP_EMPTY"]
    assert NOTE in printed(kind, CONTRACT, csv=True).decode("utf-8-sig")


def test_a_template_of_one_format_has_its_fields_alone() -> None:
    kind = CONTRACT.kinds["certificate_application"]
    whole, one = (labels(of_kind(kind, CONTRACT, Form.XLSX, format_=f)) for f in ("", "C1-1.en"))
    assert set(one) < set(whole)


def lines(*rows: tuple[str, str, str, str]) -> list[Row]:
    names = ("企业内部编号", "企业代码", "申报关区", "空白证书信息·空白证书格式")
    map_ = of_kind(BLANK, CONTRACT, Form.XLSX)
    form, quantity = (take.columns[0][0] for take in map_.level.groups[0].level.takes[:2])
    made = [dict(zip((*names[:3], form), row, strict=True)) for row in rows]
    return [{**row, quantity: "2"} for row in made]


@pytest.mark.parametrize(("form", "name"), FORMS)
def test_one_bad_line_stops_its_declaration_alone(home: Home, form: Form, name: str) -> None:
    rows = lines(("A", ENTERPRISE, "0101", "C1-1"), ("B", ENTERPRISE, "0101", "C1-1"), ("B", "", "", "C5-1"))
    quantity = list(rows[0])[-1]
    rows[1][quantity] = "2.0223E+17"
    data = written(of_kind(BLANK, CONTRACT, form), rows, form)
    good, bad = Submitter(home, actor="test").submit(in_bytes(data, name, contract=CONTRACT))
    assert (good.outcome, bad.outcome) == ("accepted", "refused")
    assert {fault.code for fault in bad.faults} == {"IMP_TYPE", "IMP_PARTIAL"}
    assert [f.path for f in bad.faults if f.code == "IMP_TYPE"] == [f"row 3 · {quantity}"]
    assert len(home.ledger.documents()) == 1


def test_a_formula_in_one_row_spoils_that_declaration_alone(home: Home) -> None:
    import io

    from openpyxl import load_workbook

    rows = lines(("A", ENTERPRISE, "0101", "C1-1"), ("B", ENTERPRISE, "0101", "C1-1"))
    book = load_workbook(io.BytesIO(written(of_kind(BLANK, CONTRACT, Form.XLSX), rows, Form.XLSX)))
    book.worksheets[0].cell(3, 3).value = "=1+1"
    book.worksheets[0].cell(2, 3).value = 101
    out = io.BytesIO()
    book.save(out)
    first, second = in_bytes(out.getvalue(), "a.xlsx", contract=CONTRACT)
    assert [(f.code, f.path) for f in second.faults] == [("IMP_FORMULA", "C3 · 申报关区")]
    assert next((f.code, f.path) for f in first.faults) == ("IMP_TYPE", "row 2 · 申报关区")


def test_a_table_that_is_no_template_says_what_to_do(home: Home) -> None:
    for data, name in ((to_csv(["a", "b"], [["1", "2"]]), "x.csv"), (to_xlsx({"x": [["a"], ["1"]]}), "x.xlsx")):
        [outcome] = Submitter(home, actor="test").submit(in_bytes(data, name, contract=CONTRACT))
        assert (outcome.outcome, outcome.faults[0].code) == ("refused", "IMP_HEADER")
        assert "gateway template" in outcome.faults[0].zh


def test_a_missing_column_is_named(home: Home) -> None:
    map_ = of_kind(BLANK, CONTRACT, Form.CSV)
    rows = filled(map_, sample(BLANK, seed=0))
    header = [label for label in labels(map_) if label != "申报关区"]
    data = to_csv(header, [[row.get(label, "") for label in header] for row in rows])
    [told] = in_bytes(data, "x.csv", contract=CONTRACT)
    assert told.faults[0].code == "IMP_HEADER"
    assert "申报关区" in told.faults[0].zh


MAP = """
kind = "certificate_application"
[source]
form = "xlsx"
[reference]
column = "商品名称"
[enterprise]
constant = "1108919038"
[fields]
inspection_no = { constant = "222N01040001195" }
collect_mode = { constant = "self_print" }
contact_name = { constant = "单证岗" }
contact_mobile = { constant = "12200000000" }
[groups.certificates]
[groups.certificates.fields]
certificate_format = { constant = "C3-1.zh" }
[groups.certificates.groups.goods]
[groups.certificates.groups.goods.fields]
hs_code = "商品编码"
weight = "申请重量"
weight_unit = "重量单位"
"""
OF_CELLS = ("xls/ok-long-texts.xls", "xls/ok-hidden-first.xls")  # made for test_xls.py, and no declarations
BOOKS = [row for row in ROWS if row["category"] in ("xls", "xlsx") and row["path"] not in OF_CELLS]


@pytest.mark.parametrize("row", BOOKS, ids=lambda row: row["path"])
def test_every_workbook_of_the_vectors_gets_its_verdict_at_submit(
    home: Home, tmp_path: Path, row: dict[str, str]
) -> None:
    (tmp_path / "goods.toml").write_text(MAP, encoding="utf-8")
    map_ = load(tmp_path, "goods", contract=CONTRACT)
    found = read(map_, (FILES / row["path"]).read_bytes(), row["path"])
    outcomes = Submitter(home, actor="test").submit(found)
    codes = {fault.code for outcome in outcomes for fault in outcome.faults}
    if row["expected"] == "accept":
        assert codes <= {"FIELD_CODE_OPEN", "IMP_ROW"}, codes
        assert {outcome.outcome for outcome in outcomes} == {"accepted"}
    else:
        assert codes & set(row["code"].split("|")), codes
        assert {outcome.outcome for outcome in outcomes if outcome.faults} == {"refused"}


def test_folders_take_templates_and_read_through_the_enterprises_map(tmp_path: Path) -> None:
    home = make_home(NewHome(tmp_path / "home", ENTERPRISE, "测试企业", judge="both"), passphrase=None)
    settings = home.path / "gateway.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8") + f'\n[declarations]\nmaps = {{ "{ENTERPRISE}" = "erp" }}\n',
        encoding="utf-8",
    )
    home.close()
    (tmp_path / "home" / "maps").mkdir(exist_ok=True)
    (tmp_path / "home" / "maps" / "erp.toml").write_text(
        'kind = "blank_certificate_application"\n[reference]\ncolumn = "单据号"\n[enterprise]\n'
        f'constant = "{ENTERPRISE}"\n[fields]\ncustoms_office = "关区"\n[groups.lines.fields]\n'
        'blank_format = "证书"\nquantity = "份数"\n',
        encoding="utf-8",
    )
    home = Home(tmp_path / "home", passphrase=lambda _: None)
    try:
        new = home.path / "declarations" / ENTERPRISE / "new"
        new.mkdir(parents=True, exist_ok=True)
        (new / "erp.csv").write_text("单据号,关区,证书,份数\nX1,0101,C1-1,3\n", encoding="utf-8")
        map_ = of_kind(BLANK, CONTRACT, Form.XLSX)
        (new / "template.xlsx").write_bytes(
            written(map_, filled(map_, sample(BLANK, seed=3, reference="X2")), Form.XLSX)
        )
        worker, seconds = Worker(home), [0.0]
        worker.look()
        settled = worker._intake._desks[ENTERPRISE].new
        settled._monotonic = lambda: seconds[0]
        settled._since.clear()
        worker.look()
        seconds[0] = 2.0
        worker.look()
        assert sorted(row.reference for row in home.ledger.documents()) == ["X1", "X2"]
        taken = home.path / "declarations" / ENTERPRISE / "taken"
        assert {"erp.csv", "template.xlsx"} <= {file.name for file in taken.iterdir()}
    finally:
        home.close()


def test_files_attached_to_a_line_lie_beside_the_table(home: Home, tmp_path: Path) -> None:
    from mappings.sample_files import pdf

    kind = CONTRACT.kinds["certificate_application"]
    declared = json.loads(json.dumps(sample(kind, seed=1)))
    declared["content"]["attachments"] = [{"class_code": "10000005", "file_name": "委托书.pdf"}]
    map_ = of_kind(kind, CONTRACT, Form.XLSX)
    (tmp_path / "a.xlsx").write_bytes(written(map_, filled(map_, declared), Form.XLSX))
    [missing] = Submitter(home, actor="test").submit(declarations([tmp_path], contract=CONTRACT))
    assert [fault.code for fault in missing.faults] == ["ATT_MISSING"]
    assert missing.faults[0].path == "row 2 · 随附单据·文件名称"
    (tmp_path / "委托书.pdf").write_bytes(pdf("letter"))
    [taken] = Submitter(home, actor="test").submit(declarations([tmp_path], contract=CONTRACT))
    assert taken.outcome == "accepted"
