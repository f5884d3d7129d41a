"""The board drawn: a picture of a home in 100 columns and 30 lines or more, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from console.cli.picture import OPEN, STAGES, Concern, Line, Picture, Stand
from console.cli.when import plain
from console.cli.words import STAGES as STAGE_WORDS
from console.cli.words import STANDINGS, STATUSES, Words, both, one

WIDTH, HEIGHT = 100, 30
HEAD, LISTS = 4, 9  # lines


def drawn(picture: Picture, lang: str, height: int = HEIGHT) -> Layout:
    """`height`: lines that it may take, which decide how much of the documents is spelled out."""
    whole, head = Layout(), HEAD + bool(picture.keys)
    whole.split_column(Layout(name="head", size=head), Layout(name="middle"), Layout(name="lists", size=LISTS))
    whole["middle"].split_row(Layout(name="left", ratio=2), Layout(name="right", ratio=3))
    whole["left"].split_column(Layout(name="out", size=8), Layout(name="in"))
    whole["lists"].split_row(Layout(name="overdue"), Layout(name="recent"))
    whole["head"].update(_head(picture, lang))
    whole["out"].update(_outbox(picture, lang))
    whole["in"].update(_inbox(picture, lang))
    whole["right"].update(_documents(picture.stands, lang, height - head - LISTS - 2))
    whole["overdue"].update(_overdue(picture, lang))
    whole["recent"].update(_lines(picture.recent, ("最近变化", "Last changes"), lang, picture.at))
    return whole


def _panel(content: RenderableType, words: Words, lang: str, style: str = "cyan", note: str = "") -> Panel:
    title = Text(f" {both(words, lang)}{f' {note}' if note else ''} ", style="bold")
    return Panel(content, title=title, title_align="left", border_style=style, box=box.ROUNDED, padding=(0, 1))


def _head(picture: Picture, lang: str) -> Panel:
    first = Text.assemble((picture.node, "bold"), "  ", (picture.home, "dim"), overflow="ellipsis", no_wrap=True)
    roads = Text("  ").join(
        _road(road.name, road.out, road.inbox, road.failed, road.trouble, lang) for road in picture.roads
    )
    roads.no_wrap, roads.overflow = True, "ellipsis"
    lines = [first, roads, *([_keys(picture.keys, lang)] if picture.keys else [])]
    return _panel(Group(*lines), ("报关网关", "Customs gateway"), lang, "blue", plain(picture.at))


_LEVELS = {"alarm": "bold red", "warning": "yellow", "notice": "dim"}


def _keys(concerns: Sequence[Concern], lang: str) -> Text:
    """How many words there are about the keys, and the most urgent one."""
    first = concerns[0]
    count = f"{len(concerns)}: " if len(concerns) > 1 else ""
    words = f"{both(('密钥', 'keys'), lang)} {count}{one((first.zh, first.en), lang)}"
    return Text(words, _LEVELS[first.level], no_wrap=True, overflow="ellipsis")


def _road(name: str, out: int, inbox: int, failed: int, trouble: str, lang: str) -> Text:
    if trouble:
        return Text.assemble(("✗ ", "red"), name, (f" {trouble.partition(':')[0]}", "red"))
    words = one((f"出{out} 入{inbox}", f"out {out} in {inbox}"), lang)
    mark = ("● ", "yellow" if failed else "green")
    return Text.assemble(
        mark, name, (f" {words}", "dim"), (one((f" 失败{failed}", f" failed {failed}"), lang) if failed else "", "red")
    )


def _counts(rows: Iterable[tuple[Words, int, str]], lang: str) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    for words, count, style in rows:
        table.add_row(Text(both(words, lang), style if count else "dim"), Text(str(count), style if count else "dim"))
    return table


def _outbox(picture: Picture, lang: str) -> Panel:
    rows = [(STAGE_WORDS[stage], picture.stages[stage], "") for stage in STAGES]
    odd = [(STANDINGS[name], picture.standings.get(name, 0), style) for name, style in _ODD.items()]
    table = _counts([*rows, *(row for row in odd if row[1]), (STAGE_WORDS["parked"], picture.parked, "bold red")], lang)
    waits = _age(picture.oldest) if picture.oldest is not None else "—"
    table.add_row(Text(both(("最久等待", "oldest due"), lang), "dim"), Text(waits, "dim"))
    return _panel(table, ("发件箱", "Outbox"), lang)


_ODD = {"unconfirmed": "yellow", "dead": "bold red"}


def _age(seconds: int) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


_INBOX_STYLES = {"quarantined": "bold red", "held": "yellow", "waiting": "yellow"}


def _inbox(picture: Picture, lang: str) -> Panel:
    table = _counts([(STATUSES[s], picture.arrivals[s], _INBOX_STYLES.get(s, "")) for s in OPEN], lang)
    for code, count in picture.reasons[:6]:
        table.add_row(Text(f" └ {code}", "red"), Text(str(count), "red"))
    understood = picture.arrivals["understood"]
    return _panel(
        table, ("收件箱", "Inbox"), lang, note=one((f"已处理 {understood}", f"{understood} understood"), lang)
    )


Row = tuple[Text, str]
FLOW = WIDTH * 3 // 5 - 10  # columns of a line of states


def _documents(stands: Sequence[Stand], lang: str, lines: int) -> Panel:
    """The fullest of three forms that fits: a line a state, states side by side, codes alone."""
    kinds = [list(group) for _, group in groupby(stands, key=lambda stand: stand.kind)]
    forms = ([row for members in kinds for row in form(members, lang)] for form in (_spelled, _flowing))
    short = [row for members in kinds for row in _short(members, lang)]
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(no_wrap=True, justify="right", style="bold")
    for text, count in next((rows for rows in forms if len(rows) <= lines), short) or [_none(lang)]:
        table.add_row(text, count)
    return _panel(table, ("单证", "Documents"), lang)


def _none(lang: str) -> Row:
    return Text(both(("没有", "none"), lang), "dim"), ""


def _named(members: Sequence[Stand], words: str) -> Row:
    return Text(words, "bold"), str(sum(stand.count for stand in members))


def _spelled(members: Sequence[Stand], lang: str) -> Iterator[Row]:
    yield _named(members, both((members[0].kind_zh, members[0].kind_en), lang))
    for stand in members:
        words = both((stand.zh, stand.en), lang)
        yield Text(f"  {stand.state:<3}{words}", _style(stand)), str(stand.count)


def _flowing(members: Sequence[Stand], lang: str) -> Iterator[Row]:
    yield _named(members, both((members[0].kind_zh, members[0].kind_en), lang))
    line = Text(" ")
    for stand in members:
        chip = Text(f" {stand.state} {one((stand.zh, stand.en), lang)} {stand.count} ", _style(stand))
        if line.cell_len + chip.cell_len > FLOW:
            yield line, ""
            line = Text(" ")
        line += chip
    yield line, ""


def _short(members: Sequence[Stand], lang: str) -> Iterator[Row]:
    words, count = _named(members, one((members[0].kind_zh, members[0].kind_en), lang))
    states = Text("  ").join(Text(f"{s.state} {s.count}", _style(s)) for s in members)
    yield Text.assemble(words, "  ", states), count


def _style(stand: Stand) -> str:
    return "yellow" if stand.attention else ""


def _overdue(picture: Picture, lang: str) -> Panel:
    style = "red" if picture.overdue_count else "cyan"
    lines = [replace(line, at=line.due_at) for line in picture.overdue]
    return _lines(lines, ("逾期", "Overdue"), lang, picture.at, style=style, note=str(picture.overdue_count))


def _lines(lines: Sequence[Line], words: Words, lang: str, now: str, *, style: str = "cyan", note: str = "") -> Panel:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(no_wrap=True, justify="right", style="dim")
    for line in lines[: LISTS - 2]:
        table.add_row(line.number, f"{line.state} {one((line.zh, line.en), lang)}", _when(line.at, now))
    if not lines:
        table.add_row(_none(lang)[0], "", "")
    return _panel(table, words, lang, style, note)


def _when(at: str, now: str) -> str:
    """The hour today, else the day."""
    return at[11:16] if at[:10] == now[:10] else at[5:10]
