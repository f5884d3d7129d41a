"""The query screens of the manuals as data: what each asks, its defaults and limits, its columns, what its rows permit.

screens = load_screens([files("mappings")], contract())
screens["certificates"].columns

A value's path (`of`) is a column of every document (`ROW`), a data element that was said or declared of it
(`collect_mode`), `at/HP` (when customs says that it became so), or one of these of the document that carries it
(`parent/…`) or that it is about (`about/…`). Several paths: the first that says something.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from mappings.load import Contract, contract
from mappings.table import Table

FOLDER = "screens"
ROW = frozenset(
    {"number", "kind", "state", "customs_no", "certificate_no", "validity", "parent", "about", "reference",
     "updated_at", "created_at", "sequence", "enterprise_name"}
)  # fmt: skip
ASKED = ROW - {"updated_at", "created_at", "sequence", "enterprise_name"}
WORDS = ("zh", "en", "code")  # of a code, whatever the reader's language; and the code before its word
TIME = "time"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list: 2-撤销申请. values: what is asked for, none for everything."""

    code: str
    zh: str
    en: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. alone: 底色为黄色的字段, which is asked without the screen's `over`. default: the code of an option.

    required: must not be empty. required_without: must not be empty where that other filter is.
    """

    name: str
    zh: str
    en: str
    of: tuple[str, ...]
    alone: bool
    required: bool
    required_without: str
    default: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """The range of days that a screen asks for, both ends in it. days: at most. default: so many up to today, 0: none."""

    zh: str
    en: str
    of: str
    days: int
    default: int


@dataclass(frozen=True, slots=True)
class Column:
    """words: one of `WORDS`, or "" for the word of a code in the reader's language."""

    name: str
    zh: str
    en: str
    of: tuple[str, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """What a row permits: an act that its state permits, one that moves it, or, with neither, always. command: what does it.

    when: values by data element that the row must have as well.
    """

    name: str
    zh: str
    en: str
    permits: str
    act: str
    command: str
    when: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Where:
    of: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a screen says of rows that stand out. of: data elements, one of which holds."""

    zh: str
    en: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """over: what a condition that stands alone sets aside, as printed there. where: what every row has."""

    name: str
    zh: str
    en: str
    source: str
    kinds: tuple[str, ...]
    page: int
    export: str
    where: tuple[Where, ...]
    over: tuple[str, ...]
    period: Period | None
    filters: tuple[Filter, ...]
    columns: tuple[Column, ...]
    buttons: tuple[Button, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of all conditions."""
        return (*(each.name for each in self.filters), *((TIME,) if self.period else ()))


@cache
def screens() -> Mapping[str, Screen]:
    """The screens that the product ships with."""
    return load_screens((files("mappings"),), contract())


def load_screens(roots: Sequence[Traversable], of: Contract) -> Mapping[str, Screen]:
    """Every screen by name; a later root's stands for an earlier one's. Raises BadKind naming file and key."""
    found: dict[str, Screen] = {}
    for root in roots:
        folder = root.joinpath(FOLDER)
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name) if folder.is_dir() else ():
            if file.name.endswith(".toml"):
                name = file.name.removesuffix(".toml")
                found[name] = _screen(name, Table.read(file, f"{FOLDER}/{file.name}"), of)
    return dict(sorted(found.items()))


def _screen(name: str, table: Table, of: Contract) -> Screen:
    kinds = table.texts("kinds")
    if not kinds or (lost := set(kinds) - of.kinds.keys()):
        raise table.bad(f"kinds: there is no kind {sorted(lost) if kinds else 'at all'}")
    paths = _Paths(of, kinds)
    period = table.table("period")
    screen = Screen(
        name=name,
        zh=table.take("zh", str),
        en=table.take("en", str),
        source=of.dictionary.cited(table),
        kinds=kinds,
        page=table.take("page", int, 10),
        export=table.take("export", str, ""),
        where=tuple(_where(entry, paths) for entry in table.tables("where")),
        over=table.texts("over"),
        period=_period(Table(f"{table.place}: [period]", period), paths) if period else None,
        filters=tuple(_filter(entry, paths) for entry in table.tables("filter")),
        columns=tuple(_column(entry, paths) for entry in table.tables("column")),
        buttons=tuple(_button(entry, paths) for entry in table.tables("button")),
        marks=tuple(_mark(entry, paths) for entry in table.tables("mark")),
    )
    table.done()
    _check(screen, table)
    return screen


def _where(table: Table, paths: _Paths) -> Where:
    found = Where(table.texts("of"), table.texts("values"))
    table.done()
    paths.check(table, found.of)
    return found


def _check(screen: Screen, table: Table) -> None:
    _check_once(table, "filter", screen.answers)
    _check_once(table, "column", [column.name for column in screen.columns])
    if lost := {*screen.over, *(f.required_without for f in screen.filters)} - {"", *screen.answers}:
        raise table.bad(f"{sorted(lost)} is no condition of this screen")
    if not screen.columns or not screen.filters:
        raise table.bad("a screen has conditions and columns")


def _check_once(table: Table, what: str, names: Collection[str]) -> None:
    if twice := {name for name in names if list(names).count(name) > 1}:
        raise table.bad(f"{what} {sorted(twice)} stands twice")


def _period(table: Table, paths: _Paths) -> Period:
    found = Period(table.take("zh", str), table.take("en", str), table.take("of", str), table.take("days", int),
                   table.take("default", int, 0))  # fmt: skip
    table.done()
    if found.of not in ("updated_at", "created_at"):
        paths.check_moment(table, found.of)
    if not 0 <= found.default <= found.days:
        raise table.bad("default is longer than days")
    return found


def _filter(table: Table, paths: _Paths) -> Filter:
    name, of = table.take("name", str), table.texts("of")
    options = tuple(_option(entry) for entry in table.tables("option"))
    found = Filter(
        name=name,
        zh=table.take("zh", str),
        en=table.take("en", str),
        of=of or (name,),
        alone=table.flag("alone"),
        required=table.flag("required"),
        required_without=table.take("required_without", str, ""),
        default=table.take("default", str, ""),
        options=options or (paths.states() if (of or (name,)) == ("state",) else ()),
    )
    table.done()
    paths.check(table, found.of, among=ASKED)
    if found.default and found.default not in {option.code for option in found.options}:
        raise table.bad(f"default '{found.default}' is no option")
    if found.of in (("state",), ("kind",)) and (lost := {v for o in options for v in o.values} - paths.known(found.of)):
        raise table.bad(f"{sorted(lost)} is none of its values")
    return found


def _option(table: Table) -> Option:
    found = Option(table.take("code", str), table.take("zh", str), table.take("en", str), table.texts("values"))
    table.done()
    return found


def _column(table: Table, paths: _Paths) -> Column:
    name, of = table.take("name", str), table.texts("of")
    words = table.take("words", str, "")
    found = Column(name, table.take("zh", str), table.take("en", str), of or (name,), words)
    table.done()
    if words not in ("", *WORDS):
        raise table.bad(f"words: {words!r} is none of {WORDS}")
    paths.check(table, found.of, among=ROW)
    return found


def _button(table: Table, paths: _Paths) -> Button:
    found = Button(
        table.take("name", str), table.take("zh", str), table.take("en", str), table.take("permits", str, ""),
        table.take("act", str, ""), table.take("command", str, ""),
        {name: tuple(values) for name, values in table.table("when").items()},
    )  # fmt: skip
    table.done()
    paths.check(table, found.when)
    paths.check_button(table, found)
    return found


def _mark(table: Table, paths: _Paths) -> Mark:
    found = Mark(table.take("zh", str), table.take("en", str), table.texts("of"))
    table.done()
    paths.check(table, found.of)
    return found


class _Paths:
    """What the screens' kinds can say."""

    def __init__(self, of: Contract, kinds: Sequence[str]) -> None:
        self._elements = of.dictionary.elements
        self._kinds = kinds
        self._machines = [of.kinds[kind].needs_machine() for kind in kinds]

    def states(self) -> tuple[Option, ...]:
        """Every state of every kind once, by its word: 海关入库成功 is one choice, whatever codes it has."""
        found: dict[str, Option] = {}
        for state in (state for machine in self._machines for state in machine.states.values()):
            before = found.get(state.zh)
            values = tuple(dict.fromkeys((*(before.values if before else ()), state.code)))
            found[state.zh] = Option(before.code if before else state.code, state.zh, state.en, values)
        return tuple(found.values())

    def known(self, of: tuple[str, ...]) -> set[str]:
        if of == ("kind",):
            return set(self._kinds)
        return {code for machine in self._machines for code in machine.states}

    def check(self, table: Table, paths: Collection[str], *, among: Collection[str] = ASKED) -> None:
        for path in paths:
            head, _, name = path.rpartition("/")
            if head == "at":
                self.check_moment(table, path)
            elif head not in ("", "parent", "about") or (name not in among and name not in self._elements):
                raise table.bad(f"'{path}' is no column of a document and no element of the dictionary")

    def check_moment(self, table: Table, path: str) -> None:
        code = path.removeprefix("at/")
        if code == path or not any(code in machine.codes for machine in self._machines):
            raise table.bad(f"'{path}' is no moment: nothing that customs says of these kinds is called so")

    def check_button(self, table: Table, button: Button) -> None:
        permits: Mapping[str, Any] = {p: 1 for m in self._machines for s in m.states.values() for p in s.permits}
        acts = {act for machine in self._machines for act in machine.acts}
        if (button.permits and button.permits not in permits) or (button.act and button.act not in acts):
            raise table.bad(f"no state of {', '.join(self._kinds)} permits '{button.permits or button.act}'")
