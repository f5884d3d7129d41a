"""Customs' end from the terminal: `gateway simulate`, and what an officer does: `gateway customs …`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door
from console.cli.when import day, iso_or_empty, moment_of, plain, span

if TYPE_CHECKING:
    from simulator.office import Office

UntilIdle = Annotated[bool, typer.Option("--until-idle", help="直到无事可做 / until nothing is left to do.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="统一编号 / number.")]
Data = Annotated[str, typer.Option("--data", metavar="JSON", help="字段的值，或 @文件 / values, or @FILE.")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", metavar="FILE", help="情景文件 / a scenario file.")]
SftpPort = Annotated[int | None, typer.Option("--sftp", metavar="PORT", min=0, max=65535,
                                              help="本机 SFTP 端口，0 任选 / loopback port, 0 for any.")]  # fmt: skip
Rate = Annotated[str, typer.Option("--load", metavar="20/s", help="自己产生报文 / make traffic of its own.")]
Whose = Annotated[str, typer.Option("--enterprise", metavar="CODE", help="企业代码或节点 / code or node.")]


def opened(door: Door) -> Office:
    """Raises BadCustoms where the home has no customs' end."""
    from simulator.office import Office

    return Office(door.home / "customs")


def simulate(
    door: Door,
    http: Annotated[
        int | None, typer.Option("--http", metavar="PORT", help="海关关员网页与控制接口 / the officer's page.")
    ] = None,
    *,
    until_idle: UntilIdle = False,
    scenario: ScenarioFile = None,
    sftp: SftpPort = None,
    load: Rate = "",
    enterprises: Annotated[int, typer.Option("--enterprises", min=1, help="--load: 企业数 / how many.")] = 20,
    bad: Annotated[str, typer.Option("--bad", metavar="5%", help="--load: 有错的份额 / share with a fault.")] = "0%",
) -> None:
    """模拟海关，直到停止 / customs' end: until stopped, or until idle."""
    from simulator.load import Load
    from simulator.serve import run

    if until_idle and (sftp is not None or load):
        raise typer.BadParameter("--sftp, --load", param_hint="--until-idle")
    wanted = Load(_rate(load), enterprises, _share(bad)) if load else None
    with _face(door, http):
        done = run(door.home / "customs", until_idle=until_idle, scenario=scenario, sftp=sftp, load=wanted)
    told = {"taken": done.taken, "posted": done.posted, "changed": done.changed}
    door.teller.tell(told, lambda out: out.print(door.teller.table([told], tuple(told))))


@contextmanager
def _face(door: Door, port: int | None) -> Iterator[None]:
    """The officer's page beside the simulator, its address told once on stderr."""
    if port is None:
        yield
        return
    try:
        from simulator.face.app import serving
    except ImportError as missing:
        raise typer.BadParameter(
            f"缺少扩展 web / the extra web is missing: {missing.name}", param_hint="--http"
        ) from missing
    with serving(door.home / "customs", port=port) as address:
        sys.stderr.write(f"{address}\n")
        yield


def tick(
    door: Door,
    length: Annotated[str, typer.Argument(metavar="[SPAN]", help="3d | 2h | 30m")] = "",
    to: Annotated[str, typer.Option("--to", metavar="TIME", help="拨到 / to a moment: 2026-12-01T09:00")] = "",
) -> None:
    """拨快海关时钟 / move customs' clock ahead."""
    if bool(length) == bool(to):
        raise typer.BadParameter("SPAN | --to TIME", param_hint="SPAN")
    with opened(door) as office:
        if to:
            office.put(moment_of(to))
        else:
            office.tick(span(length))
        _tell_time(door, office)


def speed(
    door: Door, factor: Annotated[float, typer.Argument(metavar="N", min=0, help="倍速 / times real time.")]
) -> None:
    """海关时钟的快慢 / how fast customs' clock runs."""
    with opened(door) as office:
        office.run_at(factor)
        _tell_time(door, office)


def _tell_time(door: Door, office: Office) -> None:
    now = iso_or_empty(office.clock.now())
    door.teller.tell({"now": now}, lambda out: out.print(plain(now)))


def decide(
    door: Door,
    number: Number,
    status: Annotated[str, typer.Argument(metavar="STATUS", help="状态代码，如 HT / a state's code.")],
    reason: Annotated[str, typer.Option("--reason", help="原因 / why.")] = "",
) -> None:
    """海关作出决定 / customs decides upon a document."""
    with opened(door) as office:
        office.decide(number, status, reason=reason)
    told = {"number": number, "status": status, "reason": reason}
    door.teller.tell(told, lambda out: out.print(f"✓ {number}  {status}"))


def issue(
    door: Door,
    enterprise: Annotated[str, typer.Argument(metavar="ENTERPRISE", help="企业代码或节点 / code or node.")],
    inspection_no: Annotated[
        str,
        typer.Argument(
            metavar="INSPECTION_NO",
            help="检验检疫编号，或报关单号（入境证明） / inspection number, or the number of an import declaration.",
        ),
    ],
    format_: Annotated[str, typer.Option("--format", metavar="F", help="证书格式 / certificate format.")] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="样例的种子 / of the sample.")] = 1,
    data: Data = "",
) -> None:
    """现场出证：企业未曾申请的证书 / issue on site: a certificate that nobody applied for here."""
    with opened(door) as office:
        number = office.issue(
            enterprise, inspection_no=inspection_no, content=_values(data), format_=format_, seed=seed
        )
    door.teller.tell({"number": number}, lambda out: out.print(f"✓ {number}"))


def notice(
    door: Door,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="来报种类 / an inward kind.")],
    number: Annotated[
        str, typer.Argument(metavar="[NUMBER]", help="统一编号，或报关单号 / number, or that of a declaration.")
    ] = "",
    enterprise: Whose = "",
    data: Data = "",
    mood: Annotated[
        list[str] | None,
        typer.Option("--mood", metavar="MOOD", help="补传补录的结局 / the fate of what is supplemented."),
    ] = None,
) -> None:
    """海关主动发出的报文；通知另有编号 / a message that customs sends by itself; a notice has a number of its own."""
    if not number and not enterprise:
        raise typer.BadParameter("NUMBER | --enterprise", param_hint="NUMBER")
    with opened(door) as office:
        told_of = office.notify(number, kind, enterprise=enterprise, given=_values(data), moods=mood or ())
    told = {"kind": kind, "number": told_of}
    door.teller.tell(told, lambda out: out.print(f"✓ {kind}  {told_of}"))


def reset(door: Door) -> None:
    """海关端全部忘记，如同第一天 / customs' end forgets everything, as on its first day."""
    with opened(door) as office:
        forgotten = office.reset()
    door.teller.tell(forgotten, lambda out: out.print(door.teller.table([forgotten], tuple(forgotten))))


def statement(
    door: Door,
    date: Annotated[
        str, typer.Option("--date", metavar="D", help="向各企业发送当日对账单 / send that day's statement.")
    ] = "",
) -> None:
    """海关端的全部记录；或发送某日对账单 / all that customs has on record; or send the statement of a day."""
    if date:
        wanted = day(date)
        with opened(door) as office:
            office.want_statement(wanted)
        door.teller.tell({"date": date, "wanted": True}, lambda out: out.print(f"✓ {date}"))
        return
    with opened(door) as office:
        rows = office.statement()
    door.teller.rows(
        rows, ("sender", "number", "kind", "state", "customs_no", "certificate_no", "submissions", "effects")
    )


def _rate(text: str) -> float:
    """`20/s` or `300/m` as messages a second."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)/(s|m)", text)
    if not found:
        raise typer.BadParameter(f"{text!r}: 20/s | 300/m", param_hint="--load")
    return float(found[1]) / (60 if found[2] == "m" else 1)


def _share(text: str) -> float:
    """`5%` as 0.05."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%", text)
    if not found or float(found[1]) > 100:
        raise typer.BadParameter(f"{text!r}: 5%", param_hint="--bad")
    return float(found[1]) / 100


def _values(text: str) -> dict[str, Any] | None:
    """A JSON object, given or in the file behind @."""
    if not text:
        return None
    try:
        found = json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except (ValueError, OSError) as bad:
        raise typer.BadParameter(str(bad), param_hint="--data") from bad
    if not isinstance(found, dict):
        raise typer.BadParameter('{"field": "value"}', param_hint="--data")
    return found
