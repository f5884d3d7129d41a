"""What the document is made of, before it is a page: sections of paragraphs, tables and samples, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Paragraph:
    said: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. shares: the widths of its columns, relative."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Text that is shown as it is."""

    shown: str


Block = Paragraph | Grid | Listing


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: Sequence[Block] = ()
    sections: Sequence[Section] = field(default=())


@dataclass(frozen=True, slots=True)
class Document:
    """lang: zh or en. version: of the product that printed it. date: YYYY-MM-DD."""

    lang: str
    title: str
    subtitle: str
    version: str
    date: str
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class Words:
    """One of two languages."""

    lang: str

    def __call__(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en
