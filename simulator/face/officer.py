"""The officer's page: the queue, a declaration as a form, and the decisions that its state permits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from mappings.clock import iso
from mappings.faults import Refused
from mappings.kind import Direction, Kind
from mappings.states import By
from simulator.face.control import Offices
from simulator.face.forms import form
from simulator.office import Office

Text = Annotated[str, Form()]
SPANS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}


def officer(offices: Offices) -> APIRouter:
    """Pages are written on this side: without a script, and every value is escaped."""
    pages = Environment(
        loader=PackageLoader("simulator.face"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    router = APIRouter(include_in_schema=False)

    def page(name: str, office: Office, status: int = 200, **values: Any) -> Response:
        shared = {"now": iso(office.clock.now())[:19].replace("T", " "), "node": office.settings.node, "problem": None}
        return HTMLResponse(pages.get_template(name).render(shared | values), status_code=status)

    @router.get("/")
    def queue(all_: Annotated[int, "1: also what needs nothing"] = 0) -> Response:
        with offices() as office:
            waiting = [_row(office, row) for row in office.queue()]
            rest = [_row(office, row) for row in office.statement()] if all_ else []
            letters = [k for k in office.contract.kinds.values() if k.direction is Direction.IN and k.opens]
            return page("queue.html", office, waiting=waiting, rest=rest, all_=all_, letters=letters,
                        enterprises=office.settings.enterprises, spans=SPANS)  # fmt: skip

    @router.get("/documents/{sender}/{number}")
    def document(sender: str, number: str) -> Response:
        with offices() as office:
            try:
                return page("document.html", office, **_document(office, sender, number))
            except Refused as unknown:
                return page("problem.html", office, 404, problem=unknown)

    @router.post("/documents/{sender}/{number}")
    def decide(sender: str, number: str, status: Text, reason: Text = "") -> Response:
        with offices() as office:
            try:
                office.decide(number, status, reason=reason.strip(), sender=sender)
            except Refused as problem:
                return page("problem.html", office, 409, problem=problem)
        return RedirectResponse(f"/documents/{sender}/{number}", status_code=303)

    @router.post("/notice")
    def notice(kind: Text, enterprise: Text = "", number: Text = "") -> Response:
        with offices() as office:
            try:
                office.notify(number.strip(), kind, enterprise=enterprise)
            except Refused as problem:
                return page("problem.html", office, 409, problem=problem)
        return RedirectResponse("/", status_code=303)

    @router.post("/issue")
    def issue(enterprise: Text, inspection_no: Text) -> Response:
        with offices() as office:
            try:
                number = office.issue(enterprise, inspection_no=inspection_no.strip())
            except Refused as problem:
                return page("problem.html", office, 409, problem=problem)
            sender = next(e.node for e in office.settings.enterprises if enterprise in (e.node, e.code, e.uscc))
        return RedirectResponse(f"/documents/{sender}/{number}", status_code=303)

    @router.post("/tick")
    def tick(span: Text) -> Response:
        with offices() as office:
            if span in SPANS:
                office.tick(SPANS[span])
        return RedirectResponse("/", status_code=303)

    @router.get("/officer.css")
    def style(_: Request) -> Response:
        text = files("simulator.face").joinpath("static/officer.css").read_text(encoding="utf-8")
        return Response(text, media_type="text/css")

    return router


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
