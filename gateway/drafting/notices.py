"""Work that customs' notices open: what is to be supplemented, until when by our own policy, and the declaration to begin with.

A notice of the list 拟证出证通知 is the same piece of work as the supplement notice of its 统一编号, as soon as that one is
here (docs/why/0015).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import GatewayError
from gateway.home import Home
from gateway.intake.declaration import fingerprint
from gateway.submission.draft import DECLARED
from gateway.submission.needs import known_of
from ledger.rows import Act, AuditEntry, DocumentChange, DocumentRow, Submission
from mappings.attaching import GROUP
from mappings.clock import MICROSECOND, micros, stamp
from mappings.demands import Need
from mappings.element import Field, Filler
from mappings.faults import fault
from mappings.kind import Direction, Group, Kind, Part

SUPPLEMENT, TASK = "supplement", "issue_task"
NOTICES = frozenset({SUPPLEMENT, TASK})
ASKING = frozenset({"补传", "补录"})
HANDLE, HANDLED = "handle", "X"
WORK = ("supplement_operation", "supplement_template", "business_no", "supplement_reason", "supplement_requirement",
        "notified_at")  # fmt: skip
FILES = [{"file": "附件.pdf"}]  # the enterprise's own place of its PDF stands here


@dataclass(frozen=True, slots=True)
class Piece:
    """One notice as work. rows: of the list of things to do that tell of it. by: the kind that answers it, "" for none.

    open: the enterprise can still do something. here: the document that we sent about the same declaration, "" for none.
    due_at: µs, by our own policy; of a row whose notice is not here as if it were. overdue: it is past.
    """

    row: DocumentRow
    rows: tuple[DocumentRow, ...]
    by: str
    open: bool
    here: str
    due_at: int | None
    overdue: bool


def pieces(home: Home, *, everything: bool = False, enterprise: str = "") -> list[Piece]:
    """What waits for the enterprise, the earliest due first; `everything`: also what is under way or has ended."""
    asked, told = (_rows(home, kind, enterprise, everything=everything) for kind in (SUPPLEMENT, TASK))
    named = home.ledger.find(sorted({row.facts["unified_no"] for row in told}))
    known = {(row.enterprise_id, row.number) for rows in named.values() for row in rows if row.kind == SUPPLEMENT}
    along: dict[tuple[int, str], list[DocumentRow]] = {}
    for row in told:
        along.setdefault((row.enterprise_id, row.facts["unified_no"]), []).append(row)
    here = _here(home, [*asked, *told])
    found = [_piece(home, row, along.get((row.enterprise_id, row.number), ()), here) for row in asked]
    found += [_piece(home, row, (), here) for key, rows in along.items() if key not in known for row in rows]
    chosen = [piece for piece in found if everything or piece.open]
    return sorted(chosen, key=lambda each: (not each.open, each.due_at is None, each.due_at or 0, each.row.number))


def begin(home: Home, number: str) -> dict[str, Any]:
    """A declaration to edit and submit: what was saved last, else what the notice brings, as far as the form has it.

    Raises GatewayError: BIZ_UNKNOWN; WORK_NONE where the notice permits nothing any more, in the manual's sentence.
    """
    row = _notice(home, number)
    kind = _answering(home, row)
    if kind is None:
        raise GatewayError("BIZ_UNKNOWN", found=str(row.facts.get("supplement_template") or number))
    if told := _forbidden(home, kind, row):
        raise _nothing(home, row, told)
    if kind.draft_act and (saved := _declared(row)).get("kind") == kind.name:
        return saved
    given = {**known_of(row), kind.target: number}
    content = dict(_filled(kind.shape(given), given))
    if kind.attaching and GROUP not in content:
        content[GROUP] = FILES
    return {"kind": kind.name, "reference": f"SUPP-{number}", "enterprise": row.enterprise, "content": content}


def view(home: Home, number: str) -> dict[str, Any]:
    """What was saved or declared upon a notice. Raises GatewayError: BIZ_UNKNOWN; WORK_VIEW while nothing was."""
    row = _notice(home, number)
    machine = home.contract.kinds[row.kind].needs_machine()
    if not machine.permits(row.state, "view"):
        raise GatewayError("WORK_VIEW", number=number)
    return dict(_declared(row).get("content", {}))


def _declared(row: DocumentRow) -> dict[str, Any]:
    """The declaration upon it that was saved or sent last, empty for none."""
    return dict(json.loads(row.declaration).get(DECLARED, {})) if row.declaration else {}


def relatives(home: Home, row: DocumentRow) -> list[tuple[str, DocumentRow]]:
    """Notices of a document, and what a notice is about: by 统一编号 and by 报关单号, each (notice or declaration, row)."""
    wanted = sorted({row.number, row.about, _business(row)} - {""})
    named = [each for rows in home.ledger.find(wanted).values() for each in rows]
    near = {
        each.number: each for each in (*named, *home.ledger.about(wanted)) if each.enterprise_id == row.enterprise_id
    }
    near.pop(row.number, None)
    found = [("notice" if each.kind in NOTICES else "declaration", each) for each in near.values()]
    return [(word, each) for word, each in found if word == "notice" or row.kind in NOTICES]


def handle(home: Home, number: str, *, actor: str, why: str = "") -> bool:
    """Mark a row of the list as 已处理; audited, told to nobody. False where it is so already.

    Raises GatewayError BIZ_UNKNOWN for a number that is no such row.
    """
    row = next((row for row in home.ledger.find([number]).get(number, ()) if row.kind == TASK), None)
    if row is None:
        raise GatewayError("BIZ_UNKNOWN", found=number)
    if row.state == HANDLED:
        return False
    done = Act(HANDLE, stamp(home.clock.now()), actor)
    change = DocumentChange(number, row.kind, row.version, "", {}, done)
    sha256 = fingerprint(row.kind, {"issue_no": number, "act": HANDLE})
    entry = AuditEntry(actor, HANDLE, number, {"why": why, "about": row.facts.get("unified_no", "")})
    reference = f"{HANDLE}/{number}"
    done_so = Submission(row.enterprise_id, reference, sha256, row.kind, number, (change,), None, actor, audit=(entry,))
    (recorded,) = home.ledger.record([done_so])
    return recorded.outcome == "accepted"


def _rows(home: Home, kind: str, enterprise: str, *, everything: bool) -> list[DocumentRow]:
    """Those with which the enterprise can do something, or all."""
    machine, of = home.contract.kinds[kind].needs_machine(), enterprise or None
    if everything:
        return home.ledger.documents(kind=kind, enterprise=of)
    open_ = sorted({source for source, on in machine.moves if on in machine.acts})
    return [row for state in open_ for row in home.ledger.documents(kind=kind, state=state, enterprise=of)]


def _piece(home: Home, row: DocumentRow, rows: Sequence[DocumentRow], here: Mapping[tuple[int, str], str]) -> Piece:
    kind = _answering(home, row) if row.kind == SUPPLEMENT else None
    machine = home.contract.kinds[row.kind].needs_machine()
    acts = {on for (source, on), move in machine.moves.items() if source == row.state and on in machine.acts}
    due_at = row.due_at if row.kind == SUPPLEMENT else _due(home, row)
    return Piece(
        row, tuple(rows), kind.name if kind else "", bool(acts), here.get((row.enterprise_id, _business(row)), ""), due_at,
        overdue=due_at is not None and due_at < home.clock.now(),
    )  # fmt: skip


def _due(home: Home, row: DocumentRow) -> int | None:
    """Until when what a row asks for would be due; a row that asks for nothing, or was handled, is due never."""
    life = home.contract.kinds[SUPPLEMENT]
    machine = home.machine(life.name, life.version)
    within = machine.states[machine.start].within
    if row.facts.get("issue_notice_type") not in ASKING or row.state == HANDLED or within is None:
        return None
    return micros(row.facts["received_at"]) + within // MICROSECOND


def _business(row: DocumentRow) -> str:
    return str(row.facts.get("business_no") or row.facts.get("declaration_no", ""))


def _here(home: Home, rows: Sequence[DocumentRow]) -> dict[tuple[int, str], str]:
    """The documents of ours about the declarations that these rows are about, by enterprise and 报关单号; a notice needs none."""
    about = home.ledger.about(sorted({_business(row) for row in rows}))
    return {(each.enterprise_id, each.about): each.number for each in about if each.kind not in NOTICES}


def _notice(home: Home, number: str) -> DocumentRow:
    row = next((row for row in home.ledger.find([number]).get(number, ()) if row.kind == SUPPLEMENT), None)
    if row is None:
        raise GatewayError("BIZ_UNKNOWN", found=number)
    return row


def _answering(home: Home, row: DocumentRow) -> Kind | None:
    """The outward kind that is made for what the notice asks."""
    for kind in home.contract.kinds.values():
        if kind.direction is Direction.OUT and kind.acts_on == row.kind:
            facts = [item for need in kind.needs for item in need.facts.items()]
            if all(row.facts.get(name) in allowed for name, allowed in facts):
                return kind
    return None


def _forbidden(home: Home, kind: Kind, row: DocumentRow) -> Need | None:
    machine = home.contract.kinds[row.kind].needs_machine()
    return next((n for n in kind.needs if n.permits and not machine.permits(row.state, n.permits)), None)


def _nothing(home: Home, row: DocumentRow, need: Need) -> GatewayError:
    """The manual's sentence, the state, and where it has ended that it has."""
    state = home.contract.kinds[row.kind].needs_machine().states[row.state]
    ended = ended_words() if state.final else ("", "")
    return GatewayError(
        "WORK_NONE", number=row.number, zh=need.zh, en=need.en, state=row.state, state_zh=state.zh, state_en=state.en,
        ended_zh=ended[0], ended_en=f" {ended[1]}" if ended[1] else "",
    )  # fmt: skip


def ended_words() -> tuple[str, str]:
    """What is said of a notice that permits nothing any more."""
    told = fault("WORK_ENDED", "")
    return told.zh, told.en


def _filled(parts: Sequence[Part], known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is known of a form's own fields and groups."""
    for part in parts:
        if isinstance(part, Field):
            if part.by is Filler.ENTERPRISE and part.id in known:
                yield part.id, known[part.id]
        elif isinstance(part, Group) and known.get(part.name):
            yield part.name, [dict(_filled(part.shape(item), item)) for item in known[part.name]]
