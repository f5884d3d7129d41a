"""A Word document (Office Open XML, ECMA-376 part 1 §11, §17) of headings, paragraphs and tables: text only, no macro, no link,
nothing that is fetched. The same content gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip knows
WIDTH = 9638  # twentieths of a point: A4 without its margins of 20 mm
_NO_XML = {c: " " for c in range(32) if chr(c) not in "\t\n\r"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """size: half points."""

    said: str
    size: int = 21
    bold: bool = False
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """rows of texts; shares: how the columns share the width; head: the first row is one."""

    rows: Sequence[Sequence[str]]
    shares: Sequence[int]
    head: bool = False


def docx(blocks: Iterable[Paragraph | Table]) -> bytes:
    body = "".join(_paragraph(b) if isinstance(b, Paragraph) else _table(b) + _paragraph(Paragraph("")) for b in blocks)
    section = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'  # noqa: E501
    return _packed(
        {
            "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="{RELATIONS}"/><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>',
            "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{OFFICE}" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'{HEAD}<w:document xmlns:w="{W}"><w:body>{body}{section}</w:body></w:document>',
        }
    )


def _packed(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(zipfile.ZipInfo(name, EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _paragraph(of: Paragraph) -> str:
    placed = '<w:pPr><w:spacing w:after="80"/><w:jc w:val="center"/></w:pPr>' if of.centred else ""
    return f"<w:p>{placed}{''.join(_runs(of.said, of.size, bold=of.bold))}</w:p>"


def _runs(text: str, size: int, *, bold: bool) -> Iterator[str]:
    """One run a line."""
    fonts = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="SimSun" w:cs="Times New Roman"/>'
    look = f'<w:rPr>{fonts}{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
    for index, line in enumerate(text.translate(_NO_XML).splitlines()):
        yield f'<w:r>{look}{"<w:br/>" if index else ""}<w:t xml:space="preserve">{escape(line)}</w:t></w:r>'


def _table(of: Table) -> str:
    widths = [WIDTH * share // sum(of.shares) for share in of.shares]
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    looks = f'<w:tblPr><w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = "".join(_row(row, widths, head=of.head and not index) for index, row in enumerate(of.rows))
    return f"<w:tbl>{looks}<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"


def _row(cells: Sequence[str], widths: Sequence[int], *, head: bool) -> str:
    repeated = "<w:trPr><w:tblHeader/></w:trPr>" if head else ""
    inner = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(Paragraph(text, 19, bold=head))}</w:tc>'
        for text, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{repeated}{inner}</w:tr>"
