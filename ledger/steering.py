"""Steering channels: what people want of each, and how it fares. A running worker reads it at every pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from ledger.auditing import write_audit
from ledger.rows import AuditEntry, ChannelRow, Report
from ledger.statements import Values, insert
from ledger.tables import channel, message, outbox

ACTS = {"pause": "paused", "drain": "draining", "resume": "open"}
_TOLD = ("failures", "openings", "retry_at", "error", "looked_at")
_AT_REST: Values = {"failures": 0, "openings": 0, "retry_at": None, "error": ""}


def steer(connection: Connection, name: str, act: str, *, why: str, actor: str, now: int) -> bool:
    """pause, drain or resume, audited. False where the channel is in that mode already. Resuming closes its breaker."""
    mode = ACTS[act]
    wanted = {"mode": mode, "reason": why, "actor": actor, "changed_at": now}
    if mode == "open":
        wanted |= _AT_REST
    if not _changed(connection, name, wanted):
        return False
    write_audit(connection, [AuditEntry(actor, act, f"channel {name}", {"why": why})], now=now)
    return True


def stop(connection: Connection, name: str, *, reason: str, now: int) -> bool:
    """The channel refuses us for a reason that only a person can mend (reliability F32, F33): nothing is tried again."""
    wanted = {"mode": "stopped", "reason": reason, "actor": "gateway", "changed_at": now, "error": reason}
    if not _changed(connection, name, wanted):
        return False
    write_audit(connection, [AuditEntry("gateway", "stop", f"channel {name}", {"why": reason})], now=now)
    return True


def report(connection: Connection, reports: Sequence[Report], *, now: int) -> None:
    """How channels fare. Their modes are left as they are."""
    for told in reports:
        row = {"name": told.name, **{name: getattr(told, name) for name in _TOLD}}
        fresh = {**row, "mode": "open", "reason": "", "actor": "", "changed_at": now}
        statement = insert(connection, channel).values(fresh)
        news = {name: statement.excluded[name] for name in _TOLD}
        connection.execute(statement.on_conflict_do_update(index_elements=[channel.c.name], set_=news))


def channels(connection: Connection, names: Sequence[str]) -> list[ChannelRow]:
    """In the order of the names. One that was never steered nor looked at is open."""
    rows = {row.name: row._asdict() for row in connection.execute(select(channel).where(channel.c.name.in_(names)))}
    queues = _queues(connection)
    return [ChannelRow(**{"name": name, **rows.get(name, {}), **queues.get(name, {})}) for name in names]


def _changed(connection: Connection, name: str, wanted: Values) -> bool:
    """Write the mode under the row's lock, so that two people who press at once are one act."""
    fresh = {"name": name, "mode": "open", "reason": "", "actor": "", "changed_at": wanted["changed_at"], **_AT_REST}
    connection.execute(insert(connection, channel).values(fresh).on_conflict_do_nothing())
    before = connection.execute(select(channel).where(channel.c.name == name).with_for_update()).one()
    if before.mode == wanted["mode"] and (before.mode != "open" or before.failures == 0):
        return False
    connection.execute(channel.update().where(channel.c.name == name).values(wanted))
    return True


_QUEUED = (
    select(outbox.c.channel, func.count(), func.min(message.c.recorded_at))
    .join(message, message.c.id == outbox.c.message_id)
    .where(outbox.c.stage == "deliver", outbox.c.due_at.is_not(None))
    .group_by(outbox.c.channel)
)
_GIVEN_UP = (
    select(outbox.c.channel, func.count())
    .where(outbox.c.standing != "", outbox.c.standing.in_(("parked", "dead")))
    .group_by(outbox.c.channel)
)


def _queues(connection: Connection) -> dict[str, dict[str, Any]]:
    """What lies in the queue of each channel: its addresses are `<channel>/<BizID>`."""
    found: dict[str, dict[str, Any]] = {}
    for address, queued, oldest in connection.execute(_QUEUED):
        told = found.setdefault(address.partition("/")[0], {"queued": 0, "parked": 0, "oldest": None})
        told["queued"] += queued
        told["oldest"] = min(oldest, told["oldest"] or oldest)
    for address, parked in connection.execute(_GIVEN_UP):
        told = found.setdefault(address.partition("/")[0], {"queued": 0, "parked": 0, "oldest": None})
        told["parked"] += parked
    return found
