"""The document as PDF, set by typst."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from papers.interface.blocks import Block, Document, Grid, Listing, Paragraph, Section
from papers.typesetting import typeset


def pdf(document: Document) -> bytes:
    """The same document gives the same bytes: its time is its date. Raises PaperError."""
    return typeset(files("papers.interface").joinpath("page.typ"), _data(document), date=document.date)


def _data(document: Document) -> dict[str, Any]:
    return {
        "lang": document.lang, "title": document.title, "subtitle": document.subtitle, "version": document.version,
        "date": document.date, "blocks": [block for section in document.sections for block in _flat(section, 1)],
    }  # fmt: skip


def _flat(section: Section, level: int) -> Iterator[dict[str, Any]]:
    yield {"sort": "heading", "level": level, "text": section.title, "fresh": level == 1 and bool(section.sections)}
    yield from map(_block, section.blocks)
    for inner in section.sections:
        yield from _flat(inner, level + 1)


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"sort": "paragraph", "text": block.said}
        case Listing():
            return {"sort": "listing", "text": block.shown}
        case Grid():
            return {"sort": "grid", "head": block.head, "rows": list(block.rows), "shares": block.shares}
