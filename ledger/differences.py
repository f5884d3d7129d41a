"""What differs between accounts of a day: one work item each, until it is gone or a person settles it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from ledger.asking import tenant_code
from ledger.auditing import write_audit
from ledger.rows import AuditEntry, DayRow, Difference, DifferenceRow, Differs
from ledger.statements import AnyRow, Values, as_json, insert
from ledger.tables import difference
from ledger.tables import enterprise as tenant
from ledger.tables import reconciled as reconciled_day

GATEWAY = "gateway"
_KEY = ("side", "what", "number", "reference")


def compared(
    connection: Connection,
    enterprise_id: int,
    date: str,
    found: Sequence[Difference],
    *,
    matched: int,
    complete: bool,
    now: int,
) -> DayRow:
    """Lay down what a comparison found. What it no longer finds is settled by itself; the day is closed when nothing is
    open and customs' account was complete; a settled difference that says something new is open again."""
    known = {_key(row): row for row in _rows(connection, enterprise_id, date)}
    fresh = {(each.side, str(each.what), each.number, each.reference): each for each in found}
    added = [_new(enterprise_id, date, each, now) for key, each in fresh.items() if key not in known]
    if added:
        connection.execute(difference.insert(), added)
    gone = [row.id for key, row in known.items() if key not in fresh and row.settled_at is None]
    _settle(connection, gone, by=GATEWAY, why="", now=now)
    changed = [(known[key].id, each) for key, each in fresh.items() if key in known and _is_back(known[key], each)]
    _reopen(connection, changed, now)
    open_ = _open(connection, enterprise_id, date)
    values: Values = {
        "enterprise_id": enterprise_id, "date": date, "reconciled_at": now, "matched": matched,
        "closed_at": now if complete and not open_ else None, "complete": int(complete),
    }  # fmt: skip
    _write_day(connection, values)
    return _day(connection, enterprise_id, date)


def settle(connection: Connection, ids: Sequence[int], *, by: str, why: str, now: int) -> list[int]:
    """A person's word that a difference is understood; audited. The ids that were open; their days close with the last."""
    rows = connection.execute(
        select(difference).where(difference.c.id.in_(ids), difference.c.settled_at.is_(None)).with_for_update()
    ).all()
    _settle(connection, [row.id for row in rows], by=by, why=why, now=now)
    entries = [AuditEntry(by, "reconcile", row.number or row.reference, {"date": row.date, "what": row.what, "why": why})
               for row in rows]  # fmt: skip
    write_audit(connection, entries, now=now)
    for enterprise_id, date in sorted({(row.enterprise_id, row.date) for row in rows}):
        if not _open(connection, enterprise_id, date):
            connection.execute(
                update(reconciled_day)
                .where(*_of_day(enterprise_id, date), reconciled_day.c.complete == 1)
                .values(closed_at=now)
            )
    return sorted(row.id for row in rows)


def differences(connection: Connection, *, date: str | None, open_only: bool) -> list[DifferenceRow]:
    chosen = select(difference, tenant_code()).join(tenant, tenant.c.id == difference.c.enterprise_id)
    if date is not None:
        chosen = chosen.where(difference.c.date == date)
    if open_only:
        chosen = chosen.where(difference.c.settled_at.is_(None))
    return [_difference_row(row) for row in connection.execute(chosen.order_by(difference.c.id))]


def days(connection: Connection, *, open_only: bool) -> list[DayRow]:
    chosen = select(reconciled_day.c.enterprise_id, reconciled_day.c.date).order_by(
        reconciled_day.c.date, reconciled_day.c.enterprise_id
    )
    if open_only:
        chosen = chosen.where(reconciled_day.c.closed_at.is_(None))
    return [_day(connection, *row) for row in connection.execute(chosen).all()]


def _rows(connection: Connection, enterprise_id: int, date: str) -> Sequence[AnyRow]:
    chosen = select(difference).where(difference.c.enterprise_id == enterprise_id, difference.c.date == date)
    return connection.execute(chosen.with_for_update()).all()


def _key(row: AnyRow) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in _KEY)


def _told(found: Difference) -> tuple[str, str]:
    return as_json(found.ours), as_json(found.theirs)


def _says(row: AnyRow) -> tuple[str, str]:
    return row.ours, row.theirs


def _is_back(row: AnyRow, found: Difference) -> bool:
    """It says something new, or was gone and is there again; what a person has settled as it stands stays settled."""
    return _says(row) != _told(found) or row.by == GATEWAY


def _new(enterprise_id: int, date: str, found: Difference, now: int) -> Values:
    ours, theirs = _told(found)
    return {
        "enterprise_id": enterprise_id, "date": date, "side": found.side, "what": str(found.what), "number": found.number,
        "reference": found.reference, "ours": ours, "theirs": theirs, "opened_at": now, "settled_at": None, "by": "", "why": "",
    }  # fmt: skip


def _settle(connection: Connection, ids: Sequence[int], *, by: str, why: str, now: int) -> None:
    if ids:
        statement = update(difference).where(difference.c.id == bindparam("of"))
        connection.execute(statement.values(settled_at=now, by=by, why=why), [{"of": id_} for id_ in ids])


def _reopen(connection: Connection, changed: Sequence[tuple[int, Difference]], now: int) -> None:
    rows = [{"of": id_, "new_ours": _told(each)[0], "new_theirs": _told(each)[1]} for id_, each in changed]
    if rows:
        connection.execute(
            update(difference)
            .where(difference.c.id == bindparam("of"))
            .values(
                ours=bindparam("new_ours"),
                theirs=bindparam("new_theirs"),
                opened_at=now,
                settled_at=None,
                by="",
                why="",
            ),
            rows,
        )


def _open(connection: Connection, enterprise_id: int, date: str) -> int:
    return connection.scalar(
        select(func.count()).where(
            difference.c.enterprise_id == enterprise_id, difference.c.date == date, difference.c.settled_at.is_(None)
        )
    ) or 0  # fmt: skip


def _write_day(connection: Connection, values: Values) -> None:
    statement = insert(connection, reconciled_day)
    names = ("reconciled_at", "matched", "closed_at", "complete")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[reconciled_day.c.enterprise_id, reconciled_day.c.date],
            set_={name: getattr(statement.excluded, name) for name in names},
        ),
        values,
    )


def _of_day(enterprise_id: int, date: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return reconciled_day.c.enterprise_id == enterprise_id, reconciled_day.c.date == date


def _day(connection: Connection, enterprise_id: int, date: str) -> DayRow:
    chosen = select(reconciled_day, tenant_code()).join(tenant, tenant.c.id == reconciled_day.c.enterprise_id)
    row = connection.execute(chosen.where(*_of_day(enterprise_id, date))).one()
    open_ = _open(connection, enterprise_id, date)
    return DayRow(row.enterprise, date, row.reconciled_at, row.matched, open_, row.closed_at)


def _difference_row(row: AnyRow) -> DifferenceRow:
    ours: Mapping[str, str] = json.loads(row.ours)
    theirs: Mapping[str, str] = json.loads(row.theirs)
    found = Difference(row.side, Differs(row.what), row.number, row.reference, ours, theirs)
    return DifferenceRow(row.id, row.enterprise, row.date, found, row.opened_at, row.settled_at, row.by, row.why)
