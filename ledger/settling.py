"""Settling arrivals: what was read of them becomes events of documents, once, whatever the order and the repeats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from ledger import objecting, relaying, stating
from ledger.attaching import keep
from ledger.errors import LedgerError
from ledger.life import Life
from ledger.lives import Machines, load_lives, new_life, write_lives
from ledger.queueing import answered, release
from ledger.rows import DocumentChange, InMessage, NewEvent, Number, Settled, Settlement
from ledger.statements import AnyRow, Lookup, Tally, Values, as_json, insert
from ledger.tables import arrival, carries, message
from mappings.clock import iso

_SENT = (message.c.cop_msg_id, message.c.sender)
_MESSAGES = Lookup(select(message.c.id, *_SENT, message.c.sha256, message.c.arrival_id, message.c.recorded_at), *_SENT)
_ARRIVALS = Lookup(select(arrival).order_by(arrival.c.id).with_for_update(), arrival.c.id)
_UNDERSTOOD = Lookup(
    select(arrival.c.channel, arrival.c.box, arrival.c.name, arrival.c.sha256).where(arrival.c.status == "understood"),
    arrival.c.channel,
    arrival.c.box,
    arrival.c.name,
)
_ENDED = (
    update(arrival)
    .where(arrival.c.id == bindparam("of"))
    .values({n: bindparam(n) for n in ("status", "reason", "wants", "message_id", "repeat_of", "settled_at")})
)


@dataclass(slots=True)
class _Case:
    """One settlement on its way: what it asks for, and what the ledger makes of it."""

    asked: Settlement
    row: AnyRow
    status: str
    reason: str
    wants: str
    message_id: int | None
    repeat_of: int | None = None
    applied: int = 0
    numbers: list[Number] = field(default_factory=list)
    repeated: set[Number] = field(default_factory=set)  # documents that knew one of its events already

    @property
    def id(self) -> int:
        return int(self.row.id)

    @property
    def events(self) -> Sequence[NewEvent]:
        return self.asked.events

    def become(self, status: str, reason: LedgerError, wants: str = "") -> None:
        self.status, self.reason, self.wants = status, reason.reason, wants


def settle(
    connection: Connection,
    settlements: Sequence[Settlement],
    *,
    machines: Machines,
    now: int,
    relayed: Collection[int] = (),
) -> list[Settled]:
    """What became of each arrival, in order. One that somebody has settled meanwhile is left as it is.

    relayed: enterprises that are handed back what is about them, whatever we make of it, once.
    """
    tally = Tally()
    rows = _arrivals(connection, settlements)
    cases = [_case(settlement, rows[settlement.arrival_id]) for settlement in settlements]
    open_ = [case for case in cases if case.row.status == "new"]
    _refuse_reused_names(connection, [case for case in open_ if case.status == "understood"])
    _keep_messages(connection, [c for c in open_ if c.asked.message and c.status != "quarantined"], now)
    telling = [case for case in open_ if case.status != "quarantined"]
    stating.keep(connection, [(c.asked.stated, c.message_id) for c in telling if c.asked.stated and c.message_id])
    lives = _lives(connection, telling, machines, now)
    for case in telling:
        _tell(case, lives, now)
    grown = [life for life in lives.values() if life.grown or life.is_new]
    write_lives(connection, grown, tally, now)
    _attach(connection, telling, lives)
    release(
        connection, {(enterprise_id, change.number) for c in telling for enterprise_id, change in c.asked.opens}, now
    )
    objecting.object_(connection, [case for case in telling if case.status == "understood"], lives)
    objecting.accept(connection, grown, tally)
    _link(connection, telling, lives)
    answered(connection, {e.message for case in telling for e in case.asked.events if e.message}, tally)
    _end(connection, open_, tally, now)
    relaying.forward(connection, [(c.row.id, c.asked.of) for c in telling if c.asked.of in relayed and not c.repeat_of])
    tally.write(connection)
    return [_settled(case, lives) for case in cases]


def _arrivals(connection: Connection, settlements: Sequence[Settlement]) -> Mapping[int, AnyRow]:
    return {row.id: row for row in _ARRIVALS.rows(connection, [settlement.arrival_id for settlement in settlements])}


def _case(asked: Settlement, row: AnyRow) -> _Case:
    if row.status != "new":
        return _Case(asked, row, row.status, row.reason, row.wants, row.message_id)
    return _Case(asked, row, asked.status, asked.reason, asked.wants, row.message_id)


def _refuse_reused_names(connection: Connection, cases: Sequence[_Case]) -> None:
    """A name under which other content was understood before is somebody's mistake, or worse (B86). Both are kept."""
    names = [(case.row.channel, case.row.box, case.row.name) for case in cases]
    first = {(row.channel, row.box, row.name): row for row in _UNDERSTOOD.rows(connection, names)}
    for case, name in zip(cases, names, strict=True):
        before = first.setdefault(name, case.row)
        if before.sha256 != case.row.sha256:
            evidence = {"name": case.row.name, "first": before.sha256, "sha256": case.row.sha256}
            case.become("quarantined", LedgerError("FILE_NAME_REUSED", **evidence))


def _keep_messages(connection: Connection, cases: Sequence[_Case], now: int) -> None:
    """Write the messages down. The same id again is a repeat; with other content it is refused whole (P4)."""
    if not cases:
        return
    rows = [_message_row(case.row, told, now) for case in cases if (told := case.asked.message)]
    connection.execute(insert(connection, message).on_conflict_do_nothing(), sorted(rows, key=_sent))
    kept = {(r.cop_msg_id, r.sender): r for r in _MESSAGES.rows(connection, map(_sent, rows))}
    for case, row in zip(cases, rows, strict=True):
        first = kept[_sent(row)]
        if first.sha256 != case.row.sha256:
            evidence = {"id": first.cop_msg_id, "first": first.sha256, "sha256": case.row.sha256}
            case.become("quarantined", LedgerError("MSG_CONFLICT", **evidence))
            continue
        case.message_id = first.id
        if first.arrival_id != case.row.id and case.status == "understood":
            case.become("repeat", LedgerError("MSG_DUPLICATE", id=first.cop_msg_id, at=iso(first.recorded_at)))
            case.repeat_of = first.arrival_id


def _sent(row: Mapping[str, Any]) -> tuple[str, str]:
    return (row["cop_msg_id"], row["sender"])


def _lives(connection: Connection, cases: Sequence[_Case], machines: Machines, now: int) -> dict[Number, Life]:
    """The documents that are spoken of, locked; those that customs may open and nobody has are made."""
    opened: dict[Number, DocumentChange] = {}
    for case in cases:
        for enterprise_id, change in case.asked.opens:
            opened.setdefault((enterprise_id, change.number), change)
    told = {_number(event) for case in cases for event in case.asked.events}
    lives = load_lives(connection, told | opened.keys(), machines)
    for number, change in opened.items():
        if number not in lives:
            life = lives[number] = new_life(*number, change, reference="", machines=machines, now=now)
            life.revise(change)
    return lives


def _tell(case: _Case, lives: Mapping[Number, Life], now: int) -> None:
    """Add the events to their documents. An event without its document makes the whole arrival wait for that one."""
    opened = {(enterprise_id, change.number): change for enterprise_id, change in case.asked.opens}
    for event in case.asked.events:
        life = lives.get(_number(event))
        if life is None:
            case.become("waiting", LedgerError("RCP_ORPHAN", number=event.number), wants=event.number)
        else:
            added = life.add(_event_row(event, case.row.id, now))
            case.applied += added
            if added and (change := opened.get(_number(event))):
                life.restate(change, event.stated_at)
            if not added:
                case.repeated.add(_number(event))
    case.numbers = [_number(event) for event in case.asked.events]
    case.numbers += opened


def _attach(connection: Connection, cases: Sequence[_Case], lives: Mapping[Number, Life]) -> None:
    """What came along is kept with every document that is there; with the others when their arrival is read again."""
    keep(
        connection,
        [
            (lives[number].columns["id"], case.message_id, file)
            for case in cases
            for number, file in case.asked.attached
            if number in lives
        ],
    )


def _link(connection: Connection, cases: Sequence[_Case], lives: Mapping[Number, Life]) -> None:
    """A message that repeats what a document knows brings no event: `carries` says that it spoke of that document all the same."""
    rows = [
        {"message_id": case.message_id, "document_id": lives[number].columns["id"], "submission": 0}
        for case in cases
        if case.message_id is not None and case.status in ("understood", "repeat")
        for number in sorted(case.repeated)
    ]
    if rows:
        connection.execute(insert(connection, carries).on_conflict_do_nothing(), rows)


def _end(connection: Connection, cases: Sequence[_Case], tally: Tally, now: int) -> None:
    rows: list[Values] = []
    for case in cases:
        tally.move("arrival", "new", case.status)
        rows.append({"of": case.row.id, "status": case.status, "reason": case.reason, "wants": case.wants,
                     "message_id": case.message_id, "repeat_of": case.repeat_of, "settled_at": now})  # fmt: skip
    if rows:
        connection.execute(_ENDED, rows)


def _settled(case: _Case, lives: Mapping[Number, Life]) -> Settled:
    touched = [lives[number] for number in dict.fromkeys(case.numbers) if number in lives]
    return Settled(case.row.id, case.status, case.applied, tuple(x.number for x in touched if x.turned))


def _number(event: NewEvent) -> Number:
    return (event.enterprise_id, event.number)


def _event_row(event: NewEvent, arrival_id: int, now: int) -> Values:
    return {
        "what": event.what,
        "code": event.code,
        "stated_at": event.stated_at,
        "recorded_at": now,
        "receipt_no": event.receipt_no,
        "message": event.message,
        "arrival_id": arrival_id,
        "actor": "",
        "facts": as_json(event.facts),
        "sentence": event.sentence,
    }


def _message_row(row: AnyRow, told: InMessage, now: int) -> Values:
    return {
        "direction": "in",
        "enterprise_id": None,
        "sender": told.sender,
        "cop_msg_id": told.cop_msg_id,
        "kind": told.kind,
        "version": told.version,
        "file_name": told.file_name,
        "channel": row.channel,
        "sha256": row.sha256,
        "body_id": row.body_id,
        "arrival_id": row.id,
        "stated_at": told.stated_at,
        "recorded_at": now,
        "signer": told.signer,
    }
