"""Declarations made from the contract: valid ones by seed, and ones that break a named rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from mappings import sample_files
from mappings.attaching import GROUP
from mappings.changes import FIELD, NEW, PART, ROW, changeable, text
from mappings.check import check
from mappings.codes import code_list
from mappings.demands import Rule
from mappings.element import Element, Field, Filler, Type
from mappings.kind import Changes, Group, Kind, Part
from mappings.rules import judge

ENTERPRISE = "1108919038"  # the demo's enterprise, as the manual prints a ten-digit customs code (002 §4.4.5)


_REPAIRS = 50
DECLARATION = "declaration_no"  # every seed its own: what is issued for one is counted


class NoSuchRule(LookupError):
    """The kind has no rule of that code; `known` names those it has."""

    def __init__(self, code: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no rule {code}; known: {', '.join(known)}")
        self.known = known


def sample(
    kind: Kind,
    *,
    seed: int = 0,
    format_: str = "",
    reference: str = "",
    remark: str = "",
    enterprise: str = ENTERPRISE,
    attachments: bool = False,
) -> dict[str, Any]:
    """A declaration ready for `submit`. Seed 0 holds every field with its example; others vary what they hold.

    attachments: with a file of every class, as data; without, only where the kind cannot do without.
    """
    dice = Random(seed)  # noqa: S311  (a sample, not a secret)
    content = _Sampler(dice, seed, [format_] if format_ else formats_of(kind)).item(kind.parts, kind)
    _attach(kind, content, f"-{seed}", wanted=attachments)
    if kind.changes:
        content[kind.changes.group] = _changing(kind.changes, Random(seed))  # noqa: S311
    content = _obeying(kind, content)
    if remark and any(part.id == "remark" for part in kind.fields):
        content["remark"] = remark
    return {
        "kind": kind.name,
        "reference": reference or f"SAMPLE-{kind.type or kind.name.upper()}-{seed:06d}",
        "enterprise": enterprise,
        "content": content,
    }


def formats_of(kind: Kind) -> list[str]:
    """The formats that the documents which a kind carries may choose, by id; empty for a kind that carries none."""
    group = kind.carries
    inner = group.kind if group else None
    if group is None or inner is None:
        return []
    allowed = [
        r.values
        for r in kind.rules
        if r.check == "within_list" and r.within == (group.name,) and r.of == (inner.format_field,)
    ]
    return [id_ for id_ in sorted(inner.formats) if all(id_ in values for values in allowed)]


def sample_breaking(kind: Kind, code: str, *, seed: int = 0) -> dict[str, Any]:
    """A declaration that breaks the rule of that code and no other. Raises NoSuchRule."""
    for holder, wrap in _holders(kind):
        for rule in holder.rules:
            if rule.code == code and not rule.fact:
                declaration = sample(kind, seed=seed, format_=_format_of(kind, rule))
                declaration["content"] = _over(declaration["content"], wrap(rule.bad), rule)
                return declaration
    raise NoSuchRule(code, breakable(kind))


def _format_of(kind: Kind, rule: Rule) -> str:
    """A template that has what the rule speaks of; "" where the kind has none, or all have it."""
    for id_ in sorted(kind.formats):
        parts: Sequence[Part] = kind.shape({kind.format_field: id_})
        for step in rule.within:
            parts = next((part.parts for part in parts if isinstance(part, Group) and part.name == step), ())
        if set(rule.of) <= {part.id for part in parts if isinstance(part, Field)}:
            return id_
    return ""


def breakable(kind: Kind) -> tuple[str, ...]:
    """The codes of the rules that a declaration breaks by itself, whatever is known of elsewhere."""
    return tuple(rule.code for holder, _ in _holders(kind) for rule in holder.rules if not rule.fact)


def _attach(kind: Kind, content: dict[str, Any], tag: str, *, wanted: bool) -> None:
    """The files of the declaration and of each document that it carries."""
    group = next((group for group in kind.groups if group.name == GROUP), None)
    if kind.attaching and group and (wanted or group.min or kind.attaching.requires):
        content[GROUP] = sample_files.attachments(kind.attaching, tag=tag)
    for carried in (group for group in kind.groups if group.kind):
        for index, item in enumerate(content.get(carried.name, ())):
            assert carried.kind is not None
            _attach(carried.kind, item, f"{tag}-{index + 1}", wanted=wanted)


def _holders(kind: Kind) -> list[tuple[Kind, Any]]:
    carried = [(group.kind, lambda bad, name=group.name: {name: [bad]}) for group in kind.groups if group.kind]
    return [(kind, lambda bad: bad), *carried]


def _obeying(kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
    """The content with what the dice broke mended: an item or a field taken away, or a missing field given."""
    for _ in range(_REPAIRS):
        faults = judge(kind, content, at="")
        if not faults:
            break
        _repair(kind, content, faults[0].path.strip("/").split("/"))
    return content


def _repair(kind: Kind, content: dict[str, Any], path: list[str]) -> None:
    parts, holder, last = kind.shape(content), content, ("", 0)
    owner: Any = content
    while len(path) > 2 and path[1].isdigit():
        group = next(part for part in parts if isinstance(part, Group) and part.name == path[0])
        index = int(path[1])
        owner, last, holder = holder, (path[0], index), holder[path[0]][index]
        parts, path = group.shape(holder), path[2:]
    if last[1] > 0:
        del owner[last[0]][last[1]]
    elif path[0] in holder:
        del holder[path[0]]
    else:
        holder |= {part.id: part.element.example for part in parts if isinstance(part, Field) and part.id == path[0]}


def _over(base: Any, fragment: Any, rule: Rule) -> Any:
    """The base with the fragment laid over it; what the rule speaks of and the fragment leaves out is taken away."""
    if isinstance(fragment, Mapping):
        kept = {} if not isinstance(base, Mapping) else dict(base)
        if any(name in fragment for name in (*rule.of, *rule.when)) or not rule.within:
            for name in rule.of:
                kept.pop(name, None)
        return kept | {name: _over(kept.get(name), value, rule) for name, value in fragment.items()}
    if isinstance(fragment, list):
        models = base if isinstance(base, list) and base else [{}]
        return [_over(models[min(i, len(models) - 1)], value, rule) for i, value in enumerate(fragment)]
    return fragment


def _changing(changes: Changes, dice: Random) -> list[dict[str, Any]]:
    """One to three lines, each of another field, each with a value that the field can have."""
    parts = [(part, field) for part in changes.parts for field in changeable(changes, part)]
    lines = []
    for part, field in dice.sample(parts, dice.randint(1, 3)):
        row = {ROW: "1"} if changes.parts[part] else {}
        lines.append({PART: part, **row, FIELD: field.id, NEW: text(field.element.example)})
    return lines


class _Sampler:
    def __init__(self, dice: Random, seed: int, formats: Sequence[str]) -> None:
        self.dice = dice
        self.full = seed == 0
        self.formats = formats

    def item(self, parts: tuple[Part, ...], kind: Kind | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if kind and kind.format_field:
            found[kind.format_field] = self.dice.choice(self.formats or sorted(kind.formats))
            parts = kind.shape(found)
        for part in parts:
            if isinstance(part, Group):
                if part.name == GROUP:
                    continue
                count = (
                    self.dice.randint(max(part.min, 1), max(part.min, min(part.max or 3, 3)))
                    if self.wanted(part.min > 0)
                    else 0
                )
                if count:
                    found[part.name] = [self.item(part.parts, part.kind) for _ in range(count)]
            elif (
                part.id not in found
                and part.by is Filler.ENTERPRISE
                and part.id != "remark"
                and self.wanted(part.required)
            ):
                found[part.id] = self.value(part)
        return found

    def wanted(self, required: bool) -> bool:
        return required or self.full or self.dice.random() < 0.5

    def value(self, field: Field) -> Any:
        element = field.element
        if self.full:
            return element.example
        if element.id == DECLARATION:
            return f"{str(element.example)[:9]}{self.dice.randrange(10**9):09d}"
        if element.type is Type.INTEGER:
            return self.dice.randint(max(element.min, 1), min(element.max, 99))
        if element.type is Type.CODE:
            return self.code(element)
        return element.example

    def code(self, element: Element) -> str:
        rows = [code for code in code_list(element.codes).rows if len(code) <= element.max]
        return self.dice.choice(rows) if rows else str(element.example)


def unfit(kind: Kind, declaration: Mapping[str, Any]) -> tuple[str, ...]:
    """Codes of what is wrong with a declaration: empty for every sample (a test asks it of many seeds)."""
    return tuple(fault.code for fault in check(kind, _listed(declaration["content"])).faults)


def _listed(content: Mapping[str, Any]) -> dict[str, Any]:
    """As the intake lists the files: what stands in a message instead of their bytes."""
    found = {name: [_listed(i) for i in v] if isinstance(v, list) else v for name, v in content.items()}
    if GROUP in content:
        found[GROUP] = [sample_files.listed(item) for item in content[GROUP]]
    return found
