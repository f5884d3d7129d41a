"""What a state permits, as the manuals say it: every act of the exit business against the states in which its screens offer it."""

from __future__ import annotations

import pytest

from gateway.submission.draft import SAVING
from mappings.load import contract
from mappings.states import Machine

SENT = "S SF HF"  # 暂存, and 状态为“发送失败”，“海关入库失败”的单据，允许再次提交 (002 §4.4.1b, §4.4.4)
LIVING = "D SS HS HT EW EA ED ES EF HA HB"  # all but 暂存, 海关入库失败, 发往海关失败, 已签发待打印 (002 §4.4.2)
ON_THE_WAY = "D SS SF HS HF JY JN"

# kind, act: states. What is not listed is permitted nowhere.
PERMITTED = {
    ("certificate_application", "submit"): f"{SENT} HS",  # HS: for certificates in HF or HT, or new ones (002 §4.4.2b)
    ("certificate_application", "edit"): f"{SENT} HS",
    ("certificate_application", "delete"): SENT,
    ("certificate_application", "preview"): "S D SS SF HS HF",
    ("certificate_application", "copy"): "S D SS SF HS HF",  # only after 暂存: 没有可复制的数据！ (002 §4.2.1.2)
    ("certificate", "submit"): f"{SENT} HT",
    ("certificate", "edit"): f"{SENT} HT",
    ("certificate", "delete"): SENT,
    ("certificate", "preview"): f"S SF HF HP {LIVING}",  # 核对单, 草稿, 证书 (002 §4.2.1.1)
    ("certificate", "check_sheet"): "S D SS SF HS HF HT",  # 核对单预览, 草稿预览, 电子证书预览 (002 §4.4.2b)
    ("certificate", "draft_sheet"): "EW EA ED ES EF",
    ("certificate", "certificate_file"): "HP HA HB",
    ("certificate", "confirm"): "EW EF",  # “待企业确认”或“企业确认结果海关入库失败” (002 §4.4.2b)
    ("certificate", "print"): "HP",  # 002 §4.3
    ("certificate", "modify"): "HA HB",  # 【海关已打印】、【企业已自助打印】 (002 §4.4.1)
    ("certificate", "withdraw"): LIVING,
    ("certificate", "onsite"): "HP HB",  # from the lists that they start from (002 §4.3)
    ("certificate", "reprint"): "HB",
    ("blank_certificate_application", "submit"): SENT,
    ("blank_certificate_application", "edit"): SENT,
    ("blank_certificate_application", "delete"): SENT,
    ("blank_certificate_application", "print"): "BA",  # 没有可打印的数据！ (002 §4.2.3)
    ("blank_form", "print"): "U",  # 002 §4.3
    ("certificate_modification", "submit"): SENT,
    ("certificate_modification", "edit"): SENT,
    ("certificate_modification", "delete"): SENT,
    ("certificate_modification", "preview"): f"S {ON_THE_WAY}",
    ("certificate_modification", "copy"): "JN",  # 办结（不同意） (002 §4.4.1)
}
PERMITTED |= {
    ("general_certificate_application", a): s for (k, a), s in PERMITTED.items() if k == "certificate_application"
}
for kind in (
    "certificate_withdrawal",
    "onsite_issue",
    "self_reprint",
):  # no 暂存: 新增, 删除, 提交 (002 §4.4.2, §4.4.6)
    PERMITTED |= {(kind, "submit"): "N SF HF", (kind, "delete"): "SF HF", (kind, "preview"): ON_THE_WAY}
for kind in ("blank_certificate_void", "blank_certificate_return"):  # 取消 and 提交 (002 §4.4.5)
    PERMITTED |= {(kind, "submit"): "N SF HF", (kind, "edit"): "SF HF", (kind, "delete"): "SF HF"}
KINDS = sorted({kind for kind, _ in PERMITTED})


def machine(kind: str) -> Machine:
    return contract().kinds[kind].needs_machine()


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_permits_what_the_manual_says(kind: str) -> None:
    found: dict[str, set[str]] = {}
    for state in machine(kind).states.values():
        for act in state.permits:
            found.setdefault(act, set()).add(state.code)
    assert found == {act: set(states.split()) for (of, act), states in PERMITTED.items() if of == kind}


@pytest.mark.parametrize("kind", [name for name in KINDS if (name, "submit") in PERMITTED])
def test_what_may_be_submitted_has_a_move_for_it(kind: str) -> None:
    moves = {source for source, on in machine(kind).moves if on == "submit"}
    assert moves == {state.code for state in machine(kind).states.values() if "submit" in state.permits}


DRAFTS = sorted(
    kind.name for kind in contract().kinds.values()
    if kind.type and not kind.acts_on and kind.machine and kind.machine.permits(kind.machine.start, "edit")
)  # fmt: skip


@pytest.mark.parametrize("kind", DRAFTS)
def test_what_was_sent_and_may_be_edited_is_shown_as_saved(kind: str) -> None:
    """Else what is saved once more could never be sent: its content is known already (docs/why/0012)."""
    found = machine(kind)
    edited = {state.code for state in found.states.values() if "edit" in state.permits} - {found.start}
    saved = {source: move.to for (source, on), move in found.moves.items() if on in SAVING}
    assert saved == dict.fromkeys(edited, found.start)
