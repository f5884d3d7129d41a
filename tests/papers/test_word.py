"""Certificate templates as Word documents: whole packages, every box of the format, nothing but text."""

from __future__ import annotations

import io
import zipfile

import pytest
from lxml import etree

from mappings.element import Field, Filler
from mappings.load import contract
from papers.word.certificate import template
from papers.word.document import Paragraph, Table, W, docx

KIND = contract().kinds["certificate"]


def said(data: bytes) -> list[str]:
    """The texts of a document, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        assert package.namelist() == ["[Content_Types].xml", "_rels/.rels", "word/document.xml"]
        roots = [etree.fromstring(package.read(name)) for name in package.namelist()]
    assert not roots[2].findall(".//{*}hyperlink") and [e.get("TargetMode") for e in roots[1]] == [None]
    return ["".join(each.itertext()) for each in roots[2].iter(f"{{{W}}}p")]


@pytest.mark.parametrize("id_", sorted(KIND.formats))
def test_every_box_of_the_format_stands_in_its_template(id_: str) -> None:
    chosen = KIND.formats[id_]
    data = template(KIND, chosen)
    assert data == template(KIND, chosen)
    texts = said(data)
    own = {part.zh for part in chosen.parts if isinstance(part, Field) and part.by is Filler.ENTERPRISE}
    assert own <= set(texts) and {"证书货物信息", "证书集装箱信息"} <= set(texts)
    assert texts[0] == (chosen.title_zh or chosen.title_en) and f"{chosen.zh}（{id_}）" in texts


def test_no_text_is_markup_and_what_no_xml_holds_is_left_out() -> None:
    texts = said(docx([Paragraph("<w:p>&\x07 a\nb"), Table([["1", "<"], ["", "]]>"]], (1, 3), head=True)]))
    assert texts == ["<w:p>&  ab", "1", "<", "", "]]>", ""]


def test_a_table_is_as_wide_as_the_page_and_every_row_has_its_cells() -> None:
    with zipfile.ZipFile(io.BytesIO(docx([Table([["a", "b", "c"]] * 4, (1, 2, 3))]))) as package:
        table = etree.fromstring(package.read("word/document.xml")).find(f".//{{{W}}}tbl")
    assert table is not None
    grid = [int(column.get(f"{{{W}}}w", "0")) for column in table.iter(f"{{{W}}}gridCol")]
    assert len(grid) == 3 and grid == sorted(grid) and 9600 < sum(grid) <= 9638
    assert [len(row.findall(f"{{{W}}}tc")) for row in table.iter(f"{{{W}}}tr")] == [3] * 4
    with pytest.raises(ValueError, match="zip"):
        docx([Table([["a"]], (1, 2))])
