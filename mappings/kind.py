"""What a message kind is made of, once its folder has been read: frozen, compiled, without behaviour of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from mappings.attaching import Attaching
from mappings.demands import Need, Rule
from mappings.element import Field
from mappings.facts import Asked, Backfill
from mappings.receipt import Effect, Receipt
from mappings.states import Machine

RECORDS = "records"  # the group of an inward kind whose items are each about one document


class Becomes(StrEnum):
    """What an inward kind's content becomes in the ledger."""

    EVENTS = "events"  # records move documents
    STATEMENT = "statement"  # customs' own account: it moves nothing, it is laid beside ours


class Direction(StrEnum):
    OUT = "out"
    IN = "in"
    LIFE = "life"  # lives in documents, has no message of its own


@dataclass(frozen=True)
class Group:
    """A list of items inside a message. `max` 0: no limit. With `kind`, every item is a document of that kind."""

    name: str
    zh: str
    en: str
    wrapper: str
    element: str
    min: int
    max: int
    source: str
    parts: tuple[Part, ...]
    kind: Kind | None = None

    def shape(self, item: Mapping[str, Any]) -> tuple[Part, ...]:
        """The parts of one item: its own, or its kind's with the format that it chose."""
        return self.kind.shape(item) if self.kind else self.parts


Part = Field | Group


def _name(part: Part) -> str:
    return part.id if isinstance(part, Field) else part.name


def _merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Each field and group once, as it stands first; a group with the parts of all groups of its name."""
    found: dict[str, Part] = {}
    for part in parts:
        first = found.setdefault(_name(part), part)
        if isinstance(part, Group) and isinstance(first, Group) and first is not part:
            found[part.name] = replace(first, parts=_merged((*first.parts, *part.parts)))
    return tuple(found.values())


def _attaches(group: Group) -> bool:
    inner = any(_attaches(part) for part in group.parts if isinstance(part, Group))
    return inner or bool(group.kind and group.kind.attaches)


@dataclass(frozen=True, slots=True)
class Format:
    """What one of several forms of a kind adds to it: the format of a certificate, the template of a supplement.

    shown: where its fields are known from (shown, cut at, family, own). Class, titles, languages and print modes are a
    certificate's, and so are the blank forms that it may be printed on (the family's code
    where a format names none). A template may end: valid_from and valid_to are its first and last day, "" for no bound, `dates` their
    source, successor the template that is used from then on.
    """

    id: str
    code: str
    zh: str
    en: str
    shown: str
    version: int
    source: str
    parts: tuple[Part, ...]
    certificate_class: str = ""
    title_zh: str = ""
    title_en: str = ""
    languages: tuple[str, ...] = ()
    print_modes: tuple[str, ...] = ()
    blank_formats: tuple[str, ...] = ()
    valid_from: str = ""
    valid_to: str = ""
    dates: str = ""
    successor: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    def in_force(self, day: str) -> bool:
        """day: YYYY-MM-DD."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


@dataclass(frozen=True, slots=True)
class Changes:
    """The group whose lines change another document, old → new.

    kind, of: of the document that is changed, and the field that names it. parts: by code the group of it that a line
    speaks of, "" for the document itself. never: fields that may not change although the enterprise fills them.
    """

    group: str
    of: str
    kind: Kind
    parts: Mapping[str, str]
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Where a kind with templates learns which of them counts: the fact that names it, and the field with its day there."""

    fact: str
    day: str


@dataclass(frozen=True, slots=True)
class OpensEach:
    """An inward kind that opens a document of another kind for every item of a group.

    state: where it begins; `state_field`: the field of the item that says so instead. whole: the item is what was
    declared of the document, and a later one is its next revision. known: it tells documents that there are, and opens none.
    """

    kind: str
    group: tuple[str, ...]
    state: str
    state_field: str = ""
    whole: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class Below:
    """Which document of ours stands above one that customs opens.

    kind, of: its kind, and the field of what is opened that names it. same: the field that says what business it is about, where
    it is not named. without: the code of the note where there is none here.
    """

    kind: str
    of: str
    same: str
    without: str


@dataclass(frozen=True)
class Kind:
    """One message kind, or one life without a message. Everything that the stations know of it.

    acts_on, acts: the kind of the document that it is a turn of, and the act by the value of `act_field`.
    target: the field that names that document; draft_act: the act that keeps it as a draft there, "" where it has none.
    tells: fields whose values are kept as facts of every document that it acts upon.
    about: the field that holds the number of the business that its documents are about, by which people find them.
    opens: customs may open a document by it that nobody here has sent; below: what that one then belongs to.
    whole: what it brings of a document is what is known of it, and comes as its next revision.
    """

    name: str
    zh: str
    en: str
    version: int
    direction: Direction
    source: str
    parts: tuple[Part, ...]
    type: str = ""
    biz: str = ""
    root: str = ""
    number: str = ""
    number_form: str = ""
    acts_on: str = ""
    act_field: str = ""
    acts: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    draft_act: str = ""
    facts: tuple[Asked, ...] = ()
    backfills: tuple[Backfill, ...] = ()
    tells: tuple[str, ...] = ()
    about: str = ""
    needs: tuple[Need, ...] = ()
    changes: Changes | None = None
    repeat: str = "allow"
    opens: bool = False
    whole: bool = False
    below: Below | None = None
    becomes: Becomes = Becomes.EVENTS
    opens_each: OpensEach | None = None
    machine: Machine | None = None
    rules: tuple[Rule, ...] = ()
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    happy: tuple[str, ...] = ()
    moods: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    format_field: str = ""
    template: Template | None = None
    formats: Mapping[str, Format] = field(default_factory=dict)
    stories: tuple[str, ...] = ()
    attaching: Attaching | None = None
    folder: Any = None

    @property
    def namespace(self) -> str:
        return f"urn:customs-gateway:{self.type.lower()}:{self.version}"

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        return tuple(part for part in self.parts if isinstance(part, Group))

    @cached_property
    def carries(self) -> Group | None:
        """The group whose items are documents of their own, carried in this kind's message."""
        return next((group for group in self.groups if group.kind), None)

    @cached_property
    def records(self) -> Group | None:
        """The group of an inward kind whose items are each about one document; None where it says nothing of documents."""
        return next((group for group in self.groups if group.name == RECORDS), None)

    def needs_records(self) -> Group:
        if self.records is None:
            raise LookupError(f"{self.name} has no {RECORDS}")
        return self.records

    @cached_property
    def opened(self) -> Kind | None:
        """The documents that a message of it opens and that customs numbers; None where it opens none such."""
        inner = (part.kind for part in self.records.parts if isinstance(part, Group)) if self.records else ()
        return next((life for life in inner if life and life.number_form), None) if self.opens else None

    @property
    def notifies(self) -> Kind | None:
        """Of these the pieces of work, which are opened once and never said anew."""
        return None if self.whole else self.opened

    @cached_property
    def attaches(self) -> bool:
        """Files may travel with it: its own, or those of a document inside it."""
        return bool(self.attaching) or any(_attaches(group) for group in self.groups)

    @cached_property
    def serial_field(self) -> str:
        """The field that holds the number of a document which travels inside another's message."""
        return next(
            (
                f.id
                for f in self.fields
                if f.element.grammar and f.element.grammar.series == self.number and self.number
            ),
            "",
        )

    def shape(self, content: Mapping[str, Any]) -> tuple[Part, ...]:
        """The parts of one content: the kind's own, then those of the format that it chose."""
        chosen = self.formats.get(str(content.get(self.format_field, ""))) if self.format_field else None
        return self.parts + chosen.parts if chosen else self.parts

    @cached_property
    def certain(self) -> frozenset[str]:
        """The facts without which it is not declared."""
        return frozenset(asked.name for asked in self.facts if asked.certain)

    def fills_in(self, within: str, name: str) -> bool:
        """May a certain fact fill in this field, or (name "") this whole group?"""
        mine = (b for b in self.backfills if b.fact[0] in self.certain and b.within == within)
        return any(b.rows if not name else name in b.of and (not within or bool(b.match)) for b in mine)

    def widest(self, format_: str = "") -> tuple[Part, ...]:
        """Its own parts, then those that its formats add (or this one alone), each once; groups of one name are one."""
        chosen = [each for each in self.formats.values() if format_ in ("", each.id)]
        own = {_name(part) for part in self.parts}
        return self.parts + tuple(
            p for p in _merged([part for each in chosen for part in each.parts]) if _name(p) not in own
        )

    def needs_machine(self) -> Machine:
        if self.machine is None:
            raise LookupError(f"{self.name} has no states: it acts on {self.acts_on or 'nothing'}")
        return self.machine
