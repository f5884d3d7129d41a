"""What is on its way out: `gateway queue`, `retry`, `resend`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.channels import Why
from console.cli.door import Door, actor
from console.cli.when import iso_or_empty, plain, since
from console.cli.words import REPLAYS, STAGES, STANDINGS, both
from mappings.faults import Refused

if TYPE_CHECKING:
    from gateway.home import Home
    from ledger.rows import QueueRow, Replayed

BATCH = 64  # messages that are queued for sending again in one transaction
COLUMNS = ("number", "kind", "channel", "stage", "standing", "attempts", "due_at", "error")


def queue(
    door: Door,
    standing: Annotated[str, typer.Option("--standing", metavar="|".join(STANDINGS), help="情形 / standing.")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="最多 / at most.")] = None,
    after: Annotated[int | None, typer.Option("--after", metavar="ID", help="从此序号之后 / those after it.")] = None,
) -> None:
    """发件队列：排队、结果未知、搁置与重试已尽 / what is to go out, what may have gone, what was given up and why."""
    if standing and standing not in STANDINGS:
        raise typer.BadParameter(f"{standing!r}: {' | '.join(STANDINGS)}", param_hint="--standing")
    with door.open() as home:
        rows = [_told(row) for row in home.ledger.queue(standing=standing or None, limit=limit, after=after)]
    shown = [_shown(door, row) for row in rows]
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, COLUMNS)))


def _told(row: QueueRow) -> dict[str, Any]:
    standing = row.standing or "waiting"
    return {
        "id": row.outbox_id,
        "enterprise": row.enterprise,
        "number": row.numbers[0] if row.numbers else "",
        "numbers": list(row.numbers),
        "kind": row.kind,
        "file": row.file_name,
        "channel": row.channel,
        "stage": row.stage,
        "standing": standing,
        "standing_zh": STANDINGS[standing][0],
        "standing_en": STANDINGS[standing][1],
        "attempts": row.attempts,
        "due_at": iso_or_empty(row.due_at),
        "recorded_at": iso_or_empty(row.recorded_at),
        "error": row.error,
    }


def _shown(door: Door, row: dict[str, Any]) -> dict[str, Any]:
    standing, stage = both(STANDINGS[row["standing"]], door.lang), both(STAGES[row["stage"]], door.lang)
    return row | {"standing": standing, "stage": stage, "due_at": plain(row["due_at"])}


def retry(
    door: Door,
    what: Annotated[str, typer.Argument(metavar="all|CHANNEL|NUMBER", help="全部、通道或编号 / which.")] = "all",
    why: Why = "",
) -> int:
    """立即重试等待中、搁置和重试已尽的 / try now what waits for its time or was given up; what may have gone is looked for first."""
    with door.open() as home:
        if what == "all":
            count = home.ledger.retry(actor=actor(), why=why)
        elif what in home.settings.channels:
            count = home.ledger.retry(channel=what, actor=actor(), why=why)
        else:
            _needs(home, what)
            count = home.ledger.retry(number=what, actor=actor(), why=why)
    door.teller.tell({"what": what, "count": count}, lambda out: out.print(f"{'✓' if count else '✗'} {what}  {count}"))
    return 0 if count else 1


def resend(
    door: Door,
    numbers: Annotated[list[str] | None, typer.Argument(metavar="NUMBER…", help="统一编号 / numbers.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="种类 / of this kind.")] = "",
    state: Annotated[str, typer.Option("--state", help="状态代码 / in this state.")] = "",
    since_: Annotated[str, typer.Option("--since", metavar="WHEN", help="2026-11-21[T10:00] | 2h | 3d")] = "",
    why: Why = "",
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="逾期未答的 / those without an answer in time.")] = False,
) -> int:
    """原样重发：同一报文编号、同一字节 / send again as it was: same id, same bytes. One press, one sending."""
    chosen = list(numbers or ())
    filtered = bool(kind or state or since_ or overdue)
    if bool(chosen) == filtered:
        raise typer.BadParameter("NUMBER… | --kind --state --since --overdue", param_hint="NUMBER")
    with door.open() as home:
        for number in chosen:
            _needs(home, number)
        if filtered:
            found = home.ledger.documents(
                kind=kind or None, state=state or None, overdue=True if overdue else None,
                since=since(since_, home.clock.now()) if since_ else None,
            )  # fmt: skip
            chosen = [row.number for row in found]
        done = [
            each for start in range(0, len(chosen), BATCH) for each in _replay(home, chosen[start : start + BATCH], why)
        ]
    rows = [{"number": each.number, "outcome": each.outcome, "message_id": each.cop_msg_id} for each in done]
    shown = [row | {"outcome": both(REPLAYS[row["outcome"]], door.lang)} for row in rows]
    columns = ("number", "outcome", "message_id")
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, columns)))
    return 0 if done and all(each.outcome == "queued" for each in done) else 1


def _replay(home: Home, numbers: list[str], why: str) -> list[Replayed]:
    """A batch is a transaction: a kill in between leaves the rest unasked for, and nothing asked for twice."""
    return home.ledger.replay(numbers, actor=actor(), why=why)


def _needs(home: Home, number: str) -> None:
    if not home.ledger.find([number]):
        raise Refused("BIZ_UNKNOWN", found=number)
