"""What the enterprise declares: `gateway check`, `submit`, `confirm`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door, actor
from console.cli.words import NEXT, OUTCOMES, both, one

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.home import Home
    from gateway.intake.declaration import Declaration
    from gateway.submission.draft import Outcome
    from mappings.faults import Fault

Paths = Annotated[list[str], typer.Argument(metavar="PATH…", help="文件、文件夹或 - / files, folders or - (stdin).")]
MapName = Annotated[str, typer.Option("--map", metavar="NAME", help="对照表 / intake map in the home's maps/.")]
Initial = Annotated[
    str, typer.Option("--initial", metavar="NAME", help="使用初始值模板 / fill in from a template of initial values.")
]
UpperCase = Annotated[bool, typer.Option("--upper-case", help="英文转大写 / English fields in capitals.")]
GOOD = frozenset({"accepted", "duplicate", "revised", "ok"})


def check(door: Door, paths: Paths, map_: MapName = "", initial: Initial = "", *, upper_case: UpperCase = False) -> int:
    """试查申报，不记录 / every fault at once, nothing recorded."""
    from console.cli.offline import check_offline, unjudged
    from console.cli.reading import read

    if door.found is None:
        found = _wished(read(paths, map_, contract=door.contract(), home=None), initial, upper_case=upper_case)
        outcomes = check_offline(found, door.contract())
    else:
        with door.open() as home:
            found = _wished(read(paths, map_, contract=home.contract, home=home.path), initial, upper_case=upper_case)
            outcomes = _submitter(home).check(found)
    left = [unjudged(o, door.contract()) if door.found is None else [] for o in outcomes]
    rows = [_checked(o) | {"unjudged": u} for o, u in zip(outcomes, left, strict=True)]
    asked = {each["code"]: each for each in chain.from_iterable(left)}
    door.teller.tell(rows, lambda out: _print_all(door, out, outcomes, asked))
    return 0 if all(row["ok"] for row in rows) else 1


def _checked(outcome: Outcome) -> dict[str, Any]:
    return {
        "file": outcome.file,
        "reference": outcome.reference,
        "ok": outcome.outcome == "ok",
        "faults": [told_of(f) for f in outcome.faults],
        "warnings": [told_of(f) for f in outcome.warnings],
    }


def told_of(fault: Fault) -> dict[str, str]:
    return {"code": fault.code, "path": fault.path, "zh": fault.zh, "en": fault.en, "source": fault.source}


def submit(
    door: Door,
    paths: Paths,
    map_: MapName = "",
    initial: Initial = "",
    *,
    upper_case: UpperCase = False,
    draft: Annotated[bool, typer.Option("--draft", help="暂存，不发送 / keep as a draft.")] = False,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="确认重复申报，或原样再次提交 / it is meant twice, or once more as it is.")
    ] = False,
) -> int:
    """提交申报 / record declarations: files or folders."""
    from console.cli.progress import counted
    from console.cli.reading import read
    from gateway.submission.submit import BATCH

    with door.open() as home:
        found = _wished(read(paths, map_, contract=home.contract, home=home.path), initial, upper_case=upper_case)
        submitter = _submitter(home)
        batches = [found[start : start + BATCH] for start in range(0, len(found), BATCH)]
        outcomes = [
            outcome
            for batch in counted(batches, door.teller.one("提交", "submit"))
            for outcome in submitter.submit(batch, draft=draft, repeat=repeat)
        ]
        rows = [submitted(home, outcome) for outcome in outcomes]
    door.teller.tell(rows, lambda out: _print_all(door, out, outcomes))
    return 0 if all(row["outcome"] in GOOD for row in rows) else 1


def _wished(found: Sequence[Declaration], initial: str, *, upper_case: bool) -> list[Declaration]:
    """What is asked for at the terminal is asked for by every declaration that could be read and does not say otherwise."""
    wishes = {**({"initial": initial} if initial else {}), **({"upper_case": True} if upper_case else {})}
    return [replace(each, value={**wishes, **each.value}) if each.value else each for each in found]


def submitted(home: Home, outcome: Outcome) -> dict[str, Any]:
    kind = home.contract.kinds.get(outcome.kind)
    lives = home.contract.kinds[kind.acts_on] if kind and kind.acts_on else kind
    states = lives.machine.states if lives and lives.machine else {}
    return {
        "file": outcome.file,
        "reference": outcome.reference,
        "outcome": outcome.outcome,
        "number": outcome.number,
        "kind": outcome.kind,
        "state": outcome.state,
        "state_zh": states[outcome.state].zh if outcome.state in states else "",
        "faults": [told_of(f) for f in outcome.faults],
        "warnings": [told_of(f) for f in outcome.warnings],
    }


def confirm(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="证书统一编号 / the certificate's number.")],
    *,
    agree: Annotated[bool | None, typer.Option("--agree/--disagree", help="同意或不同意 / the answer.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="不同意原因 / why not.")] = "",
    opinion: Annotated[str, typer.Option("--opinion", help="修改意见 / what to change.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="企业编号 / your own number.")] = "",
) -> int:
    """企业确认拟证草稿 / answer a draft certificate."""
    from console.cli.confirmation import Answer, confirmations

    if agree is None:
        raise typer.BadParameter("--agree | --disagree", param_hint="--agree / --disagree")
    with door.open() as home:
        declared = confirmations(
            home, [Answer(number, agree=agree, reason=reason, opinion=opinion, reference=reference)]
        )
        outcome = _submitter(home).submit(declared)[0]
        row = submitted(home, outcome)
    door.teller.tell(row, lambda out: _print_all(door, out, [outcome]))
    return 0 if outcome.outcome in GOOD else 1


def _submitter(home: Home) -> Any:
    from gateway.submission.submit import Submitter

    return Submitter(home, actor=actor())


def _print_all(
    door: Door,
    out: Console,
    outcomes: Sequence[Outcome],
    unjudged: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> None:
    for outcome in outcomes:
        good = outcome.outcome in GOOD
        said = both(OUTCOMES.get(outcome.outcome, ("通过", "ok")), door.lang)
        where = "  ".join(text for text in (outcome.file, outcome.reference, outcome.number, outcome.state) if text)
        out.print(f"{'✓' if good else '✗'} {where}  {said}", style="" if good else "bold")
        for fault in (*outcome.faults, *outcome.warnings):
            print_fault(door, out, fault)
    out.print(door.teller.one(f"共 {len(outcomes)} 份", f"{len(outcomes)} declarations"), style="dim")
    if unjudged:
        out.print(door.teller.one("没有工作目录，未判定：", "Not judged without a home:"), style="dim")
    for code, each in unjudged.items():
        out.print(f"    ? {code}  {one((each['zh'], each['en']), door.lang)}", style="dim")


def print_fault(door: Door, out: Console, fault: Fault) -> None:
    """At the enterprise's own place: code, both sentences, where it is said, what to do."""
    first, second = (fault.en, fault.zh) if door.lang == "en" else (fault.zh, fault.en)
    out.print(f"    {'!' if fault.warning else '✗'} {fault.path or '/'}  {fault.code}  {first}")
    step = one(NEXT.get(fault.next, ("", "")), door.lang)
    out.print(f"      {second}  [{fault.source}]{f'  → {step}' if step else ''}", style="dim")
