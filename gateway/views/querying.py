"""The manuals' query screens over the ledger: conditions judged as each screen prints them, a page of rows, the words in
its cells, and what each row permits. Two questions to the ledger a page, whatever its length, three where it shows a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from gateway.errors import Unanswerable
from gateway.home import Home
from gateway.submission.needs import known_of
from ledger.rows import DocumentRow, Seen, Span, Term
from mappings.clock import BEIJING, micros, moment
from mappings.codes import code_list
from mappings.element import Type
from mappings.kind import Kind
from mappings.screens import TIME, Button, Column, Filter, Mark, Option, Period, Screen
from mappings.states import What

FORMAT, CLASS = "certificate_format", "certificate_class"
DAY = 24 * 3600 * 1_000_000  # µs
ALL = ("全部", "all", "0")
EXPORTED, SEQUENCE = 1000, "sequence"  # rows of a page of an export; the column that numbers them
HOLDS = ("1", "True", "true")  # a flag that was said
BETWEEN = ("..", "至", "到")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is kept, and as each language shows it."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Row:
    """cells: by column. buttons: the names of those that its state permits. marks: what the screen says of it."""

    document: DocumentRow
    cells: Mapping[str, Cell]
    buttons: tuple[str, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def seen(self) -> Seen:
        return Seen(self.document.number, self.document.updated_at)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a screen asks of the ledger. aside: conditions that a number has set aside (R-42)."""

    terms: tuple[Term, ...]
    span: Span | None
    aside: tuple[str, ...]


def conditions(home: Home, screen: Screen, given: Mapping[str, str]) -> Conditions:
    """given: by the condition's name; "" clears a default. Raises Unanswerable for what the screen would not take."""
    for name in given:
        if name not in screen.answers:
            raise Unanswerable("QUERY_FILTER", name=name, found=given[name], known=", ".join(screen.answers))
    asked = {each.name: given.get(each.name, each.default).strip() for each in screen.filters}
    alone = any(each.alone and asked[each.name] for each in screen.filters)
    aside = screen.over if alone else ()
    for each in screen.filters if not alone else ():
        _check_required(each, asked, given)
    terms = [Term(each.of, each.values) for each in screen.where]
    for each in screen.filters:
        if each.name not in aside and (values := _values(home, each, asked[each.name])):
            terms.append(Term(each.of, values))
    period = screen.period if TIME not in aside else None
    span = _span(period, given.get(TIME), home.clock.now()) if period else None
    return Conditions(tuple(terms), span, tuple(name for name in aside if given.get(name)))


def rows(
    home: Home, screen: Screen, asked: Conditions, *, enterprise: str | None, limit: int, after: Seen | None
) -> list[Row]:
    """The next rows behind the one that was seen last, the latest operated first. enterprise: its code, None for all."""
    found = home.ledger.page(screen.kinds, asked.terms, asked.span, owner=enterprise, limit=limit, after=after)
    return _Page(home, screen, found).rows()


def whole(
    home: Home, screen: Screen, asked: Conditions, *, enterprise: str | None, after: Seen | None
) -> Iterator[Row]:
    """Every row, as an export has them, numbered through; read in pages."""
    before = 0
    while found := rows(home, screen, asked, enterprise=enterprise, limit=EXPORTED, after=after):
        for row in found:
            before += 1
            yield (
                replace(row, cells={**row.cells, SEQUENCE: Cell(*[str(before)] * 3)}) if SEQUENCE in row.cells else row
            )
        after = found[-1].seen


def _check_required(each: Filter, asked: Mapping[str, str], given: Mapping[str, str]) -> None:
    without = each.required_without
    cleared = without and not (given.get(without, "default" if without == TIME else "") or asked.get(without))
    if (each.required or cleared) and not asked[each.name]:
        raise Unanswerable("QUERY_REQUIRED", label=each.zh, label_en=each.en)


def _values(home: Home, each: Filter, text: str) -> tuple[str, ...]:
    """What is looked for; nothing where everything is meant. An option is named by its code or by its word."""
    if not text or (each.options and text.lower() in ALL and text not in {option.code for option in each.options}):
        return ()
    if each.options:
        return _chosen(each, text).values
    if each.of == (FORMAT,):
        return _formats(home, text) or (text,)
    element = home.contract.dictionary.elements.get(each.of[0])
    if element and element.codes:
        named = [row.code for row in code_list(element.codes).rows.values() if text in (row.name, row.name_en)]
        return tuple(named) or (text,)
    return (text,)


def _chosen(each: Filter, text: str) -> Option:
    for option in each.options:
        if text in (option.code, option.zh, option.en, f"{option.code}-{option.zh}"):
            return option
    known = ", ".join(f"{option.code} {option.zh}" for option in each.options)
    raise Unanswerable("QUERY_FILTER", name=each.name, found=text, known=known)


def _formats(home: Home, text: str) -> tuple[str, ...]:
    """The formats of that id, code or name."""
    formats = home.contract.kinds["certificate"].formats.values()
    return tuple(each.id for each in formats if text in (each.id, each.code, each.zh, each.en))


def _span(period: Period, text: str | None, now: int) -> Span | None:
    """The range of days, both in it; the screen's default where nothing is said, none where it is cleared."""
    today = moment(now).astimezone(BEIJING).date()
    if text is None:
        return _days(period.of, today - timedelta(days=period.default - 1), today) if period.default else None
    if not text.strip():
        return None
    between = next((mark for mark in BETWEEN if mark in text), "")
    first, _, last = text.partition(between) if between else (text, "", text)
    try:
        since = date.fromisoformat(first.strip())
        until = date.fromisoformat(last.strip()) if last.strip() else today
    except ValueError as bad:
        raise Unanswerable("QUERY_FILTER", name=TIME, found=text, known="2026-11-01..2026-11-21") from bad
    if until < since:
        raise Unanswerable("QUERY_FILTER", name=TIME, found=text, known="2026-11-01..2026-11-21")
    if (until - since).days + 1 > period.days:
        raise Unanswerable("QUERY_RANGE", label=period.zh, label_en=period.en, days=period.days)
    return _days(period.of, since, until)


def _days(of: str, since: date, until: date) -> Span:
    return Span(of, micros(f"{since:%Y%m%d}000000000"), micros(f"{until:%Y%m%d}000000000") + DAY)


class _Page:
    """One page of documents, with the documents beside them and the moments that its cells show."""

    def __init__(self, home: Home, screen: Screen, found: Sequence[DocumentRow]) -> None:
        self._kinds = home.contract.kinds
        self._elements = home.contract.dictionary.elements
        self._screen = screen
        self._found = found
        self._names = {tenant.id: tenant.name for tenant in home.ledger.enterprises()}
        beside = {(row.enterprise_id, n) for row in found for n in (row.parent, row.about) if n}
        self._beside = home.ledger.lives(beside) if beside else {}
        codes = {path.removeprefix("at/") for c in screen.columns for path in c.of if path.startswith("at/")}
        wanted = [(row.enterprise_id, row.number, code) for row in found for code in codes]
        self._moments = home.ledger.moments(wanted) if wanted else {}

    def rows(self) -> list[Row]:
        return [
            Row(
                row,
                {c.name: self._cell(index, row, c) for c in self._screen.columns},
                self._buttons(row),
                self._marks(row),
            )
            for index, row in enumerate(self._found, 1)
        ]

    def _cell(self, index: int, row: DocumentRow, column: Column) -> Cell:
        for path in column.of:
            value = str(index) if path == "sequence" else self._value(row, path)
            if value:
                zh, en = self._words(row, column, path.rpartition("/")[2], value)
                return _in_words(column, value, zh, en)
        return Cell("", "", "")

    def _value(self, row: DocumentRow, path: str) -> str:
        head, _, name = path.rpartition("/")
        if head == "at":
            return self._day(self._moments.get((row.enterprise_id, row.number, name), ""))
        if head:
            number = row.parent if head == "parent" else row.about
            other = self._beside.get((row.enterprise_id, number))
            return self._value(other, name) if other else ""
        if name == "enterprise_name":
            return self._names.get(row.enterprise_id, "")
        if name in ("updated_at", "created_at"):
            return f"{moment(getattr(row, name)).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        if name in DocumentRow.__dataclass_fields__:
            return str(getattr(row, name))
        return self._said(row, name)

    def _said(self, row: DocumentRow, name: str) -> str:
        """What was said of it, else declared; the class of a certificate is its format's."""
        known = known_of(row)
        if known.get(name) is None and name == CLASS:
            chosen = self._kinds[row.kind].formats.get(str(known.get(FORMAT)))
            return chosen.certificate_class if chosen else ""
        value = known.get(name)
        return "" if value is None else str(value)

    def _day(self, stated: str) -> str:
        return f"{stated[:4]}-{stated[4:6]}-{stated[6:8]}" if stated else ""

    def _words(self, row: DocumentRow, column: Column, name: str, value: str) -> tuple[str, str]:
        """The words of a code: those of the screen's own choices, of states, kinds, formats and code lists."""
        own = [each for each in self._screen.filters if each.name == column.name != "state"]
        for option in (option for each in own for option in each.options):
            if value in option.values:
                return option.zh, option.en
        if name == "state":
            state = self._kinds[row.kind].needs_machine().states.get(value)
            return (state.zh, state.en) if state else (value, value)
        if name == "kind":
            return self._kinds[value].zh, self._kinds[value].en
        for kind in self._kinds.values():
            if kind.format_field == name and (chosen := kind.formats.get(value)):
                return chosen.zh, chosen.en
        return self._coded(name, value)

    def _coded(self, name: str, value: str) -> tuple[str, str]:
        element = self._elements.get(name)
        if element and element.type is Type.DATETIME:
            return _second(value), _second(value)
        code = code_list(element.codes).rows.get(value) if element and element.codes else None
        return (code.name, code.name_en or code.name) if code else (value, value)

    def _marks(self, row: DocumentRow) -> tuple[Mark, ...]:
        return tuple(mark for mark in self._screen.marks if any(row.facts.get(name) in HOLDS for name in mark.of))

    def _buttons(self, row: DocumentRow) -> tuple[str, ...]:
        kind = self._kinds[row.kind]
        known = known_of(row)
        return tuple(b.name for b in self._screen.buttons if _offered(b, known) and permitted(kind, row.state, b))


def _second(stated: str) -> str:
    """17 digits as people read them."""
    at = stated
    return f"{at[:4]}-{at[4:6]}-{at[6:8]} {at[8:10]}:{at[10:12]}:{at[12:14]}"


def _offered(button: Button, known: Mapping[str, Any]) -> bool:
    return all(str(known.get(name, "")) in values for name, values in button.when.items())


def _in_words(column: Column, value: str, zh: str, en: str) -> Cell:
    match column.words:
        case "zh":
            return Cell(value, zh, zh)
        case "en":
            return Cell(value, en, en)
        case "code":
            return Cell(value, f"{value}{zh}", f"{value} {en}")
    return Cell(value, zh, en)


def permitted(kind: Kind, state: str, button: Button) -> bool:
    machine = kind.needs_machine()
    if button.act:
        return machine.move(state, button.act, What.ACT) is not None
    return not button.permits or machine.permits(state, button.permits)


def receipts(home: Home, number: str) -> Iterator[Mapping[str, str]]:
    """What customs said of one document, the latest first: the list below the screen. Raises Unanswerable."""
    history = home.ledger.history(number)
    if history is None:
        raise Unanswerable("BIZ_UNKNOWN", found=number)
    said = [event for event in history.events if event.what is What.BUSINESS and event.receipt_no]
    states = home.contract.kinds[history.document.kind].needs_machine().states
    for index, event in enumerate(reversed(said), 1):
        yield {
            "sequence": str(index),
            "number": number,
            "receipt_no": event.receipt_no,
            "state": states[event.code].zh if event.code in states else event.code,
            "sentence": event.sentence or "-",
            "stated_at": _second(event.stated_at),
        }
