"""What people do to the queue: look at it, have what was given up tried again, have a message sent again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from ledger.asking import tenant_code
from ledger.auditing import write_audit
from ledger.rows import AuditEntry, QueueRow, Replayed
from ledger.statements import AnyRow, AnySelect, Lookup, Tally
from ledger.tables import attempt, carries, document, enterprise, message, outbox

MINUTE = 60_000_000  # µs in which a second press is the same press
_OPEN = ("ask", "seal", "deliver")


def queue(connection: Connection, *, standing: str | None, limit: int | None, after: int | None) -> list[QueueRow]:
    """What is on its way out, the oldest first. standing: of these only; `waiting` for those that nothing is said of."""
    last = select(func.max(attempt.c.id)).where(attempt.c.outbox_id == outbox.c.id).correlate(outbox).scalar_subquery()
    chosen: AnySelect = (
        select(
            outbox.c.id, tenant_code(), message.c.id.label("message_id"), message.c.kind, message.c.file_name,
            outbox.c.channel, outbox.c.stage, outbox.c.standing, outbox.c.attempts, outbox.c.due_at,
            message.c.recorded_at, func.coalesce(attempt.c.error, "").label("error"),
        )
        .join(message, message.c.id == outbox.c.message_id)
        .join(enterprise, enterprise.c.id == message.c.enterprise_id)
        .outerjoin(attempt, attempt.c.id == last)
        .where(outbox.c.stage.in_(_OPEN))
        .order_by(outbox.c.id)
        .limit(limit)
    )  # fmt: skip
    if standing is not None:
        chosen = chosen.where(outbox.c.standing == ("" if standing == "waiting" else standing))
    if after is not None:
        chosen = chosen.where(outbox.c.id > after)
    rows = connection.execute(chosen).all()
    numbers = _numbers(connection, [row.message_id for row in rows])
    return [_queue_row(row, numbers.get(row.message_id, ())) for row in rows]


def _queue_row(row: AnyRow, numbers: tuple[str, ...]) -> QueueRow:
    columns = row._asdict()
    return QueueRow(
        outbox_id=columns.pop("id"), numbers=numbers, **{k: v for k, v in columns.items() if k != "message_id"}
    )


_CARRIED = Lookup(
    select(carries.c.message_id, document.c.number)
    .join(document, document.c.id == carries.c.document_id)
    .order_by(document.c.id),
    carries.c.message_id,
)


def _numbers(connection: Connection, message_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for row in _CARRIED.rows(connection, message_ids):
        found.setdefault(row.message_id, []).append(row.number)
    return {id_: tuple(numbers) for id_, numbers in found.items()}


_AGAIN = (
    update(outbox)
    .where(outbox.c.id == bindparam("of"))
    .values(due_at=bindparam("due"), attempts=bindparam("tried"), parked="", standing=bindparam("is"))
)


def retry(connection: Connection, *, channel: str, number: str, actor: str, why: str, now: int) -> int:
    """What was given up or waits for its time is due now, with the whole ladder before it; audited. How many.

    channel, number: "" for any. What may have arrived is looked for before it is put: one attempt stays counted.
    """
    chosen = [outbox.c.stage.in_(("seal", "deliver")), or_(_given_up(), outbox.c.due_at > now)]
    if channel:
        chosen.append(or_(outbox.c.channel == channel, outbox.c.channel.startswith(f"{channel}/", autoescape=True)))
    if number:
        chosen.append(outbox.c.message_id.in_(_carrying(document.c.number == number)))
    rows = connection.execute(select(outbox).where(*chosen).order_by(outbox.c.id).with_for_update()).all()
    if not rows:
        return 0
    again = [
        {"of": row.id, "due": now, "tried": min(row.attempts, 1), "is": "" if row.standing in _LOST else row.standing}
        for row in rows
    ]
    connection.execute(_AGAIN, again)
    told = {"count": str(len(rows)), "why": why}
    write_audit(connection, [AuditEntry(actor, "retry", number or channel or "all", told)], now=now)
    return len(rows)


_LOST = ("parked", "dead")


def _given_up() -> ColumnElement[bool]:
    return and_(outbox.c.standing != "", outbox.c.standing.in_(_LOST))


def _carrying(is_it: ColumnElement[bool]) -> AnySelect:
    chosen: AnySelect = select(carries.c.message_id).join(document, document.c.id == carries.c.document_id).where(is_it)
    return chosen


_LAST = Lookup(
    select(document.c.number, func.max(carries.c.message_id).label("message_id"))
    .join(carries, carries.c.document_id == document.c.id)
    .group_by(document.c.number),
    document.c.number,
)
_ROWS = Lookup(
    select(outbox, message.c.cop_msg_id)
    .join(message, message.c.id == outbox.c.message_id)
    .order_by(outbox.c.id)
    .with_for_update(of=outbox),
    outbox.c.message_id,
)
_REPLAY = (
    update(outbox)
    .where(outbox.c.id == bindparam("of"))
    .values(stage="deliver", due_at=bindparam("due"), attempts=0, parked="", standing="replay", replayed_at=bindparam("due"))
)  # fmt: skip


def replay(connection: Connection, numbers: Sequence[str], *, actor: str, why: str, now: int) -> list[Replayed]:
    """Send the last message of each document again: same id, same bytes (reliability P3); audited.

    One message is queued once, whoever presses how often at once (F64): its row is locked, and what is queued or was
    replayed within the last minute is left alone.
    """
    last = {row.number: row.message_id for row in _LAST.rows(connection, numbers)}
    rows = {row.message_id: row for row in _ROWS.rows(connection, last.values())}
    told: list[Replayed] = []
    chosen: dict[int, AnyRow] = {}
    for number in dict.fromkeys(numbers):
        row = rows.get(last.get(number, 0))
        outcome = _outcome(row, now)
        if row and outcome == "queued":
            chosen[row.id] = row
        told.append(Replayed(number, outcome, row.cop_msg_id if row else ""))
    if chosen:
        connection.execute(_REPLAY, [{"of": id_, "due": now} for id_ in chosen])
        _count(connection, list(chosen.values()))
    entries = [
        AuditEntry(actor, "resend", each.number, {"message": each.cop_msg_id, "why": why})
        for each in told
        if each.outcome == "queued"
    ]
    write_audit(connection, entries, now=now)
    return told


def _outcome(row: AnyRow | None, now: int) -> str:
    if row is None:
        return "none"
    if row.stage not in ("answer", "done"):
        return "on_its_way"
    return "just_now" if row.replayed_at is not None and now - row.replayed_at < MINUTE else "queued"


def _count(connection: Connection, rows: Sequence[AnyRow]) -> None:
    tally = Tally()
    for row in rows:
        tally.move("outbox", row.stage, "deliver")
    tally.write(connection)
