"""Data elements, the atoms of every message: type, length, code list, grammar; and a field, which is one in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """The types of data elements, and their form in a declaration."""

    TEXT = "text"  # str
    CODE = "code"  # str, of a code list
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # str, exact: "10.5"
    DATE = "date"  # str, YYYY-MM-DD
    DATETIME = "datetime"  # str, 17 digits yyyyMMddHHmmssfff, Beijing time
    FLAG = "flag"  # bool; 1 and 0 on the wire
    IDENTIFIER = "identifier"  # str, of a number grammar


class Filler(StrEnum):
    """Who fills a field. Only the enterprise's own fields may stand in a declaration."""

    ENTERPRISE = "enterprise"
    GATEWAY = "gateway"
    CUSTOMS = "customs"
    FORMAT = "format"
    FILE = "file"  # taken from an attached file, never typed


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a number is written (`pattern`) and what is read from customs (`read`), both matched whole."""

    name: str
    zh: str
    en: str
    pattern: re.Pattern[str]
    read: re.Pattern[str]
    example: str
    series: str
    source: str


@dataclass(frozen=True, slots=True)
class Element:
    """A data element: said once, over all kinds. Lengths in characters, `digits` is the total of a decimal."""

    id: str
    zh: str
    en: str
    element: str
    type: Type
    source: str
    example: str | int | bool
    max: int = 0
    min: int = 0
    digits: int = 0
    places: int = 0
    codes: str = ""
    grammar: Grammar | None = None
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A data element in its place: required or not, filled by whom, labelled as this kind's screen labels it."""

    element: Element
    required: bool
    by: Filler
    zh: str
    en: str

    @property
    def id(self) -> str:
        return self.element.id
