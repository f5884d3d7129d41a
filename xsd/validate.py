"""The first judge: lxml's verdict on a message, fast. Schemas are compiled once a thread, under a lock.

One `XMLSchema` shared by threads mixes up its error log, and two threads that compile at once can poison the process:
hence one compiled schema for each thread, and one compilation at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from lxml import etree

from mappings.kind import Kind
from xsd.errors import ShapeRefused

_compiling = threading.Lock()


class Validator:
    """Judges messages by the schemas of their kinds. `source` gives the text of a kind's schema."""

    def __init__(self, source: Callable[[Kind], str]) -> None:
        self._source = source
        self._of_thread = threading.local()

    def accepts(self, kind: Kind, root: etree._Element) -> bool:
        return bool(self.schema(kind).validate(root))

    def validate(self, kind: Kind, root: etree._Element) -> None:
        """Raises ShapeRefused with line, path and lxml's words for the first objection."""
        schema = self.schema(kind)
        if not schema.validate(root):
            first = schema.error_log[0]  # type: ignore[index]  # the stubs forget that a log is a list
            raise ShapeRefused("XSD_INVALID", line=first.line, path=first.path or "/", detail=first.message)

    def schema(self, kind: Kind) -> etree.XMLSchema:
        compiled: dict[str, etree.XMLSchema] = self._of_thread.__dict__.setdefault("schemas", {})
        if kind.namespace not in compiled:
            with _compiling:
                compiled[kind.namespace] = etree.XMLSchema(etree.fromstring(self._source(kind).encode()))
        return compiled[kind.namespace]
