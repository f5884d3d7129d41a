"""Receipts of all layers at a worker: shapes of the field, repeats that are refusals, what fits no state, foreign ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.intake.declaration import Declaration
from mappings.sample import sample
from mappings.states import Verdict
from parcel.names import OutName, technical_name
from tests.gateway.desk import Desk, both_ends
from tests.gateway.test_worker import _sealed

BLANK = "blank_certificate_application"
STAMPS = iter(range(10**6))


@pytest.fixture
def desk(tmp_path: Path, url: str) -> Iterator[Desk]:
    with both_ends(tmp_path / "home", url) as both:
        yield both


@pytest.fixture
def number(desk: Desk) -> str:
    """A declaration that was delivered, and of which customs says nothing by itself."""
    (number,) = desk.submit(Declaration("m", sample(desk.home.contract.kinds[BLANK], seed=1, remark="#silent")))
    desk.worker.until_idle()
    return number


def _technical(desk: Desk, number: str, body: str, *, succeeded: bool, encoding: str = "utf-8") -> None:
    history = desk.home.ledger.history(number)
    assert history is not None
    out = OutName.parse(history.messages[0].file_name)
    assert out is not None
    name = technical_name(out, succeeded=succeeded, stamp="20991121000000000", counter=next(STAMPS)).text
    (desk.road / "InBox" / name).write_bytes(body.encode(encoding))
    desk.worker.until_idle()


def _business(desk: Desk, number: str, status: str, *, at: str = "20991121000000000", **more: str) -> None:
    history = desk.home.ledger.history(number)
    assert history is not None
    record = {
        "cop_msg_id": history.messages[0].cop_msg_id, "number": number, "receipt_no": f"{next(STAMPS):018d}",
        "status": status, "stated_at": at,
    }  # fmt: skip
    serial = next(STAMPS)
    body = _sealed(desk, record | more, message=f"M{serial}")
    (desk.road / "InBox" / f"Receipt_{number}_20991121{serial:09d}.xml").write_bytes(body)
    desk.worker.until_idle()


def _arrivals(desk: Desk) -> list[tuple[str, str]]:
    return [(row.status, row.reason.partition(":")[0]) for row in desk.home.ledger.arrivals()]


STORED = '<ns2:DecImportResponse xmlns:ns2="http://www.chinaport.gov.cn/dec"><ns2:ResponseCode>0</ns2:ResponseCode><ns2:ErrorMessage>第1项商品缺少B证</ns2:ErrorMessage><ns2:SeqNo>I1</ns2:SeqNo></ns2:DecImportResponse>'  # fmt: skip  # noqa: E501
REFUSED = "<CommonResponeMessage><CheckInfo>01 暂存的业务报文格式数据不正确！</CheckInfo><DealFlag>-1</DealFlag></CommonResponeMessage>"
REPEATED = "<CommonResponeMessage><CheckInfo>企业内部编号X与系统已有记录【S1】的对应字段重复，请修改后重新导入</CheckInfo><DealFlag>-1</DealFlag></CommonResponeMessage>"  # noqa: E501


def test_a_stored_answer_of_another_shape_keeps_its_warning_untouched(desk: Desk, number: str) -> None:
    xml = '<?xml version="1.0" encoding="GB2312"?>' + STORED
    _technical(desk, number, xml, succeeded=True, encoding="gb2312")
    history = desk.home.ledger.history(number)
    assert history is not None and desk.states() == {number: "SS"}
    assert history.events[-1].sentence == "0 第1项商品缺少B证"


def test_a_refusal_of_another_shape_is_a_sending_failure_with_its_words(desk: Desk, number: str) -> None:
    _technical(desk, number, REFUSED, succeeded=False)
    history = desk.home.ledger.history(number)
    assert history is not None and desk.states() == {number: "SF"}
    assert "01 暂存的业务报文格式数据不正确！" in history.events[-1].sentence


def test_a_refusal_as_a_repeat_means_that_customs_has_it(desk: Desk, number: str) -> None:
    _technical(desk, number, REPEATED, succeeded=False)
    assert desk.states() == {number: "SS"} and _arrivals(desk) == [("understood", "")]


def test_declared_already_resolves_to_the_outcome_that_is_known(desk: Desk, number: str) -> None:
    _business(desk, number, "HS", customs_no="0101L220000072")
    _business(desk, number, "HF", at="20991121000001000", sentence="清单已经申报过，请勿重复申报")
    assert desk.states() == {number: "HS"} and _arrivals(desk) == [("understood", "")] * 2
    history = desk.home.ledger.history(number)
    assert history is not None and history.events[-1].verdict is Verdict.RESTATED
    assert history.document.customs_no == "0101L220000072"


def test_declared_already_brings_the_number_of_a_receipt_that_was_lost(desk: Desk, number: str) -> None:
    _business(desk, number, "HF", sentence="与系统已有记录【0101L220000072】的对应字段重复，请修改后重新导入")
    (row,) = desk.home.ledger.documents(number=number)
    assert (row.state, row.customs_no) == ("HS", "0101L220000072")


def test_declared_already_without_a_number_is_a_question(desk: Desk, number: str) -> None:
    _business(desk, number, "HF", sentence="重复申报")
    assert desk.states() == {number: "D"} and _arrivals(desk) == [("held", "RCP_REPEATED")]


def test_a_contradiction_is_shown_and_both_are_kept(desk: Desk, number: str) -> None:
    _business(desk, number, "HS")
    _business(desk, number, "HF", at="20991121000001000", sentence="核对不符")
    assert desk.states() == {number: "HS"}
    assert _arrivals(desk) == [("understood", ""), ("held", "RCP_CONFLICT")]


def test_a_receipt_for_another_enterprise_is_quarantined(desk: Desk, number: str) -> None:
    from ledger.rows import NewEnterprise

    desk.home.ledger.add_enterprises([NewEnterprise("1108919039", "", "另一企业", "DXPENT1108919039")])
    record = {"number": number, "receipt_no": f"{next(STAMPS):018d}", "status": "HS", "stated_at": "20991121000000000"}
    body = _sealed(desk, record, message="MX", to="DXPENT1108919039")
    (desk.road / "InBox" / f"Receipt_{number}_20991121000000001.xml").write_bytes(body)
    desk.worker.until_idle()
    assert desk.states() == {number: "D"} and _arrivals(desk) == [("quarantined", "RCP_TENANT")]
