"""What a receipt brings beside its sentence: numbers that it assigns, counts, and the data of drafts, issues and pick-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mappings.attaching import GROUP
from mappings.clock import year_on
from mappings.element import Field
from mappings.kind import Group, Kind
from simulator import eledgers, stock
from simulator.rows import Case
from simulator.tools import Tools

NUMBERS = frozenset({"customs_no", "certificate_no"})  # what a document has once it is in store
RENEWED = frozenset({"subscription_begin", "subscription_end", "cancelled_at"})  # said anew by whatever brings them
LETTERS = {
    "blank_certificate_application": "L",
    "blank_certificate_return": "T",
    "blank_certificate_void": "Z",
}  # of blank customs numbers


@dataclass(frozen=True, slots=True)
class Bench:
    """One step being worked on. data: the groups of the record, made before what counts them. stated: 17 digits."""

    tools: Tools
    case: Case
    bearer: Case | None  # the application that carries the case
    status: str
    stated: str
    facts: Mapping[str, Any]
    data: Mapping[str, Any]

    @property
    def kind(self) -> Kind:
        return self.tools.kind_of(self.case)


def fact(name: str, bench: Bench) -> str | int | bool:
    """A fact that a receipt brings, by its data element. Raises LookupError for one that this simulator cannot make."""
    return _FACTS[name](bench)


def data(group: Group, bench: Bench) -> list[dict[str, Any]]:
    """The items of a group inside a record. Raises LookupError for one that this simulator cannot make."""
    return [_carried(group.kind, bench)] if group.kind is bench.kind else _GROUPS[group.name](bench)


def office(bench: Bench) -> str:
    """The office that begins the customs number: the first that the document names."""
    offices = (f.id for f in bench.kind.fields if f.element.codes == "customs_office")
    named = next((str(bench.case.content[name]) for name in offices if bench.case.content.get(name)), "")
    return bench.tools.numbers.office(named, bench.tools.settings.office)


def _customs_no(bench: Bench) -> str:
    if declared := bench.case.content.get("declaration_no"):
        return str(declared)  # 海关编号 of what belongs to an import declaration (000 §3)
    if letter := LETTERS.get(bench.kind.name):
        return bench.tools.numbers.blank_customs_no(office(bench), letter, bench.stated)
    return bench.tools.numbers.timed_customs_no(office(bench), bench.stated)


def _certificate_no(bench: Bench) -> str:
    if bench.kind.number_form:  # its number is what it is issued under
        return bench.case.number
    bearer = bench.bearer.content if bench.bearer else {}
    return bench.tools.numbers.certificate_no(str(bearer["inspection_no"]))


def _carried(kind: Kind, bench: Bench) -> dict[str, Any]:
    """The certificate as customs has it: what was declared, its numbers, and on issue its day."""
    content = {**bench.case.content, **{n: v for n, v in bench.facts.items() if n in _ids(kind)}}
    content.pop(GROUP, None)  # a message lists the files that travel with it, and with this one they do not
    own = {f.id for f in kind.shape(content) if isinstance(f, Field)}
    if bench.bearer:
        series = bench.tools.kind_of(bench.bearer).number
        of_bearer = [f.id for f in kind.fields if f.element.grammar and f.element.grammar.series == series]
        content |= dict.fromkeys(of_bearer, bench.bearer.number)
    if bench.status == bench.kind.happy[-1] and "issue_date" in own:
        content.setdefault("issue_date", f"{bench.stated[:4]}-{bench.stated[4:6]}-{bench.stated[6:8]}")
    return content


def _ids(kind: Kind) -> set[str]:
    return {f.id for f in kind.fields}


def _lines(bench: Bench) -> list[dict[str, Any]]:
    """What was handed out: every sheet that was applied for."""
    return [_line(bench, line["blank_format"], line["quantity"]) for line in bench.case.content["lines"]]


def _line(bench: Bench, format_: str, quantity: int) -> dict[str, Any]:
    serials = bench.tools.numbers.blank_serials(format_, quantity)
    return {"blank_format": format_, "quantity_picked": quantity, "forms": [{"blank_serial": s} for s in serials]}


def _forms(bench: Bench) -> list[dict[str, Any]]:
    """What becomes of the forms of a voiding or returning."""
    return stock.outcome(bench.tools, bench.case, bench.status)


def _eledgers(bench: Bench) -> list[dict[str, Any]]:
    """What is said of the e-ledger that was asked for."""
    sender = bench.tools.settings.of_node(bench.case.sender)
    return [eledgers.entry(bench.tools, str(bench.case.content["inspection_no"]), sender)]


def _total_picked(bench: Bench) -> int:
    return sum(line["quantity_picked"] for line in bench.data.get("lines", ()))


def _drafted_before(bench: Bench) -> bool:
    return bench.tools.store.performed(bench.case.sender, bench.case.number, bench.status) > 0


def _query_code(bench: Bench) -> str:
    return bench.tools.numbers.query_code(str(bench.facts.get("certificate_no", bench.case.number)))


def _first_day(bench: Bench) -> str:
    """As it was given, else the day on which it is taken (001 §6.1: 默认自当日起1年)."""
    day = bench.stated
    return str(bench.case.content.get("subscribed_from") or f"{day[:4]}-{day[4:6]}-{day[6:8]}")


def _last_day(bench: Bench) -> str:
    first = _first_day(bench)
    return str(bench.case.content.get("subscribed_until") or year_on(first))


_FACTS: Mapping[str, Callable[[Bench], str | int | bool]] = {
    "customs_no": _customs_no,
    "certificate_no": _certificate_no,
    "collect_mode": lambda bench: str(bench.bearer.content.get("collect_mode", "")) if bench.bearer else "",
    "query_code": _query_code,
    "total_picked": _total_picked,
    "continuation_pages_picked": lambda bench: stock.extra_pages(_total_picked(bench))[0],
    "annex_pages_picked": lambda bench: stock.extra_pages(_total_picked(bench))[1],
    "changed_by_customs": _drafted_before,
    "subscription_begin": _first_day,
    "subscription_end": _last_day,
    "cancelled_at": lambda bench: bench.stated,
}
_GROUPS: Mapping[str, Callable[[Bench], list[dict[str, Any]]]] = {
    "lines": _lines,
    "eledgers": _eledgers,
    "forms": _forms,
}
