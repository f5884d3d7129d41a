"""Documents with their events, locked while a transaction adds to them, and written when it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, Table, bindparam, select, update

from ledger.chain import read_event
from ledger.life import FOLDED, Life
from ledger.rows import DocumentChange, Number
from ledger.statements import AnyRow, Lookup, Tally, Values
from ledger.tables import declaration, document, event, notice
from mappings.states import Event, Machine

Machines = Callable[[str, int], Machine]

_GIVEN = ("version", "parent", "about", "added", "revision")
_GROWN = ("head", "event_count", "changes", "updated_at")
_LOCKED = select(document).order_by(document.c.id).with_for_update()
_BY_NUMBER = Lookup(_LOCKED, document.c.enterprise_id, document.c.number)
_BY_ID = Lookup(_LOCKED, document.c.id)
_TO_READ = Lookup(select(document).order_by(document.c.id), document.c.id)
_EVENTS = Lookup(select(event).order_by(event.c.document_id, event.c.seq), event.c.document_id)


def load_lives(connection: Connection, numbers: Iterable[Number], machines: Machines) -> dict[Number, Life]:
    """The documents that exist of those named, locked in the order of their ids."""
    return _lives(connection, _BY_NUMBER.rows(connection, numbers), machines)


def load_page(connection: Connection, after: int, limit: int, machines: Machines) -> list[Life]:
    """The next documents behind an id, locked."""
    ids = connection.scalars(select(document.c.id).where(document.c.id > after).order_by(document.c.id).limit(limit))
    return list(_lives(connection, _BY_ID.rows(connection, ids), machines).values())


def lives_of(connection: Connection, ids: Iterable[int], machines: Machines) -> list[Life]:
    """The documents of those ids, in their order, to be read only."""
    return list(_lives(connection, _TO_READ.rows(connection, ids), machines).values())


def new_life(
    enterprise_id: int, number: str, change: DocumentChange, *, reference: str, machines: Machines, now: int
) -> Life:
    """A document that is not written yet; `revise` gives it what the change says."""
    machine = machines(change.kind, change.version)
    columns: Values = {
        "enterprise_id": enterprise_id,
        "number": number,
        "kind": change.kind,
        "version": change.version,
        "reference": reference,
        "parent": "",
        "about": "",
        "added": "{}",
        "revision": 0,
        "state": machine.start,
        "event_count": 0,
        "head": "",
        "changes": 0,
        "validity": "",
        "created_at": now,
        "deleted_at": None,
    }
    return Life(columns, machine, [])


def _lives(connection: Connection, rows: Iterable[AnyRow], machines: Machines) -> dict[Number, Life]:
    found = [row._asdict() for row in rows]
    events: dict[int, list[Event]] = {columns["id"]: [] for columns in found}
    for row in _EVENTS.rows(connection, events):
        events[row.document_id].append(read_event(row._asdict()))
    return {
        (c["enterprise_id"], c["number"]): Life(c, machines(c["kind"], c["version"]), events[c["id"]]) for c in found
    }


def write_lives(connection: Connection, lives: Sequence[Life], tally: Tally, now: int) -> None:
    """Fold what grew, write it, and a notice for every change of state. New documents have their id afterwards."""
    for life in lives:
        life.refold(now)
        life.columns["changes"] += life.turned
        life.columns["updated_at"] = now
    known = [life for life in lives if not life.is_new]
    _update(connection, known, FOLDED + _GROWN)
    _update(connection, [life for life in known if life.revised], _GIVEN)
    _insert(connection, [life for life in lives if life.is_new])
    _append(connection, declaration, [(life, life.declared) for life in lives])
    _append(connection, event, [(life, life.grown) for life in lives])
    _notice(connection, [life for life in lives if life.turned], tally, now)


def _insert(connection: Connection, lives: Sequence[Life]) -> None:
    if not lives:
        return
    key = (document.c.id, document.c.enterprise_id, document.c.number)
    made = connection.execute(document.insert().returning(*key), [life.columns for life in lives])
    ids = {(enterprise_id, number): id_ for id_, enterprise_id, number in made}
    for life in lives:
        life.columns["id"] = ids[life.columns["enterprise_id"], life.number]


def _append(connection: Connection, table: Table, each: Sequence[tuple[Life, Sequence[Values]]]) -> None:
    rows = [{"document_id": life.columns["id"], **row} for life, added in each for row in added]
    if rows:
        connection.execute(table.insert(), rows)


def _update(connection: Connection, lives: Sequence[Life], names: Sequence[str]) -> None:
    if lives:
        statement = update(document).where(document.c.id == bindparam("of")).values({n: bindparam(n) for n in names})
        rows = [{"of": life.columns["id"], **{name: life.columns[name] for name in names}} for life in lives]
        connection.execute(statement, rows)


def _notice(connection: Connection, lives: Sequence[Life], tally: Tally, now: int) -> None:
    rows = []
    for life in lives:
        tally.move("document", life.before and life.topic(life.before), life.topic(life.state))
        rows.append(
            {
                "document_id": life.columns["id"],
                "seq": life.columns["changes"],
                "source_state": life.before,
                "state": life.state,
                "recorded_at": now,
                "facts": life.columns["facts"],
            }
        )
    if rows:
        connection.execute(notice.insert(), rows)
