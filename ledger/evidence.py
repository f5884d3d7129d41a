"""Evidence of one document: its chain as it was hashed, and every byte string that carried it or named it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ledger.asking import carried, find, lives
from ledger.chain import event_text
from ledger.rows import AttemptRow, DocumentRow, Number
from ledger.statements import AnyRow, AnySelect
from ledger.tables import arrival, attachment, attempt, body, carries, declaration, document, event, message, outbox


@dataclass(frozen=True, slots=True)
class Chained:
    """A document with its chain. lines: the very texts that were hashed, in order; head: the hash of the last one.

    declarations: as given, one a revision. arrivals: by event, the file that brought it, None for acts.
    """

    relation: str  # itself | parent | carried
    row: DocumentRow
    head: str
    created_at: int
    lines: tuple[str, ...]
    arrivals: tuple[int | None, ...]
    declarations: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Travelled:
    """One file, out or in, with its exact bytes. id: of the message out, of the arrival in.

    at: µs, when it was sealed or taken in. The message's own fields are "" where a file was read as none.
    status: of the arrival, or the outbox's stage. reason: why an arrival is not used.
    """

    direction: str
    id: int
    name: str
    channel: str
    sha256: str
    at: int
    status: str
    reason: str
    cop_msg_id: str
    sender: str
    kind: str
    stated_at: str
    body: bytes


@dataclass(frozen=True, slots=True)
class AttachedRow:
    """A file that came with a document. message: CopMsgId of what carried it, "" for a draft that nothing carried."""

    number: str
    message: str
    class_code: str
    name: str
    pages: int
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Dossier:
    documents: tuple[Chained, ...]  # the first is the one that was asked for
    files: tuple[Travelled, ...]
    attempts: tuple[AttemptRow, ...]
    attached: tuple[AttachedRow, ...] = ()

    @property
    def itself(self) -> Chained:
        return self.documents[0]


def dossier(connection: Connection, number: str, *, enterprise: str, now: int) -> Dossier | None:
    """None where there is no such document."""
    found = find(connection, [number], now=now).get(number, [])
    row = next((row for row in found if enterprise in ("", row.enterprise)), None)
    return None if row is None else _dossier(connection, row, now)


def _dossier(connection: Connection, row: DocumentRow, now: int) -> Dossier:
    own: Number = (row.enterprise_id, row.number)
    above = lives(connection, [(row.enterprise_id, row.parent)] if row.parent else [], now=now)
    below = carried(connection, [own], now=now).get(own, [])
    documents = (
        _chained(connection, "itself", row),
        *(_chained(connection, "parent", parent) for parent in above.values()),
        *(_chained(connection, "carried", each) for each in below),
    )
    out = _sent(connection, row)
    attempts = _attempts(connection, [each.id for each in out])
    sealed = {each.message_id: each.at for each in attempts if each.result == "sealed"}
    files = [_out(each, sealed.get(each.id, each.recorded_at)) for each in out]
    received = _received(connection, row, documents[0].arrivals)
    return Dossier(documents, (*files, *received), tuple(attempts), _attached(connection, documents))


def _chained(connection: Connection, relation: str, row: DocumentRow) -> Chained:
    own = (document.c.enterprise_id == row.enterprise_id, document.c.number == row.number)
    id_, head, created_at = connection.execute(
        select(document.c.id, document.c.head, document.c.created_at).where(*own)
    ).one()
    rows = connection.execute(select(event).where(event.c.document_id == id_).order_by(event.c.seq)).all()
    given = select(declaration.c.revision, declaration.c.given).where(declaration.c.document_id == id_)
    return Chained(
        relation=relation,
        row=row,
        head=head,
        created_at=created_at,
        lines=tuple(event_text(row.number, each._asdict()) for each in rows),
        arrivals=tuple(each.arrival_id for each in rows),
        declarations=tuple((r, text) for r, text in connection.execute(given.order_by(declaration.c.revision))),
    )


_FIELDS = (message.c.cop_msg_id, message.c.sender, message.c.kind, message.c.stated_at)


def _sent(connection: Connection, row: DocumentRow) -> Sequence[AnyRow]:
    chosen: AnySelect = (
        select(
            message.c.id, message.c.file_name, message.c.channel, message.c.sha256, message.c.recorded_at,
            outbox.c.stage, *_FIELDS, body.c.bytes,
        )
        .join(carries, carries.c.message_id == message.c.id)
        .join(document, document.c.id == carries.c.document_id)
        .join(outbox, outbox.c.message_id == message.c.id)
        .join(body, body.c.id == message.c.body_id)
        .where(document.c.enterprise_id == row.enterprise_id, document.c.number == row.number)
        .order_by(message.c.id)
    )  # fmt: skip
    return connection.execute(chosen).all()


def _out(row: AnyRow, at: int) -> Travelled:
    fields = (row.cop_msg_id, row.sender, row.kind, row.stated_at)
    return Travelled("out", row.id, row.file_name, row.channel, row.sha256, at, row.stage, "", *fields, row.bytes)


def _received(connection: Connection, row: DocumentRow, brought: Iterable[int | None]) -> list[Travelled]:
    """The files that brought an event, those that brought the same messages again, those whose messages repeat what was known, and
    those that wait for this number."""
    came = {id_ for id_ in brought if id_ is not None}
    messages = select(arrival.c.message_id).where(arrival.c.id.in_(came), arrival.c.message_id.is_not(None))
    repeating = (
        select(carries.c.message_id)
        .join(document, document.c.id == carries.c.document_id)
        .where(document.c.enterprise_id == row.enterprise_id, document.c.number == row.number)
    )
    named = arrival.c.id.in_(came) | arrival.c.message_id.in_(messages) | arrival.c.message_id.in_(repeating)
    named |= arrival.c.wants == row.number
    chosen: AnySelect = (
        select(
            arrival.c.id, arrival.c.name, arrival.c.channel, arrival.c.box, arrival.c.sha256, arrival.c.received_at,
            arrival.c.status, arrival.c.reason, *_FIELDS, body.c.bytes,
        )
        .join(body, body.c.id == arrival.c.body_id)
        .outerjoin(message, message.c.id == arrival.c.message_id)
        .where(named)
        .order_by(arrival.c.id)
    )  # fmt: skip
    return [_in(each) for each in connection.execute(chosen)]


def _in(row: AnyRow) -> Travelled:
    fields = (row.cop_msg_id or "", row.sender or "", row.kind or "", row.stated_at or "")
    place = f"{row.channel}/{row.box}"
    return Travelled(
        "in", row.id, row.name, place, row.sha256, row.received_at, row.status, row.reason, *fields, row.bytes
    )


def _attached(connection: Connection, documents: Sequence[Chained]) -> tuple[AttachedRow, ...]:
    """The files of the document and of those around it."""
    chosen: AnySelect = (
        select(
            document.c.number, message.c.cop_msg_id, attachment.c.class_code, attachment.c.name, attachment.c.pages,
            attachment.c.sha256, body.c.bytes,
        )
        .join(document, document.c.id == attachment.c.document_id)
        .join(body, body.c.id == attachment.c.body_id)
        .outerjoin(message, message.c.id == attachment.c.message_id)
        .where(
            document.c.enterprise_id == documents[0].row.enterprise_id,
            document.c.number.in_([each.row.number for each in documents]),
        )
        .order_by(attachment.c.id)
    )  # fmt: skip
    return tuple(AttachedRow(n, m or "", c, name, p, s, b) for n, m, c, name, p, s, b in connection.execute(chosen))


def _attempts(connection: Connection, message_ids: Sequence[int]) -> list[AttemptRow]:
    chosen = (
        select(outbox.c.message_id, attempt.c.at, attempt.c.stage, attempt.c.result, attempt.c.error)
        .join(outbox, outbox.c.id == attempt.c.outbox_id)
        .where(outbox.c.message_id.in_(message_ids))
        .order_by(attempt.c.id)
    )
    return [AttemptRow(*row) for row in connection.execute(chosen)]
