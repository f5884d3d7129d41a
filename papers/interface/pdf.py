"""The document as PDF, set by typst. Raises PaperError where typst or its font is not installed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from papers.errors import PaperError
from papers.interface.blocks import Block, Document, Grid, Listing, Paragraph, Section

EXTRA = "papers"


def pdf(document: Document) -> bytes:
    """The same document gives the same bytes: its time is its date."""
    typst, fonts = _tools()
    template = files("papers.interface").joinpath("page.typ").read_text(encoding="utf-8")
    data = json.dumps(_data(document), ensure_ascii=False)
    made = typst.compile(
        template.encode(),
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        sys_inputs={"document": data},
        timestamp=int(datetime.fromisoformat(document.date).replace(tzinfo=UTC).timestamp()),
    )
    return bytes(made)


def _tools() -> tuple[Any, Path]:
    try:
        import noto_cjk_sans_otc
        import typst
    except ImportError as missing:
        raise PaperError("PAPER_TOOL", missing=str(missing.name), extra=EXTRA) from missing
    return typst, Path(noto_cjk_sans_otc.__file__).parent


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
