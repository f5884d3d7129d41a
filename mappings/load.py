"""Kinds from their folders: read strictly, bound to the dictionary, checked against each other.

contract = load([files("mappings"), home / "contract"])
contract.kinds["certificate"], contract.of_type("CERTAPP")
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from mappings.demands import Rule
from mappings.dictionary import Dictionary, load_dictionary
from mappings.element import Field
from mappings.kind import Direction, Kind, Part
from mappings.load_field import load_field
from mappings.load_formats import FOLDER as FORMATS
from mappings.load_kind import KindLoader, load_rule
from mappings.load_needs import check_needs
from mappings.table import BadKind, Table


@dataclass(frozen=True)
class Contract:
    """Every kind by name, over one dictionary."""

    kinds: Mapping[str, Kind]
    dictionary: Dictionary
    head: tuple[Field, ...]

    def of_type(self, type_: str) -> Kind | None:
        return next((kind for kind in self.kinds.values() if kind.type == type_ and type_), None)

    def of_namespace(self, namespace: str) -> Kind | None:
        return next((kind for kind in self.kinds.values() if kind.type and kind.namespace == namespace), None)

    def of_series(self, series: str) -> Kind | None:
        return next((kind for kind in self.kinds.values() if kind.number == series), None)

    @property
    def messages(self) -> tuple[Kind, ...]:
        """The kinds that travel, outward first."""
        return tuple(k for d in (Direction.OUT, Direction.IN) for k in self.kinds.values() if k.direction is d)


@cache
def contract() -> Contract:
    """The contract that the product ships with."""
    return load((files("mappings"),))


def load(roots: Sequence[Traversable]) -> Contract:
    """Read all kinds below the roots, later roots adding to earlier ones. Raises BadKind naming file and key."""
    dictionary = load_dictionary(roots)
    folders, more = _folders(roots)
    groups, rules = _shared_groups(roots, dictionary), _shared_rules(roots, dictionary)
    loader = KindLoader(dictionary, folders, groups, rules, more)
    kinds = {name: loader.kind(name) for name in sorted(loader.folders)}
    head = tuple(part for part in loader.groups.get("head", ()) if isinstance(part, Field))
    _check_between(kinds, more)
    return Contract(kinds, dictionary, head)


def _folders(roots: Sequence[Traversable]) -> tuple[dict[str, Traversable], dict[str, list[Traversable]]]:
    """The kinds by name, and the folders that add nothing but formats to a kind of an earlier root."""
    found: dict[str, Traversable] = {}
    more: dict[str, list[Traversable]] = {}
    for root in roots:
        kinds = root.joinpath("kinds")
        for folder in kinds.iterdir() if kinds.is_dir() else ():
            if not folder.is_dir() or folder.name.startswith(("_", ".")):
                continue
            if folder.name not in found:
                found[folder.name] = folder
            elif [entry.name for entry in folder.iterdir()] == [FORMATS]:
                more.setdefault(folder.name, []).append(folder)
            else:
                raise BadKind(
                    f"kinds/{folder.name}", "this kind exists already; a later root adds formats/ to it, or nothing"
                )
    return found, more


def _shared_groups(roots: Sequence[Traversable], dictionary: Dictionary) -> dict[str, tuple[Part, ...]]:
    found: dict[str, tuple[Part, ...]] = {}
    for root in roots:
        file = root.joinpath("groups.toml")
        if file.is_file():
            for name, table in Table.read(file, "groups.toml").named():
                found[name] = tuple(load_field(entry, dictionary) for entry in table.tables("field"))
                table.done()
    return found


def _shared_rules(roots: Sequence[Traversable], dictionary: Dictionary) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for root in roots:
        file = root.joinpath("rules.toml")
        if file.is_file():
            table = Table.read(file, "rules.toml")
            found |= {rule.code: rule for rule in (load_rule(entry, dictionary) for entry in table.tables("rule"))}
            table.done()
    return found


def _check_between(kinds: Mapping[str, Kind], more_formats: Collection[str]) -> None:
    """What one kind says of another must be so."""
    for kind in kinds.values():
        place = f"kinds/{kind.name}"
        _check_travel(kind, place)
        for receipt in kind.receipts.values():
            if receipt.kind not in kinds or kinds[receipt.kind].direction is not Direction.IN:
                raise BadKind(f"{place}/receipts.toml", f"'{receipt.kind}' is no inward kind")
        if kind.acts_on and kind.acts_on not in kinds:
            raise BadKind(f"{place}/kind.toml", f"acts_on '{kind.acts_on}' is no kind")
        for act in (*kind.acts.values(), *([kind.draft_act] if kind.draft_act else ())):
            if act not in kinds[kind.acts_on].needs_machine().acts:
                raise BadKind(f"{place}/kind.toml", f"{kind.acts_on} has no act '{act}'")
        if kind.target and kind.target not in {field.id for field in kind.fields}:
            raise BadKind(f"{place}/kind.toml", f"target '{kind.target}' is no field of it")
        if kind.name in more_formats and not kind.format_field:
            raise BadKind(f"{place}/{FORMATS}", f"{kind.name} has no formats")
        if kind.below and kind.below.kind not in kinds:
            raise BadKind(f"{place}/kind.toml", f"below '{kind.below.kind}', which is no kind")
        check_needs(kind, kinds)
        _check_effects(kind, kinds)
        if kind.opens_each and kind.opens_each.state not in kinds[kind.opens_each.kind].needs_machine().states:
            raise BadKind(f"{place}/kind.toml", f"{kind.opens_each.kind} has no state '{kind.opens_each.state}'")


def _check_effects(kind: Kind, kinds: Mapping[str, Kind]) -> None:
    for effect in kind.effects:
        place = f"kinds/{kind.name}/receipts.toml"
        upon = next((kinds[need.kind] for need in kind.needs if need.of == effect.upon), None)
        if upon is None:
            raise BadKind(place, f"'{effect.upon}' names no document that it needs")
        if lost := set(effect.statuses) - upon.needs_machine().codes:
            raise BadKind(place, f"{sorted(lost)} is no state of {upon.name}")


def _check_travel(kind: Kind, place: str) -> None:
    travels = kind.direction is not Direction.LIFE
    if travels != bool(kind.type and kind.root):
        raise BadKind(f"{place}/kind.toml", "a kind that travels has type and root, a life has neither")
    if kind.direction is Direction.OUT and bool(kind.number) == bool(kind.acts_on):
        raise BadKind(f"{place}/kind.toml", "an outward kind has a number series of its own or acts on another kind")
    if (kind.number or kind.number_form) and kind.machine is None:
        raise BadKind(f"{place}/states.toml", "a kind with documents needs states")
