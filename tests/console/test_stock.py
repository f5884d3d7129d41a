"""`gateway stock`: every sheet in one place, sums over families, and a difference that is told."""

from __future__ import annotations

import json
from pathlib import Path

from console.cli.stock import PLACES, summary
from ledger.rows import Batch, Sheets
from mappings.load import contract
from mappings.sample import ENTERPRISE
from tests.console.conftest import Gateway, there_and_back


def test_what_was_picked_up_is_accounted_for(gateway: Gateway, home: Path) -> None:
    lines = [{"blank_format": "C1-1", "quantity": 11}, {"blank_format": "C5-1", "quantity": 2}]
    value = {
        "kind": "blank_certificate_application", "reference": "STOCK-1", "enterprise": ENTERPRISE,
        "content": {"customs_office": "2201", "lines": lines},
    }  # fmt: skip
    assert gateway("submit", "-", stdin=json.dumps(value).encode()).status == 0
    there_and_back(gateway)
    answer = gateway("stock", "--json")
    assert answer.status == 0
    told = answer.value
    assert [(row["family"], row["unused"], row["total"]) for row in told["families"]] == [
        ("C1-1", 11, 11),
        ("C5-1", 2, 2),
    ]
    assert told["total"]["unused"] == 13 and told["accounted"] is True
    (application,) = told["applications"]
    assert (application["picked"], application["known"], application["missing"]) == (13, 13, 0)
    assert gateway("stock", "--enterprise", "9999999999", "--json").value["total"]["total"] == 0
    assert "C5-1" in gateway("stock").text


def test_a_sheet_that_customs_handed_out_and_nobody_knows_is_told() -> None:
    sheets = [
        Sheets("E", "C1-1", "U", "B1", 3, 0), Sheets("E", "C1-1", "W", "B1", 2, 5), Sheets("E", "C2-1", "VS", "B1", 1, 0),
        Sheets("E", "C2-1", "VP", "B1", 1, 0), Sheets("E", "C2-1", "??", "B1", 1, 0),
    ]  # fmt: skip
    told = summary(sheets, [Batch("E", "B1", "BP", 9, 4, 1), Batch("E", "B2", "HS", None, 0, 0)])
    assert [(row["number"], row["missing"]) for row in told["applications"]] == [("B1", 1), ("B2", 0)]
    assert told["accounted"] is False
    assert told["pages"] == {"continuation": 4, "annex": 1, "used": 5}
    assert told["total"] == {
        "unused": 3, "used": 2, "spoilt": 0, "void_pending": 2, "void": 0, "return_pending": 0, "returned": 0, "??": 1, "total": 8,
    }  # fmt: skip


def test_every_state_of_a_form_has_its_place() -> None:
    states = contract().kinds["blank_form"].needs_machine().states.keys()
    assert states <= {state for place in PLACES.values() for state in place}
