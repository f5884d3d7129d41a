"""Copies of stored declarations, entry from a similar certificate, and the notice to pick up blank certificates."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.drafting.copying import copied
from gateway.errors import Unanswerable
from gateway.intake.declaration import Declaration
from gateway.submission.answering import delete_all
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from gateway.views.pickup_notice import pickup_notice
from mappings.sample import ENTERPRISE, sample
from papers.pickup.notice import Line, PickupNotice, pdf
from simulator.office import Office
from tests.gateway.desk import Desk, both_ends

OLD, NEW = "222N01040001195", "222N01040000053"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An application of two certificates whose e-ledger is known, one of them refused; blank certificates that are accepted."""
    with both_ends(tmp_path_factory.mktemp("copying") / "home") as made:
        for inspection_no in (OLD, NEW):
            submit(made, "eledger_query", {"inspection_no": inspection_no}, inspection_no)
        made.exchange()
        goods = [{"ledger_line_no": 1, "weight": "5", "goods_quantity": "0.5", "package_count": 1}]
        head = {
            "inspection_no": OLD,
            "collect_mode": "self_print",
            "contact_name": "联系人",
            "contact_mobile": "12200000000",
        }
        certificate = {"certificate_format": "C1-1.en", "issue_place_en": "BEIJING", "originals": 1, "goods": goods}
        submit(
            made, "certificate_application", {**head, "accept_office": "0104", "certificates": [certificate] * 2}, "APP"
        )
        blank = {
            "customs_office": "2201",
            "lines": [{"blank_format": "C5-1", "quantity": 3}, {"blank_format": "C1-1", "quantity": 11}],
        }
        submit(made, "blank_certificate_application", blank, "BLANK")
        submit(made, "blank_certificate_application", {**blank, "remark": "#silent"}, "SILENT")
        made.exchange()
        yield made


def submit(desk: Desk, kind: str, content: dict[str, Any], reference: str, *, draft: bool = False) -> Outcome:
    value = {"kind": kind, "reference": reference, "enterprise": ENTERPRISE, "content": content}
    return again(desk, value, draft=draft)


def again(desk: Desk, value: dict[str, Any], *, draft: bool = False) -> Outcome:
    (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)], draft=draft, repeat=True)
    return outcome


def numbers(desk: Desk, reference: str, kind: str | None = None) -> list[str]:
    return [row.number for row in desk.home.ledger.documents(reference=reference, kind=kind)]


def test_a_copy_is_a_new_declaration_that_is_taken(desk: Desk) -> None:
    value = copied(desk.home, numbers(desk, "APP")[0], reference="COPY")
    assert (value["reference"], value["enterprise"], len(value["content"]["certificates"])) == ("COPY", ENTERPRISE, 2)
    outcome = again(desk, value)
    assert outcome.outcome == "accepted" and outcome.number not in numbers(desk, "APP")


def test_a_similar_certificate_goes_into_a_new_application(desk: Desk) -> None:
    of = numbers(desk, "APP", "certificate")[1]
    same = copied(desk.home, of, reference="SAME")["content"]
    assert len(same["certificates"]) == 1 and same["certificates"][0]["goods"][0]["weight"] == "5"
    content = copied(desk.home, of, reference="SIMILAR", inspection_no=NEW)["content"]
    assert content["inspection_no"] == NEW and content["contact_name"] == "联系人" and "accept_office" not in content
    (certificate,) = content["certificates"]
    assert certificate == {"certificate_format": "C1-1.en", "issue_place_en": "BEIJING"}


def test_what_cannot_be_copied_is_told_in_the_manual_s_words(desk: Desk) -> None:
    head = {"inspection_no": OLD, "collect_mode": "self_print", "contact_name": "联系人", "contact_mobile": "1"}
    draft = submit(
        desk, "certificate_application", {**head, "certificates": [{"certificate_format": "C1-1.en"}]}, "D", draft=True
    )
    assert draft.outcome == "accepted", draft
    assert copied(desk.home, draft.number, reference="")["reference"] == ""
    delete_all(desk.home, [draft.number], actor="test", why="")
    for number in (draft.number, "nobody's", numbers(desk, "BLANK")[0]):
        with pytest.raises(Unanswerable) as told:
            copied(desk.home, number, reference="")
        assert (told.value.code, told.value.zh) == ("COPY_NONE", "没有可复制的数据！")


def test_a_copied_modification_says_what_it_was_made_of(desk: Desk) -> None:
    (certificate, _) = numbers(desk, "APP", "certificate")
    printed = {"certificate_serial": certificate, "print_mode": "plain_a4", "print_success": "1"}
    assert submit(desk, "print_result", printed, "P").outcome == "accepted"
    desk.exchange()
    change = sample(desk.home.contract.kinds["certificate_modification"], attachments=True)["content"]
    line = {"changed_part": "1", "changed_field": "issue_place_en", "new_value": "TIANJIN"}
    change |= {"certificate_serial": certificate, "changes": [line], "modification_reason": "#return"}
    change.pop("copied_from", None)
    outcome = submit(desk, "certificate_modification", change, "MOD")
    with pytest.raises(Unanswerable):
        copied(desk.home, outcome.number, reference="")
    desk.exchange()
    (row,) = desk.home.ledger.documents(number=outcome.number)
    assert row.state == "JN"
    value = copied(desk.home, outcome.number, reference="MOD2")["content"]
    assert value["copied_from"] == outcome.number and "attachments" not in value


def test_a_certificate_that_is_deleted_leaves_its_application(desk: Desk) -> None:
    content = sample(desk.home.contract.kinds["certificate_application"])["content"]
    content = {name: content[name] for name in ("inspection_no", "collect_mode", "contact_name", "contact_mobile")}
    two = [{"certificate_format": "C1-1.en", "issue_place_en": name} for name in ("A", "B")]
    outcome = submit(desk, "certificate_application", {**content, "certificates": two, "remark": "#refuse"}, "TWO")
    desk.exchange()
    first, second = numbers(desk, "TWO", "certificate")
    states = {row.state for row in desk.home.ledger.documents(reference="TWO")}
    assert states == {"HF"}
    assert [each.done for each in delete_all(desk.home, [first], actor="test", why="")] == [True]
    assert numbers(desk, "TWO", "certificate") == [second]
    sent = submit(desk, "certificate_application", {**content, "certificates": two[1:]}, "TWO")
    assert (sent.outcome, sent.number) == ("revised", outcome.number)
    desk.exchange()
    assert {row.number: row.state for row in desk.home.ledger.documents(reference="TWO")} == {
        outcome.number: "HS",
        second: "HP",
    }


def test_the_notice_is_printed_once_customs_has_accepted(desk: Desk) -> None:
    number = numbers(desk, "SILENT")[0]
    for state in ("D", "BP"):
        with pytest.raises(Unanswerable) as told:
            pickup_notice(desk.home, number if state == "D" else numbers(desk, "BLANK")[0])
        assert (told.value.code, told.value.zh) == ("PRINT_NONE", "没有可打印的数据！")
    with Office(desk.home.path / "customs") as office:
        office.decide(number, "BA")
    desk.exchange()
    notice = pickup_notice(desk.home, number)
    assert [line.quantity for line in notice.lines] == [3, 11] and notice.lines[0].format == "C5-1 植物检疫证书"
    assert notice.fields["申报关区"] == "2201 浦江海关" and "测试企业" in notice.fields["申请单位名称"]
    assert notice.accepted_at[:4] == "2026" and notice.number == number


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed (Debian: poppler-utils)")
def test_the_notice_on_paper_says_all_of_it_and_is_the_same_every_time(tmp_path: Path) -> None:
    lines = tuple(Line(f"C{n}-1 #证书 *{n}*", n) for n in range(1, 11))
    notice = PickupNotice("B20260000000000001", {"申报关区": "2201 浦江海关", "备注": "#strong[x] $a$ " * 9}, lines,
                          "2026-11-21 09:00:00", "2026-11-21 10:00:00")  # fmt: skip
    made = pdf(notice)
    assert made == pdf(notice)
    file = tmp_path / "notice.pdf"
    file.write_bytes(made)
    text = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout
    for said in (
        "空白证书领取通知",
        "B20260000000000001",
        "2201 浦江海关",
        "#strong[x] $a$",
        "*10*",
        "55",
        "请凭本通知至现场领取",
    ):
        assert said in text, said
    assert text.count("\f") == 1
