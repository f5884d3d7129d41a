"""Questions: declarations that are held until a person answers, `send` or `discard`; and drafts that are thrown away."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from ledger.asking import tenant_code
from ledger.auditing import write_audit
from ledger.rows import AuditEntry, QuestionRow, Submission
from ledger.statements import AnyRow, AnySelect, Tally
from ledger.tables import document, enterprise, question, seen_reference

_OPEN = question.c.answer == ""
_CLOSED = (
    update(question)
    .where(question.c.enterprise_id == bindparam("of"), question.c.reference == bindparam("by"), _OPEN)
    .values(answer="send", actor=bindparam("who"), answered_at=bindparam("now"))
)


def questions(connection: Connection) -> list[QuestionRow]:
    """Those that nobody has answered, the oldest first."""
    names = ("reference", "number", "code", "first", "asked_at")
    chosen: AnySelect = (
        select(question.c.id, tenant_code(), *(question.c[name] for name in names))
        .join(enterprise, enterprise.c.id == question.c.enterprise_id)
        .where(_OPEN)
        .order_by(question.c.id)
    )
    return [QuestionRow(*row) for row in connection.execute(chosen)]


def ask(connection: Connection, taken: Sequence[Submission], now: int) -> None:
    """Write down what is held; what is sent after all has its answer."""
    for submission in taken:
        if submission.asks:
            code, first = submission.asks
            row = {"enterprise_id": submission.enterprise_id, "reference": submission.reference, "number": submission.number,
                   "code": code, "first": first, "asked_at": now, "answer": "", "actor": "", "why": ""}  # fmt: skip
            connection.execute(question.insert(), row)
    sent = [{"of": s.enterprise_id, "by": s.reference, "who": s.actor, "now": now} for s in taken if s.message]
    if sent:
        connection.execute(_CLOSED, sent)


def _may_go(row: AnyRow, permitted: Sequence[tuple[str, str]]) -> bool:
    return (row.kind, row.state) in permitted and not (row.customs_no or row.certificate_no)


def discard_all(
    connection: Connection,
    numbers: Sequence[str],
    *,
    permitted: Sequence[tuple[str, str]],
    actor: str,
    why: str,
    now: int,
) -> dict[str, tuple[str, str]]:
    """Throw several drafts away, all or none. Those that stand against it: (kind, state), empty for a number that nobody has."""
    mine = document.c.number.in_(numbers) | document.c.parent.in_(numbers)
    rows = connection.execute(select(document).where(mine).order_by(document.c.id).with_for_update()).all()
    open_ = [row for row in rows if row.deleted_at is None]
    against = {number: ("", "") for number in numbers if number not in {row.number for row in open_}}
    for row in open_:
        if not _may_go(row, permitted):
            against.setdefault(row.number if row.number in numbers else row.parent, (row.kind, row.state))
    for number in numbers if not against else ():
        discard(connection, number, permitted=permitted, actor=actor, why=why, now=now)
    return against


def discard(
    connection: Connection, number: str, *, permitted: Sequence[tuple[str, str]], actor: str, why: str, now: int
) -> bool:
    """Throw a draft away, with the documents that it carries; audited. False where its state does not permit it.

    permitted: (kind, state) in which it may be, unless customs has it: what customs has numbered is nobody's to throw away,
    also while it is saved as a draft once more. What was recorded is kept: content, events, bytes. Only a question about it
    ends, its content counts for no repeat, and no list shows it any more.
    """
    mine = (document.c.number == number) | (document.c.parent == number)
    rows = connection.execute(select(document).where(mine).order_by(document.c.id).with_for_update()).all()
    open_ = [row for row in rows if row.deleted_at is None]
    if not any(row.number == number for row in open_) or not all(_may_go(row, permitted) for row in open_):
        return False
    tally = Tally()
    for row in open_:
        tally.move("document", f"{row.kind} {row.state}", f"{row.kind} deleted")
    ids = [row.id for row in open_]
    connection.execute(update(document).where(document.c.id.in_(ids)).values(deleted_at=now, due_at=None))
    [told] = [row for row in open_ if row.number == number]
    is_it = (seen_reference.c.enterprise_id == told.enterprise_id, seen_reference.c.reference == told.reference)
    connection.execute(update(seen_reference).where(*is_it).values(content_key=-1))
    asked = (question.c.enterprise_id == told.enterprise_id, question.c.number == number, _OPEN)
    answered = {"answer": "discard", "actor": actor, "why": why, "answered_at": now}
    connection.execute(update(question).where(*asked).values(answered))
    write_audit(connection, [AuditEntry(actor, "delete", number, {"why": why, "state": told.state})], now=now)
    tally.write(connection)
    return True
