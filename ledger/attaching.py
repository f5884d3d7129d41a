"""Files that came with documents: one row for each place where one is listed, its bytes kept once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from ledger.rows import Attached, Number
from ledger.statements import Lookup, insert, put_bodies
from ledger.tables import attachment, body, document

_KEPT = Lookup(select(attachment.c.sha256, attachment.c.body_id), attachment.c.sha256)
_OF_MESSAGES = Lookup(
    select(attachment.c.message_id, attachment.c.name, body.c.bytes)
    .join(body, body.c.id == attachment.c.body_id)
    .order_by(attachment.c.id),
    attachment.c.message_id,
)

_OF_DOCUMENTS = Lookup(
    select(
        document.c.enterprise_id,
        document.c.number,
        attachment.c.class_code,
        attachment.c.name,
        attachment.c.pages,
        attachment.c.sha256,
        body.c.bytes,
    )
    .join(body, body.c.id == attachment.c.body_id)
    .join(document, document.c.id == attachment.c.document_id)
    .order_by(attachment.c.id),
    document.c.enterprise_id,
    document.c.number,
)

Brought = tuple[int, int | None, Attached]  # document, message (None for a draft), file


def keep(connection: Connection, brought: Sequence[Brought]) -> None:
    """The same file of the same document and message is kept once, however often it is told."""
    if not brought:
        return
    bodies = {each.sha256: each.body for _, _, each in brought}
    ids: dict[str, int] = {row.sha256: row.body_id for row in _KEPT.rows(connection, bodies)}
    ids |= put_bodies(connection, {sha256: data for sha256, data in bodies.items() if sha256 not in ids})
    rows = [
        {
            "document_id": document_id,
            "message_id": message_id,
            "class_code": each.class_code,
            "name": each.name,
            "pages": each.pages,
            "sha256": each.sha256,
            "body_id": ids[each.sha256],
        }
        for document_id, message_id, each in brought
    ]
    connection.execute(insert(connection, attachment).on_conflict_do_nothing(), rows)


def of_document(connection: Connection, number: Number) -> list[Attached]:
    """The files that came with a document, the first first."""
    rows = _OF_DOCUMENTS.rows(connection, [number])
    return [Attached(row.class_code, row.name, row.pages, row.sha256, row.bytes) for row in rows]


def of_family(connection: Connection, enterprise_id: int, number: str) -> Mapping[str, bytes]:
    """The files that came with a document and with those that it carries, by sha256."""
    chosen = (
        select(attachment.c.sha256, body.c.bytes)
        .join(body, body.c.id == attachment.c.body_id)
        .join(document, document.c.id == attachment.c.document_id)
        .where(document.c.enterprise_id == enterprise_id, (document.c.number == number) | (document.c.parent == number))
    )
    return {row.sha256: row.bytes for row in connection.execute(chosen)}


def of_messages(connection: Connection, message_ids: Iterable[int]) -> Mapping[int, Mapping[str, bytes]]:
    """The files of each message by name, in the order in which they are listed."""
    found: dict[int, dict[str, bytes]] = {}
    for row in _OF_MESSAGES.rows(connection, message_ids):
        found.setdefault(row.message_id, {})[row.name] = row.bytes
    return found
