"""The contract, readable: `gateway kinds`, `states`, `sample`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door
from mappings.faults import Refused

if TYPE_CHECKING:
    from rich.console import Console

    from mappings.attaching import Attaching
    from mappings.kind import Kind, Part
    from mappings.states import Machine

KindName = Annotated[str, typer.Argument(metavar="KIND", help="种类 / a name of `gateway kinds`.")]


def kinds(door: Door) -> None:
    """所有单证种类 / every kind of message and document."""
    rows = [_told(kind) for kind in door.contract().kinds.values()]
    counted = [{k: len(v) if isinstance(v, list) else v for k, v in row.items() if k != "attachments"} for row in rows]
    columns = ("name", "zh", "en", "type", "direction", "version", "fields", "rules", "states", "stories", "formats")
    door.teller.tell(rows, lambda out: out.print(door.teller.table(counted, columns)))


def _told(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "zh": kind.zh,
        "en": kind.en,
        "type": kind.type,
        "direction": kind.direction.value,
        "version": kind.version,
        "fields": list(_paths(kind.widest() if kind.type else kind.parts)),
        "rules": [rule.code for rule in kind.rules],
        "states": list(kind.machine.states) if kind.machine else [],
        "stories": list(kind.stories),
        "formats": list(kind.formats),
        "attachments": _attachments(kind.attaching) if kind.attaching else {},
    }


def _attachments(attaching: Attaching) -> dict[str, Any]:
    return {
        "classes": [
            {"code": c.code, "zh": c.zh, "required": c.required, "most": c.most, "files": list(c.suffixes)}
            for c in attaching.classes.values()
        ],
        "default": attaching.default,
        "others": attaching.others,
        "file_bytes": attaching.file_bytes,
        "page_bytes": attaching.page_bytes,
    }


def _paths(parts: Sequence[Part], at: str = "") -> Iterator[str]:
    """Every field, those of groups behind the group's name; a group of documents is named alone."""
    from mappings.element import Field

    for part in parts:
        if isinstance(part, Field):
            yield f"{at}{part.id}"
        elif part.kind:
            yield f"{at}{part.name}"
        else:
            yield from _paths(part.parts, f"{at}{part.name}/")


def known(door: Door, name: str) -> Kind:
    """Raises Refused DECL_KIND naming the kinds that there are."""
    found = door.contract().kinds
    if name not in found:
        raise Refused("DECL_KIND", found=name, want="、".join(found))
    return found[name]


def states(
    door: Door, kind: KindName, *, mermaid: Annotated[bool, typer.Option("--mermaid", help="状态图 / diagram.")] = False
) -> None:
    """一个种类的状态与转移 / the states of a kind and its moves."""
    found = known(door, kind)
    if found.machine is None:
        raise Refused(
            "DECL_KIND", found=kind, want="、".join(k.name for k in door.contract().kinds.values() if k.machine)
        )
    machine = found.machine
    if mermaid:
        text = "\n".join(_mermaid(machine))
        door.teller.tell({"kind": kind, "mermaid": text}, lambda out: out.print(text))
        return
    value = {"kind": kind, "zh": found.zh, "start": machine.start, "states": _states(machine), "moves": _moves(machine)}
    door.teller.tell(value, lambda out: _print_states(door, out, value))


def _states(machine: Machine) -> list[dict[str, Any]]:
    return [
        {
            "code": s.code,
            "zh": s.zh,
            "en": s.en,
            "permits": sorted(s.permits),
            "final": s.final,
            "within": span(s.within),
        }
        for s in machine.states.values()
    ]


def _moves(machine: Machine) -> list[dict[str, Any]]:
    return [
        {"on": m.on, "from": m.source, "to": m.to, "by": m.by.value, "skips": m.skips} for m in machine.moves.values()
    ]


def _print_states(door: Door, out: Console, value: dict[str, Any]) -> None:
    out.print(
        door.teller.table(
            value["states"], ("code", "zh", "en", "permits", "within", "final"), f"{value['zh']} {value['kind']}"
        )
    )
    out.print(door.teller.table(value["moves"], ("on", "from", "to", "by")))


def _mermaid(machine: Machine) -> Iterator[str]:
    yield "stateDiagram-v2"
    for state in machine.states.values():
        yield f"    {state.code}: {state.code} {state.zh} / {state.en}"
    yield f"    [*] --> {machine.start}"
    for move in machine.moves.values():
        yield f"    {move.source} --> {move.to}: {move.on} ({move.by.value}{', skips' if move.skips else ''})"
    for state in machine.states.values():
        if state.final:
            yield f"    {state.code} --> [*]"


_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1)))


def span(length: timedelta | None) -> str:
    """As the kind's file writes it: 30m, 2h, 5d."""
    if length is None:
        return ""
    unit, size = next((u, s) for u, s in _UNITS if not length % s)
    return f"{length // size}{unit}"


def sample(
    door: Door,
    kind: KindName,
    format: Annotated[str, typer.Option("--format", metavar="ID", help="证书格式 / certificate format.")] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="0：全部字段 / 0: every field.")] = 0,
    break_: Annotated[str, typer.Option("--break", metavar="RULE", help="违反一条规则 / break this rule.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="企业编号 / your own number.")] = "",
    remark: Annotated[str, typer.Option("--remark", help="备注，可写 #confirm 等 / may begin with moods.")] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", help="企业代码 / enterprise.")] = "",
    *,
    attachments: Annotated[bool, typer.Option("--attachments", help="带随附单据 / with a file of each class.")] = False,
) -> None:
    """可直接提交的申报样例 / a declaration ready for `submit`."""
    declared = declarable(door, kind)
    check_format(declared, format)
    value = _sampled(declared, format, seed, break_, attachments=attachments)
    value |= {k: v for k, v in {"reference": reference, "enterprise": enterprise}.items() if v}
    if remark:
        value["content"]["remark"] = remark
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=None if door.json else 1) + "\n")


def check_format(kind: Kind, id_: str) -> None:
    """A format is its own, or its carried documents'. Raises Refused FORMAT_UNKNOWN."""
    carried = kind.carries.kind if kind.carries else None
    formats = {**kind.formats, **(carried.formats if carried else {})}
    if id_ and id_ not in formats:
        raise Refused("FORMAT_UNKNOWN", found=id_, near="、".join(formats) or "—")


def declarable(door: Door, name: str) -> Kind:
    from mappings.kind import Direction

    found = known(door, name)
    if found.direction is not Direction.OUT:
        raise Refused("DECL_DIRECTION", found=name)
    return found


def _sampled(kind: Kind, format_: str, seed: int, rule: str, *, attachments: bool) -> dict[str, Any]:
    from mappings.sample import NoSuchRule, sample, sample_breaking

    try:
        if rule:
            return sample_breaking(kind, rule, seed=seed)
        return sample(kind, seed=seed, format_=format_, attachments=attachments)
    except NoSuchRule as unknown:
        raise typer.BadParameter(f"{rule}: {', '.join(unknown.known)}", param_hint="--break") from unknown
