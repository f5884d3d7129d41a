"""What customs answers, in its order: the usual chain of each kind of the exit business, and where a fate turns it off.

The contract's `receipts.toml` says it to the simulator; here stands what the manuals show of it (002 §4.4.1b to §4.4.6).
"""

from __future__ import annotations

import pytest

from mappings.load import contract
from simulator.plan import acted, submitted

# kind, fate: the states that customs leads a submitted document to.
CHAINS = {
    ("certificate_application", ""): "HS",  # 最终状态是“海关入库成功”
    ("certificate_application", "refuse"): "HF",
    ("certificate_application", "return"): "HS",  # what is returned is its certificate
    ("certificate", ""): "HS HP",
    ("certificate", "refuse"): "HF",
    ("certificate", "return"): "HS HT",
    ("certificate", "confirm"): "HS EW",
    ("blank_certificate_application", ""): "HS BP",  # as the manual's own receipts: 海关已受理 is not among them
    ("blank_certificate_application", "refuse"): "HF",
    ("blank_certificate_application", "return"): "HF",
    ("eledger_query", ""): "QA",
    ("eledger_query", "refuse"): "HF",
    ("eledger_query", "return"): "HF",
}
CHAINS |= {("general_certificate_application", f): c for (k, f), c in CHAINS.items() if k == "certificate_application"}
DECIDED = (
    "blank_certificate_void", "blank_certificate_return", "certificate_modification", "certificate_withdrawal", "onsite_issue",
    "self_reprint",
)  # fmt: skip
for kind in DECIDED:  # 海关入库成功, then 办结（同意） or 办结（不同意）
    CHAINS |= {(kind, ""): "HS JY", (kind, "refuse"): "HF", (kind, "return"): "HS JN"}

# act upon a certificate, fate: its states after it.
ANSWERS = {
    ("EW", "agree", ""): "ES HP",
    ("EW", "disagree", ""): "ES EW",
    ("EW", "agree", "refuse"): "EF",
    ("EW", "disagree", "refuse"): "EF",
    ("HP", "print", ""): "HB",
    ("HP", "misprint", ""): "",
}
# What customs' word on one document does to the certificate that it speaks of.
EFFECTS = {
    "certificate_modification": {"JY": "VN HP"},  # it counts no longer, and is issued anew
    "certificate_withdrawal": {"JY": "CX"},
    "onsite_issue": {"JY": "HA"},
    "self_reprint": {"JY": "HP"},
}
NUMBERS = {
    ("certificate_application", "HS"): {"customs_no"},  # 生成海关申请单编号
    ("general_certificate_application", "HS"): {"customs_no"},
    ("certificate", "HS"): {"certificate_no"},  # 生成海关证书编号
    ("blank_certificate_application", "HS"): {"customs_no"},
    ("blank_certificate_void", "HS"): {"customs_no"},
    ("blank_certificate_return", "HS"): {"customs_no"},
    ("blank_certificate_application", "BP"): {"total_picked", "continuation_pages_picked", "annex_pages_picked"},
}
VALIDITY = {"HP": "VY", "CX": "VN", "VN": "VN"}  # 有效, 无效 (001 §6.3.2)


@pytest.mark.parametrize(("kind", "fate"), sorted(CHAINS))
def test_a_submission_is_answered(kind: str, fate: str) -> None:
    found = submitted(contract().kinds[kind], "D", fate)
    assert " ".join(found) == CHAINS[kind, fate]


@pytest.mark.parametrize(("state", "act", "fate"), sorted(ANSWERS))
def test_an_act_upon_a_certificate_is_answered(state: str, act: str, fate: str) -> None:
    certificate = contract().kinds["certificate"]
    to = certificate.needs_machine().moves[state, act].to
    assert " ".join(acted(certificate, to, act, fate)) == ANSWERS[state, act, fate]


@pytest.mark.parametrize("kind", sorted(EFFECTS))
def test_a_decision_does_something_to_its_certificate(kind: str) -> None:
    effects = contract().kinds[kind].effects
    assert {each.on: " ".join(each.statuses) for each in effects} == EFFECTS[kind]
    assert {each.upon for each in effects} == {"certificate_serial"}


@pytest.mark.parametrize(("kind", "status"), sorted(NUMBERS))
def test_a_receipt_brings_what_customs_counts(kind: str, status: str) -> None:
    assert set(contract().kinds[kind].receipts[status].brings) == NUMBERS[kind, status]


def test_a_certificate_counts_when_it_is_issued_and_no_longer_when_it_is_withdrawn_or_modified() -> None:
    receipts = contract().kinds["certificate"].receipts
    assert {code: each.says["validity"] for code, each in receipts.items() if "validity" in each.says} == VALIDITY
