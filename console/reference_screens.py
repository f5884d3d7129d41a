"""The page of the query screens: what each asks, its defaults and limits, its columns, what its rows permit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mappings.screens import TIME, Filter, Screen


def screens_page(of: Mapping[str, Screen]) -> Iterator[str]:
    yield "# 查询界面 / query screens"
    yield ""
    yield "`gateway query NAME --filter 条件=值`. 黄色 alone: 编号查询，不计其后所列条件 / a number sets aside the conditions named."
    for screen in of.values():
        yield from _screen(screen)


def _screen(screen: Screen) -> Iterator[str]:
    yield ""
    yield f"## {screen.zh} `{screen.name}`"
    yield ""
    kinds = ", ".join(f"[{kind}](kinds/{kind}.md)" for kind in screen.kinds)
    yield f"{screen.en} · {kinds} · {screen.source}"
    yield ""
    yield "| condition | 条件 | alone | default | choices |"
    yield "| --- | --- | --- | --- | --- |"
    yield from (_filter(screen, each) for each in screen.filters)
    if screen.period:
        of = screen.period
        default = f"{of.default} 天 days" if of.default else ""
        yield f"| `{TIME}` | {of.zh} |  | {default} | ≤ {of.days} 天 days: `2026-11-01..2026-11-07` |"
    yield ""
    yield f"列 / columns: {_names(column.zh for column in screen.columns)}"
    yield ""
    yield f"操作 / permits: {_names(button.zh for button in screen.buttons)}"
    for mark in screen.marks:
        yield ""
        yield f"※ {mark.zh} / {mark.en} `{' '.join(mark.of)}`"


def _filter(screen: Screen, of: Filter) -> str:
    alone = f"黄色: {', '.join(screen.over)}" if of.alone else ""
    choices = ", ".join(f"{option.code} {option.zh}" for option in of.options)
    return f"| `{of.name}` | {of.zh}{' *' if of.required else ''} | {alone} | {of.default} | {choices} |"


def _names(names: Iterable[str]) -> str:
    return " · ".join(names)
