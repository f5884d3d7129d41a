"""Who may see what of an entry certificate, and in which state.

- A preview is of what is saved (R-43), and of a request that asks for the certificate: manual 000 §1.
- A certificate is shown to the consignee of its declaration and its declarant (R-46: manual 001 §6.3.1), or to whoever has its
  query code (R-44: manual 001 §6.2.1; the picture code of that page is a page's business).
- Its PDF is for a valid one alone (R-45: manual 001 §6.2.3): customs' own file where it sent one, else the page with what it says.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from gateway.errors import Unanswerable
from gateway.home import Home
from ledger.rows import DocumentRow
from mappings.clock import BEIJING, moment
from papers.entry.page import INVALID, PREVIEW, VALID, Mark, pdf
from papers.entry.words import Words, words

REQUEST, CERTIFICATE = "entry_certificate_request", "entry_certificate"
WANTED = "21"
PARTIES = ("domestic_consignee_customs_code", "domestic_consignee_uscc", "declarant_customs_code", "declarant_uscc")
PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page to be had. by: `customs` where the file came from there, else `gateway`."""

    number: str
    name: str
    data: bytes
    by: str


def preview(home: Home, number: str, *, enterprise: str = "") -> Sheet:
    """Of a saved request as it would be issued, or of an issued certificate, valid or not. enterprise: who asks.

    Raises Unanswerable: ENTRY_UNSAVED, ENTRY_NOT_ASKED, ENTRY_PARTY; PaperError.
    """
    row = _row(home, number, enterprise)
    if row is None:
        raise Unanswerable("ENTRY_UNSAVED", found=number)
    content = _content(row)
    if row.kind == REQUEST and content.get("entry_certificate_class") != WANTED:
        raise Unanswerable("ENTRY_NOT_ASKED", found=number)
    mark = PREVIEW if row.kind == REQUEST else _mark(home, row)
    return _set(home, row, words(content), mark)


def download(home: Home, number: str, *, enterprise: str = "") -> Sheet:
    """The PDF of a valid certificate. Raises Unanswerable: BIZ_UNKNOWN, ENTRY_INVALID, ENTRY_PARTY; PaperError."""
    row = _certificate(home, number, enterprise)
    if _mark(home, row) is not VALID:
        raise Unanswerable("ENTRY_INVALID", found=number)
    own = [file for file in home.ledger.files((row.enterprise_id, row.number)) if file.body.startswith(PDF)]
    if own:
        return Sheet(number, own[-1].name, own[-1].body, "customs")
    return _set(home, row, words(_content(row)), VALID)


def shown(home: Home, number: str, *, enterprise: str = "", query_code: str = "") -> tuple[DocumentRow, Words]:
    """What the page of 000 §2 shows. enterprise: who asks; query_code: instead of who. Raises Unanswerable: BIZ_UNKNOWN,
    ENTRY_PARTY; ENTRY_QUERY for a number that there is not, too, so that codes are no way to find numbers."""
    if query_code:
        row = _row(home, number, "")
        known = str(row.facts.get("query_code", "")) if row and row.kind == CERTIFICATE else ""
        if not known or row is None or not hmac.compare_digest(known.encode(), query_code.encode()):
            raise Unanswerable("ENTRY_QUERY")
        return row, words(_content(row))
    row = _certificate(home, number, enterprise)
    return row, words(_content(row))


def _certificate(home: Home, number: str, enterprise: str) -> DocumentRow:
    row = _row(home, number, enterprise)
    if row is None or row.kind != CERTIFICATE:
        raise Unanswerable("BIZ_UNKNOWN", found=number)
    return row


def _row(home: Home, number: str, enterprise: str) -> DocumentRow | None:
    """The document of the enterprise that asks, else the first of that number; one that it may not see is refused."""
    asking = home.tenants.get(enterprise)
    own = {code for code in (asking.code, asking.uscc) if code} if asking else {enterprise}
    there = {row.enterprise_id for row in home.ledger.documents(number=number)}
    rows = [row for row in home.ledger.find([number]).get(number, ()) if row.enterprise_id in there]
    rows = [row for row in rows if row.kind in (REQUEST, CERTIFICATE)]
    row = next((row for row in rows if row.enterprise in own), rows[0] if rows else None)
    if row is not None and enterprise and not own & _parties(home, row):
        raise Unanswerable("ENTRY_PARTY", enterprise=enterprise, found=number)
    return row


def _parties(home: Home, row: DocumentRow) -> set[str]:
    """Consignee and declarant, by every code that is known of them. A request's declarant is who sent it; where customs
    names nobody, it is for whom the message was addressed to."""
    content = _content(row)
    named = {str(content[name]) for name in PARTIES if content.get(name)}
    if row.kind == REQUEST or not named:
        tenant = home.tenants[row.enterprise]
        named |= {code for code in (tenant.code, tenant.uscc) if code}
    return named


def _content(row: DocumentRow) -> dict[str, Any]:
    """As it was declared, or as customs last brought it."""
    given: dict[str, Any] = json.loads(row.declaration)
    content: dict[str, Any] = given.get("content", given)
    return content


def _mark(home: Home, row: DocumentRow) -> Mark:
    machine = home.contract.kinds[row.kind].needs_machine().beside["validity"]
    return VALID if row.validity in machine.states and machine.permits(row.validity, "download") else INVALID


def _set(home: Home, row: DocumentRow, said: Words, mark: Mark) -> Sheet:
    today = f"{moment(home.clock.now()).astimezone(BEIJING):%Y-%m-%d}"
    word = "预览" if mark is PREVIEW else "入境货物检验检疫证明"
    return Sheet(row.number, f"{row.number}_{word}.pdf", pdf(said, mark, date=today), "gateway")
