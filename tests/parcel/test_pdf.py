"""PDFs that customs can open pass; what is broken, active, encrypted, two-faced or too much is told by its code."""

import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parcel.attachment import AttachmentRefused
from parcel.pdf.inspection import inspect_pdf
from tests.vectors_files.judge import HERE
from tests.vectors_files.made import PAGES, flate, packed_pdf, pdf, stream, zipped

PIXEL = b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray"
TREE = {1: PAGES[1], 2: PAGES[2], 3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"}


def code(data):
    try:
        inspect_pdf(data, "a.pdf")
    except AttachmentRefused as refusal:
        assert "—" not in refusal.zh + refusal.en
        return refusal.code
    return ""


def incremented(first, number, value):
    """The same file with one object written anew behind its end."""
    start = int(first.rpartition(b"startxref")[2].split()[0])
    where = len(first)
    data = first + b"%d 0 obj\n%s\nendobj\n" % (number, value)
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\n" % (number, where, start)
    return data + table + b"startxref\n%d\n%%%%EOF\n" % len(data)


def page(words=b"", contents=b"4 0 R"):
    return b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents %s%s>>" % (contents, words)


# Good ones


@pytest.mark.parametrize(
    "data",
    [
        pdf(),
        packed_pdf(TREE),
        packed_pdf(TREE, words=b"/Extends null"),
        incremented(pdf(), 4, stream(b"0 g")),
        pdf({4: flate(b"0 g " * 9)}),
        pdf({4: stream(b"9jqo^~>", b"/Filter/ASCII85Decode")}),
        pdf({4: stream(b"3020 67>", b"/Filter[/ASCIIHexDecode]")}),
        pdf({4: stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", b"/Filter/LZWDecode")}),
        pdf({4: stream(b"\xff0\x80", b"/Filter/RunLengthDecode")}),
        pdf({4: b"<</Length 5 0 R>>\nstream\n0 g\nendstream", 5: b"3"}),
        pdf({1: b"<</Type/Catalog/Pages 2 0 R/OpenAction[3 0 R/Fit]>>"}),
        pdf({1: b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/GoTo/D[3 0 R/Fit]>>>>"}),
        pdf({5: b"(a string of /JavaScript and \\) %%EOF (inside))"}),
        pdf({5: b"[1 -.5 +2. true null <</A/B#43>> <41 4> % a comment\r (x)]"}),
        pdf(header=b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"),
    ],
)
def test_good(data):
    assert inspect_pdf(data, "a.pdf").page_count == 1


def test_bytes_of_a_page_are_its_own_and_its_part_of_what_is_shared():
    kids = {2: b"<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2/Resources<</XObject<</I 5 0 R>>>>>>"}
    own = {3: page(), 4: stream(b" " * 100), 5: stream(b"x" * 1000, PIXEL), 6: page(contents=b"7 0 R"), 7: stream(b"")}
    found = inspect_pdf(pdf(kids | own | {8: stream(b"of no page" * 999)}), "a.pdf")
    assert found.page_bytes == (600, 500)


# Bad ones


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"", "ATT_TYPE"),
        (b"<html><body>login</body></html>", "ATT_TYPE"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "ATT_TYPE"),
        (b"\n" + pdf(), "ATT_POLYGLOT"),
        (pdf() + zipped({"a.txt": "x"}), "ATT_POLYGLOT"),
        (pdf() + b"MZ", "ATT_POLYGLOT"),
        (zipped({"a.txt": "x"}) + pdf(), "ATT_POLYGLOT"),
        (pdf()[:-7] + b"%PK\x05\x06" + bytes(16) + b"\x06\x00%%EOF\n", "ATT_POLYGLOT"),
        (pdf(header=b"%PDF-9.9\n"), "ATT_CORRUPT"),
        (pdf()[:-20], "ATT_CORRUPT"),
        (pdf().replace(b"%%EOF", b"%%EOX"), "ATT_CORRUPT"),
        (pdf(header=b"%PDF-1.7\nMZ what is this\n"), "ATT_CORRUPT"),
        (pdf(trailer=b"/Encrypt<</Filter/Standard>>"), "ATT_ENCRYPTED"),
        (pdf({4: stream(b"x", b"/Filter/Crypt")}), "ATT_ENCRYPTED"),
    ],
)
def test_what_the_whole_file_is(data, want):
    assert code(data) == want


@pytest.mark.parametrize(
    "changed",
    [
        {1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R>>", 5: b"<</S/JavaScript/JS(app.alert\\(1\\))>>"},
        {1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R>>", 5: b"<</S/GoTo/D[3 0 R]/Next 6 0 R>>", 6: b"<<>>"},
        {1: b"<</Type/Catalog/Pages 2 0 R/AA<</WC 5 0 R>>>>"},
        {1: b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 5 0 R>>>>"},
        {1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</XFA 5 0 R>>>>"},
        {1: b"<</Type/Catalog/Pages 2 0 R/Collection<<>>>>"},
        {3: page(b"/Annots[<</Subtype/Link/A<</S/URI/URI(http://127.0.0.1:9)>>>>]")},
        {3: page(b"/Annots[<</Subtype/Link/A<</S/L#61unch/F(cmd.exe)>>>>]")},
        {3: page(b"/Annots[<</Subtype/RichMedia>>]")},
        {3: page(b"/Annots[<</Subtype/FileAttachment>>]")},
        {3: page(b"/Annots[<</A<</S/SubmitForm/F(http://127.0.0.1:9)>>>>]")},
        {3: page(b"/Annots[<</A<</S/GoToR/F(//host/share)>>>>]")},
        {4: stream(b"", b"/F(//host/share/x)")},
        {5: b"<</S/JavaScript/JS(x)>>"},
    ],
)
def test_active(changed):
    """Wherever it stands and however it is spelled, even where nothing refers to it."""
    assert code(pdf(changed)) == "ATT_ACTIVE"


def test_active_in_an_object_stream_or_an_older_version():
    assert code(packed_pdf(TREE | {4: b"<</S/JavaScript/JS(x)>>"})) == "ATT_ACTIVE"
    first = pdf({5: b"<</S/Launch/F(cmd.exe)>>"})
    assert code(incremented(first, 5, b"<<>>")) == "ATT_ACTIVE"


@pytest.mark.parametrize(
    "changed",
    [
        {2: b"<</Type/Pages/Kids[]/Count 0>>"},
        {2: b"<</Type/Pages/Kids[3 0 R]/Count 99999999>>"},
        {2: b"<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>"},
        {2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"},
        {2: b"<</Type/Pages/Kids[7 0 R]/Count 1>>"},
        {2: b"<</Type/Pages/Kids 5 0 R/Count 1>>", 5: b"6 0 R", 6: b"5 0 R"},
        {1: b"<</Pages 2 0 R>>"},
        {2: b"<</Type/Pages/Kids[3 0 R]/Count 1/Count 2>>"},
        {4: stream(b"0 g", length=2_000)},
        {4: stream(b"0 g g g g g", length=1)},
        {4: b"<</Length 5 0 R>>\nstream\n0 g\nendstream", 5: b"99"},
        {4: b"<</Length 4 0 R>>\nstream\n0 g\nendstream"},
        {4: stream(b"no zlib at all", b"/Filter/FlateDecode")},
        {4: stream(zlib.compress(b"0 g" * 999)[:-9], b"/Filter/FlateDecode")},
        {4: stream(b"x", b"/Filter/Unheard")},
        {4: stream(b"x", b"/Filter[/DCTDecode/FlateDecode]")},
        {4: stream(b"\xff\xff\xff\xff", b"/Filter/LZWDecode")},
        {4: stream(b"\xfe\xfe~>", b"/Filter/ASCII85Decode")},
        {4: stream(b"s8W-\"s8W-\"~>", b"/Filter/ASCII85Decode")},
        {5: b"[" * 100 + b"]" * 100},
        {5: b"[1 2>>"},
        {5: b"(open"},
        {5: b"<<1 2>>"},
        {5: b"R"},
        {5: b"1 2"},
        {5: b"--1"},
        {3: page(b"/Resources<</XObject<</A 5 0 R>>>>"), 5: stream(b"/A Do", b"/Resources<</XObject<</A 5 0 R>>>>")},
    ],
)  # fmt: skip
def test_broken(changed):
    assert code(pdf(changed)) == "ATT_CORRUPT"


def test_a_table_that_points_elsewhere():
    """An object hidden in a stream, where only those find it who believe the table."""
    hidden = b"3 0 obj\n<</Type/Page/Parent 2 0 R/Evil true>>\nendobj"
    data = pdf({4: stream(hidden)})
    assert code(data) == ""
    assert code(pdf({4: stream(hidden)}, offsets={3: data.index(hidden)})) == "ATT_CORRUPT"
    assert code(pdf(offsets={3: 9})) == "ATT_CORRUPT"


@pytest.mark.parametrize("start", [b"0", b"9", b"99999999"])
def test_a_start_that_is_no_table(start):
    head, _, tail = pdf().rpartition(b"startxref\n")
    assert code(head + b"startxref\n" + start + b"\n%%EOF\n") == "ATT_CORRUPT"
    assert tail


def test_tables_in_a_circle():
    data = pdf(trailer=b"/Prev 0000")
    start = data.rindex(b"xref\n0")
    assert code(data.replace(b"/Prev 0000", b"/Prev %04d" % start)) == "ATT_CORRUPT"


@pytest.mark.parametrize(
    "made",
    [
        packed_pdf(TREE, count=9),
        packed_pdf(TREE, words=b"/Filter/FlateDecode"),
        packed_pdf(TREE, words=b"/DecodeParms 3 0 R"),
        packed_pdf(TREE, table=[(0, 0, 255), (2, 4, 1), (2, 4, 0), (2, 4, 2), (1, 9, 0), (0, 0, 0)]),
        packed_pdf(TREE, table=[(0, 0, 255), (2, 5, 0), (2, 5, 1), (2, 5, 2), (1, 9, 0), (0, 0, 0)]),
        packed_pdf(TREE, table=[(0, 0, 255)]),
        packed_pdf(TREE | {2: b"<</Type/Pages/Kids[3 0 R]/Count 1"}),
    ],
)
def test_object_streams_that_do_not_hold_what_the_table_says(made):
    assert code(made) == "ATT_CORRUPT"


def _tower(height):
    """Forms that draw the next one ten times each."""
    forms = {n: stream(b"", b"/Resources<</XObject<<%s>>>>" % _ten(n + 1)) for n in range(5, 5 + height)}
    return forms | {5 + height: stream(b"")}


def _ten(number):
    return b"".join(b"/F%d %d 0 R" % (n, number) for n in range(10))


@pytest.mark.parametrize(
    "changed",
    [
        {4: flate(bytes(33 << 20))},
        {4: stream(zlib.compress(zlib.compress(bytes(60 << 20))), b"/Filter[/FlateDecode/Fl]")},
        {4: stream(zlib.compress(bytes(60 << 20)).hex().encode() + b">", b"/Filter[/AHx 5 0 R]"), 5: b"/Fl#61teDecode"},
        {n: flate(bytes(31 << 20)) for n in range(4, 9)},
        {4: stream(b"\x81\x00" * 300_000, b"/Filter/RunLengthDecode")},
        {4: stream(b"\x00" * (1 << 20) + b"\x00", b"/Filter/LZWDecode")},
        {4: stream(b"z" * 100_000 + b"~>", b"/Filter/ASCII85Decode")},
        {4: stream(b"", b"/Filter[/AHx/AHx/AHx/AHx/AHx]")},
        {4: stream(b"", PIXEL.replace(b"1/", b"99999/"))},
        {5: b"[" + b"0 " * 300_000 + b"]"},
        {5: b"(" + b"()" * 300_000 + b")"},
        dict.fromkeys(range(5, 90000), b"0"),
        {3: page(b"/Resources<</XObject<</A 5 0 R>>>>")} | _tower(6),
    ],
)
def test_bombs(changed):
    assert code(pdf(changed)) == "ATT_BOMB"


def test_bombs_where_objects_are_packed():
    assert code(packed_pdf(TREE | {4: b"(" + b"x" * (5 << 20) + b")"})) == "ATT_BOMB"
    assert code(packed_pdf(TREE | {4: b"[" + b"0 " * 1_000_000 + b"]"})) == "ATT_BOMB"


@given(st.binary(max_size=200))
@example(b"%PDF-1.7\n")
def test_any_bytes_are_read_or_refused(data):
    code(data)
    code(b"%PDF-1.7\n" + data + b"\nstartxref\n9\n%%EOF")


@given(st.sampled_from([pdf(), packed_pdf(TREE), (HERE / "pdf/ok-1page.pdf").read_bytes()]), st.data())
def test_any_change_is_read_or_refused(good, data):
    at = data.draw(st.integers(0, len(good) - 1))
    code(good[:at] + data.draw(st.binary(max_size=4)) + good[at + data.draw(st.integers(0, 4)) :])
