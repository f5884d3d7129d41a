"""One kind from its folder: every file read strictly, every name bound to the dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib.resources.abc import Traversable

from mappings.demands import Rule
from mappings.dictionary import Dictionary
from mappings.element import Field
from mappings.fact_rules import FACT_PREDICATES
from mappings.facts import load_asked, load_backfills
from mappings.faults import table as fault_table
from mappings.kind import Becomes, Below, Changes, Direction, Group, Kind, OpensEach, Part, Template
from mappings.load_attaching import with_attachments
from mappings.load_field import load_field
from mappings.load_formats import load_formats
from mappings.load_needs import load_needs
from mappings.load_states import load_machine
from mappings.receipt import Effect, Receipt
from mappings.rules import PREDICATES
from mappings.states import Machine
from mappings.table import BadKind, Table

KNOWN_FILES = frozenset({"kind.toml", "states.toml", "rules.toml", "receipts.toml", "families.csv", "validity.toml"})
BESIDE = ("validity",)  # facts of customs that may have a machine of their own
KNOWN_FOLDERS = frozenset({"formats", "stories"})


class KindLoader:
    """Loads kinds by name; a kind that others are made of (certificate) is loaded once, before them."""

    def __init__(
        self,
        dictionary: Dictionary,
        folders: Mapping[str, Traversable],
        groups: Mapping[str, tuple[Part, ...]],
        rules: Mapping[str, Rule],
        more_formats: Mapping[str, Sequence[Traversable]],
    ) -> None:
        self.dictionary = dictionary
        self.folders = folders
        self.groups = groups
        self.rules = rules
        self.more_formats = more_formats
        self._loaded: dict[str, Kind] = {}

    def kind(self, name: str) -> Kind:
        if name not in self._loaded:
            self._loaded[name] = self._load(self.folders[name])
        return self._loaded[name]

    def _load(self, folder: Traversable) -> Kind:
        place = f"kinds/{folder.name}"
        _check_files(folder, place)
        table = Table.read(folder.joinpath("kind.toml"), f"{place}/kind.toml")
        kind = with_attachments(self._head(table, folder), table, self.dictionary, self.groups.get("attachment", ()))
        table.done()
        if kind.name != folder.name:
            raise table.bad(f"name '{kind.name}' is not the folder's")
        if kind.about and kind.about not in {field.id for field in kind.fields}:
            raise table.bad(f"about '{kind.about}' is none of its fields")
        return self._complete(kind, folder, place)

    def _head(self, table: Table, folder: Traversable) -> Kind:
        return Kind(
            name=table.take("name", str),
            zh=table.take("zh", str),
            en=table.take("en", str),
            version=table.take("version", int),
            direction=table.choice("direction", Direction),
            source=self.dictionary.cited(table),
            type=table.take("type", str, ""),
            biz=table.take("biz", str, ""),
            root=table.take("root", str, ""),
            number=table.take("number", str, ""),
            number_form=table.take("number_form", str, ""),
            acts_on=table.take("acts_on", str, ""),
            act_field=table.take("act_field", str, ""),
            acts=dict(table.table("acts")),
            target=table.take("target", str, ""),
            draft_act=table.take("draft_act", str, ""),
            facts=load_asked(table),
            backfills=load_backfills(table),
            tells=table.texts("tells"),
            about=table.take("about", str, ""),
            needs=load_needs(table, self.dictionary),
            changes=self._changes(table),
            repeat=table.take("repeat", str, "allow"),
            opens=table.flag("opens"),
            whole=table.flag("whole"),
            below=self._below(table),
            becomes=table.choice("becomes", Becomes, Becomes.EVENTS),
            opens_each=self._opens_each(table),
            format_field=table.take("formats", str, ""),
            template=_template(table),
            rules=self._obeyed(table),
            parts=self._parts(table, self._shared(table)),
            folder=folder,
        )

    def _shared(self, table: Table) -> tuple[Part, ...]:
        """The fields of the group that a kind, or a list in it, begins with."""
        like = table.take("like", str, "")
        if like and like not in self.groups:
            raise table.bad(f"groups.toml has no group '{like}'")
        return self.groups[like] if like else ()

    def _opens_each(self, table: Table) -> OpensEach | None:
        values = table.table("opens_each")
        if not values:
            return None
        inner = Table(f"{table.place}: [opens_each]", values)
        opens = OpensEach(
            inner.take("kind", str),
            tuple(inner.take("group", str).split("/")),
            inner.take("state", str),
            inner.take("state_field", str, ""),
            inner.flag("whole"),
            inner.flag("known"),
        )
        inner.done()
        return opens

    def _below(self, table: Table) -> Below | None:
        values = table.table("below")
        if not values:
            return None
        inner = Table(f"{table.place}: [below]", values)
        below = Below(
            inner.take("kind", str), inner.take("of", str), inner.take("same", str), inner.take("without", str)
        )
        inner.done()
        if below.without not in fault_table():
            raise inner.bad(f"faults.toml has no '{below.without}'")
        return below

    def _changes(self, table: Table) -> Changes | None:
        values = table.table("changes")
        if not values:
            return None
        inner = Table(f"{table.place}: [changes]", values)
        name = inner.take("kind", str)
        if name not in self.folders:
            raise inner.bad(f"there is no kind '{name}'")
        changes = Changes(
            group=inner.take("in", str),
            of=inner.take("of", str),
            kind=self.kind(name),
            parts=dict(inner.table("parts")),
            never=inner.texts("never"),
        )
        inner.done()
        if lost := set(changes.parts.values()) - {"", *(group.name for group in changes.kind.groups)}:
            raise inner.bad(f"{name} has no group {sorted(lost)}")
        if lost := set(changes.never) - {field.id for field in changes.kind.fields}:
            raise inner.bad(f"{name} has no field {sorted(lost)}")
        return changes

    def _obeyed(self, table: Table) -> tuple[Rule, ...]:
        codes = table.texts("obeys")
        for code in codes:
            if code not in self.rules:
                raise table.bad(f"mappings/rules.toml has no rule {code}")
        return tuple(self.rules[code] for code in codes)

    def _parts(self, table: Table, before: tuple[Part, ...]) -> tuple[Part, ...]:
        fields = tuple(load_field(entry, self.dictionary) for entry in table.tables("field"))
        groups = tuple(self._group(entry) for entry in table.tables("group"))
        parts = before + fields + groups
        seen: set[str] = set()
        for name in (part.id if isinstance(part, Field) else part.name for part in parts):
            if name in seen:
                raise table.bad(f"'{name}' stands twice")
            seen.add(name)
        return parts

    def _group(self, table: Table) -> Group:
        shared, kind = self._shared(table), table.take("kind", str, "")
        if kind and kind not in self.folders:
            raise table.bad(f"there is no kind '{kind}'")
        group = Group(
            name=table.take("name", str),
            zh=table.take("zh", str),
            en=table.take("en", str),
            wrapper=table.take("wrapper", str),
            element=table.take("element", str),
            min=table.take("min", int, 0),
            max=table.take("max", int, 0),
            source=self.dictionary.cited(table),
            kind=self.kind(kind) if kind else None,
            parts=self._parts(table, shared),
        )
        table.done()
        if bool(group.kind) == bool(group.parts):
            raise table.bad("a group has either parts of its own or a kind")
        return group

    def _complete(self, kind: Kind, folder: Traversable, place: str) -> Kind:
        kind = replace(kind, rules=kind.rules + self._rules(folder, place), stories=_stories(folder))
        if kind.format_field:
            folders = (folder, *self.more_formats.get(kind.name, ()))
            travels = kind.direction is not Direction.LIFE
            read = partial(self._parts, before=())
            kind = replace(kind, formats=load_formats(folders, self.dictionary, read, templates=travels))
            _check_formats(kind, place)
        if folder.joinpath("states.toml").is_file():
            kind = replace(kind, machine=_machine(folder, place))
        if folder.joinpath("receipts.toml").is_file():
            kind = self._receipts(kind, Table.read(folder.joinpath("receipts.toml"), f"{place}/receipts.toml"))
        return kind

    def _rules(self, folder: Traversable, place: str) -> tuple[Rule, ...]:
        file = folder.joinpath("rules.toml")
        if not file.is_file():
            return ()
        table = Table.read(file, f"{place}/rules.toml")
        rules = tuple(load_rule(entry, self.dictionary) for entry in table.tables("rule"))
        table.done()
        return rules

    def _receipts(self, kind: Kind, table: Table) -> Kind:
        receipts = {}
        for entry in table.tables("receipt"):
            receipt = Receipt(
                code=entry.take("code", str),
                kind=entry.take("kind", str),
                sentence=entry.take("sentence", str),
                en=entry.take("en", str),
                brings=entry.texts("brings"),
                says=dict(entry.table("says")),
                after=entry.span("after") or timedelta(0),
                source=self.dictionary.cited(entry),
            )
            entry.done()
            receipts[receipt.code] = receipt
        happy, moods = table.texts("happy"), dict(table.table("moods"))
        answers = {act: tuple(codes) for act, codes in table.table("answers").items()}
        effects = tuple(_effect(entry) for entry in table.tables("effect"))
        table.done()
        codes = (*happy, *moods.values(), *(c for each in answers.values() for c in each), *(e.on for e in effects))
        for code in (*receipts, *codes):
            if code not in kind.needs_machine().codes:
                raise table.bad(f"'{code}' is no state of {kind.name}")
        return replace(kind, receipts=receipts, happy=happy, moods=moods, answers=answers, effects=effects)


def _template(table: Table) -> Template | None:
    values = table.table("template")
    if not values:
        return None
    inner = Table(f"{table.place}: [template]", values)
    found = Template(inner.take("fact", str), inner.take("day", str))
    inner.done()
    return found


def _check_formats(kind: Kind, place: str) -> None:
    """No format brings a field or group that the kind has; the templates of a kind that travels are its root's types."""
    own = {part.id if isinstance(part, Field) else part.name for part in kind.parts}
    for format_ in kind.formats.values():
        if twice := own & {part.id if isinstance(part, Field) else part.name for part in format_.parts}:
            raise BadKind(f"{place}/formats/{format_.id}.toml", f"'{min(twice)}' stands in the kind already")
        if kind.template and sum(format_.code == each.code for each in kind.formats.values()) > 1:
            raise BadKind(f"{place}/formats/{format_.id}.toml", f"another template is called '{format_.code}'")


def _effect(table: Table) -> Effect:
    effect = Effect(table.take("on", str), table.take("upon", str), table.texts("statuses"), table.texts("takes"))
    table.done()
    return effect


def _machine(folder: Traversable, place: str) -> Machine:
    """The kind's states, and the machines beside them: `validity.toml` is moved by the fact `validity`."""
    machine = load_machine(Table.read(folder.joinpath("states.toml"), f"{place}/states.toml"))
    found = {name: folder.joinpath(f"{name}.toml") for name in BESIDE}
    return replace(
        machine,
        beside={
            name: load_machine(Table.read(file, f"{place}/{name}.toml"))
            for name, file in found.items()
            if file.is_file()
        },
    )


def load_rule(table: Table, dictionary: Dictionary) -> Rule:
    rule = Rule(
        code=table.take("code", str),
        check=table.take("check", str),
        within=tuple(step for step in table.take("in", str, "").split("/") if step),
        of=table.texts("of"),
        when={name: tuple(values) for name, values in table.table("when").items()},
        values=tuple(table.take("values", list, [])),
        pattern=table.take("pattern", str, ""),
        min=table.take("min", int, 0),
        max=table.take("max", int, 0),
        zh=table.take("zh", str),
        en=table.take("en", str),
        source=dictionary.cited(table),
        ok=table.take("ok", dict),
        bad=table.take("bad", dict),
        fact=tuple(step for step in table.take("fact", str, "").split("/") if step),
        match=table.take("match", str, ""),
        names=table.texts("names"),
    )
    table.done()
    if bool(rule.fact) != (rule.check in FACT_PREDICATES):
        raise table.bad("a rule over a fact, and no other, has the key 'fact'")
    if rule.check not in PREDICATES:
        raise table.bad(f"'{rule.check}' is no predicate; there are {', '.join(sorted(PREDICATES))}")
    for name in (*rule.of, *rule.when, *rule.names, *([rule.match] if rule.match else ())):
        if name not in dictionary.elements:
            raise table.bad(f"the dictionary has no data element '{name}'")
    return rule


def _check_files(folder: Traversable, place: str) -> None:
    for entry in folder.iterdir():
        known = KNOWN_FOLDERS if entry.is_dir() else KNOWN_FILES
        if entry.name not in known and not entry.name.startswith("__pycache__"):
            raise BadKind(f"{place}/{entry.name}", "unknown file: it would be read by nobody")


def _stories(folder: Traversable) -> tuple[str, ...]:
    stories = folder.joinpath("stories")
    return tuple(sorted(s.name for s in stories.iterdir())) if stories.is_dir() else ()
