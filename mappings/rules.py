"""Rules of a kind, judged on a content by a fixed vocabulary of predicates.

A predicate looks at one place (the content, or every item of the group that the rule names) and gives the fields that
break it, as paths below that place; an empty list is a yes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mappings.attaching import GROUP, misattached
from mappings.backfill import spoken
from mappings.clock import year_on
from mappings.demands import Rule
from mappings.fact_rules import FACT_PREDICATES
from mappings.facts import Fact, Facts
from mappings.faults import Fault
from mappings.kind import Kind
from mappings.templates import mistaken

Item = Mapping[str, Any]


def judge(kind: Kind, content: Item, *, at: str = "/content", facts: Facts | None = None) -> list[Fault]:
    """All faults by the kind's rules and, for the documents it carries, by theirs. facts: what is known of elsewhere."""
    for group in kind.groups:
        if group.kind and content.get(group.name):
            content = {**content, group.name: [spoken(group.kind, item) for item in content[group.name]]}
    found = [fault for rule in kind.rules for fault in broken(rule, content, at=at, facts=facts)]
    if kind.attaching:
        found += misattached(kind.attaching, content, at)
    if kind.template:
        found += mistaken(kind, content, facts or {}, at)
    for group in kind.groups:
        if group.kind:
            for index, item in enumerate(content.get(group.name) or ()):
                found += judge(group.kind, item, at=f"{at}/{group.name}/{index}", facts=facts)
    return found


def broken(rule: Rule, content: Item, *, at: str = "/content", facts: Facts | None = None) -> list[Fault]:
    """The faults of one rule, each at the field that breaks it."""
    within = () if rule.check in _OVER_ALL else rule.within[:-1] if rule.check in _OVER_GROUPS else rule.within
    return [
        Fault(rule.code, f"{at}{place}{below}", rule.zh, rule.en, rule.source, "fix_and_resend", _text(item, below))
        for place, item in _places(content, within, "")
        for below in _judged(rule, item, facts or {})
    ]


def example_facts(fragment: Item) -> dict[str, Fact]:
    """The facts that an `ok` or `bad` fragment of a rule brings along, under the key `facts`."""
    return {
        name: Fact("", str(told.get("state", "")), 1, {k: v for k, v in told.items() if k != "state"})
        for name, told in fragment.get("facts", {}).items()
    }


def _judged(rule: Rule, item: Item, facts: Facts) -> list[str]:
    over_fact = FACT_PREDICATES.get(rule.check)
    return over_fact(rule, item, facts) if over_fact else _PREDICATES[rule.check](rule, item)


def _places(item: Item, within: Sequence[str], at: str) -> Iterator[tuple[str, Item]]:
    if not within:
        yield at, item
        return
    for index, inner in enumerate(item.get(within[0]) or ()):
        yield from _places(inner, within[1:], f"{at}/{within[0]}/{index}")


def _text(item: Item, below: str) -> str:
    value: Any = item
    for step in below.strip("/").split("/"):
        value = value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, Mapping) else None
    return "" if value is None or isinstance(value, list | Mapping) else str(value)


def _given(item: Item, name: str) -> bool:
    return item.get(name) not in (None, "", [])


def _applies(rule: Rule, item: Item) -> bool:
    return all(item.get(name) in values for name, values in rule.when.items())


def _unique(rule: Rule, item: Item) -> list[str]:
    seen, twice, group = set(), [], rule.within[-1]
    for index, entry in enumerate(item.get(group) or ()):
        key = tuple(entry.get(name) for name in rule.of)
        if None not in key and key in seen:
            twice.append(f"/{group}/{index}/{rule.of[0]}")
        seen.add(key)
    return twice


def _count(rule: Rule, item: Item) -> list[str]:
    group = rule.within[-1]
    count = sum(1 for entry in item.get(group) or () if _applies(rule, entry))
    return [] if rule.min <= count and (not rule.max or count <= rule.max) else [f"/{group}"]


def _required_when(rule: Rule, item: Item) -> list[str]:
    return [f"/{name}" for name in rule.of if not _given(item, name)] if _applies(rule, item) else []


def _forbidden_when(rule: Rule, item: Item) -> list[str]:
    return [f"/{name}" for name in rule.of if _given(item, name)] if _applies(rule, item) else []


def _together(rule: Rule, item: Item) -> list[str]:
    missing = [f"/{name}" for name in rule.of if not _given(item, name)]
    return missing if len(missing) < len(rule.of) else []


def _any_of(rule: Rule, item: Item) -> list[str]:
    return [] if any(_given(item, name) for name in rule.of) else [f"/{rule.of[0]}"]


def _at_most_one_of(rule: Rule, item: Item) -> list[str]:
    return [f"/{name}" for name in rule.of if _given(item, name)][1:]


def _pair(rule: Rule, item: Item) -> tuple[Any, Any] | None:
    first, second = rule.of
    return (item[first], item[second]) if _given(item, first) and _given(item, second) else None


def _order(rule: Rule, item: Item) -> list[str]:
    pair = _pair(rule, item)
    return [f"/{rule.of[1]}"] if pair and pair[0] > pair[1] else []


def _within_a_year(rule: Rule, item: Item) -> list[str]:
    """The second day is the first or later, and no later than the same day of the next year."""
    pair = _pair(rule, item)
    if pair is None:
        return []
    first, second = (str(each) for each in pair)
    return [] if first <= second <= year_on(first) else [f"/{rule.of[1]}"]


def _equal(rule: Rule, item: Item) -> list[str]:
    pair = _pair(rule, item)
    return [f"/{rule.of[1]}"] if pair and pair[0] != pair[1] else []


def _differ(rule: Rule, item: Item) -> list[str]:
    pair = _pair(rule, item)
    return [f"/{rule.of[1]}"] if pair and pair[0] == pair[1] else []


def _begins_with(rule: Rule, item: Item) -> list[str]:
    pair = _pair(rule, item)
    return [f"/{rule.of[0]}"] if pair and not str(pair[0]).startswith(str(pair[1])) else []


def _matches(rule: Rule, item: Item) -> list[str]:
    return [f"/{name}" for name in rule.of if _given(item, name) and not re.fullmatch(rule.pattern, str(item[name]))]


def _bytes(rule: Rule, item: Item) -> list[str]:
    """No text has more than `max` bytes as it travels, in UTF-8."""
    return [f"/{name}" for name in rule.of if _given(item, name) and len(str(item[name]).encode()) > rule.max]


def _within_list(rule: Rule, item: Item) -> list[str]:
    return [f"/{name}" for name in rule.of if _given(item, name) and item[name] not in rule.values]


def _attached_by_agent(rule: Rule, item: Item) -> list[str]:
    """`of`: pairs of codes of two enterprises, the same where one pair is equal. `values`: the class an agent attaches."""
    pairs = [(item.get(one), item.get(other)) for one, other in zip(rule.of[::2], rule.of[1::2], strict=True)]
    known = [one == other for one, other in pairs if one and other]
    classes = {entry.get("class_code") for entry in item.get(GROUP) or ()}
    return [f"/{GROUP}"] if known and not any(known) and not classes.intersection(rule.values) else []


_OVER_ALL = frozenset({"sum_not_above_fact"})
_OVER_GROUPS = frozenset({"unique", "count"})
_PREDICATES: Mapping[str, Callable[[Rule, Item], list[str]]] = {
    "unique": _unique,
    "count": _count,
    "required_when": _required_when,
    "forbidden_when": _forbidden_when,
    "together": _together,
    "any_of": _any_of,
    "at_most_one_of": _at_most_one_of,
    "order": _order,
    "within_a_year": _within_a_year,
    "equal": _equal,
    "differ": _differ,
    "begins_with": _begins_with,
    "matches": _matches,
    "within_list": _within_list,
    "bytes": _bytes,
    "attached_by_agent": _attached_by_agent,
}
PREDICATES = frozenset(_PREDICATES) | FACT_PREDICATES.keys()
