"""The check sheet of a certificate: every field with its label, goods and containers as tables, and what the sheet is.

It is no certificate: neither seal nor signature is on it, and it says so across the page and below. The manuals name the sheet
(002 §4.4.2b: 核对单预览, 草稿预览) and show no picture of it; its page is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from papers.typesetting import typeset


@dataclass(frozen=True, slots=True)
class Mark:
    """title: what the sheet is called. across: what is written over the page. below: what it is not."""

    title: str
    across: str
    below: str


CHECK = Mark("核对单", "核对单", "本页供核对申报内容，不是证书。")
DRAFT = Mark("草稿", "草稿", "本页为海关拟证草稿的内容，供企业确认，不是证书。")
ISSUED = Mark("证书内容", "非证书", "本页为证书所含信息；证书以海关签发的带签章文件为准。")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the sheet: labels with values, or a table of rows under its head."""

    title: str
    fields: tuple[tuple[str, str], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """number: of the certificate. name: its format in words. parts: in the order in which they stand; an empty one is left out."""

    number: str
    name: str
    title: str
    parts: tuple[Part, ...]
    printed_at: str


def pdf(sheet: Sheet, mark: Mark) -> bytes:
    """Raises PaperError."""
    data = {
        "number": sheet.number,
        "name": sheet.name,
        "title": sheet.title,
        "printed_at": sheet.printed_at,
        "mark": {"title": mark.title, "across": mark.across, "below": mark.below},
        "parts": [
            {
                "title": part.title,
                "fields": [list(f) for f in part.fields],
                "head": list(part.head),
                "rows": [list(r) for r in part.rows],
            }
            for part in sheet.parts
            if part.fields or part.rows
        ],
    }
    return typeset(files("papers.sheet").joinpath("page.typ"), data, date=sheet.printed_at[:10])
