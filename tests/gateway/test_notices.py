"""Notices as work: also for declarations that we never sent, in any order, due by our own policy, to their end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.drafting.notices import begin, handle, pieces, view
from gateway.errors import GatewayError
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from gateway.worker import Worker
from mappings.clock import MICROSECOND, micros
from mappings.sample import ENTERPRISE, sample
from tests.gateway.desk import Desk, both_ends

DECLARATION = "010120241000005175"  # of an import declaration that nobody here has sent
DAY = timedelta(days=1) // MICROSECOND


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with both_ends(tmp_path / "home") as made:
        yield made


def notified(desk: Desk, template: str = "", *moods: str, kind: str = "supplement_notice") -> str:
    """Customs asks, and it is here. The notice's number."""
    given = {"supplement_template": template} if template else {}
    number = desk.customs.notify(kind, DECLARATION, sender=desk.home.settings.node, given=given, moods=moods)
    desk.exchange()
    return number


def submit(desk: Desk, value: dict[str, Any], *, draft: bool = False) -> Outcome:
    (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)], draft=draft)
    return outcome


def with_files(desk: Desk, number: str, reference: str) -> dict[str, Any]:
    value = sample(desk.home.contract.kinds["supplement_documents"], reference=reference, enterprise=ENTERPRISE)
    value["content"]["notice_no"] = number
    return value


def state(desk: Desk, number: str) -> str:
    return desk.home.ledger.find([number])[number][0].state


def test_a_notice_about_a_declaration_that_we_never_sent_is_work(desk: Desk) -> None:
    number = notified(desk, "animal-products")
    assert [row.status for row in desk.home.ledger.arrivals() if row.status != "understood"] == []
    [piece] = pieces(desk.home)
    row = piece.row
    assert (row.number, row.state, piece.by, piece.here, piece.open) == (number, "3", "supplement_data", "", True)
    assert row.facts["business_no"] == DECLARATION
    assert row.due_at == micros(row.facts["notified_at"]) + 10 * DAY
    [told] = [json.loads(f.read_text()) for f in (desk.home.path / "results" / ENTERPRISE).glob(f"{number}_*.json")]
    assert told["state_zh"] == "待办" and told["due_by"] == "gateway" and told["due_at"]


def test_it_is_begun_saved_declared_and_reviewed_and_saving_puts_nothing_off(desk: Desk) -> None:
    number = notified(desk, "animal-products")
    due = pieces(desk.home)[0].row.due_at
    value = begin(desk.home, number)
    assert value["content"]["notice_no"] == number and value["content"]["goods"][0]["entry_goods_name"]
    with pytest.raises(GatewayError, match="WORK_VIEW"):
        view(desk.home, number)
    value["content"]["goods"][0]["goods_brand"] = "改过的品牌"
    saved = submit(desk, value, draft=True)
    assert (saved.outcome, saved.number, saved.state) == ("accepted", number, "1"), saved.faults
    desk.exchange()
    assert (state(desk, number), pieces(desk.home)[0].row.due_at) == ("1", due)
    assert view(desk.home, number) == value["content"] and begin(desk.home, number) == value
    value["content"]["goods"][0]["goods_brand"] = "再改"
    assert submit(desk, value, draft=True).state == "1"
    declared = submit(desk, begin(desk.home, number))
    assert (declared.outcome, declared.state) == ("revised", "4"), declared.faults
    desk.exchange()
    assert state(desk, number) == "10" and pieces(desk.home) == []
    [ended] = pieces(desk.home, everything=True)
    assert not ended.open
    message = [m for m in desk.home.ledger.history(number).messages if m.direction == "out"]  # type: ignore[union-attr]
    assert len(message) == 1 and view(desk.home, number)["goods"][0]["goods_brand"] == "再改"
    with pytest.raises(GatewayError, match="WORK_NONE"):
        begin(desk.home, number)
    assert submit(desk, value).outcome == "duplicate"


def test_files_are_begun_too_and_have_no_draft(desk: Desk) -> None:
    number = notified(desk)
    assert begin(desk.home, number)["content"] == {"notice_no": number, "attachments": [{"file": "附件.pdf"}]}
    kept = submit(desk, with_files(desk, number, "D"), draft=True)
    assert [fault.code for fault in kept.faults] == ["DRAFT_NONE"]
    assert submit(desk, with_files(desk, number, "D")).outcome == "accepted"
    desk.exchange()
    assert state(desk, number) == "10"
    [listed] = view(desk.home, number)["attachments"]
    assert listed["file_name"].endswith(".pdf") and len(listed["file_sha256"]) == 64


def test_what_failed_on_the_road_is_to_do_again_and_goes_once_more_on_wish(desk: Desk) -> None:
    number = notified(desk)
    value = with_files(desk, number, "D")
    submit(desk, value)
    desk.worker.until_idle()
    [file] = [path for path in (desk.entry / "OutBox").iterdir() if path.is_file()]
    file.rename(desk.entry / "FailBox" / file.name)
    desk.worker.until_idle()
    assert state(desk, number) == "3"
    assert submit(desk, value).outcome == "duplicate"
    (again,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)], repeat=True)
    assert (again.outcome, again.state) == ("revised", "4"), again.faults
    desk.exchange()
    assert state(desk, number) == "10"


def test_store_failed_is_the_end_and_says_so_in_the_manuals_words(desk: Desk) -> None:
    number = notified(desk, "", "refuse")
    submit(desk, with_files(desk, number, "D1"))
    desk.exchange()
    assert state(desk, number) == "8"
    with pytest.raises(GatewayError) as told:
        begin(desk.home, number)
    assert told.value.zh.startswith("当前状态不可进行上传操作！") and "海关另发新通知" in told.value.zh
    again = submit(desk, with_files(desk, number, "D2"))
    assert [(f.code, f.zh) for f in again.faults] == [("SUPPDOC-R-35", "当前状态不可进行上传操作！")]


def test_what_is_found_wanting_is_asked_for_again_under_another_number(desk: Desk) -> None:
    number = notified(desk, "", "return")
    submit(desk, with_files(desk, number, "D1"))
    desk.exchange()
    assert state(desk, number) == "11"
    [piece] = pieces(desk.home)
    assert piece.row.number != number and piece.row.facts["business_no"] == DECLARATION
    submit(desk, with_files(desk, piece.row.number, "D2"))
    desk.exchange()
    assert state(desk, piece.row.number) == "10"


def test_the_list_of_things_to_do_and_the_notice_are_one_piece_of_work(desk: Desk) -> None:
    number = notified(desk)
    [task] = desk.home.ledger.documents(kind="issue_task")
    [piece] = pieces(desk.home)
    assert piece.row.number == number and [row.number for row in piece.rows] == [task.number]
    issued = notified(desk, kind="issue_notice")
    assert [(piece.row.number, piece.due_at is None) for piece in pieces(desk.home)] == [
        (number, False),
        (issued, True),
    ]
    assert handle(desk.home, issued, actor="tester", why="已阅") and not handle(desk.home, issued, actor="tester")
    assert [piece.row.number for piece in pieces(desk.home)] == [number]
    assert [(e.act, e.subject, e.actor) for e in desk.home.ledger.audit_rows() if e.act == "handle"] == [
        ("handle", issued, "tester")
    ]
    with pytest.raises(GatewayError, match="BIZ_UNKNOWN"):
        handle(desk.home, number, actor="tester")


def test_a_row_whose_notice_has_not_come_is_work_and_as_due_as_the_notice(desk: Desk) -> None:
    given = {"unified_no": "cf8059456eb64be6a532c1e9423c53b1", "issue_notice_type": "补录"}
    number = desk.customs.notify("issue_notice", DECLARATION, sender=desk.home.settings.node, given=given)
    desk.exchange()
    [piece] = pieces(desk.home)
    assert (piece.row.number, piece.by, piece.open) == (number, "", True)
    assert piece.due_at == micros(piece.row.facts["received_at"]) + 10 * DAY and not piece.overdue
    again = {"notice_no": given["unified_no"], "supplement_template": "animal-products"}
    desk.customs.notify("supplement_notice", DECLARATION, sender=desk.home.settings.node, given=again)
    desk.exchange()
    [piece] = pieces(desk.home)
    assert piece.row.number == given["unified_no"] and number in {row.number for row in piece.rows}


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (2, 0, 3, 1)])
def test_any_order_of_notice_and_receipts_ends_the_same(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Supplemented on the web page: customs' own words are all that there is."""
    with both_ends(tmp_path / "home") as desk:
        number, inbox = _spoken(desk), desk.entry / "InBox"
        files = sorted(inbox.glob("Receipt_*"))
        assert len(files) == 4  # the notice, its row of the list, 9 and 10
        bodies = [(file.name, file.read_bytes()) for file in files]
        for file in files:
            file.unlink()
        for index in order:
            name, body = bodies[index]
            (inbox / name).write_bytes(body)
            desk.worker.until_idle()
        assert state(desk, number) == "10"
        assert [row.reason for row in desk.home.ledger.arrivals() if row.status != "understood"] == []


def _spoken(desk: Desk) -> str:
    """All that customs says of a notice, in its box and not read yet."""
    number = desk.customs.notify("supplement_notice", DECLARATION, sender=desk.home.settings.node)
    desk.customs.until_idle()
    for status in ("9", "10"):
        desk.customs.decide(number, status)
        desk.customs.until_idle()
    return number


def test_a_record_that_brings_another_notice_than_it_names_is_nobodys(desk: Desk) -> None:
    number = desk.customs.notify("supplement_notice", DECLARATION, sender=desk.home.settings.node)
    store = desk.customs.tools.store
    case = store.case(desk.home.settings.node, number)
    assert case is not None
    with store.transaction():
        store.save_case(replace(case, content={**case.content, "notice_no": "0" * 32}))
    desk.exchange()
    assert [row.reason[:10] for row in desk.home.ledger.arrivals(status="quarantined")] == ["RCP_NUMBER"]
    assert desk.home.ledger.documents(kind="supplement") == []


def test_how_long_a_notice_may_wait_is_the_homes_own_setting(tmp_path: Path) -> None:
    with both_ends(tmp_path / "home") as desk:
        settings = desk.home.path / "gateway.toml"
        settings.write_text(settings.read_text().replace('due = "10d"', 'due = "3d"'))
        desk.home.close()
        home = Home(desk.home.path, passphrase=lambda _key: None)
        desk.home, desk.worker = home, Worker(home)
        try:
            number = notified(desk)
            [piece] = pieces(home)
            assert piece.row.due_at == micros(piece.row.facts["notified_at"]) + 3 * DAY
            assert piece.row.number == number and not piece.row.overdue
        finally:
            home.close()
