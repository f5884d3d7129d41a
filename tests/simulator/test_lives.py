"""The lives of documents at customs' end: sentences and numbers as the manuals print them."""

from datetime import timedelta

from mappings.clock import stamp
from mappings.load import contract
from parcel.way import OUTWARD

from .conftest import APPLICATION_NO, BLANK_NO, CERTIFICATES, application


def test_blank_application_is_stored_and_picked_up(world):
    sent = world.apply_blank()
    world.look()
    assert world.sent() == [sent.name]
    assert world.technical() == [(True, "0", "接收成功")]
    stored, picked = world.records
    assert stored == {
        "cop_msg_id": sent.cop_msg_id,
        "message_type": "BLANKAPP",
        "number": BLANK_NO,
        "customs_no": "2201L2600000001",
        "receipt_no": "202600000000000001",
        "status": "HS",
        "sentence": f"编号[{BLANK_NO}], 空白单证申请数据入库成功! 请至现场领取空白单证",
        "stated_at": "20261121093015123",
    }
    assert (picked["status"], picked["sentence"]) == ("BP", f"编号[{BLANK_NO}], 已领取!")
    assert picked["customs_no"] == stored["customs_no"]
    assert picked["stated_at"] > stored["stated_at"]
    assert (picked["total_picked"], picked["continuation_pages_picked"], picked["annex_pages_picked"]) == (6, 0, 0)
    assert picked["lines"][0] == {
        "blank_format": "C5-1",
        "quantity_picked": 4,
        "forms": [{"blank_serial": f"BA05010{n}"} for n in (11, 12, 13, 14)],
    }
    assert world.row(BLANK_NO) == {
        "sender": "DXPENT1108919038", "number": BLANK_NO, "kind": "blank_certificate_application", "state": "BP",
        "customs_no": "2201L2600000001", "certificate_no": "", "submissions": 1, "effects": 1,
    }  # fmt: skip


def test_application_and_its_certificates_are_told_in_one_message(world):
    sent = world.apply()
    world.look()
    receipt, issued = world.business()
    assert [r["status"] for r in receipt.content["records"]] == ["HS", "HS", "HS"]
    application, first, second = receipt.content["records"]
    stated = application["stated_at"]
    assert application["customs_no"] == f"0104{stated[:14]}"
    assert application["sentence"] == (
        f"证书申请编号[{APPLICATION_NO}]，海关入库成功，生成海关申请单编号[{application['customs_no']}]"
    )
    assert [first["certificate_no"], second["certificate_no"]] == ["222N01040001195001", "222N01040001195002"]
    assert first["sentence"] == f"证书编号[{CERTIFICATES[0]}]，海关入库成功，生成海关证书编号[222N01040001195001]"
    assert {r["cop_msg_id"] for r in world.records} == {sent.cop_msg_id}
    times = [r["stated_at"] for r in world.records]
    assert times == sorted(set(times))
    assert issued.needs_kind().name == "certificate_issued"
    record = issued.content["records"][0]
    assert (record["status"], record["validity"]) == ("HP", "VY")
    assert len(record["query_code"]) == 4
    [certificate] = record["certificate"]
    assert certificate["certificate_no"] == record["certificate_no"] == "222N01040001195001"
    assert certificate["application_no"] == APPLICATION_NO
    assert (certificate["consignor_name_en"], certificate["issue_date"]) == ("SHENDAN", "2026-11-21")
    states = {row["number"]: (row["state"], row["effects"]) for row in world.customs.statement()}
    assert states == {APPLICATION_NO: ("HS", 1), CERTIFICATES[0]: ("HP", 1), CERTIFICATES[1]: ("HP", 1)}


def test_draft_confirmed(world):
    world.apply("#confirm", count=1)
    world.look()
    assert world.told()[-1] == (CERTIFICATES[0], "EW")
    draft = world.records[-1]
    assert draft["sentence"] == f"证书编号[{CERTIFICATES[0]}]，海关已拟证，请企业确认"
    assert "changed_by_customs" not in draft
    confirmed = world.confirm(CERTIFICATES[0])
    world.look(timedelta(seconds=1))
    stored, issued = world.records[-2:]
    assert [stored["status"], issued["status"]] == ["ES", "HP"]
    assert {r["cop_msg_id"] for r in (stored, issued)} == {confirmed.cop_msg_id}
    assert {r["message_type"] for r in (stored, issued)} == {"CONFIRM"}
    assert stored["certificate_no"] == issued["certificate_no"] == draft["certificate_no"]
    assert world.row(CERTIFICATES[0])["effects"] == 1


def test_field_asks_for_confirmation_and_disagreement_drafts_anew(world):
    world.apply(count=1, fields={"confirm_before_issue": True})
    world.look()
    assert world.told()[-1][1] == "EW"
    world.confirm(CERTIFICATES[0], "1")
    world.look(timedelta(seconds=1))
    assert [status for _, status in world.told()[-2:]] == ["ES", "EW"]
    assert world.records[-1]["changed_by_customs"] is True
    world.confirm(CERTIFICATES[0], "0", submission=1)
    world.look(timedelta(seconds=1))
    assert [status for _, status in world.told()[-2:]] == ["ES", "HP"]


def test_confirmation_refused_then_accepted(world):
    world.apply("#confirm #refuse", count=1)
    world.look()
    world.confirm(CERTIFICATES[0])
    world.look(timedelta(seconds=1))
    assert world.records[-1]["status"] == "EF"
    assert "原因：申报数据不符合要求" in world.records[-1]["sentence"]
    world.confirm(CERTIFICATES[0], submission=1)
    world.look(timedelta(seconds=1))
    assert world.row(CERTIFICATES[0])["state"] == "HP"


def test_confirmation_of_an_unknown_certificate_fails(world):
    world.confirm(CERTIFICATES[0])
    world.look()
    assert world.told() == [(CERTIFICATES[0], "EF")]
    assert world.customs.statement() == []


def test_timed_customs_takes_its_time(make_world):
    world = make_world(progress="timed")
    world.apply_blank()
    world.look()
    assert world.told() == []
    world.look(timedelta(seconds=15))
    assert world.told() == [(BLANK_NO, "HS")]
    world.look(timedelta(hours=2))
    assert [r["stated_at"] for r in world.records] == ["20261121093030123", "20261121113030123"]


def test_three_certificates_end_apart_and_are_submitted_once_more(world):
    """HS, HF and HT; the two that failed go again, the customs number is kept (002 §4.4.1b)."""
    fields = {
        "certificates": [
            {"certificate_format": "C2-2.en", "certificate_remark": word} for word in ("无", "#refuse", "#return")
        ]
    }
    world.apply(count=3, fields=fields)
    world.look()
    first = world.row(APPLICATION_NO)
    assert [world.row(n)["state"] for n in CERTIFICATES] == ["HP", "HF", "HT"]
    assert [world.row(n)["certificate_no"][-3:] for n in CERTIFICATES] == ["001", "", "002"]
    again = [{"certificate_format": "C2-2.en", "marks": "N/M"} for _ in range(2)]
    world.clock.tick(timedelta(minutes=1))
    world.send(
        "certificate_application",
        {**application(), "certificates": again},
        APPLICATION_NO,
        CERTIFICATES[1:],
        submission=1,
    )
    world.look()
    assert [world.row(n)["state"] for n in CERTIFICATES] == ["HP", "HP", "HP"]
    assert [world.row(n)["certificate_no"][-3:] for n in CERTIFICATES] == ["001", "003", "002"]
    last = world.row(APPLICATION_NO)
    assert (last["state"], last["customs_no"], last["submissions"], last["effects"]) == (
        "HS",
        first["customs_no"],
        2,
        1,
    )
    assert [world.row(n)["effects"] for n in CERTIFICATES] == [1, 1, 1]


def test_rules_are_judged_again(world):
    lines = [{"blank_format": "C1-1", "quantity": 11}, {"blank_format": "C1-1", "quantity": 2}]
    sealed = world.sealed(
        world.parcel("blank_certificate_application", {"customs_office": "2201", "lines": lines}, BLANK_NO),
        way=OUTWARD[1:],
    )
    world.put(sealed.name, sealed.data)
    world.look()
    [record] = world.records
    assert record["status"] == "HF"
    assert record["sentence"].endswith("原因: 已存在相同空白证书格式的申请信息！")


def test_fault_of_one_certificate_is_its_own(world):
    content = application()
    goods = [{"ledger_line_no": 1}, {"ledger_line_no": 1}]
    content["certificates"] = [{"certificate_format": "C2-2.en"}, {"certificate_format": "C2-2.en", "goods": goods}]
    parcel = world.parcel("certificate_application", content, APPLICATION_NO, CERTIFICATES[:2])
    sealed = world.sealed(parcel, way=OUTWARD[1:])
    world.put(sealed.name, sealed.data)
    world.look()
    assert [world.row(n)["state"] for n in (APPLICATION_NO, *CERTIFICATES[:2])] == ["HS", "HP", "HF"]


def test_enterprise_of_another_card(world):
    world.apply_blank(enterprise="1108919039")
    world.look()
    assert world.records[0]["status"] == "HF"
    assert "操作卡海关十位和Session中的不相符" in world.records[0]["sentence"]


def test_seconds_and_branches_are_free(make_world):
    world = make_world()
    for n in range(3):
        number = f"A2026000000000010{n}"
        world.send("certificate_application", {**application(), "certificates": [{"certificate_format": "C1-1.en"}]}, number,
                   (f"C2026000000000010{n}",))  # fmt: skip
    world.look()
    rows = world.customs.statement()
    assert sorted(r["customs_no"][-2:] for r in rows if r["customs_no"]) == ["15", "16", "17"]
    assert sorted(r["certificate_no"][-3:] for r in rows if r["certificate_no"]) == ["001", "002", "003"]


def test_every_receipt_code_can_be_made(make_world):
    """Each status that a kind's receipts name, decided by hand, reads and verifies at the enterprise's end."""
    for kind, number in (("blank_certificate_application", BLANK_NO), ("certificate_application", APPLICATION_NO),
                         ("certificate", CERTIFICATES[0])):  # fmt: skip
        for status in contract().kinds[kind].receipts:
            world = make_world(file=f"{kind}{status}.db", progress="manual")
            world.apply_blank()
            world.apply(count=1)
            world.look()
            assert world.told() == []
            world.customs.decide(number, status, reason="理由")
            world.look()
            beside = status not in contract().kinds[kind].machine.states  # what is beside leaves the state as it is
            assert world.told() == [(number, "D" if beside else status)]
            assert world.row(number)["state"] == ("D" if beside else status)
            assert "{" not in world.records[0]["sentence"]


def test_clock_is_not_moved(world):
    world.apply_blank("#shuffle")
    world.look()
    assert stamp(world.clock.now()) == "20261121093015123"


def test_a_message_is_not_cut_in_two(world, monkeypatch):
    monkeypatch.setattr("simulator.desks.LIMIT", 4)
    for n in range(3):
        carried = tuple(f"C2026000000000{n}10{m}" for m in range(2))
        world.send("certificate_application", application(), f"A2026000000000010{n}", carried)
    world.look()
    assert sorted(len(parcel.content["records"]) for parcel in world.business()) == [2, 2, 2, 3, 3, 3]
