"""Arrivals: every file that was taken in, once, with its bytes, from the box to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, select, update

from ledger.rows import ArrivalRow, Arrived, AuditEntry, Decision, NewArrival
from ledger.auditing import write_audit
from ledger.statements import Tally, insert, put_bodies, rows_in
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
)
_OPEN = arrival.c.status != "understood"  # the partial index serves a query that says this in these words


def arrive(connection: Connection, files: Sequence[NewArrival], *, now: int) -> list[Arrived]:
    """Keep files. The same file again is a repeat, of which only the sightings are counted."""
    hashes = put_bodies(connection, [file.body for file in files])
    keys = [(file.channel, file.box, file.name, sha256) for file, sha256 in zip(files, hashes, strict=True)]
    times = Counter(keys)
    rows = [
        dict(zip(("channel", "box", "name", "sha256"), key, strict=True)) | {"sightings": times[key], "received_at": now}
        for key in sorted(times)
    ]
    blank = {"status": "new", "reason": "", "wants": ""}
    statement = insert(connection, arrival)
    seen = statement.on_conflict_do_update(
        index_elements=_KEY, set_={"sightings": arrival.c.sightings + statement.excluded.sightings}
    )
    found = connection.execute(seen.returning(arrival.c.id, arrival.c.sightings, *_KEY), [row | blank for row in rows])
    known = {tuple(row[2:]): (row.id, row.sightings > times[tuple(row[2:])]) for row in found}
    tally = Tally()
    tally.move("arrival", "", "new", sum(not old for _, old in known.values()))
    tally.write(connection)
    return [_arrived(key, keys.index(key) < index, known) for index, key in enumerate(keys)]
