"""The officer's page: the queue, a declaration as a form, and the decisions that its state permits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from mappings.clock import iso
from mappings.faults import Refused
from mappings.kind import Direction, Kind
from mappings.states import By
from simulator.face.forms import form
from simulator.face.opening import Desk
from simulator.notice_content import FORM
from simulator.office import Office

Text = Annotated[str, Form()]
SPANS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}


PAGES = Environment(
    loader=PackageLoader("simulator.face"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)  # written on this side: without a script, and every value is escaped
router = APIRouter(include_in_schema=False)


@router.get("/")
def queue(desk: Desk, all_: Annotated[int, "1: also what needs nothing"] = 0) -> Response:
    waiting = [_row(desk, row) for row in desk.queue()]
    rest = [_row(desk, row) for row in desk.statement()] if all_ else []
    letters = [k for k in desk.contract.kinds.values() if k.direction is Direction.IN and k.opens]
    form_ = desk.contract.kinds.get(FORM)
    templates = [(each.id, each.zh) for each in form_.formats.values()] if form_ else []
    return _page("queue.html", desk, waiting=waiting, rest=rest, all_=all_, letters=letters, templates=templates,
                 enterprises=desk.settings.enterprises, spans=SPANS)  # fmt: skip


@router.get("/documents/{sender}/{number}")
def document(desk: Desk, sender: str, number: str) -> Response:
    return _page("document.html", desk, **_document(desk, sender, number))


@router.post("/documents/{sender}/{number}")
def decide(desk: Desk, sender: str, number: str, status: Text, reason: Text = "") -> Response:
    desk.decide(number, status, reason=reason.strip(), sender=sender)
    return _on_to(f"/documents/{sender}/{number}")


@router.post("/notice")
def notice(desk: Desk, kind: Text, enterprise: Text = "", number: Text = "", template: Text = "") -> Response:
    given = {"supplement_template": template} if template else {}
    desk.notify(number.strip(), kind, enterprise=enterprise, given=given)
    return _on_to("/")


@router.post("/issue")
def issue(desk: Desk, enterprise: Text, inspection_no: Text) -> Response:
    number = desk.issue(enterprise, inspection_no=inspection_no.strip())
    issued_to = desk.settings.of_code(enterprise)
    return _on_to(f"/documents/{issued_to.node}/{number}" if issued_to else "/")


@router.post("/tick")
def tick(desk: Desk, span: Text) -> Response:
    if span in SPANS:
        desk.tick(SPANS[span])
    return _on_to("/")


@router.get("/officer.css")
def style() -> Response:
    text = files("simulator.face").joinpath("static/officer.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css")


def refusal(desk: Office, refused: Refused, *, asked: bool) -> Response:
    """What cannot be done, as a page. asked: something was looked for, not ordered."""
    return _page("problem.html", desk, 404 if asked else 409, problem=refused)


def _page(name: str, desk: Office, status: int = 200, **values: Any) -> Response:
    shared = {"now": iso(desk.clock.now())[:19].replace("T", " "), "node": desk.settings.node, "problem": None}
    return HTMLResponse(PAGES.get_template(name).render(shared | values), status_code=status)


def _on_to(path: str) -> Response:
    """After an order the page is asked for anew: it is not given twice."""
    return RedirectResponse(path, status_code=303)


def _row(office: Office, row: Mapping[str, Any]) -> dict[str, Any]:
    kind = office.contract.kinds[row["kind"]]
    at = iso(row["at"])[:19].replace("T", " ") if "at" in row else ""
    planned = [f"{step['status']} {_state(kind, step['status'])}" for step in row.get("planned", ()) if step["status"]]
    return {**row, "zh": kind.zh, "en": kind.en, "state_zh": _state(kind, row["state"]), "at": at, "planned": planned}


def _state(kind: Kind, code: str) -> str:
    states = kind.needs_machine().states
    return states[code].zh if code in states else code


def _document(office: Office, sender: str, number: str) -> dict[str, Any]:
    found = office.document(number, sender=sender)
    kind = office.contract.kinds[found["kind"]]
    machine = kind.needs_machine()
    moves = [m for m in machine.moves.values() if m.by is By.CUSTOMS and m.source == found["state"] and not m.skips]
    decisions = [
        {"code": m.to, "zh": machine.states[m.to].zh, "en": machine.states[m.to].en, "reason": _asks_why(kind, m.to)}
        for m in moves
    ]
    carried = [row for row in office.statement() if row["sender"] == sender and _parent(office, row) == number]
    steps = [
        {**step, "at": iso(step["due"])[:19].replace("T", " "), "zh": _state(kind, step["status"])}
        for step in found["steps"]
    ]
    return {
        "document": found | {"steps": steps}, "kind": kind, "state_zh": _state(kind, found["state"]),
        "form": form(kind, found["content"]), "decisions": decisions, "carried": [_row(office, row) for row in carried],
    }  # fmt: skip


def _asks_why(kind: Kind, status: str) -> bool:
    """Its sentence has a place for a reason."""
    receipt = kind.receipts.get(status)
    return bool(receipt and "{reason}" in receipt.sentence)


def _parent(office: Office, row: Mapping[str, Any]) -> str:
    return str(office.document(str(row["number"]), sender=str(row["sender"]))["parent"])
