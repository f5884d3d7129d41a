"""The desk of blank forms: what was handed out to whom, what became of it, and what a voiding or returning leads to.

A form is a case of its own (`C5-1:BA0501020`), as it is a document of its own at the other end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mappings.facts import Facts
from mappings.kind import Kind
from mappings.numbers import formed
from mappings.paper import is_asked, of_format
from parcel.parcel import Parcel
from simulator.rows import Case
from simulator.tools import Tools

FORM, UNUSED, USED, SPOILT = "blank_form", "U", "W", "SP"
GRANTED = "JY"
ENDS = {
    "blank_certificate_void": "V",
    "blank_certificate_return": "R",
}  # where a form ends by the kind that was granted
OPEN = frozenset({UNUSED, SPOILT})
SHEETS_A_CONTINUATION, SHEETS_AN_ANNEX = 10, 20  # so many sheets go with one page each


def told(tools: Tools, case: Case, data: Mapping[str, Any]) -> None:
    """What a record says of sheets is so from then on: handed out, voided, returned, or what they were."""
    if not case.version:
        return
    if "lines" in data:
        _hand_out(tools, case, data["lines"])
    for form in data.get("forms", ()):
        sheet = tools.store.case(case.sender, formed(tools.contract.kinds[FORM], form))
        if sheet:
            tools.store.save_case(replace(sheet, state=str(form["form_status"])))


def _hand_out(tools: Tools, bearer: Case, lines: Sequence[Mapping[str, Any]]) -> None:
    kind = tools.contract.kinds[FORM]
    for line in lines:
        for form in line.get("forms", ()):
            held = {"blank_format": line["blank_format"], "blank_serial": form["blank_serial"]}
            tools.store.save_case(
                Case(bearer.sender, formed(kind, held), FORM, kind.version, UNUSED, bearer.cause, bearer.number, held)
            )


def extra_pages(sheets: int) -> tuple[int, int]:
    """Continuation and annex pages that go with so many sheets."""
    return sheets // SHEETS_A_CONTINUATION, sheets // SHEETS_AN_ANNEX


def paper_of(tools: Tools, parcel: Parcel) -> Facts:
    """What a print result is held against: the paper of the certificate as customs has it, whatever the message says of it."""
    if not is_asked(parcel.needs_kind()):
        return {}
    case = tools.store.case(parcel.sender, parcel.number)
    known = {**case.content, **case.facts} if case else {}
    return of_format(str(known.get("certificate_format", "")), tools.contract.kinds)


def printed(tools: Tools, sender: str, content: Mapping[str, Any]) -> None:
    """What a print result says of a sheet: used, or spoilt."""
    if not (content.get("blank_serial") and content.get("blank_format")):
        return
    case = tools.store.case(sender, formed(tools.contract.kinds[FORM], content))
    if case and case.state == UNUSED:
        done = str(content.get("print_success", "")) == "1"
        tools.store.save_case(replace(case, state=USED if done else SPOILT))


def objection(tools: Tools, kind: Kind, content: Mapping[str, Any], sender: str) -> str:
    """Why forms can be neither voided nor returned, "" where they can."""
    if kind.name not in ENDS:
        return ""
    for number, case in _forms(tools, content, sender):
        if case is None:
            return f"空白证书[{number}]不在账上"
        if case.state not in OPEN:
            return f"空白证书[{number}]当前状态不允许作废/退领"
    return ""


def outcome(tools: Tools, case: Case, status: str) -> list[dict[str, Any]]:
    """What becomes of each form by a decision: granted, it ends; else it is what it was."""
    found = []
    for number, form in _forms(tools, case.content, case.sender):
        before = form.state if form else UNUSED
        family, _, serial = number.rpartition(":")
        state = ENDS[case.kind] if status == GRANTED else before
        found.append({"blank_format": family, "blank_serial": serial, "form_status": state})
    return found


def _forms(tools: Tools, content: Mapping[str, Any], sender: str) -> Iterator[tuple[str, Case | None]]:
    kind = tools.contract.kinds[FORM]
    for line in content.get("lines") or ():
        number = formed(kind, line)
        yield number, tools.store.case(sender, number)
