"""Predicates over facts. Where the fact is not known they are silent; where customs refused to give it, that is the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mappings.demands import Rule
from mappings.facts import ACCOUNT, Facts, looked_up, row_of

Item = Mapping[str, Any]
Predicate = Callable[[Rule, Item, Facts], list[str]]


def _refused(rule: Rule, facts: Facts) -> bool:
    """Is the document in one of the states that the rule names?"""
    fact = facts.get(rule.fact[0])
    return fact is not None and fact.state in rule.values


def _row(rule: Rule, item: Item, facts: Facts) -> Mapping[str, Any]:
    return row_of(looked_up(facts, rule.fact), rule.match, item) or {}


def _fact_state(rule: Rule, _item: Item, facts: Facts) -> list[str]:
    """The document must not be in one of `values`."""
    return [f"/{rule.of[0]}"] if _refused(rule, facts) else []


def _fact_lists(rule: Rule, _item: Item, facts: Facts) -> list[str]:
    """The group of the fact holds something; a document in one of `values` lists nothing."""
    rows = looked_up(facts, rule.fact)
    return [f"/{rule.of[0]}"] if _refused(rule, facts) or rows == [] else []


def _account_of_fact(rule: Rule, _item: Item, facts: Facts) -> list[str]:
    """One of the fact's fields `names` is the account that declares; in one of the states `values` none is."""
    values, who = looked_up(facts, rule.fact), facts.get(ACCOUNT)
    if _refused(rule, facts):
        return [f"/{rule.of[0]}"]
    if values is None or who is None:
        return []
    own = {who.values[name] for name in ("declarant_customs_code", "declarant_uscc") if name in who.values}
    named = {str(values[name]) for name in rule.names if values.get(name)}
    return [] if own & named else [f"/{rule.of[0]}"]


def _one_of_fact(rule: Rule, item: Item, facts: Facts) -> list[str]:
    """The item's `match` is that of one of the fact's rows."""
    rows = looked_up(facts, rule.fact)
    return [f"/{rule.of[0]}"] if rows is not None and row_of(rows, rule.match, item) is None else []


def _not_above_fact(rule: Rule, item: Item, facts: Facts) -> list[str]:
    """No number is above that of the fact's row."""
    row = _row(rule, item, facts)
    both = [name for name in rule.of if item.get(name) is not None and row.get(name) is not None]
    return [f"/{name}" for name in both if Decimal(str(item[name])) > Decimal(str(row[name]))]


def _same_as_fact(rule: Rule, item: Item, facts: Facts) -> list[str]:
    """What is given is what the fact's row says."""
    row = _row(rule, item, facts)
    both = [name for name in rule.of if item.get(name) is not None and row.get(name) is not None]
    return [f"/{name}" for name in both if item[name] != row[name]]


def _listed_by_fact(rule: Rule, item: Item, facts: Facts) -> list[str]:
    """Each value stands in the list that the fact has under the same name."""
    listed = looked_up(facts, rule.fact)
    if not isinstance(listed, Mapping):
        return []
    return [f"/{name}" for name in rule.of if item.get(name) and name in listed and item[name] not in listed[name]]


def _sum_not_above_fact(rule: Rule, item: Item, facts: Facts) -> list[str]:
    """All items of the group within the content, which share `names` with their bearer, sum up to no more than the fact's row.

    Told at the item with which the sum is above it.
    """
    rows = looked_up(facts, rule.fact)
    sums: dict[tuple[Any, ...], Decimal] = {}
    above = []
    for path, shared, inner in _inside(item, rule.within, rule.names):
        row = row_of(rows, rule.match, inner) or {}
        for name in rule.of:
            if inner.get(name) is None or row.get(name) is None:
                continue
            key = (shared, inner.get(rule.match), name)
            before = sums.get(key, Decimal(0))
            sums[key] = before + Decimal(str(inner[name]))
            if (
                before <= Decimal(str(row[name])) < sums[key] and before
            ):  # one that is above by itself is another rule's
                above.append(f"{path}/{name}")
    return above


def _inside(item: Item, within: Sequence[str], names: Sequence[str]) -> Iterator[tuple[str, tuple[Any, ...], Item]]:
    """The items of a nested group, each with its path and with the `names` of the items around it."""
    if not within:
        yield "", (), item
        return
    for index, inner in enumerate(item.get(within[0]) or ()):
        own = tuple(inner.get(name) for name in names if len(within) > 1)
        for path, shared, found in _inside(inner, within[1:], names):
            yield f"/{within[0]}/{index}{path}", (*own, *shared), found


FACT_PREDICATES: Mapping[str, Predicate] = {
    "fact_state": _fact_state,
    "fact_lists": _fact_lists,
    "account_of_fact": _account_of_fact,
    "one_of_fact": _one_of_fact,
    "not_above_fact": _not_above_fact,
    "same_as_fact": _same_as_fact,
    "listed_by_fact": _listed_by_fact,
    "sum_not_above_fact": _sum_not_above_fact,
}
