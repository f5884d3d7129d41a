"""The inbox and its quarantine: `gateway arrivals`, `release`, `match`, `discard`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door, actor
from console.cli.when import iso_or_empty, plain
from console.cli.words import STATUSES, both
from mappings.faults import Refused

if TYPE_CHECKING:
    from gateway.home import Home
    from ledger.rows import ArrivalRow

ArrivalId = Annotated[int, typer.Argument(metavar="ID", help="`gateway arrivals` 的序号 / its id.")]
Why = Annotated[str, typer.Option("--why", help="原因，记入审计 / why, for the audit.")]


def arrivals(
    door: Door,
    status: Annotated[str, typer.Option("--status", metavar="|".join(STATUSES), help="情况 / status.")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="最多 / at most.")] = None,
    after: Annotated[int | None, typer.Option("--after", metavar="ID", help="从此序号之后 / those after it.")] = None,
) -> None:
    """收到的文件与隔离区 / what has come, and its quarantine."""
    if status and status not in STATUSES:
        raise typer.BadParameter(f"{status!r}: {' | '.join(STATUSES)}", param_hint="--status")
    with door.open() as home:
        rows = [_told(row) for row in home.ledger.arrivals(status=status or None, limit=limit, after=after)]
    shown = [row | {"status": both(STATUSES[row["status"]], door.lang), "sha256": row["sha256"][:12],
                    "received_at": plain(row["received_at"])} for row in rows]  # fmt: skip
    columns = ("id", "file", "box", "status", "reason", "sha256")
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, columns)))


def _told(row: ArrivalRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "file": row.name,
        "status": row.status,
        "reason": row.reason,
        "sha256": row.sha256,
        "channel": row.channel,
        "box": row.box,
        "received_at": iso_or_empty(row.received_at),
        "wants": row.wants,
        "repeat_of": row.repeat_of,
        "sightings": row.sightings,
    }


def release(door: Door, id_: ArrivalId, why: Why = "") -> int:
    """重新处理 / read it again at the next pass."""
    return _decide(door, id_, "release", why)


def discard(door: Door, id_: ArrivalId, why: Annotated[str, typer.Option("--why", help="原因 / why.")]) -> int:
    """弃置，字节保留 / set it aside; its bytes are kept."""
    return _decide(door, id_, "discard", why)


def _decide(door: Door, id_: int, act: str, why: str) -> int:
    from ledger.rows import Decision

    with door.open() as home:
        _needs(home, id_)
        done = bool(home.ledger.decide([Decision(id_, act, why, actor())]))
        return _tell(door, _needs(home, id_), done=done)


def match(
    door: Door, id_: ArrivalId, number: Annotated[str, typer.Argument(metavar="NUMBER", help="统一编号 / number.")]
) -> int:
    """认领回执 / say which document it belongs to."""
    with door.open() as home:
        _needs(home, id_)
        if not home.ledger.find([number]):
            raise Refused("BIZ_UNKNOWN", found=number)
        done = home.ledger.match(id_, number, actor())
        return _tell(door, _needs(home, id_), done=done)


def _tell(door: Door, row: ArrivalRow, *, done: bool) -> int:
    """The arrival as it is now. One that is not waiting, held or quarantined is open to no decision: the answer is no."""
    told = _told(row) | {"done": done}
    zh, en = STATUSES[row.status]
    door.teller.tell(
        told,
        lambda out: out.print(
            f"{'✓' if done else '✗'} {row.id}  {row.name}  {both((zh, en), door.lang)}  {row.reason}"
        ),
    )
    return 0 if done else 1


def _needs(home: Home, id_: int) -> ArrivalRow:
    """Raises Refused BIZ_UNKNOWN where no arrival has this id."""
    found = home.ledger.arrivals(after=id_ - 1, limit=1)
    if not found or found[0].id != id_:
        raise Refused("BIZ_UNKNOWN", found=str(id_))
    return found[0]
