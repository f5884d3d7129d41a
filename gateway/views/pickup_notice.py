"""What stands on the notice with which blank certificates are picked up: the application as customs has accepted it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.errors import Unanswerable
from gateway.home import Home
from gateway.submission.needs import known_of
from ledger.rows import DocumentRow
from mappings.clock import BEIJING, moment
from mappings.codes import code_list
from papers.pickup.notice import Line, PickupNotice

KIND, PRINT = "blank_certificate_application", "print"


def pickup_notice(home: Home, number: str) -> PickupNotice:
    """Only an application in 海关已受理 has one (manual 002 §4.4.4). Raises Unanswerable PRINT_NONE."""
    there = {row.enterprise_id for row in home.ledger.documents(number=number, kind=KIND)}
    row = next((row for row in home.ledger.find([number]).get(number, ()) if row.enterprise_id in there), None)
    if row is None or not home.contract.kinds[KIND].needs_machine().permits(row.state, PRINT):
        raise Unanswerable("PRINT_NONE", found=f"{number} {row.state}" if row else number)
    known = known_of(row)
    printed_at = f"{moment(home.clock.now()).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    lines = tuple(_line(line) for line in known["lines"])
    return PickupNotice(number, _fields(home, row, known), lines, _second(row.since), printed_at)


def _fields(home: Home, row: DocumentRow, known: Mapping[str, Any]) -> dict[str, str]:
    labels = {field.id: field.zh for field in home.contract.kinds[KIND].fields}
    tenant = next(each for each in home.ledger.enterprises() if each.id == row.enterprise_id)
    office = str(known["customs_office"])
    submitted = [event for event in _history(home, row) if event.code == "submit"]
    values = {
        "blank_application_no": row.number,
        "customs_no": row.customs_no,
        "customs_office": f"{office} {_named('customs_office', office)}",
        "applicant_name": " ".join(part for part in (tenant.name, tenant.code, tenant.uscc) if part),
        "apply_time": _second(submitted[-1].stated_at) if submitted else "",
        "remark": str(known.get("remark", "")),
    }
    return {labels[name]: value for name, value in values.items() if value}


def _history(home: Home, row: DocumentRow) -> list[Any]:
    found = home.ledger.history(row.number, enterprise=row.enterprise)
    return list(found.events) if found else []


def _line(line: Mapping[str, Any]) -> Line:
    code = str(line["blank_format"])
    return Line(f"{code} {_named('blank_format', code)}", int(line["quantity"]))


def _named(list_: str, code: str) -> str:
    found = code_list(list_).rows.get(code)
    return found.name if found else ""


def _second(stated: str) -> str:
    """17 digits as people read them."""
    return f"{stated[:4]}-{stated[4:6]}-{stated[6:8]} {stated[8:10]}:{stated[10:12]}:{stated[12:14]}"
