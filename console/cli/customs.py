"""Customs' end from the terminal: `gateway simulate`, and `gateway customs tick|speed|decide|statement`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.door import Door
from console.cli.when import day, iso_or_empty, plain, span

if TYPE_CHECKING:
    from mappings.clock import FileClock
    from simulator.customs import Customs

UntilIdle = Annotated[bool, typer.Option("--until-idle", help="直到无事可做 / until nothing is left to do.")]


@contextmanager
def opened(door: Door) -> Iterator[Customs]:
    from simulator.settings import open_customs

    customs = open_customs(door.home / "customs")
    try:
        yield customs
    finally:
        customs.close()


def simulate(door: Door, *, until_idle: UntilIdle = False) -> None:
    """模拟海关，直到停止 / customs' end: until stopped, or until idle."""
    from simulator.serve import run

    done = run(door.home / "customs", until_idle=until_idle)
    told = {"taken": done.taken, "posted": done.posted, "changed": done.changed}
    door.teller.tell(told, lambda out: out.print(door.teller.table([told], tuple(told))))


def tick(door: Door, length: Annotated[str, typer.Argument(metavar="SPAN", help="3d | 2h | 30m")]) -> None:
    """拨快海关时钟 / move customs' clock ahead."""
    clock = _clock(door)
    clock.tick(span(length))
    _tell_time(door, clock)


def speed(
    door: Door, factor: Annotated[float, typer.Argument(metavar="N", min=0, help="倍速 / times real time.")]
) -> None:
    """海关时钟的快慢 / how fast customs' clock runs."""
    clock = _clock(door)
    clock.run_at(factor)
    _tell_time(door, clock)


def _clock(door: Door) -> FileClock:
    """Raises BadHome where the home has no customs' end: a real home's clock is not moved."""
    from gateway.errors import BadHome
    from gateway.home import CLOCK
    from mappings.clock import FileClock

    path = door.home / CLOCK
    if not path.parent.is_dir():
        raise BadHome("SYS_HOME", detail=f"{door.home} 没有模拟海关 / has no customs' end: gateway init --demo")
    return FileClock(path)


def _tell_time(door: Door, clock: FileClock) -> None:
    now = iso_or_empty(clock.now())
    door.teller.tell({"now": now}, lambda out: out.print(plain(now)))


def decide(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="统一编号 / number.")],
    status: Annotated[str, typer.Argument(metavar="STATUS", help="状态代码，如 HT / a state's code.")],
    reason: Annotated[str, typer.Option("--reason", help="原因 / why.")] = "",
) -> None:
    """海关作出决定 / customs decides upon a document."""
    with opened(door) as customs:
        customs.decide(number, status, reason=reason)
    told = {"number": number, "status": status, "reason": reason}
    door.teller.tell(told, lambda out: out.print(f"✓ {number}  {status}"))


def statement(
    door: Door,
    date: Annotated[
        str, typer.Option("--date", metavar="D", help="向各企业发送当日对账单 / send that day's statement.")
    ] = "",
) -> None:
    """海关端的全部记录；或发送某日对账单 / all that customs has on record; or send the statement of a day."""
    if date:
        wanted = day(date)
        with opened(door) as customs:
            customs.want_statement(wanted)
        door.teller.tell({"date": date, "wanted": True}, lambda out: out.print(f"✓ {date}"))
        return
    with opened(door) as customs:
        rows = [dict(row) for row in customs.statement()]
    door.teller.rows(
        rows, ("sender", "number", "kind", "state", "customs_no", "certificate_no", "submissions", "effects")
    )
