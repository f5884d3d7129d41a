"""What must be so, as data: a rule over the fields of one content, and a need of another document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """A cross-field rule with its own example and counter-example, which are its test.

    fact, match, names: of a rule over a fact: where in it, the field that both sides share, fields of the fact.
    """

    code: str
    check: str
    within: tuple[str, ...]
    of: tuple[str, ...]
    when: Mapping[str, tuple[Any, ...]]
    values: tuple[Any, ...]
    pattern: str
    min: int
    max: int
    zh: str
    en: str
    source: str
    ok: Mapping[str, Any]
    bad: Mapping[str, Any]
    fact: tuple[str, ...] = ()
    match: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Another document that a content speaks of, and what must be so of it (`code`, `zh`, `en` where it is not).

    within, of: the field that the operator is told of, in its group. A kind with series is named by that field, one
    without by all fields of its number; where one of them is empty nothing is needed.
    permits: what the document's state must permit. facts: values that are allowed of what customs says of the document, else
    of what was declared of the one that carries it; where neither says anything, nothing is asked.
    acts: the act that is done upon it, by the value of the kind's `act_field`.
    unknown: the sentence speaks of a document that is not there, too.
    same: what all the documents that a content names have in common (`parent`: the document that brought them).
    """

    kind: str
    within: tuple[str, ...]
    of: str
    permits: str
    facts: Mapping[str, tuple[str, ...]]
    acts: Mapping[str, str]
    unknown: bool
    same: str
    code: str
    zh: str
    en: str
    source: str
