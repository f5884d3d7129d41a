"""The channels of a home: `gateway channels`, `pause`, `drain`, `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door, actor
from console.cli.when import iso_or_empty, plain
from console.cli.words import MODES, PHASES, both

if TYPE_CHECKING:
    from gateway.home import Home
    from ledger.rows import ChannelRow

Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="通道名 / its name in gateway.toml.")]
Why = Annotated[str, typer.Option("--why", help="原因，记入审计 / why, for the audit.")]
COLUMNS = ("channel", "mode", "breaker", "looked_at", "queued", "age", "parked", "error")


def channels(door: Door) -> None:
    """各通道：模式、熔断、最近正常、积压 / each channel: mode, breaker, last good look, what waits."""
    with door.open() as home:
        rows = [told(row, home.clock.now()) for row in home.ledger.channels(list(home.settings.channels))]
    shown = [_shown(door, row) for row in rows]
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, COLUMNS)))


def told(row: ChannelRow, now: int) -> dict[str, Any]:
    """One channel with the keys of the contract. age: s that the oldest file has waited to be delivered, None for none."""
    from outbox.breaker import Breaker

    return {
        "channel": row.name,
        "mode": row.mode,
        "breaker": Breaker(row.failures, row.openings, row.retry_at).phase(now),
        "retry_at": iso_or_empty(row.retry_at),
        "failures": row.failures,
        "looked_at": iso_or_empty(row.looked_at),
        "queued": row.queued,
        "age": None if row.oldest is None else max(0, (now - row.oldest) // 1_000_000),
        "parked": row.parked,
        "error": row.error,
        "reason": row.reason,
        "by": row.actor,
        "changed_at": iso_or_empty(row.changed_at or None),
    }


def _shown(door: Door, row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "mode": both(MODES[row["mode"]], door.lang),
        "breaker": both(PHASES[row["breaker"]], door.lang),
        "looked_at": plain(row["looked_at"]),
        "age": "" if row["age"] is None else f"{row['age']} s",
        "error": row["error"] or row["reason"],
    }


def pause(door: Door, channel: Channel, why: Why = "") -> int:
    """暂停通道：不发也不收，申报照收排队 / nothing goes out or comes in; declarations are still taken and queue."""
    return _steer(door, channel, "pause", why)


def drain(door: Door, channel: Channel, why: Why = "") -> int:
    """排空通道：不接新申报，已排队的发完 / no new declarations; what is queued still goes."""
    return _steer(door, channel, "drain", why)


def resume(door: Door, channel: Channel, why: Why = "") -> int:
    """恢复通道 / let it work again, at once."""
    return _steer(door, channel, "resume", why)


def _steer(door: Door, name: str, act: str, why: str) -> int:
    with door.open() as home:
        needs(home, name)
        done = home.ledger.steer(name, act, actor=actor(), why=why)
        (row,) = home.ledger.channels([name])
        value = told(row, home.clock.now()) | {"done": done}
    words = both(MODES[row.mode], door.lang)
    door.teller.tell(value, lambda out: out.print(f"{'✓' if done else '✗'} {name}  {words}"))
    return 0 if done else 1


def needs(home: Home, name: str) -> None:
    """Raises BadParameter where the home has no such channel."""
    if name not in home.settings.channels:
        known = " | ".join(home.settings.channels)
        raise typer.BadParameter(f"{name!r}: {known}", param_hint="CHANNEL")
