"""证书模板: a certificate format as a Word document to be filled in (manual 002 §4.2.1.1: 可下载申请证书的 word 版式证书模板，可进行编辑).

Its boxes are those of the format; the page is ours. Filled in and saved as PDF it is 随附材料 of the certificate.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.attaching import GROUP
from mappings.element import Field, Filler
from mappings.kind import Format, Group, Kind
from papers.word.document import Paragraph, Table, docx

LINES = 3  # empty lines of a list
OURS = frozenset({Filler.ENTERPRISE})


def template(kind: Kind, chosen: Format) -> bytes:
    return docx(_blocks(kind, chosen))


def _blocks(kind: Kind, chosen: Format) -> Iterator[Paragraph | Table]:
    for text, size in ((chosen.title_zh, 32), (chosen.title_en, 28)):
        if text:
            yield Paragraph(text, size, bold=True, centred=True)
    yield Paragraph(f"{chosen.zh}（{chosen.id}）", 18, centred=True)
    parts = kind.shape({kind.format_field: chosen.id})
    fields = [part for part in parts if isinstance(part, Field) and part.by in OURS and part.id != kind.format_field]
    if fields:
        yield Table([(field.zh, "") for field in fields], (1, 2))
    for group in (part for part in parts if isinstance(part, Group) and part.name != GROUP):
        columns = [part.zh for part in group.parts if isinstance(part, Field) and part.by in OURS]
        yield Paragraph(group.zh, 22, bold=True)
        yield Table([columns, *([""] * len(columns) for _ in range(LINES))], [1] * len(columns), head=True)
