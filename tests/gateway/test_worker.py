"""The worker: what a pass does, when it rests, and that one bad file never stops the next."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.errors import ChannelError
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.worker import Pass, Worker, locked
from ledger.errors import LedgerError
from ledger.rows import NewEnterprise
from mappings.clock import FileClock
from mappings.kind import Direction
from mappings.sample import ENTERPRISE, sample
from mappings.states import Verdict
from mappings.write import write
from parcel.envelope import Envelope, Head, wrap, write_answer
from parcel.names import OutName, technical_name
from signing.keys import make_own, trust
from signing.sign import seal
from tests.gateway.conftest import declared
from tests.gateway.desk import Desk, both_ends

BLANK = "blank_certificate_application"


@pytest.fixture
def desk(tmp_path: Path, url: str) -> Iterator[Desk]:
    with both_ends(tmp_path / "home", url) as both:
        yield both


def test_a_declaration_goes_to_customs_and_comes_back_as_a_state(desk: Desk) -> None:
    (number,) = desk.submit(declared(desk.home, BLANK))
    desk.exchange()
    assert desk.states() == {number: "BP"}
    assert desk.worker.look().changed is False


def test_a_second_worker_is_refused_and_told_who_works(desk: Desk) -> None:
    with pytest.raises(ChannelError) as refused, locked(desk.home):
        pass
    assert refused.value.code == "SYS_LOCKED"


def test_files_in_the_declarations_folder_are_taken_in_and_answered(desk: Desk) -> None:
    new = desk.home.path / "declarations" / ENTERPRISE / "new"
    kind = desk.home.contract.kinds[BLANK]
    good, bad = sample(kind, seed=1, reference="F-1"), sample(kind, seed=2, reference="F-2")
    bad["content"]["lines"] = []
    foreign = {**sample(kind, seed=3, reference="F-3"), "enterprise": "9999999999"}
    for name, value in {"good.json": good, "bad.json": bad, "foreign.json": foreign, "broken.json": None}.items():
        text = json.dumps(value, ensure_ascii=False) if value else '{"kind": '
        (new / name).write_text(text, encoding="utf-8")
    desk.worker.until_idle()
    folder = new.parent
    assert sorted(f.name for f in (folder / "taken").iterdir()) == ["good.json", "good.json.result.json"]
    answers = {f.name: json.loads(f.read_text(encoding="utf-8")) for f in (folder / "refused").glob("*.result.json")}
    told = {name: [fault["code"] for fault in answer[0]["faults"]] for name, answer in answers.items()}
    assert told == {
        "bad.json.result.json": ["GROUP_MIN"],
        "foreign.json.result.json": ["DECL_ENTERPRISE"],
        "broken.json.result.json": ["DECL_FORMAT"],
    }
    assert list(new.iterdir()) == []


def test_bad_files_are_quarantined_with_their_bytes_and_the_next_goes_on(desk: Desk) -> None:
    (number,) = desk.submit(declared(desk.home, BLANK))
    inbox = desk.road / "InBox"
    (inbox / f"Receipt_{number}_20261121000000000001.xml").write_bytes(b"<html>login</html>")
    (inbox / f"Receipt_{number}_20261121000000000002.xml").write_bytes(b"")
    (inbox / f"Receipt_{number}_20261121000000000003.xml").write_bytes(b"%PDF-1.7 ...")
    desk.exchange()
    assert desk.states() == {number: "BP"}
    kept = {row.id: row for row in desk.home.ledger.arrivals(status="quarantined")}
    assert sorted(row.reason.partition(":")[0] for row in kept.values()) == ["FILE_EMPTY", "XML_NOTWF", "XML_NOTWF"]
    assert list(inbox.iterdir()) == []


def test_a_receipt_for_nobodys_number_is_held_and_a_broken_seal_quarantined(desk: Desk) -> None:
    kind = desk.home.contract.kinds[BLANK]
    mood = sample(kind, seed=1, reference="M", remark="#foreign #badseal #garbage")
    (number,) = desk.submit(Declaration("m", mood))
    desk.exchange()
    assert desk.states() == {number: "BP"}
    reasons = {row.status: set() for row in desk.home.ledger.arrivals()}
    for row in desk.home.ledger.arrivals():
        reasons[row.status].add(row.reason.partition(":")[0])
    assert reasons["held"] == {"RCP_ORPHAN"}
    assert reasons["quarantined"] == {"SIG_VALUE", "XML_ENCODING"}


def test_a_failed_answer_after_a_stored_receipt_changes_nothing(desk: Desk) -> None:
    (number,) = desk.submit(declared(desk.home, BLANK))
    desk.exchange()
    out = OutName.parse(desk.home.ledger.history(number).messages[0].file_name)
    assert out is not None
    late = technical_name(out, succeeded=False, stamp="20991121000000000", counter=1).text
    head = Head("M", "DXPENT1108919038", ("DXPEDC0000000001",), "2026-11-21T00:00:00+08:00", "BLANKAPP")
    body = write_answer("3001", "系统故障", original=head, receiver="DXPENT1108919038", notice_date="2026-11-21")
    (desk.road / "InBox" / late).write_bytes(body)
    desk.exchange()
    assert desk.states() == {number: "BP"}
    events = desk.home.ledger.history(number).events
    assert [e.code for e in events if e.verdict is Verdict.ANOMALY] == []
    assert "SF" in [e.code for e in events]


def test_a_file_that_customs_client_throws_into_failbox_is_a_sending_failure_that_may_be_submitted_again(
    desk: Desk,
) -> None:
    (number,) = desk.submit(declared(desk.home, BLANK, seed=1, reference="R"))
    desk.worker.until_idle()
    (sent,) = (desk.road / "OutBox").glob("*.xml")
    sent.rename(desk.road / "FailBox" / f"{sent.stem}_20261121101112131.xml")
    desk.worker.until_idle()
    assert desk.states() == {number: "SF"}
    assert desk.submit(declared(desk.home, BLANK, seed=2, reference="R")) == [number]
    desk.exchange()
    assert desk.states() == {number: "BP"}


def test_silence_becomes_overdue_when_its_time_has_passed(desk: Desk) -> None:
    kind = desk.home.contract.kinds[BLANK]
    (number,) = desk.submit(Declaration("m", sample(kind, seed=1, reference="M", remark="#silent")))
    desk.exchange()
    assert [row.overdue for row in desk.home.ledger.documents()] == [False]
    clock = FileClock(desk.home.path / "customs" / "clock.json")
    clock.set(offset=40 * 86400.0, speed=1.0)
    (row,) = desk.home.ledger.documents()
    assert (row.number, row.overdue) == (number, True)


def test_every_change_of_a_state_is_a_result_file(desk: Desk) -> None:
    (number,) = desk.submit(declared(desk.home, BLANK))
    desk.exchange()
    files = sorted((desk.home.path / "results" / ENTERPRISE).glob(f"{number}_*.json"))
    told = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert [change["seq"] for change in told] == list(range(1, len(told) + 1))
    assert (told[0]["state"], told[-1]["state"], told[-1]["state_zh"]) == ("D", "BP", "领取完成")
    assert told[-1]["facts"]["customs_no"]


@pytest.mark.parametrize("kind", ["certificate_application", BLANK])
def test_every_outward_kind_with_documents_reaches_its_happy_end(desk: Desk, kind: str) -> None:
    (number,) = desk.submit(declared(desk.home, kind, seed=4))
    desk.exchange()
    assert desk.home.contract.kinds[kind].direction is Direction.OUT
    assert desk.states()[number] == desk.home.contract.kinds[kind].happy[-1]
    assert set(desk.states().values()) <= {"BP", "HS", "HP"}


def test_a_held_receipt_is_matched_by_hand_and_applied(desk: Desk) -> None:
    mood = sample(desk.home.contract.kinds[BLANK], seed=1, reference="M", remark="#silent #foreign")
    (number,) = desk.submit(
        Declaration("m", sample(desk.home.contract.kinds[BLANK], seed=1, reference="N", remark="#silent"))
    )
    foreign = desk.submit(Declaration("m", {**mood, "content": {**mood["content"], "remark": "#foreign"}}))[0]
    desk.exchange()
    (held,) = desk.home.ledger.arrivals(status="held")
    assert desk.home.ledger.match(held.id, number, "operator")
    desk.worker.look()
    (row,) = [a for a in desk.home.ledger.arrivals() if a.id == held.id]
    assert (row.status, desk.states()[foreign]) == ("understood", "BP")
    assert desk.states()[number] in ("HS", "BP")


def test_without_technical_receipts_the_move_to_sentbox_tells_that_customs_has_the_file(tmp_path: Path) -> None:
    with both_ends(tmp_path / "home") as desk:
        channel = replace(desk.home.settings.channels["customs"], technical_receipts=False)
        desk.home.settings = replace(desk.home.settings, channels={"customs": channel})
        worker = Worker(desk.home)
        (number,) = desk.submit(Declaration("m", sample(desk.home.contract.kinds[BLANK], seed=1, remark="#silent")))
        worker.until_idle()
        assert desk.states() == {number: "D"}
        desk.customs.until_idle()
        worker.until_idle()
        assert desk.states() == {number: "SS"}
        assert Worker(desk.home).look().applied == 0


def test_a_passing_trouble_is_told_once_and_waited_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (number,) = desk.submit(declared(desk.home, BLANK))
    stop, looks, look = threading.Event(), [], desk.worker.look

    def troubled() -> Pass:
        looks.append(1)
        if len(looks) < 3:
            raise LedgerError("SYS_DATABASE", detail="database is locked")
        done = look()
        stop.set()
        return done

    monkeypatch.setattr(desk.worker, "look", troubled)
    monkeypatch.setattr("gateway.worker.PAUSE", 0.01)
    assert desk.worker.run(stop).delivered == 1
    assert capsys.readouterr().err.count("SYS_DATABASE") == 1
    assert desk.states() == {number: "D"}


def test_an_enterprise_that_is_added_while_the_worker_runs_is_known_at_its_next_pass(desk: Desk) -> None:
    desk.worker.look()
    other = Home(desk.home.path)
    other.ledger.add_enterprises([NewEnterprise("1108919039", "", "另一企业", "DXPENT1108919039")])
    other.close()
    desk.worker.look()
    assert desk.home.nodes == {"DXPENT1108919038", "DXPENT1108919039"}


def test_a_certificate_that_is_trusted_while_the_worker_runs_is_known_at_its_next_pass(desk: Desk) -> None:
    desk.worker.look()
    before = desk.home.registry
    make_own(desk.home.path / "elsewhere", "DXPENT1108919039", name="x", passphrase=None, now=datetime.now(UTC))
    pem = (desk.home.path / "elsewhere" / "own" / "DXPENT1108919039.cert.pem").read_bytes()
    trust(desk.home.keys, "DXPENT1108919039", pem)
    desk.worker.look()
    assert len(desk.home.registry.everybody()) == len(before.everybody()) + 1


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"status": "ZZ"}, "held", "RCP_CODE"),
        ({"cop_msg_id": "DXPENT1108919038209901010000000000000000001"}, "held", "RCP_ORPHAN"),
        ({"number": "B20990000000000001"}, "held", "RCP_ORPHAN"),
    ],
)
def test_a_receipt_that_fits_nothing_is_kept_and_does_not_keep_the_worker_busy(
    desk: Desk, change: dict[str, str], status: str, reason: str
) -> None:
    (number,) = desk.submit(Declaration("m", sample(desk.home.contract.kinds[BLANK], seed=1, remark="#silent")))
    desk.worker.until_idle()
    message = desk.home.ledger.history(number).messages[0].cop_msg_id
    record = {
        "cop_msg_id": message, "number": number, "receipt_no": "202600000000000001", "status": "HS", "stated_at": "20991121000000000",
    }  # fmt: skip
    (desk.road / "InBox" / f"Receipt_{number}_20261121000000000001.xml").write_bytes(
        _sealed(desk, {**record, **change})
    )
    assert desk.worker.until_idle().quarantined == 0
    assert [(row.status, row.reason.partition(":")[0]) for row in desk.home.ledger.arrivals()] == [(status, reason)]
    assert desk.states() == {number: "D"}


def _sealed(desk: Desk, record: dict[str, str], *, message: str = "M1", to: str = "") -> bytes:
    tools = desk.customs.tools
    kind = tools.contract.kinds["receipt"]
    payload = write(kind, {}, {"records": [record]}, head_parts=())
    envelope = Envelope(
        message, tools.settings.node, (to or desk.home.settings.node,), "2026-11-21T00:00:00+08:00", kind.type, payload
    )
    return seal(wrap([envelope]), signer=tools.signer)[0]
