"""The printed reference: fields, states, receipts, rules and faults, from the contract into `docs/reference/`.

`python -m console.reference` writes the pages, `--check` fails when a committed one differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from console.reference_doors import commands, settings
from console.reference_screens import screens_page
from mappings.attaching import CODES, KB, Attaching
from mappings.codes import code_list, names
from mappings.demands import Need
from mappings.element import Element, Field, Type
from mappings.faults import table
from mappings.kind import Format, Group, Kind, Part
from mappings.load import Contract, contract
from mappings.screens import screens
from mappings.states import Machine

FOLDER = Path("docs/reference")
FRONT = "<!-- Printed by `python -m console.reference`: do not edit. -->"


def pages(of: Contract) -> dict[str, str]:
    found = {f"kinds/{kind.name}.md": _page(_kind(kind)) for kind in of.kinds.values()}
    found["kinds.md"] = _page(_index(of))
    found["faults.md"] = _page(_faults())
    found["codes.md"] = _page(_codes())
    found["numbers.md"] = _page(_numbers(of))
    found["commands.md"] = _page(commands())
    found["settings.md"] = _page(settings())
    found["screens.md"] = _page(screens_page(screens()))
    return found


def _page(lines: Iterable[str]) -> str:
    return "\n".join([FRONT, "", *lines]) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def _index(of: Contract) -> Iterator[str]:
    yield "# 单证种类 / kinds"
    yield ""
    rows = [
        (f"[{k.name}](kinds/{k.name}.md)", k.zh, k.direction, k.type or "—", k.version, k.source)
        for k in of.kinds.values()
    ]
    yield from _table(("kind", "名称", "direction", "type", "version", "source"), rows)


def _kind(kind: Kind) -> Iterator[str]:
    yield f"# {kind.zh} `{kind.name}`"
    yield ""
    yield f"{kind.en} · {kind.source}"
    yield ""
    yield "## 字段 / fields"
    yield ""
    yield from _table(
        ("field", "名称", "element", "type", "必填 required", "填写 by", "source"), _fields(kind.parts, "")
    )
    for format_ in kind.formats.values():
        yield ""
        yield f"### {format_.zh} `{format_.id}`"
        yield ""
        yield f"{format_.en} · fields: {format_.shown} · {format_.source}"
        if format_.dates:
            yield ""
            yield _in_force(format_)
        yield ""
        yield from _table(
            ("field", "名称", "element", "type", "必填 required", "填写 by", "source"), _fields(format_.parts, "")
        )
    if kind.attaching:
        yield from _attachments(kind.attaching)
    if kind.machine:
        yield from _states(kind.machine, "状态 / states")
        for name, machine in kind.machine.beside.items():
            yield from _states(machine, f"另一状态 / beside it: `{name}`")
    yield from _receipts(kind)
    yield from _rules(kind)


def _in_force(format_: Format) -> str:
    days = f"{format_.valid_from or '…'} – {format_.valid_to or '…'}"
    after = f"，此后用 / then `{format_.successor}`" if format_.successor else ""
    return f"有效 / in force: {days}{after} · {format_.dates}"


def _fields(parts: Iterable[Part], at: str) -> Iterator[tuple[object, ...]]:
    for part in parts:
        if isinstance(part, Field):
            yield (f"`{at}{part.id}`", part.zh, part.element.element, type_of(part.element), "是 yes" if part.required else "",
                   part.by, part.element.source)  # fmt: skip
        else:
            yield from _group(part, at)


def _group(group: Group, at: str) -> Iterator[tuple[object, ...]]:
    most = group.max or "n"
    of = f" of [{group.kind.name}]({group.kind.name}.md)" if group.kind else ""
    yield (
        f"`{at}{group.name}[]`",
        group.zh,
        f"{group.wrapper}/{group.element}",
        f"{group.min}..{most}{of}",
        "",
        "",
        group.source,
    )
    yield from _fields(group.parts, f"{at}{group.name}[].")


def _attachments(attaching: Attaching) -> Iterator[str]:
    yield ""
    yield "## 随附单据 / attachments"
    yield ""
    file, page = attaching.file_bytes // KB, attaching.page_bytes // KB
    yield f"单个文件 ≤ {file} KB，每页 ≤ {page} KB / at most {file} KB a file and {page} KB a page · {attaching.source}"
    if not attaching.classes:
        return
    yield ""
    head = ("class", "类别", "files", "最多 most", "必填 required", "默认 default")
    rows = [
        (f"`{each.code}`", each.zh, ", ".join(each.suffixes), each.most or "n", "是 yes" if each.required else "",
         "是 yes" if each.code == attaching.default else "") for each in attaching.classes.values()
    ]  # fmt: skip
    more = [("…", f"[{CODES}](../codes.md)", "pdf", 1, "", "")] if attaching.others else []
    yield from _table(head, [*rows, *more])


def type_of(element: Element) -> str:
    """The type with its limits, as a person reads it."""
    match element.type:
        case Type.TEXT:
            return f"text ≤ {element.max}"
        case Type.CODE:
            return f"code of [{element.codes}](../codes.md)"
        case Type.INTEGER:
            return f"integer {element.min}..{element.max}"
        case Type.DECIMAL:
            return f"decimal {element.digits},{element.places}"
        case Type.IDENTIFIER if element.grammar:
            return f"`{element.grammar.pattern.pattern}`"
        case _:
            return str(element.type)


def mermaid(machine: Machine) -> Iterator[str]:
    """The machine as a state diagram."""
    yield "stateDiagram-v2"
    for state in machine.states.values():
        yield f'  state "{state.code} {state.zh}" as {state.code}'
    yield f"  [*] --> {machine.start}"
    for move in machine.moves.values():
        if not move.skips:
            yield f"  {move.source} --> {move.to}: {move.on}"
    for state in machine.states.values():
        if state.final:
            yield f"  {state.code} --> [*]"


def _states(machine: Machine, title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    rows = [
        (s.code, s.zh, s.en, ", ".join(sorted(s.permits)), s.within or "", "是 yes" if s.final else "")
        for s in machine.states.values()
    ]
    yield from _table(("code", "状态", "state", "允许 permits", "逾期 overdue after", "终 final"), rows)
    yield ""
    yield "```mermaid"
    yield from mermaid(machine)
    yield "```"


def _receipts(kind: Kind) -> Iterator[str]:
    if not kind.receipts:
        return
    yield ""
    yield "## 回执 / receipts"
    yield ""
    yield f"Without a mood customs sends {' → '.join(kind.happy)}."
    yield ""
    rows = [(r.code, r.kind, r.sentence, r.en, ", ".join(r.brings), r.source) for r in kind.receipts.values()]
    yield from _table(("code", "carried by", "回执详细信息", "sentence", "brings", "source"), rows)


def _rules(kind: Kind) -> Iterator[str]:
    if not kind.rules and not kind.needs:
        return
    yield ""
    yield "## 规则 / rules"
    yield ""
    rows = [(r.code, r.check, r.zh, r.en, r.source) for r in kind.rules]
    rows += [(n.code, _need(n), n.zh, n.en, n.source) for n in kind.needs]
    yield from _table(("code", "check", "提示", "sentence", "source"), rows)


def _need(need: Need) -> str:
    """A need as a person reads it: `certificate permits modify`."""
    asked = [f"permits {need.permits}"] if need.permits else []
    asked += [f"{name} {'/'.join(values)}" for name, values in need.facts.items()]
    asked += [f"permits {'/'.join(sorted(set(need.acts.values())))}"] if need.acts else []
    return f"{need.kind} {', '.join(asked)}"


def _faults() -> Iterator[str]:
    yield "# 错误代码 / faults"
    yield ""
    rows = [(f.code, f.number, f.disposition, f.zh, f.en, f.next, f.source) for f in table().values()]
    yield from _table(("code", "number", "disposition", "说明", "sentence", "next", "source"), rows)


def _codes() -> Iterator[str]:
    yield "# 代码表 / code lists"
    yield ""
    lists = [code_list(name) for name in names()]
    rows = [(c.name, c.zh, c.en, len(c.rows), "是 yes" if c.closed else "", c.date, c.source) for c in lists]
    yield from _table(("list", "名称", "en", "codes", "封闭 closed", "date", "source"), rows)


def _numbers(of: Contract) -> Iterator[str]:
    yield "# 编号 / numbers"
    yield ""
    rows = [(g.name, g.zh, f"`{g.pattern.pattern}`", f"`{g.read.pattern}`", g.example, g.series, g.source)
            for g in of.dictionary.grammars.values()]  # fmt: skip
    yield from _table(("grammar", "名称", "written", "read", "example", "series", "source"), rows)


def main(arguments: list[str]) -> int:
    wanted = pages(contract())
    if "--check" in arguments:
        stale = [name for name, text in wanted.items() if not _same(FOLDER / name, text)]
        for name in stale:
            sys.stderr.write(f"docs/reference/{name} differs from the contract: run `make print`\n")
        return 1 if stale else 0
    for name, text in wanted.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def _same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
