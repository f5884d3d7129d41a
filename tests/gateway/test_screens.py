"""The manuals' query screens over one lively home: conditions, defaults, limits, words, buttons; and how their data are checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Unanswerable
from gateway.intake.declaration import Declaration
from gateway.submission.submit import Submitter
from gateway.views.querying import Row, conditions, receipts, rows
from mappings.load import contract
from mappings.sample import ENTERPRISE, sample
from mappings.screens import load_screens, screens
from mappings.table import BadKind
from simulator.office import Office
from tests.gateway.desk import Desk, both_ends

GOOD = "222N01040001195"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Applications stored, refused and drafted; a certificate printed, one to be printed; forms; a modification decided."""
    with both_ends(tmp_path_factory.mktemp("screens") / "home") as made:
        declare(made, "eledger_query", {"inspection_no": GOOD})
        made.exchange()
        own = {
            "inspection_no": GOOD,
            "collect_mode": "self_print",
            "contact_name": "联系人",
            "contact_mobile": "12200000000",
        }
        certificate = {"certificate_format": "C1-1.en"}
        declare(made, "certificate_application", {**own, "certificates": [certificate]}, "APP")
        declare(made, "certificate_application", {**own, "certificates": [certificate], "remark": "#refuse"}, "BAD")
        declare(made, "certificate_application", {**own, "certificates": [certificate]}, "DRAFT", draft=True)
        declare(
            made,
            "blank_certificate_application",
            {"customs_office": "2201", "lines": [{"blank_format": "C5-1", "quantity": 3}]},
            "B",
        )
        made.exchange()
        printed = {
            "certificate_serial": number(made, "APP", "certificate"),
            "print_mode": "plain_a4",
            "print_success": "1",
        }
        declare(made, "print_result", printed, "P")
        made.exchange()
        change = sample(contract().kinds["certificate_modification"], attachments=True)["content"]
        change.pop("copied_from", None)
        line = {"changed_part": "1", "changed_field": "issue_place_en", "new_value": "BEIJING"}
        change |= {"certificate_serial": printed["certificate_serial"], "changes": [line]}
        declare(made, "certificate_modification", change, "MOD")
        declare(made, "onsite_issue", {"certificate_serial": printed["certificate_serial"]}, "ON")
        yield made


def declare(desk: Desk, kind: str, content: dict[str, Any], reference: str = "Q", *, draft: bool = False) -> None:
    value = {"kind": kind, "reference": reference, "enterprise": ENTERPRISE, "content": content}
    (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)], draft=draft, repeat=True)
    assert outcome.outcome == "accepted", outcome


def number(desk: Desk, reference: str, kind: str = "") -> str:
    """The number of a document, or of what it carries."""
    row, *_ = desk.home.ledger.documents(reference=reference, kind=kind or None)
    return row.number


def ask(desk: Desk, name: str, limit: int = 100, **given: str) -> list[Row]:
    screen = desk.home.screens[name]
    return rows(desk.home, screen, conditions(desk.home, screen, given), enterprise=None, limit=limit, after=None)


def shown(row: Row) -> dict[str, str]:
    return {name: cell.zh for name, cell in row.cells.items()}


def test_an_application_with_what_its_e_ledger_says(desk: Desk) -> None:
    found = {row.document.reference: row for row in ask(desk, "certificate_applications")}
    assert found.keys() == {"APP", "BAD", "DRAFT"}
    cells = shown(found["APP"])
    assert (cells["inspection_no"], cells["consignor"], cells["accept_office"], cells["state"]) == (
        GOOD, "中国大恒(集团)有限公司", "京西城关", "海关入库成功",
    )  # fmt: skip
    assert cells["customs_no"].isdigit()
    assert found["APP"].buttons == ("copy", "receipts") and "delete" in found["DRAFT"].buttons


def test_a_number_sets_state_and_time_aside(desk: Desk) -> None:
    wanted = number(desk, "APP")
    given = {"number": wanted, "state": "暂存", "time": "2001-01-01..2001-01-02"}
    assert [row.document.number for row in ask(desk, "certificate_applications", **given)] == [wanted]
    asked = conditions(desk.home, desk.home.screens["certificate_applications"], given)
    assert asked.aside == ("state", "time") and asked.span is None
    assert ask(desk, "certificate_applications", time="2001-01-01..2001-01-02") == []
    drafts = [
        row.document.reference
        for word in ("S", "暂存", "draft")
        for row in ask(desk, "certificate_applications", state=word)
    ]
    assert drafts == ["DRAFT"] * 3


def test_the_default_window_is_so_many_days_up_to_today(desk: Desk) -> None:
    def days(name: str, **given: str) -> int:
        span = conditions(desk.home, desk.home.screens[name], given).span
        return (span.until - span.since) // (timedelta(days=1) // timedelta(microseconds=1)) if span else 0

    assert {name: days(name) for name in desk.home.screens}.items() >= {
        "certificate_applications": 7, "certificates": 7, "general_applications": 7, "blank_applications": 7, "changes": 7,
        "reprints": 7, "blank_forms": 15, "self_print": 0,
    }.items()  # fmt: skip
    assert days("blank_forms", time="") == 0
    assert (
        days("blank_forms", time="2026-11-01..2026-11-15") == days("blank_forms", time="2026-11-01至2026-11-15") == 15
    )


@pytest.mark.parametrize(("name", "days"), [("blank_forms", 15), ("certificates", 30), ("self_print", 30)])
def test_a_longer_range_is_refused_in_the_manual_s_words(desk: Desk, name: str, days: int) -> None:
    screen = desk.home.screens[name]
    with pytest.raises(Unanswerable) as told:
        conditions(desk.home, screen, {"time": f"2026-10-01..2026-{'11-01' if days > 15 else '10-16'}"})
    assert screen.period is not None
    assert (told.value.code, told.value.zh) == ("QUERY_RANGE", f"{screen.period.zh}范围不能超过 {days} 天")


@pytest.mark.parametrize(
    "given",
    [{"time": "tomorrow"}, {"time": "2026-11-02..2026-11-01"}, {"state": "没有的状态"}, {"nothing": "1"}],
)
def test_what_a_screen_does_not_take(desk: Desk, given: dict[str, str]) -> None:
    with pytest.raises(Unanswerable) as told:
        conditions(desk.home, desk.home.screens["certificates"], given)
    assert told.value.code == "QUERY_FILTER"


def test_certificates_by_their_number_and_by_the_inspection(desk: Desk) -> None:
    (row,) = desk.home.ledger.documents(number=number(desk, "APP", "certificate"))
    (found,) = ask(desk, "certificates", certificate_no=row.certificate_no)
    cells = shown(found)
    assert cells["certificate_no"] == row.certificate_no and cells["application_no"] == row.parent
    assert (cells["certificate_class"], cells["certificate_format"][:4], cells["collect_mode"], cells["declarant"]) == (
        "品质证书", "C1-1", "自助打印", "测试企业",
    )  # fmt: skip
    assert len(ask(desk, "certificates", inspection_no=GOOD)) == 3
    assert ask(desk, "certificates", awaiting="1") == []


def test_what_is_printed_and_what_waits_for_it(desk: Desk) -> None:
    assert ask(desk, "self_print") == []
    (row,) = ask(desk, "self_print", printed="已打印")
    cells = shown(row)
    assert (cells["sequence"], cells["printed"], cells["print_count"]) == ("1", "已打印", "1")
    today = cells["issued"]
    assert len(ask(desk, "self_print", printed="printed", certificate_format="C1-1", time=f"{today}..{today}")) == 1
    assert ask(desk, "self_print", printed="printed", certificate_format="C5-1.en") == []
    assert set(row.buttons) >= {"preview", "onsite", "reprint"} and "print" not in row.buttons
    with pytest.raises(Unanswerable) as told:
        ask(desk, "self_print", printed="")
    assert told.value.code == "QUERY_REQUIRED"


def test_issued_certificates_with_both_names_of_their_format(desk: Desk) -> None:
    (row,) = ask(desk, "exit_certificates")
    cells = shown(row)
    assert cells["validity"] == "有效" and "quality" in cells["format_en"] and "品质" in cells["format_zh"]
    assert row.cells["format_zh"].en == row.cells["format_zh"].zh


def test_what_customs_issued_on_site_is_marked(desk: Desk) -> None:
    with Office(desk.home.path / "customs") as office:
        onsite = office.issue(ENTERPRISE, inspection_no="225N01040002194", format_="C1-1.en")
    desk.exchange()
    found = {row.document.number: row for row in ask(desk, "certificates")}
    (mark,) = found[onsite].marks
    assert mark.zh == "根据海关同步数据做过修改或者证书来源为现场出证，如有疑问请联系现场海关"
    assert found[number(desk, "DRAFT", "certificate")].marks == ()


def test_changes_and_reprints_are_found_by_the_certificate_they_are_about(desk: Desk) -> None:
    (row,) = desk.home.ledger.documents(number=number(desk, "APP", "certificate"))
    for name, reference, kind in (("changes", "MOD", "修改申请"), ("reprints", "ON", "现场出证申请")):
        (found,) = ask(desk, name, certificate_no=row.certificate_no)
        assert (found.document.reference, shown(found)["certificate_no"], shown(found)["kind"]) == (
            reference, row.certificate_no, kind,
        )  # fmt: skip
        assert ask(desk, name, certificate_no="nobody's") == []
    assert ask(desk, "changes", kind="2") == [] and len(ask(desk, "changes", kind="1-修改申请")) == 1


def test_blank_forms_by_serial_format_and_application(desk: Desk) -> None:
    found = ask(desk, "blank_forms")
    assert len(found) == 3 and {row.buttons for row in found} == {("void", "return")}
    cells = shown(found[0])
    assert (cells["blank_format"], cells["application_no"], cells["state"]) == (
        "C5-1植物检疫证书",
        number(desk, "B"),
        "未使用",
    )
    assert [row.document for row in ask(desk, "blank_forms", blank_serial=cells["blank_serial"])] == [found[0].document]
    assert len(ask(desk, "blank_forms", application_no=number(desk, "B"))) == 3
    assert (
        len(ask(desk, "blank_forms", blank_format="C5-1")) == 3 and ask(desk, "blank_forms", blank_format="C1-1") == []
    )
    (application,) = ask(desk, "blank_applications", kind="空白证书申请")
    assert shown(application)["customs_office"] == "浦江海关" and application.buttons == ("receipts",)


def test_receipts_below_a_screen(desk: Desk) -> None:
    last, first = list(receipts(desk.home, number(desk, "B")))
    assert (first["sequence"], first["state"], last["state"]) == ("2", "海关入库成功", "领取完成")
    assert last["sentence"].endswith("已领取!") and last["receipt_no"].isdigit()
    with pytest.raises(Unanswerable):
        list(receipts(desk.home, "nobody's"))


def test_a_page_costs_the_same_whatever_its_length(desk: Desk) -> None:
    from sqlalchemy import event

    def statements(limit: int) -> int:
        said: list[object] = []
        engine = desk.home.ledger._transactions.engine
        listener = lambda *given: said.append(given)  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        ask(desk, "certificates", limit)
        event.remove(engine, "before_cursor_execute", listener)
        return len(said)

    assert statements(3) == statements(1)


BUSINESS = "010120241000005175"


@pytest.fixture(scope="module")
def asked(desk: Desk) -> Desk:
    """Customs asks for documents, and for data; each comes with a row on the list of things to do."""
    with Office(desk.home.path / "customs") as office:
        for operation in (
            {"supplement_operation": "1"},
            {"supplement_operation": "2", "supplement_template": "animal-products"},
        ):
            office.notify(BUSINESS, "supplement_notice", enterprise=ENTERPRISE, given=operation)
    desk.exchange()
    return desk


def test_notices_with_what_each_permits(asked: Desk) -> None:
    found = {shown(row)["supplement_operation"]: row for row in ask(asked, "supplement_notices")}
    assert {name: row.buttons for name, row in found.items()} == {
        "单据补传": ("upload", "receipts"), "数据补录": ("supplement", "receipts"),
    }  # fmt: skip
    cells = shown(found["数据补录"])
    assert (cells["business_type"], cells["business_no"], cells["state"]) == ("报关单", BUSINESS, "待办")
    assert "陆生动物源性食品" in cells["supplement_template"] and len(cells["notified_at"]) == len(
        "2024-10-11 08:00:00"
    )
    assert shown(found["单据补传"])["supplement_template"] == ""
    for given in ({"supplement_operation": "单据补传"}, {"supplement_operation": "1-单据补传", "state": "3"}):
        assert [row.buttons for row in ask(asked, "supplement_notices", **given)] == [("upload", "receipts")]
    assert ask(asked, "supplement_notices", state="10") == []
    assert len(ask(asked, "supplement_notices", business_no=BUSINESS, time="2001-01-01..2001-01-02")) == 2


def test_the_conditions_of_notices_are_the_manual_s(asked: Desk) -> None:
    screen = asked.home.screens["supplement_notices"]
    for given, zh in (
        ({"business_type": ""}, "业务类型为必填查询条件。"),
        ({"state": "", "time": ""}, "状态为必填查询条件。"),
        ({"time": "2026-01-01..2026-04-01"}, "通知日期范围不能超过 90 天"),
    ):
        with pytest.raises(Unanswerable) as told:
            conditions(asked.home, screen, given)
        assert told.value.zh == zh
    assert conditions(asked.home, screen, {"time": ""}).span is None
    assert conditions(asked.home, screen, {"time": "2026-01-01..2026-03-31"}).span is not None


def test_what_is_to_do_of_issue_notices(asked: Desk) -> None:
    found = [shown(row) for row in ask(asked, "issue_tasks")]
    assert {cells["issue_notice_type"] for cells in found} == {"补传", "补录"}
    assert {cells["declaration_no"] for cells in found} == {BUSINESS} and all(cells["notice_detail"] for cells in found)


BROKEN = {
    'kinds = ["nothing"]': "no kind",
    'period = { zh = "z", en = "e", of = "at/NO", days = 3 }': "no moment",
    'over = ["colour"]': "no condition",
    'filter = [{ name = "colour", zh = "z", en = "e" }]': "'colour' is no column",
    'filter = [{ name = "state", zh = "z", en = "e", default = "QQ" }]': "no option",
    'filter = [{ name = "kind", zh = "z", en = "e", option = [{ code = "1", zh = "z", en = "e", values = ["receipt"] }] }]': "values",
    'column = [{ name = "state", zh = "z", en = "e", of = ["beside/state"] }]': "no column",
    'button = [{ name = "b", zh = "z", en = "e", permits = "fly" }]': "permits 'fly'",
    "sound = true": "unknown key",
}


@pytest.mark.parametrize("line", sorted(BROKEN))
def test_data_that_are_not_well_made_are_told_with_their_file(tmp_path: Path, line: str) -> None:
    good = {
        "kinds": 'kinds = ["certificate"]',
        "filter": 'filter = [{ name = "number", zh = "z", en = "e" }]',
        "column": 'column = [{ name = "number", zh = "z", en = "e" }]',
    }
    good[line.split()[0]] = line
    folder = tmp_path / "screens"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'zh = "我的"\nen = "mine"\nsource = "ours"\n' + "\n".join(good.values()), encoding="utf-8"
    )
    with pytest.raises(BadKind, match=BROKEN[line]) as bad:
        load_screens([tmp_path], contract())
    assert "screens/mine.toml" in str(bad.value)


def test_the_columns_are_the_manual_s_in_its_order() -> None:
    assert [column.zh for column in screens()["self_print"].columns] == (
        ["序号", "检验检疫编号", "证书编号", "证书格式", "申报单位", "发货单位", "签证日期", "打印状态", "打印次数"]
    )
    assert [column.zh for column in screens()["blank_applications"].columns] == (
        ["申请单统一编号", "申请单海关编号", "申请单位名称", "单据类型", "申报关区", "最近操作时间", "状态"]
    )
