"""What is asked of the ledger: references, numbers, messages, documents and their histories. Nothing here writes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, func, literal, select

from ledger.rows import DocumentRow, Known, Number, Reference, Sent
from ledger.statements import AnyRow, AnySelect, Lookup, content_key
from ledger.tables import body, carries, document, enterprise, message, question, seen_reference
from ledger.tables import declaration as given

Repeat = tuple[int, str, str]  # (enterprise_id, kind, content_sha256)
SentKind = tuple[int, str, str]  # (enterprise_id, number of a document, kind of message)


_IS_GIVEN = (given.c.document_id == document.c.id) & (given.c.revision == document.c.revision)
_GIVEN = func.coalesce(given.c.given, "").label("declaration")


def tenant_code() -> ColumnElement[str]:
    """The code that people know an enterprise by: its customs code, else its social credit code."""
    return func.coalesce(func.nullif(enterprise.c.code, ""), enterprise.c.uscc).label("enterprise")


def documents_chosen(*, declaration: bool = True) -> AnySelect:
    """All documents with all that a DocumentRow shows, in the order in which they were made."""
    columns = (
        document.c.enterprise_id,
        tenant_code(),
        document.c.number,
        document.c.kind,
        document.c.version,
        document.c.reference,
        _GIVEN if declaration else literal("").label("declaration"),
        document.c.state,
        document.c.since,
        document.c.validity,
        document.c.customs_no,
        document.c.certificate_no,
        document.c.facts,
        document.c.revision,
        document.c.updated_at,
        document.c.due_at,
        document.c.parent,
        document.c.event_count,
        document.c.about,
        document.c.created_at,
    )
    chosen: AnySelect = select(*columns).join(enterprise, enterprise.c.id == document.c.enterprise_id)
    return (chosen.outerjoin(given, _IS_GIVEN) if declaration else chosen).order_by(document.c.id)


def document_row(row: AnyRow, now: int) -> DocumentRow:
    columns = row._asdict()
    columns["facts"] = json.loads(row.facts)
    return DocumentRow(**columns, overdue=row.due_at is not None and now > row.due_at)


_REFERENCE = (seen_reference.c.enterprise_id, seen_reference.c.reference)
_ASKS = func.coalesce(
    select(func.max(question.c.first))
    .where(
        question.c.enterprise_id == seen_reference.c.enterprise_id,
        question.c.reference == seen_reference.c.reference,
        question.c.answer == "",
    )
    .correlate(seen_reference)
    .scalar_subquery(),
    "",
).label("asks")
_KNOWN = Lookup(
    select(
        *_REFERENCE,
        document.c.number,
        seen_reference.c.kind,
        document.c.version,
        document.c.state,
        seen_reference.c.content_sha256,
        seen_reference.c.revision,
        seen_reference.c.submissions,
        _GIVEN,
        _ASKS,
    )
    .join(
        document,
        (document.c.enterprise_id == seen_reference.c.enterprise_id) & (document.c.number == seen_reference.c.number),
    )
    .outerjoin(given, _IS_GIVEN),
    *_REFERENCE,
)


def known(connection: Connection, references: Iterable[Reference]) -> dict[Reference, Known]:
    """What these references stand for; those that nobody has used are missing."""
    return {(row[0], row[1]): Known(*row[2:]) for row in _KNOWN.rows(connection, references)}


_CONTENT = (seen_reference.c.enterprise_id, seen_reference.c.kind, seen_reference.c.content_sha256)
_REPEATS = Lookup(
    select(*_CONTENT, seen_reference.c.number, seen_reference.c.recorded_at, seen_reference.c.content_key).order_by(
        seen_reference.c.recorded_at
    ),
    seen_reference.c.content_key,
)


def repeats(connection: Connection, keys: Iterable[Repeat], *, since: int) -> dict[Repeat, str]:
    """The number under which the same content was recorded since then (µs), the latest where there are several."""
    wanted = set(keys)
    rows = _REPEATS.rows(connection, [content_key(sha256) for _, _, sha256 in wanted])
    found = {(row[0], row[1], row[2]): row[3] for row in rows if row.recorded_at >= since}
    return {key: number for key, number in found.items() if key in wanted}


_LIVES = Lookup(documents_chosen(), document.c.enterprise_id, document.c.number)
_FOUND = Lookup(documents_chosen(), document.c.number)
_CARRIED = Lookup(
    documents_chosen().where(document.c.parent != "", document.c.deleted_at.is_(None)),
    document.c.enterprise_id,
    document.c.parent,
)
_ABOUT = Lookup(documents_chosen(declaration=False).where(document.c.about != ""), document.c.about)


def lives(connection: Connection, numbers: Iterable[Number], *, now: int) -> dict[Number, DocumentRow]:
    """The documents of these enterprises with these numbers; those that there are not are missing."""
    found = _LIVES.rows(connection, numbers)
    return {(row.enterprise_id, row.number): document_row(row, now) for row in found}


def find(connection: Connection, numbers: Iterable[str], *, now: int) -> dict[str, list[DocumentRow]]:
    """Over all enterprises. A number that nobody has is missing."""
    found: dict[str, list[DocumentRow]] = {}
    for row in _FOUND.rows(connection, numbers):
        found.setdefault(row.number, []).append(document_row(row, now))
    return found


def about(connection: Connection, numbers: Iterable[str], *, now: int) -> list[DocumentRow]:
    """The documents about the business of these numbers, over all enterprises; without their declarations."""
    return [document_row(row, now) for row in _ABOUT.rows(connection, numbers)]


def carried(connection: Connection, parents: Iterable[Number], *, now: int) -> dict[Number, list[DocumentRow]]:
    """The documents that others carry, in the order in which they were made."""
    found: dict[Number, list[DocumentRow]] = {}
    for row in _CARRIED.rows(connection, parents):
        found.setdefault((row.enterprise_id, row.parent), []).append(document_row(row, now))
    return found


_SENT_KIND = (document.c.enterprise_id, document.c.number, message.c.kind)
_SENT_COUNTS = Lookup(
    select(*_SENT_KIND, func.count())
    .select_from(document)
    .join(carries, carries.c.document_id == document.c.id)
    .join(message, message.c.id == carries.c.message_id)
    .group_by(*_SENT_KIND),
    *_SENT_KIND,
)


def sent_counts(connection: Connection, keys: Iterable[SentKind]) -> dict[SentKind, int]:
    """How many messages of a kind have carried a document; none is missing."""
    return {(row[0], row[1], row[2]): row[3] for row in _SENT_COUNTS.rows(connection, keys)}


_MESSAGE = select(
    message.c.cop_msg_id,
    message.c.enterprise_id,
    message.c.id.label("message_id"),
    message.c.kind,
    message.c.file_name,
).where(message.c.direction == literal("out", literal_execute=True))  # in these words: a partial index is made so
_BY_ID = Lookup(_MESSAGE, message.c.cop_msg_id)
_BY_NAME = Lookup(_MESSAGE, message.c.file_name)
_CARRIES = Lookup(
    select(carries.c.message_id, document.c.number)
    .join(document, document.c.id == carries.c.document_id)
    .order_by(document.c.id),
    carries.c.message_id,
)


def messages_sent(connection: Connection, cop_msg_ids: Iterable[str]) -> dict[str, Sent]:
    """Our messages by their CopMsgId."""
    return {sent.cop_msg_id: sent for sent in _sent(connection, _BY_ID, cop_msg_ids)}


def messages_named(connection: Connection, file_names: Iterable[str]) -> dict[str, Sent]:
    """Our messages by their file name, capitals and all."""
    return {sent.file_name: sent for sent in _sent(connection, _BY_NAME, file_names)}


def _sent(connection: Connection, lookup: Lookup, keys: Iterable[str]) -> list[Sent]:
    found = list(lookup.rows(connection, keys))
    numbers: dict[int, list[str]] = {row.message_id: [] for row in found}
    for message_id, number in _CARRIES.rows(connection, numbers):
        numbers[message_id].append(number)
    return [Sent(**row._asdict(), numbers=tuple(numbers[row.message_id])) for row in found]


def message_body(connection: Connection, id_: int | str) -> bytes | None:
    """The bytes of a message by the ledger's id or by CopMsgId; ours, where customs has used the same."""
    named = message.c.id == id_ if isinstance(id_, int) else message.c.cop_msg_id == id_
    chosen = select(body.c.bytes).join(message, message.c.body_id == body.c.id).where(named)
    return connection.scalar(chosen.order_by(message.c.direction.desc(), message.c.id).limit(1))
