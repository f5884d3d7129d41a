"""What a kind needs of other documents (`[[need]]` in `kind.toml`): read strictly, and held against their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from mappings.demands import Need
from mappings.dictionary import Dictionary
from mappings.element import Field
from mappings.kind import Group, Kind, Part
from mappings.table import BadKind, Table


def load_needs(table: Table, dictionary: Dictionary) -> tuple[Need, ...]:
    return tuple(_need(entry, dictionary) for entry in table.tables("need"))


def _need(table: Table, dictionary: Dictionary) -> Need:
    need = Need(
        kind=table.take("kind", str),
        within=tuple(step for step in table.take("in", str, "").split("/") if step),
        of=table.take("of", str),
        permits=table.take("permits", str, ""),
        facts={name: tuple(values) for name, values in table.table("facts").items()},
        acts=dict(table.table("acts")),
        unknown=table.flag("unknown"),
        same=table.take("same", str, ""),
        code=table.take("code", str),
        zh=table.take("zh", str),
        en=table.take("en", str),
        source=dictionary.cited(table),
    )
    table.done()
    for name in need.facts:
        if name not in dictionary.elements:
            raise table.bad(f"the dictionary has no data element '{name}'")
    return need


def naming(need: Need, kind: Kind) -> tuple[str, ...]:
    """The fields that name the needed document, which is of `kind`."""
    return tuple(name for _, name, _, _ in Formatter().parse(kind.number_form) if name) or (need.of,)


def check_needs(kind: Kind, kinds: Mapping[str, Kind]) -> None:
    """Raises BadKind: a need of a kind, field, permission or act that there is not."""
    for index, need in enumerate(kind.needs):
        place = f"kinds/{kind.name}/kind.toml: need[{index}]"
        if need.kind not in kinds:
            raise BadKind(place, f"'{need.kind}' is no kind")
        other = kinds[need.kind]
        machine = other.needs_machine()
        if need.permits and not any(need.permits in state.permits for state in machine.states.values()):
            raise BadKind(place, f"no state of {need.kind} permits '{need.permits}'")
        if unknown := set(need.acts.values()) - machine.acts:
            raise BadKind(place, f"{need.kind} has no act {sorted(unknown)}")
        visible = _visible(kind.parts, need.within, place)
        if lost := {need.of, *naming(need, other)} - visible:
            raise BadKind(place, f"no field {sorted(lost)} where it looks")
    for name in kind.tells:
        if name not in {field.id for field in kind.fields}:
            raise BadKind(f"kinds/{kind.name}/kind.toml", f"tells '{name}', which is no field of it")


def _visible(parts: tuple[Part, ...], within: tuple[str, ...], place: str) -> set[str]:
    """Fields of the group and of those around it."""
    fields = {part.id for part in parts if isinstance(part, Field)}
    if not within:
        return fields
    inner = next((part for part in parts if isinstance(part, Group) and part.name == within[0]), None)
    if inner is None:
        raise BadKind(place, f"there is no group '{within[0]}'")
    return fields | _visible(inner.parts, within[1:], place)
