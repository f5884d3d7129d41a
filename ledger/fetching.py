"""What waited for a fact: written with it and on its way, or turned away by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from ledger.judging import stale
from ledger.life import Life
from ledger.lives import Machines, load_lives, write_lives
from ledger.queueing import prepared, turned_away
from ledger.rows import DocumentChange, Fetched, Number, TurnedAway
from ledger.statements import Lookup, Tally, Values, as_json
from ledger.tables import carries, document, message, outbox
from mappings.states import What

_CARRIED = Lookup(
    select(outbox.c.id, message.c.cop_msg_id, document.c.enterprise_id, document.c.number)
    .join(message, message.c.id == outbox.c.message_id)
    .join(carries, carries.c.message_id == message.c.id)
    .join(document, document.c.id == carries.c.document_id)
    .where(outbox.c.stage == "ask")
    .order_by(document.c.id),
    outbox.c.id,
)
FAILED = "SF"


def fetched(connection: Connection, done: Sequence[Fetched], *, machines: Machines, now: int) -> int:
    """How many go on. One whose facts have changed since they were read stays due, and is looked at again."""
    owners = {row.id: row.enterprise_id for row in _CARRIED.rows(connection, [entry.outbox_id for entry in done])}
    numbers = {(owners[e.outbox_id], n) for e in done if e.outbox_id in owners for n in _named(e)}
    lives = load_lives(connection, numbers, machines)
    fresh = [e for e in done if e.outbox_id in owners and not stale(owners[e.outbox_id], e.facts, lives)]
    moved = prepared(connection, fresh, now=now)
    going = [e for e in fresh if e.outbox_id in moved]
    for entry in going:
        life = lives[owners[entry.outbox_id], entry.number]
        life.revise(DocumentChange(entry.number, "", 0, "", entry.known, None))
    _write(connection, [lives[owners[e.outbox_id], e.number] for e in going if e.known], now)
    return len(going)


def turn_away(connection: Connection, refused: Sequence[TurnedAway], *, machines: Machines, now: int) -> int:
    """Their documents are as if sending had failed, each with the reason; nothing of them leaves."""
    rows = list(_CARRIED.rows(connection, [entry.outbox_id for entry in refused]))
    lives = load_lives(connection, {(row.enterprise_id, row.number) for row in rows}, machines)
    ended = turned_away(connection, refused, now=now)
    by_id = {entry.outbox_id: entry for entry in refused if entry.outbox_id in ended}
    touched: dict[Number, Life] = {}
    for row in rows:
        if entry := by_id.get(row.id):
            life = touched[row.enterprise_id, row.number] = lives[row.enterprise_id, row.number]
            life.add(_event(entry, row.cop_msg_id, now))
    _write(connection, touched.values(), now)
    return len(by_id)


def _write(connection: Connection, lives: Iterable[Life], now: int) -> None:
    tally = Tally()
    write_lives(connection, list(lives), tally, now)
    tally.write(connection)


def _named(entry: Fetched) -> Sequence[str]:
    return [entry.number, *(fact.number for fact in entry.facts)]


def _event(entry: TurnedAway, cop_msg_id: str, now: int) -> Values:
    facts: Mapping[str, str] = entry.known
    return {
        "what": What.TRANSPORT,
        "code": FAILED,
        "stated_at": entry.stated_at,
        "recorded_at": now,
        "receipt_no": "",
        "message": cop_msg_id,
        "arrival_id": None,
        "actor": "",
        "facts": as_json(facts),
        "sentence": entry.sentence,
    }
