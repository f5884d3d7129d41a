"""PDFs, zips and workbooks made for one purpose each: well-formed but for what the test asks for."""

import io
import zipfile
import zlib

PAGES = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R>>",
}


def stream(content, words=b"", length=None):
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (words, len(content) if length is None else length, content)


def flate(content, words=b""):
    return stream(zlib.compress(content, 9), b"/Filter/FlateDecode" + words)


def pdf(changed=None, *, trailer=b"", offsets=None, header=b"%PDF-1.7\n", **more):
    """One empty page, with these objects instead of its own. offsets: what the table says instead of the truth."""
    objects = PAGES | {4: stream(b"")} | (changed or {})
    data, where = bytearray(header), {}
    for number, value in objects.items():
        if value is not None:
            where[number] = len(data)
            data += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    where |= offsets or {}
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (max(where) + 1)
    for number in range(1, max(where) + 1):
        data += b"%010d 00000 n \n" % where[number] if number in where else b"0000000000 00001 f \n"
    data += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (max(where) + 1, trailer, start)
    return bytes(data)


def packed_pdf(members, *, table=None, count=None, words=b""):
    """The catalog and its pages in an object stream, found by a table that is a stream."""
    head, body = b"", b""
    for number, value in members.items():
        head += b"%d %d " % (number, len(body))
        body += value + b" "
    holder = max(members) + 1
    data = b"%PDF-1.7\n"
    where = len(data)
    made = flate(head + body, b"/Type/ObjStm/N %d/First %d%s" % (count or len(members), len(head), words))
    data += b"%d 0 obj\n%s\nendobj\n" % (holder, made)
    start = len(data)
    rows = [(0, 0, 255), *((2, holder, index) for index in range(len(members))), (1, where, 0), (1, start, 0)]
    raw = b"".join(a.to_bytes(1, "big") + b.to_bytes(4, "big") + c.to_bytes(2, "big") for a, b, c in table or rows)
    words = b"/Type/XRef/W[1 4 2]/Size %d/Root 1 0 R" % (holder + 2)
    data += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (holder + 1, flate(raw, words), start)
    return data


TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
LINKS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet2.xml"/><Relationship Id="rId3" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
    '<Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
    'Target="sharedStrings.xml"/></Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="商品" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="0"/><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def cell(address, value):
    """Text as an inline string, numbers as numbers, bytes as the cell's own XML."""
    if isinstance(value, bytes):
        return value.decode().replace("@", address)
    if isinstance(value, str):
        text = value.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")
        return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c r="{address}"><v>{value}</v></c>'


def sheet(rows, before=""):
    lines = "".join(
        f'<row r="{n}">{"".join(cell(f"{chr(65 + i)}{n}", v) for i, v in enumerate(row) if v is not None)}</row>'
        for n, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{lines}</sheetData></worksheet>'


def xlsx(rows=(), parts=None, **changed):
    """A workbook of one sheet. parts: further or other files inside it; None takes one out."""
    files = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": LINKS,
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": sheet(rows, **changed),
    } | (parts or {})
    return zipped({name: content for name, content in files.items() if content is not None})


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 21, 9, 30, 0)), content, compress_type=method)
    return out.getvalue()
