"""The zip of a message and its attachments: written one way, read only where every reader finds the same."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcel.attachment import Attachment
from parcel.package.pack import LIMITS, AttachmentRefused, Listed, pack, unpack
from tests.vectors_files.judge import HERE
from tests.vectors_files.made import zipped

AT = datetime(2026, 11, 21, 1, 30, 16, tzinfo=UTC)
POA = Attachment("10000005", "委托书.pdf", (HERE / "pdf/ok-1page.pdf").read_bytes())
NAME = "CERTAPP_A20260000000000017_20261121093016123_t-0.xml"
XML = b"<a>" + b"content " * 1000 + b"</a>"


def code(data):
    try:
        unpack(data)
    except AttachmentRefused as refusal:
        assert "—" not in refusal.zh + refusal.en
        return refusal.code
    return ""


def listed(attachment):
    return Listed(attachment.class_code, attachment.name, attachment.size, attachment.sha256)


def with_entry(name="b.pdf", content=b"x", **fields):
    """A zip of a.xml and one more entry with these fields of ZipInfo."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", "<a/>")
        info = zipfile.ZipInfo(name)
        for key, value in fields.items():
            setattr(info, key, value)
        archive.writestr(info, content)
    return out.getvalue()


GOOD = zipped({"a.xml": "<a>" + "x" * 90 + "</a>", "b.pdf": "content " * 9})


def patched(local=None, central=None, end=None, entry=0, good=GOOD):
    """The same zip with some bytes of its records changed: {offset in the record: bytes}."""
    data, central_at = bytearray(good), good.index(b"PK\x01\x02")
    for _ in range(entry):
        central_at = good.index(b"PK\x01\x02", central_at + 1)
    starts = (struct.unpack_from("<L", good, central_at + 42)[0], central_at, len(good) - 22)
    for start, changes in zip(starts, (local, central, end), strict=True):
        for offset, value in (changes or {}).items():
            data[start + offset : start + offset + len(value)] = value
    return bytes(data)


def test_there_and_back():
    marks = Attachment("10000006", "标记.png", b"\x89PNG")
    data = pack(NAME, XML, [POA, marks], AT)
    found = unpack(data)
    assert (found.xml_name, found.xml) == (NAME, XML)
    assert [a.name for a in found.attachments] == [POA.name, marks.name]
    assert found.listed([listed(marks), listed(POA)]) == (marks, POA)


def test_other_readers_see_the_same_with_real_sizes_and_times():
    with zipfile.ZipFile(io.BytesIO(pack(NAME, XML, [POA], AT))) as archive:
        assert archive.testzip() is None
        first, second = archive.infolist()
    assert (first.filename, first.file_size, first.compress_type) == (NAME, len(XML), zipfile.ZIP_DEFLATED)
    assert first.date_time == second.date_time == (2026, 11, 21, 9, 30, 16), "Beijing time"
    assert not (first.flag_bits | second.flag_bits) & 0x8, "no data descriptor"


def test_the_same_bytes_for_the_same_moment():
    assert pack(NAME, XML, [POA], AT) == pack(NAME, XML, [POA], AT)
    assert pack(NAME, XML, [POA], AT) != pack(NAME, XML, [POA], AT + timedelta(hours=1))


def test_what_compresses_too_well_is_stored():
    xml = b"<a>" + b" " * (5 << 20) + b"</a>"
    assert unpack(pack(NAME, xml, [], AT)).xml == xml


@pytest.mark.parametrize(
    ("name", "attachments", "want"),
    [
        ("a.txt", [], "ATT_TYPE"),
        (NAME, [Attachment("", "b.xml", b"<b/>")], "ATT_CORRUPT"),
        (NAME, [Attachment("", "../b.pdf", b"")], "ATT_PATH"),
        (NAME, [POA, POA], "ATT_CORRUPT"),
        (NAME, [replace(POA, name=f"{n}.pdf") for n in range(41)], "ATT_BOMB"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_nothing_is_written_that_could_not_be_read(name, attachments, want):
    with pytest.raises(AttachmentRefused) as refused:
        pack(name, XML, attachments, AT)
    assert refused.value.code == want


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [replace(listed(POA), name="b.pdf")],
        [replace(listed(POA), size=1)],
        [replace(listed(POA), sha256="0" * 64)],
        [listed(POA), replace(listed(POA), name="b.pdf")],
    ],
)
def test_attachments_are_those_that_the_message_lists(rows):
    package = unpack(pack(NAME, XML, [POA], AT))
    with pytest.raises(AttachmentRefused, match="ATT_CORRUPT"):
        package.listed(rows)


@pytest.mark.parametrize(
    "name",
    ["../b.pdf", "/etc/b.pdf", "x/b.pdf", "C:b.pdf", "C:\\b.pdf", "..\\b.pdf", "b.pdf\n", "b\u202efdp.exe.pdf", "..",
     "b.pdf ", "b.pdf.", " b.pdf", "NUL.pdf", "com1", "b\u200b.pdf", "b*.pdf", "x" * 300 + ".pdf", "b:x.pdf", "./b.pdf"],
)  # fmt: skip
def test_names_that_lead_elsewhere(name):
    assert code(with_entry(name)) == "ATT_PATH"


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (with_entry("link", b"/etc/passwd", create_system=3, external_attr=0o120777 << 16), "ATT_PATH"),
        (with_entry("pipe.pdf", create_system=3, external_attr=0o010644 << 16), "ATT_PATH"),
        (with_entry("folder/"), "ATT_PATH"),
        (with_entry("folder", external_attr=0x10), "ATT_PATH"),
        (with_entry("b.exe"), "ATT_TYPE"),
        (with_entry("c.xml"), "ATT_CORRUPT"),
        (with_entry("A.XML"), "ATT_CORRUPT"),
        (with_entry("ａ.xml"), "ATT_CORRUPT"),
        (with_entry("c.zip"), "ATT_BOMB"),
        (with_entry("c.pdf", GOOD), "ATT_BOMB"),
        (with_entry("c.pdf", extra=struct.pack("<HHBL", 0x7075, 5, 1, 0)), "ATT_CORRUPT"),
        (with_entry("c.pdf", comment=b"x"), "ATT_CORRUPT"),
        (with_entry("c.pdf", bytes(3 << 20), compress_type=8), "ATT_BOMB"),
        (with_entry("c.pdf", bytes(9 << 20)), "ATT_BOMB"),
        (with_entry("c.pdf", b"x", compress_type=zipfile.ZIP_LZMA), "ATT_CORRUPT"),
        (zipped({"a.pdf": "x"}), "ATT_CORRUPT"),
        (zipped({f"{n}.pdf": "x" for n in range(42)}), "ATT_BOMB"),
        (zipped({}), "FILE_EMPTY"),
        (b"", "ATT_CORRUPT"),
        (b"<html>", "ATT_CORRUPT"),
        (b"\x1f\x8b\x08" + bytes(9), "ATT_CORRUPT"),
        (b"MZ" + GOOD, "ATT_CORRUPT"),
        (GOOD + b"x", "ATT_CORRUPT"),
        (GOOD[:-1], "ATT_CORRUPT"),
        (GOOD + GOOD, "ATT_CORRUPT"),
        (patched(local={30: b"c"}), "ATT_CORRUPT"),
        (patched(central={46: b"c"}), "ATT_CORRUPT"),
        (patched(local={14: b"xxxx"}), "ATT_CORRUPT"),
        (patched(local={14: b"xxxx"}, central={16: b"xxxx"}), "ATT_CORRUPT"),
        (patched(local={22: b"\1\0\0\0"}, central={24: b"\1\0\0\0"}), "ATT_CORRUPT"),
        (patched(local={22: b"\0\1\0\0"}, central={24: b"\0\1\0\0"}), "ATT_CORRUPT"),
        (patched(local={22: b"\xff\xff\xff\x7f"}, central={24: b"\xff\xff\xff\x7f"}), "ATT_BOMB"),
        (patched(local={6: b"\x01"}, central={8: b"\x01"}), "ATT_ENCRYPTED"),
        (patched(local={6: b"\x08"}, central={8: b"\x08"}), "ATT_CORRUPT"),
        (patched(local={6: b"\x08"}), "ATT_CORRUPT"),
        (patched(local={6: b"\x10"}, central={8: b"\x10"}), "ATT_CORRUPT"),
        (patched(local={10: b"xx"}), "ATT_CORRUPT"),
        (patched(local={30: b"\xff"}, central={46: b"\xff"}), "ATT_PATH"),
        (patched(central={42: b"\0\0\0\0"}, entry=1), "ATT_CORRUPT"),
        (patched(central={42: b"\xff\xff\0\0"}, entry=1), "ATT_CORRUPT"),
        (patched(end={10: b"\1\0", 8: b"\1\0"}), "ATT_CORRUPT"),
        (patched(end={16: b"\1\0\0\0"}), "ATT_CORRUPT"),
        (patched(end={4: b"\1\0"}), "ATT_CORRUPT"),
    ],
)
def test_bad(data, want):
    assert code(data) == want


def test_a_streamed_entry_is_refused():
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", "<a/>")
    assert code(pipe.data) == "ATT_CORRUPT"


def test_the_package_as_a_whole():
    with pytest.raises(AttachmentRefused, match="ATT_TOO_BIG"):
        unpack(GOOD, replace(LIMITS, size=10))
    with pytest.raises(AttachmentRefused, match="ATT_BOMB"):
        unpack(GOOD, replace(LIMITS, total=100))


def test_more_behind_a_deflated_stream():
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(b"<a/>") + packed.flush() + b"hidden"
    data = with_entry("b.pdf", body)
    entry = data.rindex(b"PK\x01\x02")
    where = struct.unpack_from("<L", data, entry + 42)[0]
    fields = struct.pack("<L", zlib.crc32(b"<a/>")), struct.pack("<L", 4)
    changed = bytearray(data)
    for at in (where + 8, entry + 10):
        changed[at : at + 2] = b"\x08\0"
        changed[at + 6 : at + 10], changed[at + 14 : at + 18] = fields
    assert code(bytes(changed)) == "ATT_CORRUPT"


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(data):
    code(data)
    code(b"PK\x03\x04" + data + GOOD[-22:])


@given(st.data())
def test_a_change_is_refused_or_changes_nothing(data):
    """No byte of the zip is without meaning but those of versions, times and rights."""
    at = data.draw(st.integers(0, len(GOOD) - 1))
    changed = GOOD[:at] + data.draw(st.binary(min_size=1, max_size=1)) + GOOD[at + 1 :]
    try:
        found = unpack(changed)
    except AttachmentRefused:
        return
    good = unpack(GOOD)
    assert (found.xml, found.attachments) == (good.xml, good.attachments)
    assert found.xml_name == good.xml_name
