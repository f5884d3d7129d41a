"""What a certificate looks like so far (manual 002 §4.4.2b, §4.3; manual 001 §6.3.2): 核对单 while it is the enterprise's, 草稿
while the enterprise is asked, and once it is issued customs' own file. Where customs sent none, a sheet says what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import Unanswerable
from gateway.home import Home
from gateway.submission.learning import fact_of
from gateway.submission.needs import known_of
from ledger.rows import DocumentRow
from mappings.attaching import GROUP
from mappings.backfill import filled, spoken
from mappings.clock import BEIJING, moment
from mappings.codes import code_list
from mappings.element import Field, Type
from mappings.kind import Group
from papers.sheet.page import CHECK, DRAFT, ISSUED, Mark, Part, Sheet, pdf

CERTIFICATE = "certificate"
MARKS: Mapping[str, Mark] = {
    "check_sheet": CHECK,
    "draft_sheet": DRAFT,
    "certificate_file": ISSUED,
}  # by what a state permits
PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Seen:
    """One PDF. by: `customs` where the file came from there, else `gateway`. mark: what it is."""

    number: str
    name: str
    data: bytes
    by: str
    mark: str


def preview(home: Home, number: str) -> Seen:
    """Raises Unanswerable: BIZ_UNKNOWN for what is no certificate, PRINT_NONE where its state shows none; PaperError."""
    there = {row.enterprise_id for row in home.ledger.documents(number=number, kind=CERTIFICATE)}
    row = next((row for row in home.ledger.find([number]).get(number, ()) if row.enterprise_id in there), None)
    if row is None:
        raise Unanswerable("BIZ_UNKNOWN", found=number)
    machine = home.contract.kinds[CERTIFICATE].needs_machine()
    mark = next((mark for act, mark in MARKS.items() if machine.permits(row.state, act)), None)
    if mark is None:
        raise Unanswerable("PRINT_NONE", found=f"{number} {row.state}")
    if mark is not CHECK and (own := _of_customs(home, row)):
        return Seen(number, own[0], own[1], "customs", mark.title)
    return Seen(number, f"{number}_{mark.title}.pdf", pdf(sheet(home, row), mark), "gateway", mark.title)


def _of_customs(home: Home, row: DocumentRow) -> tuple[str, bytes] | None:
    """The last PDF that customs sent of it: its files have no class, the enterprise's own have one."""
    found = [
        f for f in home.ledger.files((row.enterprise_id, row.number)) if not f.class_code and f.body.startswith(PDF)
    ]
    return (found[-1].name, found[-1].body) if found else None


def sheet(home: Home, row: DocumentRow) -> Sheet:
    """All that is known of it: declared, filled in from the e-ledger, said by customs."""
    kind = home.contract.kinds[CERTIFICATE]
    beside = home.ledger.lives({(row.enterprise_id, n) for n in (row.parent, row.about) if n})
    bearer = beside.get((row.enterprise_id, row.parent))
    application, item = _whole(home, row, bearer, beside.get((row.enterprise_id, row.about)))
    known = {**item, **row.facts}
    known = {**spoken(kind, known), "certificate_serial": row.number, "application_no": row.parent}
    state = kind.needs_machine().states[row.state]
    printed_at = f"{moment(home.clock.now()).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    chosen = kind.formats.get(str(known.get(kind.format_field)))
    parts = [Part("证书", (("证书状态", f"{state.code} {state.zh}"),)), *_parts(kind.shape(known), known, "基本信息")]
    if bearer:
        of = home.contract.kinds[bearer.kind]
        own = [part for part in of.parts if part is not of.carries]
        parts += _parts(own, {**application, **bearer.facts}, "申请单信息")
    return Sheet(row.number, chosen.zh if chosen else kind.zh, str(known.get("title_en", "")), tuple(parts), printed_at)


def _whole(
    home: Home, row: DocumentRow, bearer: DocumentRow | None, about: DocumentRow | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The application and the certificate as the message carried them: what the e-ledger fills in is filled in."""
    item, application = known_of(row), known_of(bearer) if bearer else {}
    of = home.contract.kinds[bearer.kind] if bearer else None
    asked = next((asked for asked in of.facts if about and about.kind == asked.kind), None) if of else None
    if not (of and of.carries and asked and about):
        return application, item
    facts = {asked.name: fact_of(about, home.contract.kinds[about.kind], certain=asked.certain)}
    whole = filled(of, {**application, of.carries.name: [item]}, facts)
    return whole, whole[of.carries.name][0]


def _parts(parts: Sequence[Field | Group], known: Mapping[str, Any], title: str) -> Iterator[Part]:
    fields = [part for part in parts if isinstance(part, Field)]
    yield Part(title, tuple((f.zh, _text(f, known[f.id])) for f in fields if known.get(f.id) not in (None, "")))
    for group in (part for part in parts if isinstance(part, Group) and part.name != GROUP):
        rows = [item for item in known.get(group.name) or () if isinstance(item, Mapping)]
        columns = [
            f for f in group.parts if isinstance(f, Field) and any(item.get(f.id) not in (None, "") for item in rows)
        ]
        yield Part(
            group.zh, head=tuple(f.zh for f in columns),
            rows=tuple(tuple(_text(f, item.get(f.id)) for f in columns) for item in rows) if columns else (),
        )  # fmt: skip


def _text(field: Field, value: Any) -> str:
    """A value as people read it: a code with its word."""
    if value is None:
        return ""
    element = field.element
    if element.type is Type.FLAG:
        return "是" if str(value) in ("True", "true", "1") else "否"
    code = code_list(element.codes).rows.get(str(value)) if element.codes else None
    return f"{value} {code.name}" if code and code.name != str(value) else str(value)
