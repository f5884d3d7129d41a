"""Settling arrivals: what was read of them becomes events of documents, once, whatever the order and the repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from ledger.errors import LedgerError
from ledger.lives import Life, Machines, load_lives, new_life, write_lives
from ledger.queueing import answered
from ledger.rows import InMessage, NewEvent, Number, Settled, Settlement
from ledger.statements import Tally, Values, as_json, insert, rows_in
from ledger.tables import arrival, message

_SENT = (message.c.cop_msg_id, message.c.sender)
_ENDED = (
    update(arrival)
    .where(arrival.c.id == bindparam("of"))
    .values({n: bindparam(n) for n in ("status", "reason", "wants", "message_id", "repeat_of", "settled_at")})
)


@dataclass(slots=True)
class _Case:
    """One settlement on its way: what it asks for, and what the ledger makes of it."""

    asked: Settlement
    row: Row[Any]
    status: str
    reason: str
    wants: str
    message_id: int | None
    repeat_of: int | None = None
    applied: int = 0
    numbers: list[Number] = field(default_factory=list)

    def become(self, status: str, reason: LedgerError, wants: str = "") -> None:
        self.status, self.reason, self.wants = status, reason.reason, wants


def settle(
    connection: Connection, settlements: Sequence[Settlement], *, machines: Machines, now: int
) -> list[Settled]:
    """What became of each arrival, in order. One that somebody has settled meanwhile is left as it is."""
    tally = Tally()
    rows = _arrivals(connection, settlements)
    cases = [_case(settlement, rows[settlement.arrival_id]) for settlement in settlements]
    open_ = [case for case in cases if case.row.status == "new"]
    _keep_messages(connection, [c for c in open_ if c.asked.message and c.status != "quarantined"], now)
    telling = [case for case in open_ if case.status != "quarantined"]
    lives = _lives(connection, telling, machines, now)
    for case in telling:
        _tell(case, lives, now)
    write_lives(connection, [life for life in lives.values() if life.grown or life.is_new], tally, now)
    answered(connection, {e.message for case in telling for e in case.asked.events if e.message}, tally)
    _end(connection, open_, tally, now)
    tally.write(connection)
    return [_settled(case, lives) for case in cases]


def _arrivals(connection: Connection, settlements: Sequence[Settlement]) -> Mapping[int, Row[Any]]:
    locked = select(arrival).order_by(arrival.c.id).with_for_update()
    ids = [settlement.arrival_id for settlement in settlements]
    return {row.id: row for row in rows_in(connection, locked, (arrival.c.id,), ids)}


def _case(asked: Settlement, row: Row[Any]) -> _Case:
    if row.status != "new":
        return _Case(asked, row, row.status, row.reason, row.wants, row.message_id)
    return _Case(asked, row, asked.status, asked.reason, asked.wants, row.message_id)


def _keep_messages(connection: Connection, cases: Sequence[_Case], now: int) -> None:
    """Write the messages down. The same id again is a repeat; with other content it is refused whole (P4)."""
    if not cases:
        return
    rows = [_message_row(case.row, told, now) for case in cases if (told := case.asked.message)]
    rows.sort(key=lambda row: (row["cop_msg_id"], row["sender"]))
    connection.execute(insert(connection, message).on_conflict_do_nothing(), rows)
    chosen = select(message.c.id, *_SENT, message.c.sha256)
    kept = {(r.cop_msg_id, r.sender): r for r in rows_in(connection, chosen, _SENT, [_sent(row) for row in rows])}
    firsts = _first_arrivals(connection, [row.id for row in kept.values()])
    for case in cases:
        assert case.asked.message
        first = kept[case.asked.message.cop_msg_id, case.asked.message.sender]
        if first.sha256 != case.row.sha256:
            case.become("quarantined", LedgerError("MSG_CONFLICT", id=first.cop_msg_id, first=first.sha256,
                                                   sha256=case.row.sha256))  # fmt: skip
            continue
        case.message_id = first.id
        earlier = firsts.setdefault(first.id, case.row.id)
        if earlier != case.row.id and case.status == "understood":
            case.status, case.repeat_of = "repeat", earlier
