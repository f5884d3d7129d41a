"""The outbox: what is due at a stage, and what became of it. A row done twice has one effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update

from ledger.rows import Deferral, Due, Fetched, Number, Sealed, TurnedAway
from ledger.statements import AnyRow, AnySelect, Lookup, Tally, Values, digest, put_bodies
from ledger.tables import attempt, body, message, outbox

_ROW: AnySelect = (
    select(
        outbox.c.id,
        outbox.c.message_id,
        message.c.cop_msg_id,
        message.c.enterprise_id,
        message.c.kind,
        message.c.file_name,
        outbox.c.channel,
        outbox.c.stage,
        body.c.bytes,
        outbox.c.attempts,
        outbox.c.due_at,
        outbox.c.standing,
    )
    .join(message, message.c.id == outbox.c.message_id)
    .join(body, body.c.id == message.c.body_id)
)
_OPEN = Lookup(
    select(outbox).where(outbox.c.stage.not_in(("answer", "done"))).order_by(outbox.c.id).with_for_update(), outbox.c.id
)
_ECHOED = Lookup(
    select(outbox.c.id, outbox.c.stage, message.c.cop_msg_id)
    .join(message, message.c.id == outbox.c.message_id)
    .where(outbox.c.stage != "done", message.c.direction == "out")
    .order_by(outbox.c.id)
    .with_for_update(of=outbox),
    message.c.cop_msg_id,
)
_WAITING = Lookup(
    select(outbox.c.id, message.c.enterprise_id, outbox.c.waits_for)
    .join(message, message.c.id == outbox.c.message_id)
    .where(outbox.c.stage == "ask", outbox.c.waits_for != "")
    .order_by(outbox.c.id)
    .with_for_update(of=outbox),
    message.c.enterprise_id,
    outbox.c.waits_for,
)
_RELEASED = update(outbox).where(outbox.c.id == bindparam("of")).values(due_at=bindparam("now"))
_DONE = update(outbox).where(outbox.c.id == bindparam("of")).values(stage="done", due_at=None, parked="", standing="")
_SEALED = (
    update(message)
    .where(message.c.id == bindparam("of"))
    .values(sha256=bindparam("hash"), body_id=bindparam("body"), signer=bindparam("by"))
)
_MOVED = (
    update(outbox)
    .where(outbox.c.id == bindparam("of"))
    .values({name: bindparam(name) for name in ("stage", "due_at", "attempts", "parked", "standing")})
)


def due(connection: Connection, stage: str, *, limit: int, channel: str | None, now: int) -> list[Due]:
    """Oldest first."""
    chosen = _ROW.where(outbox.c.stage == stage, outbox.c.due_at <= now).order_by(outbox.c.due_at, outbox.c.id)
    if channel is not None:
        chosen = chosen.where(outbox.c.channel == channel)
    return [Due(*row) for row in connection.execute(chosen.limit(limit))]


def make_due(connection: Connection, stage: str, *, now: int) -> int:
    """Every retry of a stage is due now; what was given up stays so. How many that were."""
    made = update(outbox).where(outbox.c.stage == stage, outbox.c.due_at > now).values(due_at=now)
    return connection.execute(made).rowcount


def claim(connection: Connection, outbox_ids: Sequence[int], *, now: int) -> list[int]:
    """Replays that are about to be put: from here on each may have arrived. Those that were to be replayed.

    Written before the put, so that a kill in between makes a look, never a second replay (reliability F63).
    """
    rows = [row for row in _locked(connection, "deliver", outbox_ids).values() if row.standing == "replay"]
    _move(
        connection, [_moved(row, "deliver", "replay", due_at=row.due_at, standing="unconfirmed") for row in rows], now
    )
    return [row.id for row in rows]


def sealed(connection: Connection, done: Sequence[Sealed], *, now: int) -> None:
    """Keep the sealed bytes, once and for ever: what has been sealed already stays as it is (P3)."""
    open_ = _locked(connection, "seal", [entry.outbox_id for entry in done])
    fresh = [(open_[entry.outbox_id], entry) for entry in done if entry.outbox_id in open_]
    ids = put_bodies(connection, {digest(entry.body): entry.body for _, entry in fresh})
    bodies = [
        {"of": row.message_id, "hash": digest(entry.body), "body": ids[digest(entry.body)], "by": entry.signer}
        for row, entry in fresh
    ]
    if bodies:
        connection.execute(_SEALED, bodies)
    _move(connection, [_moved(row, "deliver", "sealed", due_at=now) for row, _ in fresh], now)


def prepared(connection: Connection, done: Sequence[Fetched], *, now: int) -> set[int]:
    """These are written with the fact that they waited for, and go on to be sealed. The ids of those that do."""
    open_ = _locked(connection, "ask", [entry.outbox_id for entry in done])
    fresh = [(open_[entry.outbox_id], entry) for entry in done if entry.outbox_id in open_]
    ids = put_bodies(connection, {digest(entry.body): entry.body for _, entry in fresh})
    bodies = [
        {"of": row.message_id, "hash": digest(entry.body), "body": ids[digest(entry.body)], "by": ""}
        for row, entry in fresh
    ]
    if bodies:
        connection.execute(_SEALED, bodies)
    _move(connection, [_moved(row, "seal", "fetched", due_at=now) for row, _ in fresh], now)
    return {row.id for row, _ in fresh}


def turned_away(connection: Connection, refused: Sequence[TurnedAway], *, now: int) -> set[int]:
    """These go nowhere. The ids of those that were still waiting."""
    open_ = _locked(connection, "ask", [entry.outbox_id for entry in refused])
    ended = [
        _moved(open_[entry.outbox_id], "done", "turned away", due_at=None, error=entry.sentence)
        for entry in refused
        if entry.outbox_id in open_
    ]
    _move(connection, ended, now)
    return {row["of"] for row in ended}


def delivered(connection: Connection, outbox_ids: Sequence[int], *, now: int) -> None:
    """These are with customs; from now on they wait for an answer. One that is answered already stays so."""
    open_ = _locked(connection, "deliver", outbox_ids)
    _move(connection, [_moved(row, "answer", "delivered", due_at=None) for row in open_.values()], now)


def deferred(connection: Connection, put_off: Sequence[Deferral], *, now: int) -> None:
    """These failed: to be tried again at their time, or parked."""
    open_ = _locked(connection, None, [entry.outbox_id for entry in put_off])
    moved = [_put_off(row, entry) for entry in put_off if (row := open_.get(entry.outbox_id))]
    _move(connection, moved, now)


def _put_off(row: AnyRow, entry: Deferral) -> Values:
    standing = entry.standing or ("parked" if entry.next_due is None else "")
    return _moved(row, row.stage, standing or "deferred", due_at=entry.next_due, error=entry.error, standing=standing)


def release(connection: Connection, numbers: Iterable[Number], now: int) -> None:
    """What waits for one of these documents is to be looked at now."""
    rows = list(_WAITING.rows(connection, numbers))
    if rows:
        connection.execute(_RELEASED, [{"of": row.id, "now": now} for row in rows])


def answered(connection: Connection, cop_msg_ids: Iterable[str], tally: Tally) -> None:
    """Messages that customs has echoed need nothing more, whatever we knew of their delivery."""
    rows = list(_ECHOED.rows(connection, cop_msg_ids))
    if rows:
        connection.execute(_DONE, [{"of": row.id} for row in rows])
    for row in rows:
        tally.move("outbox", row.stage, "done")


def _locked(connection: Connection, stage: str | None, ids: Iterable[int]) -> Mapping[int, AnyRow]:
    """The open rows among these ids (at a stage), in the order of their ids."""
    rows = _OPEN.rows(connection, ids)
    return {row.id: row for row in rows if row.stage == (stage or row.stage)}


def _moved(row: AnyRow, stage: str, result: str, *, due_at: int | None, error: str = "", standing: str = "") -> Values:
    return {
        "of": row.id,
        "source": row.stage,
        "stage": stage,
        "due_at": due_at,
        "attempts": 0 if result in ("sealed", "fetched") else row.attempts + 1,  # delivering is counted by itself
        "parked": (error or result) if standing in ("parked", "dead") else "",
        "standing": standing,
        "result": result,
        "error": error,
    }


def _move(connection: Connection, moved: Sequence[Values], now: int) -> None:
    if not moved:
        return
    names = ("of", "stage", "due_at", "attempts", "parked", "standing")
    connection.execute(_MOVED, [{name: row[name] for name in names} for row in moved])
    tried = [
        {"outbox_id": row["of"], "at": now, "stage": row["source"], "result": row["result"], "error": row["error"]}
        for row in moved
    ]
    connection.execute(attempt.insert(), tried)
    tally = Tally()
    for row in moved:
        tally.move("outbox", row["source"], row["stage"])
    tally.write(connection)
