"""The audit chain: what people did, one row after the other, each holding the hash of the one before."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select

from ledger.chain import audit_hash, event_hash
from ledger.rows import AuditEntry, AuditRow
from ledger.series import reserve
from ledger.statements import Lookup, Values, as_json
from ledger.tables import audit, document, event, series

_PAGE = 500
_EVENTS = Lookup(select(event).order_by(event.c.document_id, event.c.seq), event.c.document_id)


def write_audit(connection: Connection, entries: Sequence[AuditEntry], *, now: int) -> None:
    if not entries:
        return
    # The series' row is the chain's lock: who reserves next waits for this transaction, so ids leave no gap.
    ids = reserve(connection, "audit", 0, len(entries))
    last = connection.execute(select(audit).where(audit.c.id == ids.start - 1)).first()
    previous = audit_hash(last._asdict()) if last else ""
    rows: list[Values] = []
    for id_, entry in zip(ids, entries, strict=True):
        row = {"id": id_, "at": now, "actor": entry.actor, "act": entry.act, "subject": entry.subject,
               "detail": as_json(entry.detail), "previous": previous}  # fmt: skip
        previous = audit_hash(row)
        rows.append(row)
    connection.execute(audit.insert(), rows)


def read_audit(connection: Connection, *, limit: int | None, after: int | None) -> list[AuditRow]:
    chosen = select(audit).where(audit.c.id > (after or 0)).order_by(audit.c.id).limit(limit)
    rows = connection.execute(chosen)
    return [AuditRow(row.id, row.at, row.actor, row.act, row.subject, json.loads(row.detail)) for row in rows]


def broken(connection: Connection) -> list[str]:
    """The chains that are not whole: numbers of documents, and `audit`."""
    return [*_broken_documents(connection), *(["audit"] if _audit_is_broken(connection) else [])]


def _broken_documents(connection: Connection) -> list[str]:
    found, after = list[str](), 0
    columns = (document.c.id, document.c.number, document.c.head, document.c.event_count)
    while page := connection.execute(
        select(*columns).where(document.c.id > after).order_by(document.c.id).limit(_PAGE)
    ).all():
        after = page[-1].id
        heads = {id_: ("", 0) for id_, *_ in page}
        numbers = {id_: number for id_, number, *_ in page}
        whole = dict.fromkeys(numbers, True)
        for row in _EVENTS.rows(connection, numbers):
            head, count = heads[row.document_id]
            whole[row.document_id] &= (row.previous, row.seq) == (head, count + 1)
            heads[row.document_id] = (event_hash(numbers[row.document_id], row._asdict()), row.seq)
        found += [number for id_, number, head, count in page if not whole[id_] or heads[id_] != (head, count)]
    return found


def _audit_is_broken(connection: Connection) -> bool:
    previous, count = "", 0
    for row in connection.execute(select(audit).order_by(audit.c.id)):
        if (row.id, row.previous) != (count + 1, previous):
            return True
        previous, count = audit_hash(row._asdict()), count + 1
    reserved = connection.scalar(select(series.c.next).where(series.c.name == "audit"))
    return (reserved or 1) != count + 1
