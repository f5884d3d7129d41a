"""The document as one page: no script, no address outside, readable on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

from papers.interface.blocks import Block, Document, Grid, Listing, Paragraph, Section


def html(document: Document) -> str:
    style = files("papers.interface").joinpath("page.css").read_text(encoding="utf-8")
    numbered = [(str(n), section) for n, section in enumerate(document.sections, start=1)]
    body = "".join(line for number, section in numbered for line in _section(section, number, 2))
    lang = "zh-CN" if document.lang == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(document.title)}</title>'
        f"<style>{style}</style></head><body><header><h1>{escape(document.title)}</h1>"
        f"<p>{escape(document.subtitle)}</p><p>{escape(document.version)} · {document.date}</p></header>"
        f"<nav>{_contents(numbered)}</nav><main>{body}</main></body></html>\n"
    )


def _contents(sections: Sequence[tuple[str, Section]]) -> str:
    """Two levels of the table of contents."""
    items = "".join(
        f'<li><a href="#s{number}">{number} {escape(section.title)}</a>{_inner(number, section)}</li>'
        for number, section in sections
    )
    return f"<ol>{items}</ol>"


def _inner(number: str, section: Section) -> str:
    if not section.sections:
        return ""
    return (
        _contents([(f"{number}.{n}", inner) for n, inner in enumerate(section.sections, start=1)])
        if "." not in number
        else ""
    )


def _section(section: Section, number: str, level: int) -> Iterator[str]:
    tag = f"h{min(level, 5)}"
    yield f'<section><{tag} id="s{number}">{number} {escape(section.title)}</{tag}>'
    yield from map(_block, section.blocks)
    for n, inner in enumerate(section.sections, start=1):
        yield from _section(inner, f"{number}.{n}", level + 1)
    yield "</section>"


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return f"<p>{escape(block.said)}</p>"
        case Listing():
            return f"<pre>{escape(block.shown)}</pre>"
        case Grid():
            return _grid(block)


def _grid(grid: Grid) -> str:
    total = sum(grid.shares)
    columns = "".join(f'<col style="width:{100 * share / total:.1f}%">' for share in grid.shares)
    head = "".join(f"<th>{escape(cell)}</th>" for cell in grid.head)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in grid.rows)
    return f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
