"""What is asked of the ledger: references, numbers, messages, documents and their histories. Nothing here writes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, func, literal, select

from ledger.rows import DocumentRow, Known, Number, Reference, Sent
from ledger.statements import AnyRow, AnySelect, rows_in
from ledger.tables import body, carries, document, enterprise, message, seen_reference

_DOCUMENT = (
    document.c.enterprise_id,
    func.coalesce(func.nullif(enterprise.c.code, ""), enterprise.c.uscc).label("enterprise"),
    document.c.number,
    document.c.kind,
    document.c.version,
    document.c.reference,
    document.c.declaration,
    document.c.state,
    document.c.since,
    document.c.customs_no,
    document.c.certificate_no,
    document.c.facts,
    document.c.revision,
    document.c.updated_at,
    document.c.due_at,
    document.c.parent,
    document.c.event_count,
)
_NUMBER = (document.c.enterprise_id, document.c.number)
Repeat = tuple[int, str, str]  # (enterprise_id, kind, content_sha256)


def known(connection: Connection, references: Iterable[Reference]) -> dict[Reference, Known]:
    """What these references stand for; those that nobody has used are missing."""
    key = (seen_reference.c.enterprise_id, seen_reference.c.reference)
    columns = (
        *key,
        document.c.number,
        seen_reference.c.kind,
        document.c.version,
        document.c.state,
        seen_reference.c.content_sha256,
        seen_reference.c.revision,
        seen_reference.c.submissions,
        document.c.declaration,
    )
    there = (document.c.enterprise_id == seen_reference.c.enterprise_id) & (
        document.c.number == seen_reference.c.number
    )
    chosen = select(*columns).join(document, there)
    return {(row[0], row[1]): Known(*row[2:]) for row in rows_in(connection, chosen, key, references)}


def repeats(connection: Connection, keys: Iterable[Repeat], *, since: int) -> dict[Repeat, str]:
    """The number under which the same content was recorded since then (µs), the latest where there are several."""
    key = (seen_reference.c.enterprise_id, seen_reference.c.kind, seen_reference.c.content_sha256)
    chosen = select(*key, seen_reference.c.number).where(seen_reference.c.recorded_at >= since)
    found = rows_in(connection, chosen.order_by(seen_reference.c.recorded_at), key, keys)
    return {(row[0], row[1], row[2]): row[3] for row in found}


def lives(connection: Connection, numbers: Iterable[Number], *, now: int) -> dict[Number, DocumentRow]:
    found = rows_in(connection, documents_chosen(), _NUMBER, numbers)
    return {(row.enterprise_id, row.number): document_row(row, now) for row in found}


def find(connection: Connection, numbers: Iterable[str], *, now: int) -> dict[str, list[DocumentRow]]:
    """Over all enterprises. A number that nobody has is missing."""
    found: dict[str, list[DocumentRow]] = {}
    for row in rows_in(connection, documents_chosen(), (document.c.number,), numbers):
        found.setdefault(row.number, []).append(document_row(row, now))
    return found


def carried(connection: Connection, parents: Iterable[Number], *, now: int) -> dict[Number, list[DocumentRow]]:
    """The documents that others carry, in the order in which they were made."""
    found: dict[Number, list[DocumentRow]] = {}
    key = (document.c.enterprise_id, document.c.parent)
    for row in rows_in(connection, documents_chosen().where(document.c.parent != ""), key, parents):
        found.setdefault((row.enterprise_id, row.parent), []).append(document_row(row, now))
    return found


def sent_counts(connection: Connection, keys: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str, str], int]:
    """By (enterprise_id, number, kind of message): how many such messages have carried that document."""
    key = (document.c.enterprise_id, document.c.number, message.c.kind)
    chosen = (
        select(*key, func.count())
        .select_from(document)
        .join(carries, carries.c.document_id == document.c.id)
        .join(message, message.c.id == carries.c.message_id)
        .group_by(*key)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows_in(connection, chosen, key, keys)}


def messages_sent(connection: Connection, cop_msg_ids: Iterable[str]) -> dict[str, Sent]:
    """Our messages by their CopMsgId."""
    return {sent.cop_msg_id: sent for sent in _sent(connection, message.c.cop_msg_id, cop_msg_ids)}


def messages_named(connection: Connection, file_names: Iterable[str]) -> dict[str, Sent]:
    """Our messages by their file name, capitals and all."""
    return {sent.file_name: sent for sent in _sent(connection, message.c.file_name, file_names)}


def message_body(connection: Connection, id_: int | str) -> bytes | None:
    """The bytes of a message by the ledger's id or by CopMsgId; ours, where customs has used the same."""
    named = message.c.id == id_ if isinstance(id_, int) else message.c.cop_msg_id == id_
    chosen = select(body.c.bytes).join(message, message.c.sha256 == body.c.sha256).where(named)
    return connection.scalar(chosen.order_by(message.c.direction.desc(), message.c.id).limit(1))


def _sent(connection: Connection, column: ColumnElement[str], keys: Iterable[str]) -> list[Sent]:
    numbers: dict[int, list[str]] = {}
    columns = (message.c.cop_msg_id, message.c.enterprise_id, message.c.id, message.c.kind, message.c.file_name)
    found = list(rows_in(connection, select(*columns).where(_OUT), (column,), keys))
    chosen = select(carries.c.message_id, document.c.number).join(document, document.c.id == carries.c.document_id)
    for message_id, number in rows_in(
        connection, chosen.order_by(document.c.id), (carries.c.message_id,), [r.id for r in found]
    ):
        numbers.setdefault(message_id, []).append(number)
    return [Sent(*tuple(row), numbers=tuple(numbers.get(row.id, ()))) for row in found]


_OUT = message.c.direction == literal("out", literal_execute=True)  # as the partial index says it


def documents_chosen(*, declaration: bool = True) -> AnySelect:
    """All documents with all that a DocumentRow shows, in the order in which they were made."""
    given = document.c.declaration
    columns = [
        literal("").label("declaration") if column is given and not declaration else column for column in _DOCUMENT
    ]
    return select(*columns).join(enterprise, enterprise.c.id == document.c.enterprise_id).order_by(document.c.id)


def document_row(row: AnyRow, now: int) -> DocumentRow:
    columns = row._asdict()
    columns["facts"] = json.loads(columns["facts"])
    return DocumentRow(**columns, overdue=row.due_at is not None and now > row.due_at)
