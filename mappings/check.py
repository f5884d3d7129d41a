"""Everything that is wrong with a content, told at once: shape, types, lengths, codes, then the rules of its kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from mappings.backfill import filled
from mappings.changes import judge as judge_changes
from mappings.codes import code_list
from mappings.element import Element, Field, Filler, Type
from mappings.facts import Facts
from mappings.faults import Fault, fault
from mappings.kind import Group, Kind, Part
from mappings.rules import judge

BY_ENTERPRISE = frozenset({Filler.ENTERPRISE, Filler.FILE})
BY_ANYBODY = frozenset(Filler)

_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_STAMP = re.compile(r"\d{17}", re.ASCII)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_FLAGS = {True: True, False: False, "1": True, "0": False, "true": True, "false": False, "是": True, "否": False}
_WANTED = {
    Type.INTEGER: ("整数", "a whole number"),
    Type.DECIMAL: ("数字，不带千分位和单位", "a plain number"),
    Type.FLAG: ("是或否（true/false）", "true or false"),
    Type.DATETIME: ("17 位数字时间 yyyyMMddHHmmssfff", "17 digits yyyyMMddHHmmssfff"),
}
_FILLERS = {
    Filler.GATEWAY: ("系统", "the gateway"),
    Filler.CUSTOMS: ("海关", "customs"),
    Filler.FORMAT: ("证书格式", "the certificate format"),
    Filler.FILE: ("附件文件", "the attached file"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """The content in canonical form (as `read` would give it back), and what is wrong or doubtful with it."""

    content: dict[str, Any]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def check(
    kind: Kind,
    content: Mapping[str, Any],
    *,
    by: frozenset[Filler] = BY_ENTERPRISE,
    at: str = "/content",
    facts: Facts | None = None,
) -> Checked:
    """Judge a content against its kind. `by`: whose fields may stand in it. facts: what is known of elsewhere.

    Rules are asked of a well-shaped content only. A content whose kind has certain facts is judged with what they fill in;
    until they are known, what they may fill in is not missing.
    """
    open_ = bool(kind.certain) and by is BY_ENTERPRISE
    if open_ and kind.certain <= (facts or {}).keys():
        content, open_ = filled(kind, content, facts or {}), False
    inspector = _Inspector(by, kind if kind.certain else None, open_=open_)
    canonical = inspector.item(kind.shape(content), content, at, kind.format_field, kind)
    shape = [f for f in inspector.faults if not f.warning]
    broken = {f.path for f in shape if f.code != "FIELD_CODE"}
    rules = [f for f in judge(kind, canonical, at=at, facts=facts) if f.path not in broken]
    rules += [f for f in judge_changes(kind, canonical, value=check_value, at=at) if f.path not in broken]
    told = {f.path for f in rules}  # where a rule of the manual forbids the code too, its sentence says more
    faults = [f for f in shape if f.code != "FIELD_CODE" or f.path not in told] + rules
    return Checked(canonical, tuple(faults), tuple(f for f in inspector.faults if f.warning))


def check_value(element: Element, value: object) -> tuple[Any, Problem]:
    """A value of a data element as the enterprise gives it, in canonical form, or the code and evidence of its fault."""
    return _Inspector(BY_ENTERPRISE).value(element, value)


class _Inspector:
    """filled: the kind that a certain fact fills in. open_: the fact is not known yet, and what it may fill in not missing."""

    def __init__(self, by: frozenset[Filler], filled: Kind | None = None, *, open_: bool = False) -> None:
        self.by = by
        self.filled = filled
        self.open = filled if open_ else None
        self.faults: list[Fault] = []

    def item(
        self,
        parts: Sequence[Part],
        values: Mapping[str, Any],
        at: str,
        format_field: str = "",
        kind: Kind | None = None,
        within: str = "",
    ) -> dict[str, Any]:
        """One item in canonical form; what cannot be made canonical is left out, and told."""
        known = {part.id if isinstance(part, Field) else part.name: part for part in parts}
        for name in self.unknown(values, known, at, kind):
            near = "、".join(get_close_matches(str(name), known, n=3)) or "—"
            self.faults.append(fault("FIELD_UNKNOWN", f"{at}/{_escape(name)}", str(name), near=near))
        found: dict[str, Any] = {}
        for name, part in known.items():
            if isinstance(part, Field):
                value = self.field(part, values.get(name), f"{at}/{name}", within)
            else:
                value = self.group(part, values.get(name), f"{at}/{name}")
            if value is not None:
                found[name] = value
        if kind and format_field and format_field in found and found[format_field] not in kind.formats:
            wanted = str(found[format_field])
            near = "、".join(get_close_matches(wanted, kind.formats, n=3, cutoff=0.2)) or "—"
            self.faults.append(fault("FORMAT_UNKNOWN", f"{at}/{format_field}", wanted, near=near))
        return found

    def unknown(self, values: Mapping[str, Any], known: Mapping[str, Part], at: str, kind: Kind | None) -> set[str]:
        """The names that no part has. Where a template is still to be filled in, what templates add cannot be judged
        without it: then the template is what is missing."""
        strange = set(values.keys() - known.keys())
        if not (kind and self.open is kind and strange and not values.get(kind.format_field)):
            return strange
        template = known[kind.format_field]
        self.faults.append(fault("FIELD_MISSING", f"{at}/{kind.format_field}", zh=template.zh, en=template.en))
        return strange - {part.id if isinstance(part, Field) else part.name for part in kind.widest()}

    def group(self, group: Group, values: object, at: str) -> list[dict[str, Any]] | None:
        items = [] if values is None else values
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            self.faults.append(
                fault(
                    "FIELD_TYPE", at, _short(values), zh=group.zh, en=group.en, want="列表", want_en="a list of objects"
                )
            )
            return None
        whole = bool(
            self.filled and self.filled.fills_in(group.name, "")
        )  # left out it is filled in, given empty it is not
        if len(items) < group.min and not (whole and self.open and values is None):
            self.faults.append(fault("GROUP_MIN", at, zh=group.zh, en=group.en, min=group.min, count=len(items)))
        if group.max and len(items) > group.max:
            self.faults.append(fault("GROUP_MAX", at, zh=group.zh, en=group.en, max=group.max, count=len(items)))
        kind = group.kind
        return [
            self.item(group.shape(item), item, f"{at}/{index}", kind.format_field if kind else "", kind, group.name)
            for index, item in enumerate(items)
        ] or ([] if whole and values is not None else None)

    def field(self, field: Field, value: object, at: str, within: str = "") -> Any:
        if value is None or (isinstance(value, str) and not value.strip()):
            if field.required and field.by in self.by and not (self.open and self.open.fills_in(within, field.id)):
                self.faults.append(fault("FIELD_MISSING", at, zh=field.zh, en=field.en))
            return None
        if field.by not in self.by:
            zh, en = _FILLERS[field.by]
            self.faults.append(fault("FIELD_LOCKED", at, _short(value), zh=field.zh, en=field.en, by=zh, by_en=en))
            return None
        found, problem = self.value(field.element, value)
        if problem:
            code, evidence = problem
            told = fault(code, at, _short(value), **({"zh": field.zh, "en": field.en} | evidence))
            self.faults.append(_warning(told) if code == "FIELD_CODE_OPEN" else told)
        return found

    def value(self, element: Element, value: object) -> tuple[Any, Problem]:
        if element.grammar:
            return _identifier(
                element.grammar.read if self.by is BY_ANYBODY else element.grammar.pattern, element, value
            )
        return _CHECKS[element.type](element, value)


Problem = tuple[str, dict[str, object]] | None


def _warning(told: Fault) -> Fault:
    return Fault(told.code, told.path, told.zh, told.en, told.source, told.next, told.found, warning=True)


def _wrong(element: Element) -> Problem:
    zh, en = _WANTED.get(element.type, ("文字", "text"))
    return "FIELD_TYPE", {"want": zh, "want_en": en}


def _text(element: Element, value: object) -> tuple[Any, Problem]:
    if not isinstance(value, str):
        return None, _wrong(element)
    if bad := _ILLEGAL.search(value):
        return None, ("FIELD_CHARACTER", {"position": bad.start() + 1, "found": f"U+{ord(bad[0]):04X}"})
    if bad := _INVISIBLE.search(value):
        name = f"U+{ord(bad[0]):04X} {unicodedata.name(bad[0], '')}".strip()
        return None, ("FIELD_INVISIBLE", {"position": bad.start() + 1, "found": name})
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if element.max and len(text) > element.max:
        return None, ("FIELD_LENGTH", {"max": element.max, "length": len(text)})
    return text, None


def _code(element: Element, value: object) -> tuple[Any, Problem]:
    text, problem = _text(element, value.strip() if isinstance(value, str) else value)
    if problem:
        return None, problem
    codes = code_list(element.codes)
    if text in codes.rows:
        return text, None
    near = "、".join(codes.nearest(text)) or "—"
    evidence: dict[str, object] = {"list": codes.zh, "near": near}
    return text, ("FIELD_CODE" if codes.closed else "FIELD_CODE_OPEN", evidence)


def _integer(element: Element, value: object) -> tuple[Any, Problem]:
    text = str(value).strip()
    if isinstance(value, bool) or not isinstance(value, int | str) or not _INTEGER.fullmatch(text):
        return None, _wrong(element)
    number = int(text) if len(text) < 19 else element.max + 1
    if not element.min <= number <= element.max:
        return None, ("FIELD_RANGE", {"min": element.min, "max": element.max})
    return number, None


def _decimal(element: Element, value: object) -> tuple[Any, Problem]:
    text = str(value).strip()
    if isinstance(value, bool) or not isinstance(value, int | str) or not _DECIMAL.fullmatch(text):
        return None, _wrong(element)
    whole, _, places = text.lstrip("-").partition(".")
    if text.startswith("-") or len(whole.lstrip("0")) > element.digits - element.places or len(places) > element.places:
        largest = f"{'9' * (element.digits - element.places)}.{'9' * element.places}"
        return None, ("FIELD_RANGE", {"min": 0, "max": largest})
    return text, None


def _date(_element: Element, value: object) -> tuple[Any, Problem]:
    text = value.strip() if isinstance(value, str) else ""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        date.fromisoformat(text)
    except ValueError:
        return None, ("FIELD_DATE", {})
    return text, None


def _datetime(element: Element, value: object) -> tuple[Any, Problem]:
    text = value.strip() if isinstance(value, str) else ""
    try:
        if not _STAMP.fullmatch(text):
            raise ValueError(text)
        datetime.strptime(text[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None, _wrong(element)
    return text, None


def _flag(element: Element, value: object) -> tuple[Any, Problem]:
    if (
        isinstance(value, bool | str)
        and (flag := _FLAGS.get(value if isinstance(value, bool) else value.strip())) is not None
    ):
        return flag, None
    return None, _wrong(element)


def _identifier(pattern: re.Pattern[str], element: Element, value: object) -> tuple[Any, Problem]:
    text, problem = _text(element, value.strip() if isinstance(value, str) else value)
    if problem or pattern.fullmatch(text):
        return text, problem
    return None, ("FIELD_PATTERN", {"example": element.example})


_CHECKS: dict[Type, Callable[[Element, object], tuple[Any, Problem]]] = {
    Type.TEXT: _text,
    Type.CODE: _code,
    Type.INTEGER: _integer,
    Type.DECIMAL: _decimal,
    Type.DATE: _date,
    Type.DATETIME: _datetime,
    Type.FLAG: _flag,
}


def _escape(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
