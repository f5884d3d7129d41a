"""Lists and counts for people: documents by what is asked, one document's whole history, what waits where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, literal, null, select, update

from ledger.asking import document_row, documents_chosen, tenant_code
from ledger.chain import read_event
from ledger.lives import Machines
from ledger.rows import AttemptRow, Counts, DocumentRow, EventRow, History, MessageRow, NoticeRow
from ledger.statements import AnyRow, AnySelect, Lookup
from ledger.tables import arrival, attempt, carries, document, event, message, notice, outbox, tally
from ledger.tables import enterprise as tenant
from mappings.states import Step, fold


def documents(
    connection: Connection,
    wanted: Mapping[str, str | None],
    *,
    now: int,
    since: int | None,
    overdue: bool | None,
    enterprise: str | None,
    limit: int | None,
    after: str | None,
) -> list[DocumentRow]:
    """In the order in which they were made.

    wanted: values by column, None for any.
    since: changed at or after (µs). after: number of the last one seen.
    """
    chosen = documents_chosen(declaration=False).where(document.c.deleted_at.is_(None)).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            chosen = chosen.where(document.c[name] == value)
    if since is not None:
        chosen = chosen.where(document.c.updated_at >= since)
    if overdue is not None:
        late = document.c.due_at < now
        chosen = chosen.where(late if overdue else document.c.due_at.is_(None) | ~late)
    if enterprise is not None:
        chosen = chosen.where((tenant.c.code == enterprise) | (tenant.c.uscc == enterprise))
    if after is not None:
        last = select(func.min(document.c.id)).where(document.c.number == after).scalar_subquery()
        chosen = chosen.where(document.c.id > last)
    return [document_row(row, now) for row in connection.execute(chosen)]


def history(
    connection: Connection, number: str, *, enterprise: str | None, machines: Machines, now: int
) -> History | None:
    """One document with its events in the fold's order, its messages and their attempts; None where there is none."""
    chosen = documents_chosen().where(document.c.number == number).limit(1)
    if enterprise is not None:
        chosen = chosen.where((tenant.c.code == enterprise) | (tenant.c.uscc == enterprise))
    row = connection.execute(chosen).first()
    if row is None:
        return None
    is_it = (document.c.enterprise_id == row.enterprise_id, document.c.number == number)
    id_ = connection.execute(select(document.c.id).where(*is_it)).scalar_one()
    stored = connection.execute(select(event).where(event.c.document_id == id_)).all()
    rows = {entry.seq: entry._asdict() for entry in stored}
    steps = fold(machines(row.kind, row.version), [read_event(entry) for entry in rows.values()]).steps
    messages = [*_sent(connection, id_), *_received(connection, id_)]
    return History(
        document_row(row, now),
        [_event_row(rows[step.event.seq], step) for step in steps],
        sorted(messages, key=lambda found: (found.recorded_at, found.id)),
        _attempts(connection, [found.id for found in messages if found.direction == "out"]),
    )


_MESSAGE = tuple(
    message.c[name]
    for name in (
        "id", "direction", "cop_msg_id", "sender", "kind", "version", "file_name", "stated_at", "recorded_at", "signer",
        "sha256",
    )
)  # fmt: skip


_ATTEMPTS = Lookup(
    select(outbox.c.message_id, attempt.c.at, attempt.c.stage, attempt.c.result, attempt.c.error)
    .join(outbox, outbox.c.id == attempt.c.outbox_id)
    .order_by(attempt.c.id),
    outbox.c.message_id,
)
_NOT_QUEUED = (literal(0), literal(""), null(), literal(""))


def _sent(connection: Connection, document_id: int) -> list[MessageRow]:
    chosen: AnySelect = (
        select(*_MESSAGE, carries.c.submission, outbox.c.stage, outbox.c.due_at, outbox.c.parked)
        .join(carries, carries.c.message_id == message.c.id)
        .join(outbox, outbox.c.message_id == message.c.id)
        .where(carries.c.document_id == document_id)
    )
    return [MessageRow(*row) for row in connection.execute(chosen)]


def _received(connection: Connection, document_id: int) -> list[MessageRow]:
    """The messages that brought the events. A repeat brought nothing."""
    came = select(event.c.arrival_id).where(event.c.document_id == document_id, event.c.arrival_id.is_not(None))
    chosen: AnySelect = (
        select(*_MESSAGE, *_NOT_QUEUED)
        .join(arrival, arrival.c.message_id == message.c.id)
        .where(arrival.c.id.in_(came))
        .distinct()
    )
    return [MessageRow(*row) for row in connection.execute(chosen)]


def _attempts(connection: Connection, message_ids: Sequence[int]) -> list[AttemptRow]:
    return [AttemptRow(*row) for row in _ATTEMPTS.rows(connection, message_ids)]


def _event_row(row: Mapping[str, Any], step: Step) -> EventRow:
    return EventRow(
        seq=row["seq"],
        what=step.event.what,
        code=row["code"],
        stated_at=row["stated_at"],
        recorded_at=row["recorded_at"],
        receipt_no=row["receipt_no"],
        message=row["message"],
        arrival_id=row["arrival_id"],
        actor=row["actor"],
        answers=row["answers"],
        facts=step.event.facts,
        sentence=row["sentence"],
        source=step.source,
        to=step.to,
        verdict=step.verdict,
    )


def notices(connection: Connection, limit: int) -> list[NoticeRow]:
    """Changes of state that nobody was told of yet, oldest first."""
    columns = (
        notice.c.id,
        tenant_code(),
        document.c.number,
        notice.c.seq,
        document.c.kind,
        document.c.reference,
        notice.c.source_state,
        notice.c.state,
        notice.c.recorded_at,
        notice.c.facts,
        case((document.c.state == notice.c.state, document.c.due_at)).label("due_at"),
    )
    chosen: AnySelect = (
        select(*columns)
        .join(document, document.c.id == notice.c.document_id)
        .join(tenant, tenant.c.id == document.c.enterprise_id)
        .where(notice.c.noticed_at.is_(None))
        .order_by(notice.c.id)
    )
    return [_notice_row(row) for row in connection.execute(chosen.limit(limit))]


def _notice_row(row: AnyRow) -> NoticeRow:
    columns = row._asdict()
    return NoticeRow(**columns | {"facts": json.loads(row.facts)})


def noticed(connection: Connection, ids: Sequence[int], *, now: int) -> None:
    if ids:
        told = (
            update(notice).where(notice.c.id == bindparam("of"), notice.c.noticed_at.is_(None)).values(noticed_at=now)
        )
        connection.execute(told, [{"of": id_} for id_ in ids])


def counts(connection: Connection, *, now: int) -> Counts:
    """How much there is, from counters; what is due, parked and overdue from the small indexes of those."""
    found: dict[str, dict[str, int]] = {"document": {}, "outbox": {}, "arrival": {}}
    total = func.sum(tally.c.amount)
    for topic, name, amount in connection.execute(select(tally.c.topic, tally.c.name, total).group_by(*_COUNTER)):
        if amount:
            found[topic][name] = int(amount)
    return Counts(
        documents={_kind_and_state(name): amount for name, amount in found["document"].items()},
        stages=found["outbox"],
        arrivals=found["arrival"],
        oldest_due=connection.scalar(select(func.min(outbox.c.due_at)).where(outbox.c.due_at.is_not(None), _LEAVING)),
        parked=connection.scalar(select(func.count()).where(outbox.c.standing != "", _GIVEN_UP)) or 0,
        standings=dict(connection.execute(_STANDINGS).all()),
        overdue=connection.scalar(select(func.count()).where(document.c.due_at < now)) or 0,
    )


_COUNTER = (tally.c.topic, tally.c.name)
_STANDINGS = select(outbox.c.standing, func.count()).where(outbox.c.standing != "").group_by(outbox.c.standing)
_LEAVING = outbox.c.stage != "ask"  # when customs is asked again for a fact is nothing that is late
_GIVEN_UP = outbox.c.standing.in_(("parked", "dead"))


def _kind_and_state(name: str) -> tuple[str, str]:
    kind, _, state = name.rpartition(" ")
    return kind, state
