"""What may be attached, by the rules that a kind gives, in the manual's own sentence."""

import io
import os
import struct
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcel.attachment import RULES, Attachment, AttachmentRefused, AttachmentRules, inspect, inspect_all
from tests.vectors_files.judge import HERE
from tests.vectors_files.made import flate, pdf, stream

GOOD = (HERE / "pdf/ok-1page.pdf").read_bytes()
MARKS = AttachmentRules(suffixes=("pdf", "png", "jpg", "jpeg"), most=1)
SENTENCE = "只可上传后缀名为pdf的文件，单个文件大小不能超过4M，且每页不超过400K"


def refusal(name, data, rules=RULES):
    with pytest.raises(AttachmentRefused) as refused:
        inspect(Attachment("10000005", name, data), rules)
    assert "—" not in refused.value.zh + refused.value.en
    return refused.value


def chunk(kind, body):
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def png(width=3, height=2, raw=None, *, between=b"", depth=8, colour=2, interlaced=0):
    raw = bytes((3 * width + 1) * height) if raw is None else raw
    head = struct.pack(">2L5B", width, height, depth, colour, 0, 0, interlaced)
    body = chunk(b"IHDR", head) + between + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg(width=3, height=2, frame=0xC0, body=b"\x01\xff\x00\x02\xff\xd0\x03"):
    size = struct.pack(">2H", height, width)
    segments = b"\xff\xe0\x00\x07JFIF\0" + b"\xff%c\x00\x0b\x08%s\x01\x01\x11\x00" % (frame, size)
    return b"\xff\xd8" + segments + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + body + b"\xff\xd9"


def test_a_good_one():
    found = inspect(Attachment("10000005", "签证委托书.PDF", GOOD))
    assert (found.page_count, found.page_bytes) == (1, (0,))
    assert found.attachment.size == len(GOOD)
    assert len(found.attachment.sha256) == 64


def test_too_big_in_the_manuals_words():
    assert SENTENCE in refusal("a.pdf", b"%PDF-1.4\n" + bytes(4 << 20)).zh
    page = pdf({4: flate(os.urandom(500_000))})
    told = refusal("a.pdf", page)
    assert told.code == "ATT_TOO_BIG"
    assert SENTENCE in told.zh
    assert "第 1 页" in told.zh


def test_the_limits_are_parameters():
    page, rules = pdf({4: stream(b" " * 300_000)}), replace(RULES, page_bytes=200 << 10)
    assert inspect(Attachment("", "a.pdf", page)).page_bytes == (300_000,)
    assert "每页不超过200K" in refusal("a.pdf", page, rules).zh
    assert "单个文件大小不能超过1M" in refusal("a.pdf", bytes(2 << 20), replace(RULES, file_bytes=1 << 20)).zh


@pytest.mark.parametrize(
    ("name", "data"), [("a.exe", GOOD), ("a", GOOD), ("a.png", png()), ("a.pdf", b"MZ"), ("a.pdf", b"")]
)
def test_not_a_pdf_in_the_manuals_words(name, data):
    told = refusal(name, data)
    assert told.code == "ATT_TYPE"
    assert SENTENCE in told.zh


@pytest.mark.parametrize("name", ["../a.pdf", "C:\\a.pdf", "a/b.pdf", "a\n.pdf", ""])
def test_names(name):
    assert refusal(name, GOOD).code == "ATT_PATH"


def test_most():
    many = [Attachment("", f"{n}.pdf", GOOD) for n in range(11)]
    assert len(inspect_all(many[:10])) == 10
    assert len(inspect_all(many, replace(RULES, most=0))) == 11
    with pytest.raises(AttachmentRefused, match="最多 10 个"):
        inspect_all(many)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", png()),
        ("a.png", png(between=chunk(b"tEXt", b"Comment\0hello"))),
        ("a.png", png(between=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"hello")))),
        ("a.png", png(9, 9, bytes(100), colour=0, interlaced=1)),
        ("a.jpg", jpeg()),
        ("a.jpeg", jpeg(frame=0xC2)),
        ("a.pdf", GOOD),
    ],
)
def test_pictures_of_shipping_marks(name, data):
    assert inspect(Attachment("", name, data), MARKS).page_count == 1


@pytest.mark.parametrize(
    ("name", "data", "want"),
    [
        ("a.png", GOOD, "ATT_TYPE"),
        ("a.jpg", png(), "ATT_TYPE"),
        ("a.png", png() + b"PK\x03\x04", "ATT_POLYGLOT"),
        ("a.jpg", jpeg() + b"<script>", "ATT_POLYGLOT"),
        ("a.png", png()[:-5], "ATT_CORRUPT"),
        ("a.png", png().replace(b"IEND", b"IEMD"), "ATT_CORRUPT"),
        ("a.png", png(raw=bytes(9)), "ATT_CORRUPT"),
        ("a.png", png(depth=7), "ATT_CORRUPT"),
        ("a.png", png(0, 2), "ATT_CORRUPT"),
        ("a.png", png(between=chunk(b"acTL", bytes(8))), "ATT_CORRUPT"),
        ("a.png", png(between=chunk(b"zTXt", b"x\0\0no zlib")), "ATT_CORRUPT"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "ATT_CORRUPT"),
        ("a.png", png(raw=bytes(1 << 20)), "ATT_BOMB"),
        ("a.png", png(30_000, 30_000, b""), "ATT_BOMB"),
        ("a.png", png(between=chunk(b"iTXt", b"x\0\1\0\0\0" + zlib.compress(bytes(9 << 20)))), "ATT_BOMB"),
        ("a.jpg", jpeg(60_000, 60_000), "ATT_BOMB"),
        ("a.jpg", jpeg()[:-2], "ATT_CORRUPT"),
        ("a.jpg", jpeg(frame=0xC3), "ATT_CORRUPT"),
        ("a.jpg", jpeg(frame=0xDB), "ATT_CORRUPT"),
        ("a.jpg", jpeg(height=0), "ATT_CORRUPT"),
    ],
)
def test_bad_pictures(name, data, want):
    assert refusal(name, data, MARKS).code == want


def test_what_a_library_paints_is_read():
    image = pytest.importorskip("PIL.Image")
    for mode in ("1", "L", "P", "RGB", "RGBA", "I;16"):
        out = io.BytesIO()
        image.new(mode, (31, 17)).save(out, "PNG")
        inspect(Attachment("", "a.png", out.getvalue()), MARKS)
    for progressive in (False, True):
        out = io.BytesIO()
        image.effect_noise((64, 64), 50).convert("RGB").save(out, "JPEG", progressive=progressive)
        inspect(Attachment("", "a.jpg", out.getvalue()), MARKS)


@given(st.sampled_from([("a.png", png()), ("a.jpg", jpeg())]), st.data())
def test_any_picture_is_read_or_refused(picture, data):
    name, good = picture
    at = data.draw(st.integers(0, len(good) - 1))
    changed = good[:at] + data.draw(st.binary(max_size=4)) + good[at + data.draw(st.integers(0, 4)) :]
    try:
        inspect(Attachment("", name, changed), MARKS)
    except AttachmentRefused as told:
        assert told.zh.isprintable()
