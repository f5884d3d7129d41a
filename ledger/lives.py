"""Documents with their events, locked while a transaction adds to them: where history grows and state is folded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from ledger.chain import event_hash
from ledger.rows import DocumentChange, Number
from ledger.statements import AnyRow, Lookup, Tally, Values, as_json
from ledger.tables import document, event, notice
from mappings.clock import MICROSECOND, micros
from mappings.states import Event, Folded, Machine, What, fold

Machines = Callable[[str, int], Machine]

_FOLDED = ("state", "since", "due_at", "facts", "customs_no", "certificate_no")
_GIVEN = ("version", "parent", "declaration", "added", "revision")
_GROWN = ("head", "event_count", "changes", "updated_at")


class Life:
    """One document: its columns (`id` is missing while it is new), its machine, its events, and what was added."""

    def __init__(self, columns: Values, machine: Machine, events: list[Event]) -> None:
        self.columns = columns
        self.machine = machine
        self.events = events
        self.grown: list[Values] = []
        self.revised = False
        self.before = str(columns["state"]) if "id" in columns else ""

    @property
    def number(self) -> str:
        return str(self.columns["number"])

    @property
    def state(self) -> str:
        return str(self.columns["state"])

    @property
    def is_new(self) -> bool:
        return "id" not in self.columns

    @cached_property
    def _identities(self) -> set[tuple[str, ...]]:
        return {event.identity for event in self.events}

    def topic(self, state: str) -> str:
        """What a document in a state is counted under."""
        return f"{self.columns['kind']} {state}"

    def folded(self) -> Folded:
        return fold(self.machine, self.events)

    def revise(self, change: DocumentChange) -> None:
        """Take a declaration's content and facts; what it leaves empty stays."""
        given: Values = {}
        if change.declaration:
            revision = self.columns["revision"] + (not self.is_new)
            given |= {"declaration": change.declaration, "version": change.version, "revision": revision}
        if change.facts:
            given["added"] = as_json({**json.loads(self.columns["added"]), **change.facts})
        if change.parent:
            given["parent"] = change.parent
        self.columns |= given
        self.revised = self.revised or bool(given)

    def add(self, row: Values) -> bool:
        """Append an event (columns of `event` but for seq, answers and previous). False: it is there already."""
        seq = self.columns["event_count"] + 1
        answers = self.folded().answered if row["what"] == What.ACT and self.events else ""
        found = read_event({**row, "seq": seq, "answers": int(answers or 0)})
        if found.identity in self._identities:
            return False
        grown = {**row, "seq": seq, "answers": int(answers or 0), "previous": self.columns["head"]}
        self.columns["head"] = event_hash(self.number, grown)
        self.columns["event_count"] = seq
        self.events.append(found)
        self._identities.add(found.identity)
        self.grown.append(grown)
        return True

    def settle(self, now: int) -> bool:
        """Set the cached end of the fold. True where a cached value changed."""
        old = {name: self.columns.get(name) for name in _FOLDED}
        folded = self.folded()
        facts = {**json.loads(self.columns["added"]), **folded.facts}
        self.columns |= {
            "state": folded.state,
            "since": folded.since,
            "due_at": _due_at(self.machine, folded, now),
            "facts": as_json(facts),
            "customs_no": facts.get("customs_no", ""),
            "certificate_no": facts.get("certificate_no", ""),
        }
        if self.state != self.before:
            self.columns["changes"] += 1
        return old != {name: self.columns[name] for name in _FOLDED}


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
        "declaration": "",
        "added": "{}",
        "revision": 0,
        "state": machine.start,
        "event_count": 0,
        "head": "",
        "changes": 0,
        "created_at": now,
    }
    return Life(columns, machine, [])


def read_event(row: Mapping[str, Any]) -> Event:
    return Event(
        id=str(row["seq"]),
        what=What(row["what"]),
        code=row["code"],
        stated_at=row["stated_at"],
        seq=row["seq"],
        receipt_no=row["receipt_no"],
        message=row["message"],
        answers=str(row["answers"] or ""),
        facts=json.loads(row["facts"]),
    )


def load_lives(connection: Connection, numbers: Iterable[Number], machines: Machines) -> dict[Number, Life]:
    """The documents that exist of those named, locked in the order of their ids."""
    return _lives(connection, _BY_NUMBER.rows(connection, numbers), machines)


def load_page(connection: Connection, after: int, limit: int, machines: Machines) -> list[Life]:
    """The next documents behind an id, locked."""
    ids = connection.scalars(select(document.c.id).where(document.c.id > after).order_by(document.c.id).limit(limit))
    return list(_lives(connection, _BY_ID.rows(connection, ids), machines).values())


_LOCKED = select(document).order_by(document.c.id).with_for_update()
_BY_NUMBER = Lookup(_LOCKED, document.c.enterprise_id, document.c.number)
_BY_ID = Lookup(_LOCKED, document.c.id)
_EVENTS = Lookup(select(event).order_by(event.c.document_id, event.c.seq), event.c.document_id)


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
        life.settle(now)
        life.columns["updated_at"] = now
    known = [life for life in lives if not life.is_new]
    _update(connection, known, _FOLDED + _GROWN)
    _update(connection, [life for life in known if life.revised], _GIVEN)
    _insert(connection, [life for life in lives if life.is_new])
    grown = [{"document_id": life.columns["id"], **row} for life in lives for row in life.grown]
    if grown:
        connection.execute(event.insert(), grown)
    _notice(connection, [life for life in lives if life.state != life.before], tally, now)


def _insert(connection: Connection, lives: Sequence[Life]) -> None:
    if not lives:
        return
    key = (document.c.id, document.c.enterprise_id, document.c.number)
    made = connection.execute(document.insert().returning(*key), [life.columns for life in lives])
    ids = {(enterprise_id, number): id_ for id_, enterprise_id, number in made}
    for life in lives:
        life.columns["id"] = ids[life.columns["enterprise_id"], life.number]


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


def _due_at(machine: Machine, folded: Folded, now: int) -> int | None:
    """When the state will have lasted too long. A stated time that is no time counts from now."""
    within = machine.states[folded.state].within
    if within is None or not folded.since:
        return None
    try:
        begun = micros(folded.since)
    except ValueError:
        begun = now
    return begun + within // MICROSECOND
