"""What became of it: `gateway status`, `show`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door
from console.cli.messages import message_row
from console.cli.when import iso_or_empty, iso_stamp, plain, since
from console.cli.words import label
from mappings.faults import Refused

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.home import Home
    from ledger.rows import AttemptRow, DocumentRow, EventRow

LATE = ("number", "reference", "kind", "state", "no_answer_since", "due_at")
COLUMNS = ("number", "reference", "kind", "state", "validity", "customs_no", "certificate_no", "updated_at", "overdue")
EXPORTED = (
    "number", "reference", "kind", "enterprise", "state", "state_zh", "state_en", "validity", "customs_no",
    "certificate_no", "updated_at", "overdue",
)  # fmt: skip
MANY = 500
DUE_BY = "gateway"  # whose time limit it is: our own policy, never customs'


def status(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="统一编号 / number.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="企业编号 / your own number.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="种类 / kind.")] = "",
    state: Annotated[str, typer.Option("--state", help="状态代码 / state.")] = "",
    since_: Annotated[str, typer.Option("--since", metavar="WHEN", help="2026-11-21[T10:00] | 2h | 3d")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="最多 / at most.")] = None,
    after: Annotated[str, typer.Option("--after", metavar="NUMBER", help="从此编号之后 / those after it.")] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", help="企业 / enterprise.")] = "",
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="导出 Excel / export a workbook.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="导出 CSV / export CSV.")] = None,
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="仅逾期 / overdue ones only.")] = False,
) -> None:
    """单证状态，可导出 / documents and their states, exported where a file is named."""
    with door.open() as home:
        found = home.ledger.documents(
            number=number or None, reference=reference or None, kind=kind or None, state=state or None,
            since=since(since_, home.clock.now()) if since_ else None, overdue=True if overdue else None,
            enterprise=enterprise or None, limit=limit, after=after or None,
        )  # fmt: skip
        rows = [told(home, row) for row in found]
    _export(rows, xlsx, csv)
    columns = LATE if overdue else COLUMNS
    door.teller.tell(rows, lambda out: out.print(door.teller.table([_shown(door, row) for row in rows], columns)))


def _export(rows: Sequence[dict[str, Any]], xlsx: Path | None, csv: Path | None) -> None:
    """All columns, under the words of both languages; no cell computes anything."""
    if xlsx is None and csv is None:
        return
    from gateway.views.tables import to_csv, to_xlsx

    header = [label(name, "zh", " / ") for name in EXPORTED]
    lines = [[row[name] for name in EXPORTED] for row in rows]
    if xlsx is not None:
        xlsx.write_bytes(to_xlsx({"单证状态": [header, *lines]}))
    if csv is not None:
        csv.write_bytes(to_csv(header, lines))


def told(home: Home, row: DocumentRow) -> dict[str, Any]:
    """One document with the keys of the contract."""
    states = home.contract.kinds[row.kind].needs_machine().states
    return {
        "number": row.number,
        "reference": row.reference,
        "kind": row.kind,
        "kind_zh": home.contract.kinds[row.kind].zh,
        "enterprise": row.enterprise,
        "state": row.state,
        "state_zh": states[row.state].zh if row.state in states else row.state,
        "state_en": states[row.state].en if row.state in states else row.state,
        **_validity(home, row),
        "customs_no": row.customs_no,
        "certificate_no": row.certificate_no,
        "updated_at": iso_or_empty(row.updated_at),
        "overdue": row.overdue,
        "since": iso_stamp(row.since),
        "due_at": iso_or_empty(row.due_at),
        "due_by": DUE_BY if row.due_at else "",
    }


def _validity(home: Home, row: DocumentRow) -> dict[str, str]:
    machine = home.contract.kinds[row.kind].needs_machine().beside.get("validity")
    state = machine.states.get(row.validity) if machine else None
    return {
        "validity": row.validity,
        "validity_zh": state.zh if state else "",
        "validity_en": state.en if state else "",
    }


def _shown(door: Door, row: dict[str, Any]) -> dict[str, Any]:
    """As people read it: kind and state with their words, times without milliseconds."""
    word = door.teller.one(row["state_zh"], row["state_en"])
    valid = door.teller.one(row["validity_zh"], row["validity_en"])
    times = {
        "updated_at": plain(row["updated_at"]),
        "due_at": plain(row["due_at"]),
        "no_answer_since": plain(row["since"]),
    }
    kind = door.teller.one(row["kind_zh"], row["kind"])
    return row | {"kind": kind, "state": f"{row['state']} {word}", "validity": valid} | times


def show(door: Door, number: Annotated[str, typer.Argument(metavar="NUMBER", help="统一编号 / number.")]) -> None:
    """一份单证的全部 / one document: fields, events, messages, attempts, related documents."""
    with door.open() as home:
        value = _whole(home, number)
    door.teller.tell(value, lambda out: _print_whole(door, out, value))


def _whole(home: Home, number: str) -> dict[str, Any]:
    """Raises Refused BIZ_UNKNOWN for a number that is not in the ledger."""
    found = home.ledger.history(number)
    if found is None:
        raise Refused("BIZ_UNKNOWN", found=number)
    return _itself(home, found.document) | {
        "events": [_event(event) for event in found.events],
        "messages": [message_row(each) for each in found.messages],
        "attempts": [_attempt(each) for each in found.attempts],
        "related": _related(home, found.document),
    }


def _itself(home: Home, row: DocumentRow) -> dict[str, Any]:
    import json

    kind = home.contract.kinds[row.kind]
    return told(home, row) | {
        "kind_zh": kind.zh,
        "version": row.version,
        "revision": row.revision,
        "since": iso_stamp(row.since),
        "due_at": iso_or_empty(row.due_at),
        "permits": sorted(kind.needs_machine().states[row.state].permits),
        "declaration": json.loads(row.declaration) if row.declaration else None,
        "facts": dict(row.facts),
    }


def _attempt(row: AttemptRow) -> dict[str, Any]:
    return {
        "message_id": row.message_id,
        "at": iso_or_empty(row.at),
        "stage": row.stage,
        "result": row.result,
        "error": row.error,
    }


def _event(row: EventRow) -> dict[str, Any]:
    return {
        "event": row.code,
        "from": row.source,
        "to": row.to,
        "stated_at": iso_stamp(row.stated_at),
        "recorded_at": iso_or_empty(row.recorded_at),
        "receipt_no": row.receipt_no,
        "message_id": row.message,
        "what": row.what.value,
        "verdict": row.verdict.value,
        "actor": row.actor,
        "sentence": row.sentence,
        "arrival_id": row.arrival_id,
    }


def _related(home: Home, row: DocumentRow) -> list[dict[str, Any]]:
    """The document that carries it, those that it carries, and notices of customs with what they are about."""
    from gateway.drafting.notices import relatives

    of = row.enterprise_id
    above = list(home.ledger.lives([(of, row.parent)]).values()) if row.parent else []
    below = home.ledger.carried([(of, row.number)]).get((of, row.number), ())
    return [
        {"relation": word, **told(home, each)}
        for word, rows in (("parent", above), ("carried", below))
        for each in rows
    ] + [{"relation": word, **told(home, each)} for word, each in relatives(home, row)]


def _print_whole(door: Door, out: Console, value: dict[str, Any]) -> None:
    import json

    out.print(door.teller.table([_shown(door, value)], COLUMNS))
    events = [e | {k: plain(e[k]) for k in ("stated_at", "recorded_at")} for e in value["events"]]
    out.print(door.teller.table(events, ("event", "from", "to", "verdict", "stated_at", "receipt_no", "message_id")))
    sentences = [e["sentence"] for e in value["events"] if e["sentence"] and e["what"] == "business"]
    if sentences:
        out.print(f"  {sentences[-1]}\n")
    out.print(door.teller.table(value["messages"], ("id", "direction", "kind", "file", "stage", "parked")))
    if value["attempts"]:
        attempts = [a | {"at": plain(a["at"])} for a in value["attempts"]]
        out.print(door.teller.table(attempts, ("message_id", "at", "stage", "result", "error")))
    if value["related"]:
        out.print(door.teller.table([_shown(door, r) for r in value["related"]], ("relation", *COLUMNS)))
    if value["declaration"]:
        out.print(json.dumps(value["declaration"], ensure_ascii=False, indent=1))
