"""Arrivals: every file that was taken in, once, with its bytes, from the box to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Integer, bindparam, exists, select, update

from ledger.auditing import write_audit
from ledger.rows import ArrivalRow, Arrived, AuditEntry, Decision, NewArrival
from ledger.statements import AnyRow, AnySelect, Lookup, Tally, digest, insert, put_bodies
from ledger.tables import arrival, body, document

_KEY = (arrival.c.channel, arrival.c.box, arrival.c.name, arrival.c.sha256)
_COLUMNS = (
    arrival.c.id,
    *_KEY,
    arrival.c.status,
    arrival.c.reason,
    arrival.c.received_at,
    arrival.c.message_id,
    arrival.c.wants,
    arrival.c.repeat_of,
    arrival.c.sightings,
    arrival.c.tries,
)
_File = tuple[str, str, str, str]  # channel, box, name, sha256
_NAMED = Lookup(select(arrival.c.id, *_KEY), arrival.c.channel, arrival.c.box, arrival.c.name)
_SEEN = (
    update(arrival)
    .where(arrival.c.id == bindparam("of"))
    .values(sightings=arrival.c.sightings + bindparam("more", type_=Integer))
)
_OPEN = arrival.c.status != "understood"  # the partial index serves a query that says this in these words


def arrive(connection: Connection, files: Sequence[NewArrival], *, now: int) -> list[Arrived]:
    """Keep files. The same file again is a repeat, of which only the sightings are counted."""
    keys = [(file.channel, file.box, file.name, digest(file.body)) for file in files]
    bodies = dict(zip(keys, (file.body for file in files), strict=True))
    times = Counter(keys)
    found = _see_again(connection, times)
    found |= _see_first(connection, {key: data for key, data in bodies.items() if key not in found}, times, now)
    tally, told = Tally(), list[Arrived]()
    for key in keys:
        id_, known = found[key]
        told.append(Arrived(id_, key[-1], "repeat" if known else "new", id_ if known else None))
        tally.move("arrival", "", "new", not known)
        found[key] = (id_, True)
    tally.write(connection)
    return told


_Found = dict[_File, tuple[int, bool]]  # the row's id, and whether it was there before


def _see_again(connection: Connection, times: Counter[_File]) -> _Found:
    """Count the sightings of files that are known."""
    rows = _NAMED.rows(connection, [key[:3] for key in times])
    ids = {key: row.id for row in rows if (key := (row.channel, row.box, row.name, row.sha256)) in times}
    if ids:
        connection.execute(_SEEN, [{"of": id_, "more": times[key]} for key, id_ in sorted(ids.items())])
    return {key: (id_, True) for key, id_ in ids.items()}


def _see_first(connection: Connection, bodies: Mapping[_File, bytes], times: Counter[_File], now: int) -> _Found:
    """Keep files that are not known, unless somebody else does so at the same time: then it was there before."""
    if not bodies:
        return {}
    ids = put_bodies(connection, {key[-1]: data for key, data in bodies.items()})
    rows = [
        {"channel": channel, "box": box, "name": name, "sha256": sha256, "body_id": ids[sha256], "status": "new",
         "reason": "", "wants": "", "sightings": times[channel, box, name, sha256], "tries": 0, "received_at": now}
        for channel, box, name, sha256 in sorted(bodies)
    ]  # fmt: skip
    statement = insert(connection, arrival)
    more = arrival.c.sightings + statement.excluded.sightings
    kept = statement.on_conflict_do_update(index_elements=_KEY, set_={"sightings": more})
    found = connection.execute(kept.returning(arrival.c.id, arrival.c.sightings, *_KEY), rows)
    return {
        (channel, box, name, sha256): (id_, sightings > times[channel, box, name, sha256])
        for id_, sightings, channel, box, name, sha256 in found
    }


_TAKEN = update(arrival).where(arrival.c.id == bindparam("of")).values(tries=arrival.c.tries + 1)
_PUT_BACK = update(arrival).where(arrival.c.id == bindparam("of"), arrival.c.status == "new").values(tries=0)
_BYTES = Lookup(select(*_COLUMNS, body.c.bytes).join(body, body.c.id == arrival.c.body_id), arrival.c.id)


def take_up(connection: Connection, limit: int) -> list[tuple[ArrivalRow, bytes]]:
    """What is to be read now, with its bytes; each reading is counted before it begins (reliability F48).

    What nobody has begun to read comes first, in the order of arrival. What was begun and never ended, because its
    reader died, comes alone, the least often begun first: so it harms nobody else.
    """
    new = select(arrival.c.id, arrival.c.tries).where(_OPEN, arrival.c.status == "new")
    waiting = connection.execute(new.order_by(arrival.c.tries, arrival.c.id).limit(limit).with_for_update()).all()
    ids = [id_ for id_, tries in waiting if tries == 0] or [id_ for id_, _ in waiting[:1]]
    if not ids:
        return []
    connection.execute(_TAKEN, [{"of": id_} for id_ in ids])
    rows = sorted(_BYTES.rows(connection, ids), key=lambda row: int(row.id))
    return [(ArrivalRow(*row[:-1]), row[-1]) for row in rows]


def put_back(connection: Connection, ids: Sequence[int]) -> None:
    """These were not read to their end for a reason that is not theirs: it does not count."""
    if ids:
        connection.execute(_PUT_BACK, [{"of": id_} for id_ in ids])


def arrivals(
    connection: Connection, *, status: str | None = None, limit: int | None = None, after: int | None = None
) -> list[ArrivalRow]:
    chosen: AnySelect = select(*_COLUMNS).order_by(arrival.c.id).limit(limit)
    if status is not None:
        chosen = chosen.where(arrival.c.status == status)
    if status != "understood" and status is not None:
        chosen = chosen.where(_OPEN)
    if after is not None:
        chosen = chosen.where(arrival.c.id > after)
    return [ArrivalRow(*row) for row in connection.execute(chosen)]


def rejoin(connection: Connection) -> int:
    """What waits for a document that is there by now is new again. How many those were."""
    there = exists().where(document.c.number == arrival.c.wants)
    chosen = arrival.c.status.in_(("waiting", "held")), arrival.c.wants != "", _OPEN, there
    rows = list(connection.execute(_LOCKED.where(*chosen)))
    return len(_set(connection, rows, status="new", wants="", tries=0))


def decide(connection: Connection, decisions: Sequence[Decision], *, now: int) -> list[int]:
    """Release or discard what lies in quarantine, is held or waits. The ids that were open to a decision."""
    open_ = _open(connection, [decision.arrival_id for decision in decisions])
    taken = [(open_[decision.arrival_id], decision) for decision in decisions if decision.arrival_id in open_]
    for row, decision in taken:
        if decision.act == "discard":
            _set(connection, [row], status="discarded", reason=f"{row.reason} | {decision.actor}: {decision.why}")
        else:
            _set(connection, [row], status="new", tries=0)
    entries = [
        AuditEntry(d.actor, d.act, f"arrival {row.id}", {"why": d.why, "reason": row.reason}) for row, d in taken
    ]
    write_audit(connection, entries, now=now)
    return [row.id for row, _ in taken]


def match(connection: Connection, arrival_id: int, number: str, *, actor: str, now: int) -> bool:
    """An operator says to which document an arrival belongs: it is new again and wants that number."""
    rows = list(_open(connection, [arrival_id]).values())
    _set(connection, rows, status="new", wants=number, tries=0)
    write_audit(
        connection, [AuditEntry(actor, "match", f"arrival {row.id}", {"number": number}) for row in rows], now=now
    )
    return bool(rows)


_LOCKED = select(arrival).order_by(arrival.c.id).with_for_update()
_UNDECIDED = Lookup(_LOCKED.where(arrival.c.status.in_(("waiting", "held", "quarantined"))), arrival.c.id)


def _open(connection: Connection, ids: Sequence[int]) -> dict[int, AnyRow]:
    return {row.id: row for row in _UNDECIDED.rows(connection, ids)}


def _set(connection: Connection, rows: Sequence[AnyRow], *, status: str, **values: str | int) -> Sequence[AnyRow]:
    tally = Tally()
    for row in rows:
        tally.move("arrival", row.status, status)
    if rows:
        moved = update(arrival).where(arrival.c.id == bindparam("of")).values(status=status, **values)
        connection.execute(moved, [{"of": row.id} for row in rows])
    tally.write(connection)
    return rows
