"""Heads of chains: what a document's chain and the audit chain end in, now and at a count that was anchored before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from ledger.chain import audit_hash, event_hash
from ledger.statements import Lookup
from ledger.tables import audit, document, event

PAGE = 2000  # documents in one answer

Place = tuple[int, str, int]
"""A point of a chain: (enterprise_id, number, how many events)."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one document's chain: so many events, and the hash of the last. id: where the next page begins."""

    id: int
    enterprise_id: int
    number: str
    count: int
    head: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the audit chain: so many entries, and the hash of the last ("" for none)."""

    count: int
    head: str


def one_moment(connection: Connection) -> None:
    """All that this transaction reads is of one moment. SQLite gives that by itself; to be asked for before reading."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def grown(connection: Connection, *, since: int, after: int) -> list[Head]:
    """A page of the documents whose chains grew at or after a moment (µs), behind an id, in the order of their ids."""
    chosen = (
        select(document.c.id, document.c.enterprise_id, document.c.number, document.c.event_count, document.c.head)
        .join(event, (event.c.document_id == document.c.id) & (event.c.seq == document.c.event_count))
        .where(document.c.updated_at >= since, event.c.recorded_at >= since, document.c.id > after)
        .order_by(document.c.id)
        .limit(PAGE)
    )
    return [Head(*row) for row in connection.execute(chosen)]


def audit_head(connection: Connection) -> AuditHead:
    last = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1)).first()
    return AuditHead(last.id, audit_hash(last._asdict())) if last else AuditHead(0, "")


def audit_hash_at(connection: Connection, count: int) -> str:
    """The hash of the audit's entry of that number; "" where there is none."""
    row = connection.execute(select(audit).where(audit.c.id == count)).first()
    return audit_hash(row._asdict()) if row else ""


_IDS = Lookup(
    select(document.c.id, document.c.enterprise_id, document.c.number), document.c.enterprise_id, document.c.number
)
_AT = Lookup(select(event), event.c.document_id, event.c.seq)


def heads_at(connection: Connection, wanted: Sequence[Place]) -> dict[Place, str]:
    """The hash that a chain had when it had so many events, by (enterprise_id, number, count); what is gone is missing."""
    ids = _ids(connection, {(enterprise_id, number) for enterprise_id, number, _ in wanted})
    names = {(ids[key[:2]], key[2]): key for key in wanted if key[:2] in ids}
    rows = _AT.rows(connection, names)
    return {
        (key := names[row.document_id, row.seq]): event_hash(key[1], row._asdict())
        for row in rows
        if (row.document_id, row.seq) in names
    }


def _ids(connection: Connection, numbers: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    return {(row.enterprise_id, row.number): row.id for row in _IDS.rows(connection, numbers)}
