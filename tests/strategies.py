"""Contents made by hypothesis from the contract: whatever a kind allows, as `check` would give it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from mappings.check import _INVISIBLE
from mappings.codes import code_list
from mappings.element import Element, Field, Type
from mappings.kind import Group, Kind, Part

_TEXT = st.characters(
    codec="utf-8",
    exclude_categories=("Cs", "Cc", "Cn"),
    include_characters="\t\n &<>\"'|，。ÄËé€𠮷",
    exclude_characters="\ufffd\ufffe\uffff\r",  # U+FFFD is what the parser calls mojibake
)


def contents(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    """Every field that a message of the kind may hold, whoever fills it."""
    return _formatted(kind) if kind.format_field else _items(kind.parts)


def _formatted(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(kind.formats)).flatmap(
        lambda name: _items(kind.shape({kind.format_field: name})).map(lambda item: {**item, kind.format_field: name})
    )


def _items(parts: Sequence[Part]) -> st.SearchStrategy[dict[str, Any]]:
    required = {_name(p): _part(p) for p in parts if _required(p)}
    optional = {_name(p): _part(p) for p in parts if not _required(p)}
    return st.fixed_dictionaries(required, optional=optional)


def _name(part: Part) -> str:
    return part.id if isinstance(part, Field) else part.name


def _required(part: Part) -> bool:
    return part.required if isinstance(part, Field) else part.min > 0


def _part(part: Part) -> st.SearchStrategy[Any]:
    if isinstance(part, Group):
        item = contents(part.kind) if part.kind else _items(part.parts)
        return st.lists(item, min_size=max(part.min, 1), max_size=min(part.max or 3, 3))
    return value(part.element)


def value(element: Element) -> st.SearchStrategy[Any]:
    match element.type:
        case Type.INTEGER:
            return st.integers(element.min, element.max)
        case Type.FLAG:
            return st.booleans()
        case Type.DATE:
            return st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
        case Type.DATETIME:
            return st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)).map(
                lambda m: f"{m:%Y%m%d%H%M%S}{m.microsecond // 1000:03d}"
            )
        case Type.DECIMAL:
            whole, places = element.digits - element.places, element.places
            return st.decimals(0, 10**whole - 1, places=places, allow_nan=False).map(lambda d: f"{d:f}")
        case Type.CODE:
            return st.sampled_from([code for code in code_list(element.codes).rows if len(code) <= element.max])
        case Type.IDENTIFIER if element.grammar:
            return st.from_regex(re.compile(element.grammar.pattern.pattern, re.ASCII), fullmatch=True)
        case _:
            texts = st.text(_TEXT, min_size=1, max_size=min(element.max, 40)).filter(_no_mojibake)
            return texts.filter(lambda text: text.strip() and not _INVISIBLE.search(text))


def _no_mojibake(text: str) -> bool:
    """What the parser calls so is refused by name; hypothesis knows the word from the parser's own source."""
    return "锟斤拷" not in text
