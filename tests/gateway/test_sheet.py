"""Workbooks: read cell by cell with their addresses, refused with a code where they are unsafe or say two things."""

import io
import json
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.map_rows import Number
from gateway.intake.sheet import SENTENCE, Cell, CellKind, SheetRefused, read_sheet
from tests.vectors_files.judge import HERE, TEMPLATE
from tests.vectors_files.made import BOOK, LINKS, MAIN, STYLES, TYPES, sheet, xlsx

HEADER = ["商品编码", "商品名称", "申请重量"]
ROW = ["0203290010", "冻猪肉", 12.5]
GOOD = xlsx([HEADER, ROW])


def told(data, **wishes):
    try:
        read_sheet(data, "a.xlsx", **({"texts": ("商品编码",)} | wishes))
    except SheetRefused as refused:
        assert refused.zh and refused.en and "—" not in refused.zh + refused.en
        assert refused.code == refused.faults[0].code
        return refused.code, refused.faults[0].path
    return "", ""


def code(data, **wishes):
    return told(data, **wishes)[0]


def shared(*texts, item="<si><t>{}</t></si>"):
    items = "".join(item.format(text) for text in texts)
    return {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{items}</sst>'}


def at(index):
    return f'<c r="@" t="s"><v>{index}</v></c>'.encode()


# What is read


def test_cells_have_addresses_and_kinds():
    found = read_sheet(xlsx([HEADER, ROW, [], ["0203290029", None, 7]]), "a.xlsx", wanted=HEADER, texts=HEADER[:1])
    assert [cell.text for cell in found.header] == HEADER
    assert [row.number for row in found.rows] == [2, 4]
    assert found.rows[0].cells["商品编码"] == Cell("A2", "0203290010")
    assert found.rows[1].cells == {"商品编码": Cell("A4", "0203290029"), "申请重量": Cell("C4", "7", CellKind.NUMBER)}
    assert found.title == "商品"


def test_rows_for_intake_maps():
    row = read_sheet(xlsx([HEADER, ["0203290010", None, 7]]), "a.xlsx").map_rows()[0]
    assert (row.place, row.cells) == ("row 2", {"商品编码": "0203290010", "商品名称": "", "申请重量": "7"})
    assert isinstance(row.cells["申请重量"], Number)
    assert not isinstance(row.cells["商品编码"], Number)


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (10, "10", CellKind.NUMBER),
        ("0.1", "0.1", CellKind.TEXT),
        (0.1, "0.1", CellKind.NUMBER),
        (b'<c r="@"><v>3.1400000000000001</v></c>', "3.14", CellKind.NUMBER),
        (b'<c r="@"><v>1E-07</v></c>', "0.0000001", CellKind.NUMBER),
        (b'<c r="@"><v>1.2E+3</v></c>', "1200", CellKind.NUMBER),
        (b'<c r="@" s="1"><v>46347</v></c>', "2026-11-21", CellKind.DATE),
        (b'<c r="@" t="b"><v>1</v></c>', "true", CellKind.BOOLEAN),
        (b'<c r="@" t="str"><v>typed</v></c>', "typed", CellKind.TEXT),
        (at(1), "二", CellKind.TEXT),
        (" 前后空格 ", " 前后空格 ", CellKind.TEXT),
    ],
)
def test_what_a_cell_becomes(value, text, kind):
    found = read_sheet(xlsx([HEADER, ["1", "2", value]], shared("一", "二")), "a.xlsx").rows[0].cells["申请重量"]
    assert (found.address, found.text, found.kind) == ("C2", text, kind)


def test_rich_texts_are_whole_and_readings_are_left_out():
    item = "<si><r><t>冻</t></r><r><t>{}</t></r><rPh><t>dong</t></rPh></si>"
    found = read_sheet(xlsx([HEADER, ["1", at(0)]], shared("猪肉", item=item)), "a.xlsx")
    assert found.rows[0].cells["商品名称"].text == "冻猪肉"


def test_the_first_sheet_that_a_person_sees():
    two = BOOK.replace("<sheets>", '<sheets><sheet name="码表" sheetId="2" state="hidden" r:id="rId2"/>')
    parts = {"xl/workbook.xml": two, "xl/worksheets/sheet2.xml": sheet([["hidden"], ["x"]])}
    assert read_sheet(xlsx([HEADER, ROW], parts), "a.xlsx").title == "商品"


def test_texts_that_would_be_formulas_elsewhere_are_read_as_they_are():
    """The cells of `export-injection-cells.json`, as an export writes them: string cells (B107, the way back)."""
    texts = [row["value"] for row in json.loads((HERE / "csv/export-injection-cells.json").read_text(encoding="utf-8"))]
    found = read_sheet(xlsx([["备注"], *([text] for text in texts)]), "a.xlsx")
    assert [row.cells["备注"].text for row in found.rows] == texts
    assert len(texts) == 15


def test_as_java_writes_it():
    """Entries with data descriptors, which POI writes and a package may not have."""
    data, at_ = bytearray(GOOD), 0
    out, central = b"", []
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        infos = archive.infolist()
    for info in infos:
        at_ = info.header_offset
        begin = at_ + 30 + len(info.filename)
        head = bytearray(data[at_:begin])
        head[6] |= 8
        head[14:26] = bytes(12)
        central.append(len(out))
        out += bytes(head) + data[begin : begin + info.compress_size]
        out += struct.pack("<4s3L", b"PK\x07\x08", info.CRC, info.compress_size, info.file_size)
    start, where = len(out), data.index(b"PK\x01\x02")
    for info, offset in zip(infos, central, strict=True):
        row = bytearray(data[where : where + 46 + len(info.filename)])
        row[8] |= 8
        row[42:46] = struct.pack("<L", offset)
        out, where = out + bytes(row), where + len(row)
    end = bytearray(data[-22:])
    end[16:20] = struct.pack("<L", start)
    assert read_sheet(out + bytes(end), "a.xlsx").rows


# What is refused


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"", "IMP_TYPE"),
        ("商品编码,商品名称\n".encode(), "IMP_TYPE"),
        (b"<html><table></table></html>", "IMP_TYPE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "IMP_ENCRYPTED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "IMP_ENCRYPTED"),
        (GOOD[:-9], "IMP_TYPE"),
        (xlsx([HEADER, ROW], {"xl/vbaProject.bin": "x"}), "IMP_ACTIVE"),
        (xlsx([HEADER, ROW], {"[Content_Types].xml": TYPES.replace("sheet.main", "macroEnabled.main")}), "IMP_ACTIVE"),
    ],
)
def test_no_workbook_in_the_manuals_words(data, want):
    with pytest.raises(SheetRefused) as refused:
        read_sheet(data, "a.xlsx")
    assert refused.value.code == want
    assert refused.value.zh.startswith(SENTENCE)


@pytest.mark.parametrize(
    ("parts", "want"),
    [
        ({"xl/embeddings/oleObject1.bin": "x"}, "IMP_ACTIVE"),
        ({"xl/externalLinks/externalLink1.xml": "<a/>"}, "IMP_ACTIVE"),
        ({"xl/activeX/activeX1.xml": "<a/>"}, "IMP_ACTIVE"),
        ({"xl/macrosheets/sheet1.xml": "<a/>"}, "IMP_ACTIVE"),
        ({"xl/connections.xml": "<a/>"}, "IMP_ACTIVE"),
        ({"xl/_rels/workbook.xml.rels": LINKS.replace('Target="styles.xml"', 'Target="//x" TargetMode="External"')},
         "IMP_ACTIVE"),
        ({"[Content_Types].xml": TYPES.replace("sheet.main+xml", "sheet.binary")}, "IMP_TYPE"),
        ({"xl/workbook.xml": None}, "IMP_TYPE"),
        ({"xl/worksheets/sheet1.xml": None}, "IMP_TYPE"),
        ({"../evil.xml": "<a/>"}, "IMP_TYPE"),
        ({"xl/theme/theme1.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "IMP_XML"),
        ({"docProps/core.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")}, "IMP_XML"),
        ({"xl/workbook.xml": BOOK.replace("<workbook", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><workbook')}, "IMP_XML"),
        ({"xl/workbook.xml": BOOK.replace("</sheets>", '<sheet name="商品" sheetId="2" r:id="rId2"/></sheets>')},
         "IMP_XML"),
        ({"xl/workbook.xml": BOOK.replace('name="商品"', 'name="商品" state="hidden"')}, "IMP_EMPTY"),
        ({"xl/styles.xml": "<a>"}, "IMP_XML"),
        ({"xl/theme/theme1.xml": " " * (4 << 20)}, "IMP_LIMIT"),
        ({f"x{n}.xml": "<a/>" for n in range(300)}, "IMP_LIMIT"),
        ({"xl/styles.xml": STYLES.replace("<numFmts", "<a/>" * 31_000 + "<numFmts")}, "IMP_LIMIT"),
    ],
)  # fmt: skip
def test_bad_parts(parts, want):
    assert code(xlsx([HEADER, ROW], parts)) == want


def test_entity_bomb_and_outside_entity():
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    for doctype in (bomb + "]>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'):
        assert code(xlsx(parts={"xl/worksheets/sheet1.xml": doctype + sheet([HEADER, ROW])})) == "IMP_XML"
        item = shared("&x;")["xl/sharedStrings.xml"]
        assert code(xlsx([HEADER, [at(0)]], {"xl/sharedStrings.xml": doctype + item})) == "IMP_XML"


@pytest.mark.parametrize(
    ("rows", "wishes", "want"),
    [
        ([], {}, ("IMP_EMPTY", "")),
        ([HEADER], {}, ("IMP_EMPTY", "")),
        ([HEADER, [" ", " "]], {}, ("IMP_EMPTY", "")),
        ([ROW], {}, ("IMP_HEADER", "C1")),
        ([["a", "b"], ["1"]], {"wanted": TEMPLATE}, ("IMP_HEADER", "")),
        ([["a", "a"], ["1"]], {}, ("IMP_HEADER", "")),
        ([["a"], ["1", "2"]], {}, ("IMP_HEADER", "B2")),
        ([[], HEADER, ROW], {}, ("IMP_HEADER", "A2")),
        ([[], HEADER, ROW], {"header_row": 2}, ("", "")),
        ([HEADER, [203290010, "x"]], {}, ("IMP_TYPE", "A2 · 商品编码")),
        ([HEADER, ["2.0223E+17", "x"]], {}, ("IMP_TYPE", "A2 · 商品编码")),
        ([HEADER, ["1", 202230000000009207]], {}, ("IMP_TYPE", "B2 · 商品名称")),
        ([HEADER, ["1", b'<c r="@" t="e"><v>#N/A</v></c>']], {}, ("IMP_TYPE", "B2 · 商品名称")),
        ([HEADER, ["1", b'<c r="@"><f>1+1</f><v>2</v></c>']], {}, ("IMP_FORMULA", "B2 · 商品名称")),
        ([HEADER, ["1", b'<c r="@" t="str"><f>A1</f><v>x</v></c>']], {}, ("IMP_FORMULA", "B2 · 商品名称")),
        ([HEADER, ["1", b'<c r="@"><f t="shared" si="0"/><v>2</v></c>']], {}, ("IMP_FORMULA", "B2 · 商品名称")),
        ([HEADER, ["1", b'<c r="@"><f>NOW()</f></c>']], {}, ("IMP_FORMULA", "B2 · 商品名称")),
        ([[b'<c r="@" t="str"><f>A9</f><v>a</v></c>'], ["1"]], {}, ("IMP_HEADER", "A1")),
        ([HEADER, ["1", b'<c r="B3"><v>2</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="A2"><v>2</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="b2"><v>2</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="B2" t="s"><v>9</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="B2" t="s"><v>-1</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="B2"><v>no number</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="B2"><v>nan</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="B2" t="odd"><v>1</v></c>']], {}, ("IMP_XML", "")),
        ([HEADER, ["1", b'<c r="XFD2"><v>2</v></c>']], {}, ("IMP_LIMIT", "")),
    ],
)
def test_bad_cells(rows, wishes, want):
    assert told(xlsx(rows), **wishes) == want


def test_all_bad_cells_are_told_at_once():
    rows = [HEADER, [203290010, "x"], ["1", b'<c r="@"><f>1+1</f></c>'], ["1", "good"]]
    with pytest.raises(SheetRefused) as refused:
        read_sheet(xlsx(rows), "a.xlsx", texts=HEADER[:1])
    assert [(fault.code, fault.path) for fault in refused.value.faults] == [
        ("IMP_TYPE", "A2 · 商品编码"),
        ("IMP_FORMULA", "B3 · 商品名称"),
    ]
    assert "前导 0 可能丢失" in refused.value.zh


def test_the_size_that_a_sheet_states_is_not_believed():
    lie = '<dimension ref="A1:XFD1048576"/>'
    assert len(read_sheet(xlsx([HEADER, ROW], before=lie), "a.xlsx").rows) == 1
    far = sheet([HEADER]).replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    assert code(xlsx(parts={"xl/worksheets/sheet1.xml": far})) == "IMP_LIMIT"


def test_many_cells_and_much_text():
    assert len(read_sheet(xlsx([HEADER] + [ROW] * 5000), "a.xlsx").rows) == 5000
    assert code(xlsx([HEADER] + [ROW] * 10_500)) == "IMP_LIMIT"
    assert code(xlsx([HEADER, ["1", at(0)]], shared("x" * 40_000))) == "IMP_LIMIT"
    assert code(xlsx([HEADER] + [[at(0)] * 3] * 200, shared("x" * 30_000))) == "IMP_LIMIT", "18 MB of one text"


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data):
    assert code(data)
    code(b"PK\x03\x04" + data + GOOD[-22:])


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=40))
def test_any_text_comes_back(text):
    if "\ufffd" in text or not text.strip():
        return
    try:
        found = read_sheet(xlsx([HEADER, ["1", text]]), "a.xlsx")
    except SheetRefused as refused:
        assert "MOJIBAKE" in refused.en + refused.zh or refused.code == "IMP_XML"
        return
    assert found.rows[0].cells["商品名称"].text == text
