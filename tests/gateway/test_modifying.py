"""A modification made from a certificate as it stands, granted, and made again: what stood there is what customs issued."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.drafting.modifying import modification
from gateway.errors import GatewayError
from gateway.intake.declaration import Declaration
from gateway.submission.submit import Submitter
from mappings.changes import FIELD, NEW, OLD
from mappings.sample import ENTERPRISE, sample
from tests.gateway.conftest import declared
from tests.gateway.desk import Desk, both_ends

APPLICATION, MODIFICATION = "certificate_application", "certificate_modification"
GOODS, PLAIN = "goods/1/goods_name_zh", "certificate_remark"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with both_ends(tmp_path_factory.mktemp("modifying") / "home") as made:
        yield made


def issued(desk: Desk, reference: str) -> str:
    """A certificate with a line of goods that is issued and waits to be printed."""
    declaration = declared(desk.home, APPLICATION, reference=reference, confirm_before_issue=False, collect_mode="self_print",
                           remark=reference)  # fmt: skip
    certificate = {**declaration.value["content"]["certificates"][0], PLAIN: "AS DECLARED"}
    declaration.value["content"]["certificates"] = [certificate]
    (number,) = desk.submit(declaration)
    desk.exchange()
    (row,) = [row for row in desk.home.ledger.documents(kind="certificate") if row.parent == number]
    assert row.state == "HP"
    return row.number


def printed(desk: Desk, number: str, times: int) -> None:
    content = {"certificate_serial": number, "print_mode": "plain_a4", "print_success": "1"}
    value = {"kind": "print_result", "reference": f"P{times}-{number}", "enterprise": ENTERPRISE, "content": content}
    desk.submit(Declaration("memory", value))
    desk.exchange()


def submit(desk: Desk, value: dict[str, Any]) -> Any:
    (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)])
    desk.exchange()
    return outcome


def filled(desk: Desk, declaration: dict[str, Any], **more: object) -> dict[str, Any]:
    """With what a person fills in: who declares, why, and the file that the manual asks for."""
    own = sample(desk.home.contract.kinds[MODIFICATION])["content"]
    names = ("declared_by", "declared_by_contact", "modification_reason", "collect_mode", "attachments")
    return {**declaration, "content": {**declaration["content"], **{name: own[name] for name in names}, **more}}


def values(declaration: dict[str, Any], field: str) -> list[tuple[str, str]]:
    return [(each.get(OLD, ""), each[NEW]) for each in declaration["content"]["changes"] if each[FIELD] == field]


def test_a_certificate_is_modified_twice_from_what_stands(desk: Desk) -> None:
    number = issued(desk, "TWICE")
    early = modification(desk.home, number)
    assert [fault.code for fault in early.faults] == ["CERTMOD-R-30"] and "海关已打印" in early.faults[0].zh
    printed(desk, number, 1)

    whole = modification(desk.home, number)
    assert whole.faults == () and values(whole.declaration, PLAIN) == [("AS DECLARED", "AS DECLARED")]
    ((declared_name, _), *_) = values(whole.declaration, "goods_name_zh")
    unchanged = submit(desk, filled(desk, whole.declaration))
    assert {fault.code for fault in unchanged.faults} == {"CHANGE_SAME"}  # nothing was edited

    first = modification(desk.home, number, [(PLAIN, "FIRST"), (GOODS, "第一次")])
    assert first.faults == () and submit(desk, filled(desk, first.declaration)).outcome == "accepted"
    printed(desk, number, 2)
    second = modification(desk.home, number, [(PLAIN, "AS DECLARED"), (GOODS, declared_name)])
    assert [*values(second.declaration, PLAIN), *values(second.declaration, "goods_name_zh")] == [
        ("FIRST", "AS DECLARED"), ("第一次", declared_name),
    ]  # fmt: skip
    assert submit(desk, filled(desk, second.declaration)).outcome == "accepted"
    printed(desk, number, 3)
    third = modification(desk.home, number)  # back to what was declared: nothing of the first is left
    assert values(third.declaration, PLAIN) == [("AS DECLARED", "AS DECLARED")]
    assert values(third.declaration, "goods_name_zh")[0][0] == declared_name
    assert "customs_content" not in desk.home.ledger.find([number])[number][0].facts
    emptied = modification(desk.home, number, [(PLAIN, "")])
    assert emptied.faults == () and submit(desk, filled(desk, emptied.declaration)).outcome == "accepted"
    assert values(modification(desk.home, number).declaration, PLAIN) == []


def test_what_is_no_field_or_no_certificate_is_told(desk: Desk) -> None:
    number = issued(desk, "WORDS")
    printed(desk, number, 1)
    wrong = [("marcs", "X"), ("copies", "3"), ("goods/99/goods_name_zh", "X"), (PLAIN, "AS DECLARED")]
    prepared = modification(desk.home, number, wrong)
    assert [fault.code for fault in prepared.faults] == ["CHANGE_FIELD", "CHANGE_LOCKED", "CHANGE_ROW", "CHANGE_SAME"]
    (blank,) = desk.submit(declared(desk.home, "blank_certificate_application", reference="B"))
    for nobodys in (blank, "C20269999999999999"):
        with pytest.raises(GatewayError, match="BIZ_UNKNOWN"):
            modification(desk.home, nobodys)
