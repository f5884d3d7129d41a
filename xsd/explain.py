"""The second judge: xmlschema, slow and well-spoken. It explains every "no" and checks the first judge's verdicts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from typing import TYPE_CHECKING

from lxml import etree

from mappings.kind import Kind
from xsd.errors import JudgesDisagree, ShapeRefused
from xsd.validate import Validator

if TYPE_CHECKING:
    import xmlschema

SCHEMAS = 128  # that a process keeps
EXPLAINED = 50_000  # elements of a message that xmlschema walks in well under a second

_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason why a schema refuses a message. path: XPath of the element; line 0 where unknown."""

    path: str
    line: int
    reason: str


class Explainer:
    """Explains by the same schema texts that the first judge uses; schemas are built once and read-only afterwards."""

    def __init__(self, source: Callable[[Kind], str]) -> None:
        self._source = source
        self._schemas: dict[str, xmlschema.XMLSchema] = {}

    def objections(self, kind: Kind, root: etree._Element, *, most: int = 20) -> tuple[Objection, ...]:
        import xmlschema

        found: list[Objection] = []
        try:
            for error in self._schema(kind).iter_errors(root, use_location_hints=False):
                line = getattr(error.elem, "sourceline", None) or 0
                found.append(Objection(error.path or "/", line, " ".join((error.reason or error.message).split())))
                if len(found) == most:
                    break
        except xmlschema.XMLSchemaException as broken:  # an unknown xsi:type ends its walk
            found.append(Objection("/", 0, " ".join(str(broken).split())))
        return tuple(found)

    def build(self, kind: Kind) -> None:
        """The schema of a kind, now: for whoever would not wait for it later, or measures."""
        self._schema(kind)

    def _schema(self, kind: Kind) -> xmlschema.XMLSchema:
        with _building:
            if kind.namespace not in self._schemas:
                self._schemas[kind.namespace] = _built(self._source(kind))
        return self._schemas[kind.namespace]


@lru_cache(maxsize=SCHEMAS)
def _built(text: str) -> xmlschema.XMLSchema:
    """One schema a text, for all judges of this process. `skip`: that a schema is one by the letter, lxml says at each start and
    xmlschema in the tests; to ask it here takes four times as long as all the rest."""
    import xmlschema  # long to load, and most processes ask the first judge alone

    return xmlschema.XMLSchema(text, allow="none", validation="skip")


def _elements(root: etree._Element) -> int:
    return int(root.xpath("count(//*)"))  # type: ignore[arg-type]


class Judges:
    """Both judges over one message: the verdict is lxml's, the words are xmlschema's.

    both: xmlschema judges every message too, and a disagreement is refused; otherwise it explains a "no", and with `spot`
    judges each so many-th message beside (0: none).
    """

    def __init__(self, source: Callable[[Kind], str], *, both: bool, spot: int = 0) -> None:
        self.validator = Validator(source)
        self.explainer = Explainer(source)
        self.both = both
        self._turns = cycle([*[False] * (spot - 1), True]) if spot else cycle([False])

    def judge(self, kind: Kind, root: etree._Element) -> None:
        """Raises ShapeRefused, explained, or JudgesDisagree. What is too long to explain in time has lxml's words only."""
        if _elements(root) > EXPLAINED:
            self.validator.validate(kind, root)
            return
        accepted = self.validator.accepts(kind, root)
        if accepted and not self.both and not next(self._turns):
            return
        objections = self.explainer.objections(kind, root)
        if accepted == bool(objections):
            words = objections[0].reason if objections else "accepts"
            raise JudgesDisagree("XSD_DISAGREE", lxml="accepts" if accepted else "refuses", xmlschema=words)
        if objections:
            first = objections[0]
            raise ShapeRefused("XSD_INVALID", line=first.line, path=first.path, detail=first.reason, all=objections)
