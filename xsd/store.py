"""Where the text of a kind's schema comes from: the committed print, else (a kind of the home) printed now."""

from __future__ import annotations

from collections.abc import Callable

from mappings.kind import Kind
from mappings.load import Contract
from xsd.printer import FOLDER, file_name, print_schema


def schema_source(of: Contract) -> Callable[[Kind], str]:
    def source(kind: Kind) -> str:
        committed = FOLDER / file_name(kind)
        return committed.read_text(encoding="utf-8") if committed.is_file() else print_schema(kind, of.head)

    return source
