"""Checking without a home: everything that the file itself can show, and a list of what only a ledger knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from gateway.intake.declaration import Declaration
from gateway.submission.addressing import NextNumber, imagined
from gateway.submission.admission import Admission
from gateway.submission.draft import Draft, Outcome, Stopped
from gateway.submission.preview import previewed
from ledger.rows import Enterprise
from mappings.kind import Kind
from mappings.load import Contract

if TYPE_CHECKING:
    from gateway.home import Home

CODES = (10, 18)  # characters of a customs code, of a social credit code

_ALWAYS = (
    ("DECL_ENTERPRISE", "企业是否已登记", "whether the enterprise is registered"),
    ("DECL_REFERENCE", "企业编号是否已用过", "whether the reference is in use"),
    ("CHANNEL_UNROUTED", "该种类是否有通道", "whether the kind has a channel"),
)
_REPEAT = ("MSG_REPEAT", "24 小时内是否有相同内容", "whether the same content came within 24 hours")
_TARGET = (
    ("BIZ_UNKNOWN", "所指单证是否在账上", "whether the document that it names is in the ledger"),
    ("BIZ_STATE", "所指单证的状态是否允许", "whether that document's state permits it"),
)
_FILLED = ("FIELD_MISSING", "返填后是否齐全", "whether it is complete once what is known has been filled in")


def check_offline(found: Sequence[Declaration], contract: Contract) -> list[Outcome]:
    """Numbers are imagined; what only a ledger knows is not asked."""
    admission, number = Admission(cast("Home", _Nowhere(contract)), actor=""), imagined(2000)
    outcomes: dict[int, Outcome] = {}
    drafts: dict[int, Draft] = {}
    for index, declaration in enumerate(found):
        try:
            drafts[index] = _numbered(admission.admit(declaration), number)
        except Stopped as stopped:
            outcomes[index] = stopped.outcome
    outcomes |= previewed(drafts, contract=contract, now=0)
    return [outcomes[index] for index in range(len(found))]


def _numbered(draft: Draft, number: NextNumber) -> Draft:
    group = draft.kind.carries
    items = draft.content[group.name] if group and group.kind else ()
    carried = tuple((number(group.kind.number), True) for _ in items) if group and group.kind else ()
    return replace(draft, number=number(draft.kind.number or "C"), carried=carried)


def unjudged(outcome: Outcome, contract: Contract) -> list[dict[str, str]]:
    """What remains to be asked of a ledger."""
    kind = contract.kinds.get(outcome.kind)
    asked = [*_ALWAYS, *_of_kind(kind)] if kind else []
    return [{"code": code, "zh": zh, "en": en} for code, zh, en in asked]


def _of_kind(kind: Kind) -> list[tuple[str, str, str]]:
    needs = [(need.code, need.zh, need.en) for need in kind.needs]
    target = _TARGET if kind.acts_on else _TARGET[:1] if needs else ()
    filled = [_FILLED] if kind.certain else []
    return [*([_REPEAT] if kind.repeat == "hold" else []), *target, *filled, *needs]


class _Nowhere:
    """As much of a home as a declaration's own faults need: every well-formed enterprise, a channel for every kind."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.tenants = _Anybody()
        self.initial = None

    def address(self, kind: Kind) -> str:
        return f"—/{kind.biz}"


class _Anybody:
    def get(self, code: str) -> Enterprise | None:
        return Enterprise(0, code, code, "", "") if len(code) in CODES and code.isascii() and code.isalnum() else None
