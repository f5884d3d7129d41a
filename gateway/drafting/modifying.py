"""A modification to be edited, made from a document as it stands. One that customs decided against is copied (`copying`).

What is made is a declaration like any other: whoever has edited it checks and submits it, and everything is judged then.
Whether the documents that it speaks of permit it is judged here too, so that nobody fills in what will be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import GatewayError
from gateway.home import Home
from gateway.submission.needs import known_of
from ledger.rows import DocumentRow
from mappings.attaching import GROUP
from mappings.changes import FIELD, NEW, OLD, PART, ROW, changeable, judge, text
from mappings.check import check_value
from mappings.demands import Need
from mappings.element import Filler
from mappings.faults import Fault
from mappings.kind import Changes, Kind

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """declaration: ready to be edited. faults: why it would be refused, whatever is filled in."""

    declaration: Values
    faults: tuple[Fault, ...]


def modification(home: Home, number: str, given: Sequence[tuple[str, str]] = (), *, reference: str = "") -> Prepared:
    """number: of what is to be modified.

    given: new values, each by its field or `goods/1/field`; without any, a line for every field that may change and has a
    value. Raises GatewayError BIZ_UNKNOWN for a number that is not there, or that nothing modifies.
    """
    row = next(iter(home.ledger.find([number]).get(number, ())), None)
    kinds = home.contract.kinds.values()
    kind = next((kind for kind in kinds if row and kind.changes and kind.changes.kind.name == row.kind), None)
    if row is None or kind is None:
        raise GatewayError("BIZ_UNKNOWN", found=number)
    content = _made(kind, row, given)
    declaration = {
        "kind": kind.name,
        "reference": reference or f"MODIFY-{number}-{row.event_count}",
        "enterprise": row.enterprise,
        "content": content,
    }
    faults = [*_objections(home, kind, content)]
    if given and not faults:
        faults = judge(kind, content, value=check_value, known=known_of(row))
    return Prepared(declaration, tuple(faults))


def _made(kind: Kind, row: DocumentRow, given: Sequence[tuple[str, str]]) -> Values:
    """What must be filled in stands empty; what customs has said of it is taken over."""
    changes, known = kind.changes, known_of(row)
    assert changes is not None
    required = {f.id: text(known.get(f.id)) for f in kind.fields if f.required and f.by is Filler.ENTERPRISE}
    lines = [_line(changes, name, value, known) for name, value in given] or [*_lines(changes, known)]
    files: Values = {GROUP: []} if kind.attaching else {}
    return {**required, changes.of: row.number, changes.group: lines, **files}


def _lines(changes: Changes, known: Mapping[str, Any]) -> Iterator[Values]:
    """Every value that may change, as it stands."""
    for part, group in changes.parts.items():
        holders = enumerate(known.get(group) or (), 1) if group else [(0, known)]
        for row, holder in holders:
            at = {PART: part, **({ROW: str(row)} if row else {})}
            for field in changeable(changes, part, known):
                if value := text(holder.get(field.id)):
                    yield {**at, FIELD: field.id, OLD: value, NEW: value}


def _line(changes: Changes, name: str, value: str, known: Mapping[str, Any]) -> Values:
    """name: `field`, or `group/row/field`. What is no field of it is told when the line is judged."""
    group, _, rest = name.rpartition("/")[0].partition("/")
    part = next((code for code, of in changes.parts.items() if of == group), group)
    rows = (known.get(group) or ()) if group else (known,)
    row = int(rest or 1) if (rest or "1").isdecimal() else 0
    holder = rows[row - 1] if 0 < row <= len(rows) else {}
    old, field = text(holder.get(name.rpartition("/")[2])), name.rpartition("/")[2]
    line = {PART: part, **({ROW: rest} if group else {}), FIELD: field, OLD: old, NEW: value}
    return {key: each for key, each in line.items() if each}


def _objections(home: Home, kind: Kind, content: Mapping[str, Any]) -> Iterator[Fault]:
    """The documents that it speaks of and that do not permit it."""
    for need in kind.needs:
        number = str(content.get(need.of) or "")
        rows = home.ledger.find([number]).get(number, ()) if number else ()
        for row in rows:
            state = home.contract.kinds[row.kind].needs_machine().states[row.state]
            if need.permits and need.permits not in state.permits:
                yield _broken(need, f"{number} {row.state} {state.zh}")


def _broken(need: Need, found: str) -> Fault:
    return Fault(need.code, f"/content/{need.of}", need.zh, need.en, need.source, "fix_and_resend", found)
