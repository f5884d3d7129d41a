"""Where the text of a kind's schema comes from: the committed print, else (a kind or a format of the home) printed now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mappings.kind import Group, Kind, Part
from mappings.load import Contract, contract
from xsd.printer import FOLDER, file_name, print_schema


def schema_source(of: Contract) -> Callable[[Kind], str]:
    def source(kind: Kind) -> str:
        committed = FOLDER / file_name(kind)
        shipped = committed.is_file() and _formats(kind) == _formats(contract().kinds.get(kind.name))
        return committed.read_text(encoding="utf-8") if shipped else print_schema(kind, of.head)

    return source


def _formats(kind: Kind | None) -> list[str]:
    """The formats that a message of this kind may hold, of everything that it carries."""
    if kind is None:
        return []
    carried = _carried(kind.parts)
    return sorted({*kind.formats, *(id_ for inner in carried for id_ in inner.formats)})


def _carried(parts: Iterable[Part]) -> Iterator[Kind]:
    for part in parts:
        if isinstance(part, Group):
            if part.kind:
                yield part.kind
            yield from _carried(part.parts)
