"""Entry certificates over one home: asked for, issued, set invalid, opened without us; who may see them, and the day's account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from console.cli.make import enterprise
from gateway.accounts.reconciliation import reconcile
from gateway.entry.asking import download, preview, shown
from gateway.errors import Unanswerable
from gateway.intake.declaration import Declaration
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from gateway.views.querying import conditions, rows
from ledger.rows import DocumentRow
from mappings.clock import stamp
from mappings.load import contract
from mappings.sample import ENTERPRISE, sample
from simulator.issue import notify
from tests.gateway.desk import Desk, both_ends

ELSEWHERE = "010120241000005175"


@dataclass
class Entries:
    """Requests by their reference, of which each has a declaration of its own."""

    desk: Desk
    declarations: dict[str, str]

    def declare(self, reference: str, *, draft: bool = False, **changed: Any) -> Outcome:
        kind, number = contract().kinds["entry_certificate_request"], f"01012024100000{len(self.declarations):04d}"
        content = {**sample(kind)["content"], "declaration_no": number, **changed}
        self.declarations[reference] = number
        content = {name: value for name, value in content.items() if value is not None}
        value = {"kind": kind.name, "reference": reference, "enterprise": ENTERPRISE, "content": content}
        [outcome] = Submitter(self.desk.home, actor="test").submit([Declaration("memory", value)], draft=draft)
        assert outcome.outcome == "accepted", outcome
        return outcome

    def certificate(self, reference: str) -> DocumentRow:
        return self.of(f"{self.declarations[reference]}001")

    def of(self, number: str) -> DocumentRow:
        [row] = self.desk.home.ledger.find([number])[number]
        return row


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entries]:
    with both_ends(tmp_path_factory.mktemp("entry") / "home") as desk:
        made = Entries(desk, {})
        made.declare("SAVED", draft=True)
        made.declare("ISSUED")
        made.declare("NONE", entry_certificate_class="24", originals=None, copies=None)
        made.declare("REFUSED", remark="#refuse")
        made.declare("ENDED", remark="#invalid")
        made.declare("FILED", remark="#pdf #twice")
        desk.exchange()
        held = desk.customs.tools
        content = sample(contract().kinds["entry_certificate"])["content"]
        content |= {"declaration_no": ELSEWHERE, "entry_certificate_no": f"{ELSEWHERE}001"}
        desk.customs.issue(f"{ELSEWHERE}001", content, sender=desk.home.settings.node, given={})
        desk.exchange()
        number = made.certificate("ENDED").number
        assert made.certificate("ENDED").validity == "VN"
        for validity in ("VY", "VN"):  # taken back, and said again
            notify(
                held.store,
                number,
                "certificate_status",
                contract=held.contract,
                clock=held.clock,
                given={"validity": validity},
            )
            desk.exchange()
        yield made


def refused(code: str, *asked: Any, **how: Any) -> None:
    function, *arguments = asked
    with pytest.raises(Unanswerable) as told:
        function(*arguments, **how)
    assert told.value.code == code


def test_a_certificate_stands_below_the_request_of_its_declaration(entries: Entries) -> None:
    row = entries.certificate("ISSUED")
    request = entries.of(row.parent)
    assert (row.kind, row.state, row.validity) == ("entry_certificate", "IS", "VY")
    assert (request.reference, request.state, request.customs_no) == ("ISSUED", "RC", entries.declarations["ISSUED"])
    assert row.about == request.about == row.number[:18]
    assert row.certificate_no == row.number and "note" not in row.facts


def test_people_are_told_in_the_words_of_the_manual(entries: Entries) -> None:
    rows = entries.desk.home.ledger.documents(kind="issue_task")
    about = {row.facts["declaration_no"]: row.facts for row in rows}
    assert about.keys() == {entries.declarations[name] for name in ("ISSUED", "ENDED", "FILED")}
    number = entries.declarations["ISSUED"]
    assert about[number]["issue_notice_type"] == "出证"
    assert (
        about[number]["notice_detail"]
        == f"贵公司申报货物的报关单[{number}]所需的5-1入境货物检验检疫证明申报已复审完成。"
    )


def test_nothing_is_issued_that_was_not_asked_for_or_was_refused(entries: Entries) -> None:
    ledger = entries.desk.home.ledger
    assert not ledger.find([f"{entries.declarations[name]}001" for name in ("NONE", "REFUSED", "SAVED")])
    states = {row.reference: row.state for row in ledger.documents(kind="entry_certificate_request")}
    assert states == {"SAVED": "S", "ISSUED": "RC", "NONE": "RC", "REFUSED": "HF", "ENDED": "RC", "FILED": "RC"}


def test_what_we_never_asked_for_opens_by_itself_with_a_note(entries: Entries) -> None:
    row = entries.of(f"{ELSEWHERE}001")
    assert (row.parent, row.about, row.facts["note"]) == ("", ELSEWHERE, "ENTRY_UNASKED")
    assert [a.reason for a in entries.desk.home.ledger.arrivals() if a.status not in ("understood", "repeat")] == []
    assert b"%PDF" in preview(entries.desk.home, row.number).data[:8]


def test_a_preview_is_of_what_is_saved_and_asks_for_the_certificate(entries: Entries) -> None:
    home = entries.desk.home
    numbers = {row.reference: row.number for row in home.ledger.documents(kind="entry_certificate_request")}
    saved = preview(home, numbers["SAVED"])
    assert saved.name.endswith("预览.pdf") and saved.data.startswith(b"%PDF-")
    refused("ENTRY_NOT_ASKED", preview, home, numbers["NONE"])
    refused("ENTRY_UNSAVED", preview, home, "V20240000000009999")


def test_only_a_valid_certificate_has_a_pdf_and_customs_file_goes_first(entries: Entries) -> None:
    home = entries.desk.home
    assert download(home, entries.certificate("ISSUED").number).by == "gateway"
    theirs = download(home, entries.certificate("FILED").number)
    assert theirs.by == "customs" and b"SPECIMEN" in theirs.data
    ended = entries.certificate("ENDED")
    assert ended.validity == "VN"
    refused("ENTRY_INVALID", download, home, ended.number)
    assert preview(home, ended.number).data.startswith(b"%PDF-")
    refused("BIZ_UNKNOWN", download, home, entries.certificate("ISSUED").parent)


def test_only_consignee_and_declarant_are_shown_it(entries: Entries) -> None:
    home, number = entries.desk.home, entries.certificate("ISSUED").number
    consignee = "866524121000064931"  # 18 characters, of the sample
    for asking in (ENTERPRISE, consignee):
        assert shown(home, number, enterprise=asking)[1].number == number
    for function in (shown, preview, download):
        refused("ENTRY_PARTY", function, home, number, enterprise="2102919038")


def test_a_query_code_is_as_good_as_an_account_and_tells_nothing_of_other_numbers(entries: Entries) -> None:
    home, row = entries.desk.home, entries.certificate("ISSUED")
    code = row.facts["query_code"]
    assert shown(home, row.number, query_code=code)[0].number == row.number
    refused("ENTRY_QUERY", shown, home, row.number, query_code="x" + code)
    refused("ENTRY_QUERY", shown, home, f"{ELSEWHERE}777", query_code=code)
    refused("ENTRY_QUERY", shown, home, row.parent, query_code=code)


def test_certificates_are_found_by_declaration_by_number_and_by_day(entries: Entries) -> None:
    home, row = entries.desk.home, entries.certificate("ISSUED")
    screen = home.screens["entry_certificates"]

    def found(**given: str) -> list[str]:
        asked = conditions(home, screen, given)
        return [each.document.number for each in rows(home, screen, asked, enterprise=None, limit=50, after=None)]

    assert found(declaration_no=row.about) == found(certificate_no=row.number) == [row.number]
    assert len(found()) == 4
    [shown_row] = rows(
        home, screen, conditions(home, screen, {"certificate_no": row.number}), enterprise=None, limit=9, after=None
    )
    assert {name: cell.zh for name, cell in shown_row.cells.items()}["validity"] == "有效"


def test_the_days_statement_holds_the_entry_kinds(entries: Entries) -> None:
    desk = entries.desk
    day = stamp(desk.home.clock.now())[:8]
    desk.customs.want_statement(day)
    desk.exchange()
    [tenant] = desk.home.ledger.enterprises()
    found = reconcile(desk.home, tenant, day)
    assert (found.stated, found.differences) == (True, ())
    assert found.day.matched == 5 + 4 + 3  # requests that were sent, certificates, notices of the type 出证
    line = next(line for line in desk.home.ledger.account(tenant.id, day).lines if line.number == f"{ELSEWHERE}001")
    assert (line.state, line.certificate_no, line.customs_no) == ("IS", f"{ELSEWHERE}001", ELSEWHERE)


# What follows adds to the home.


def test_what_customs_says_anew_of_a_certificate_is_its_next_revision(entries: Entries) -> None:
    desk, row = entries.desk, entries.of(f"{ELSEWHERE}001")
    content = json.loads(row.declaration) | {
        "marks": "LOT 7",
        "goods": [{"goods_line_no": 1, "entry_goods_name": "铜矿"}],
    }
    desk.customs.issue(row.number, content, sender=desk.home.settings.node, given={})
    desk.exchange()
    again, said = shown(desk.home, row.number)
    assert (again.revision, again.state, again.validity) == (row.revision + 1, "IS", "VY")
    assert said.boxes["标记及号码"] == "LOT 7" and [line.name for line in said.lines] == ["铜矿"]


def test_consignee_and_declarant_may_both_be_told_of_one_certificate_in_one_home(entries: Entries) -> None:
    desk, agent = entries.desk, "2102919038"
    added = enterprise(desk.home, agent, "代理申报企业", "")
    desk.customs.look()  # at which it learns of the enterprise
    number = entries.certificate("FILED").number
    content = json.loads(entries.certificate("FILED").declaration) | {"declarant_customs_code": agent}
    desk.customs.issue(number, content, sender=added.node_id, given={})
    desk.exchange()
    rows = {row.enterprise: row for row in desk.home.ledger.find([number])[number]}
    assert rows.keys() == {ENTERPRISE, agent}
    assert rows[agent].facts["note"] == "ENTRY_UNASKED" and rows[agent].parent == ""  # the request is the other's
    assert rows[ENTERPRISE].parent
    assert shown(desk.home, number, enterprise=agent)[0].enterprise == agent
    assert desk.home.ledger.counts().arrivals.get("quarantined", 0) == 0


def test_what_is_said_of_a_certificate_before_its_issue_waits_for_it(entries: Entries) -> None:
    """The message of its end comes first, as files do."""
    desk, number = entries.desk, f"{ELSEWHERE}002"
    content = sample(contract().kinds["entry_certificate"])["content"]
    content |= {"declaration_no": ELSEWHERE, "entry_certificate_no": number}
    desk.customs.issue(number, content, sender=desk.home.settings.node, given={})
    desk.customs.until_idle()
    [inbox] = desk.home.path.glob("channels/customs/CertIn/InBox")
    kept = {path: path.read_bytes() for path in inbox.iterdir() if number in path.name}
    assert len(kept) == 1
    for path in kept:
        path.unlink()
    held = desk.customs.tools
    notify(held.store, number, "certificate_status", contract=held.contract, clock=held.clock, given={"validity": "VN"})
    desk.customs.until_idle()
    assert [path for path in inbox.iterdir() if number in path.name]  # the folder of the entry business
    desk.exchange()
    assert desk.home.ledger.counts().arrivals["held"] == 1
    for path, data in kept.items():
        path.write_bytes(data)
    desk.exchange()
    assert desk.home.ledger.counts().arrivals.get("held", 0) == 0
    assert (entries.of(number).state, entries.of(number).validity) == ("IS", "VN")
