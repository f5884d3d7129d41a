"""What an operator has stopped: a channel, a relay; by name, audited, seen by a running worker at its next look."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from ledger.auditing import write_audit
from ledger.rows import AuditEntry, Paused
from ledger.statements import insert
from ledger.tables import paused as table


def paused(connection: Connection) -> dict[str, Paused]:
    return {row.name: Paused(row.at, row.by, row.why) for row in connection.execute(select(table))}


def pause(connection: Connection, name: str, *, by: str, why: str, now: int) -> bool:
    row = {"name": name, "at": now, "by": by, "why": why}
    added = connection.execute(insert(connection, table).on_conflict_do_nothing().returning(table.c.name), row).all()
    if added:
        write_audit(connection, [AuditEntry(by, "pause", name, {"why": why})], now=now)
    return bool(added)


def resume(connection: Connection, name: str, *, by: str, why: str, now: int) -> bool:
    gone = connection.execute(delete(table).where(table.c.name == name)).rowcount
    if gone:
        write_audit(connection, [AuditEntry(by, "resume", name, {"why": why})], now=now)
    return bool(gone)
