"""A PDF file from its first byte to its last: every object and every table that lies in it, and nothing between them.

Readers jump into a file by its tables; this one walks through it, so that nothing can lie where we did not look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from parcel.attachment_errors import corrupt, refused
from parcel.inflate import Broken, Budget
from parcel.pdf.tokens import BLANKS, Value, read

_HEADER = re.compile(rb"%PDF-[12]\.[0-9][\x00\t\n\x0c\r %]")
_NEXT = re.compile(
    BLANKS + rb"(?:(?P<number>\d{1,10})" + BLANKS + rb"(?P<generation>\d{1,5})" + BLANKS + rb"obj(?![A-Za-z0-9])"
    rb"|(?P<table>xref)[ \t]*[\r\n]|(?P<start>startxref)\s+\d{1,10}(?=\s)|(?P<end>\Z))"
)
_LAST = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\x00\t\n\x0c\r ]*\Z")
_SECTION = re.compile(rb"\s*(\d{1,10}) +(\d{1,10})\s*?[\r\n]+")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r\n]{1,2}")
_TRAILER = re.compile(rb"\s*trailer")
_ENDSTREAM = re.compile(rb"\s*endstream" + BLANKS + rb"endobj")


@dataclass(frozen=True, slots=True)
class Object:
    """value: for a stream its dictionary; `stream` then says from where to where its bytes lie."""

    number: int
    generation: int
    value: Value
    stream: tuple[int, int] | None = None

    @property
    def dictionary(self) -> Mapping[str, Value]:
        return self.value if isinstance(self.value, dict) else {}


@dataclass(frozen=True, slots=True)
class Table:
    """A cross-reference table. entries: number -> (offset, generation), None for a free one."""

    entries: Mapping[int, tuple[int, int] | None]
    trailer: Mapping[str, Value]


@dataclass(slots=True)
class Body:
    data: bytes
    name: str
    start: int = 0
    objects: dict[int, Object] = field(default_factory=dict)  # by offset
    tables: dict[int, Table] = field(default_factory=dict)  # by offset


def read_body(data: bytes, name: str, budget: Budget) -> Body:
    """budget: tokens. Raises AttachmentRefused: ATT_TYPE, ATT_POLYGLOT, ATT_CORRUPT; TooMuch."""
    _check_ends(data, name)
    last = _LAST.search(data, max(0, len(data) - 4096))
    if not last:
        raise corrupt(name, "末尾没有 startxref 与 %%EOF", "it does not end with startxref and %%EOF: cut?")
    body = Body(data, name, int(last[1]))
    try:
        at = 0
        while (found := _next(data, at)).lastgroup != "end":
            at = _take(body, found, budget)
    except Broken as bad:
        raise corrupt(name, "不符合 PDF 语法", str(bad)) from None
    return body


def _next(data: bytes, at: int) -> re.Match[bytes]:
    found = _NEXT.match(data, at)
    if not found:
        raise Broken(f"something that is no object at byte {at}")
    return found


def _take(body: Body, found: re.Match[bytes], budget: Budget) -> int:
    """One part of the file. Returns where it ends."""
    if found["start"]:
        return found.end()
    if found["table"]:
        offset, (table, after) = found.start("table"), _table(body.data, found.end(), budget)
        body.tables[offset] = table
        return after
    offset, data = found.start("number"), body.data
    value, word, after = read(data, found.end(), len(data), budget)
    stream = None
    if word == b"stream":
        stream, after = _stream(data, after, value)
    elif word != b"endobj":
        raise Broken(f"an object without its end at byte {offset}")
    body.objects[offset] = Object(int(found["number"]), int(found["generation"]), value, stream)
    return after


def _stream(data: bytes, at: int, dictionary: Value) -> tuple[tuple[int, int], int]:
    """-> the stream's bytes, where its object ends. Its length is held against `Length` again once that is known."""
    begin = at + (2 if data[at : at + 2] == b"\r\n" else 1)
    if not isinstance(dictionary, dict) or data[begin - 1 : begin] != b"\n":
        raise Broken(f"a stream that does not begin on a line of its own, at byte {at}")
    length = dictionary.get("Length")
    end = begin + length if isinstance(length, int) and length >= 0 else data.find(b"endstream", begin)
    closing = _ENDSTREAM.match(data, end) if begin <= end <= len(data) else None
    if not closing:
        raise Broken(f"a stream of another length than stated, at byte {at}")
    return (begin, end), closing.end()


def _table(data: bytes, at: int, budget: Budget) -> tuple[Table, int]:
    entries: dict[int, tuple[int, int] | None] = {}
    while section := _SECTION.match(data, at):
        at = section.end()
        first, count = int(section[1]), int(section[2])
        for number in range(first, first + count):
            found = _ENTRY.match(data, at)
            if not found:
                raise Broken(f"a table with fewer entries than stated, at byte {at}")
            budget.spend(1)
            entries[number] = (int(found[1]), int(found[2])) if found[3] == b"n" else None
            at = found.end()
    trailer = _TRAILER.match(data, at)
    if not trailer:
        raise Broken(f"a table without trailer, at byte {at}")
    value, word, after = read(data, trailer.end(), len(data), budget)
    if not isinstance(value, dict) or word != b"startxref":
        raise Broken(f"a trailer that is none, at byte {at}")
    return Table(entries, value), after - len(b"startxref")


def _check_ends(data: bytes, name: str) -> None:
    """PDF from byte 0 to its %%EOF, and no other format that would begin elsewhere or be read from its end."""
    if not data.startswith(b"%PDF-"):
        if b"%PDF-" in data[:1024]:
            raise refused("ATT_POLYGLOT", name, "%PDF 不在第 0 字节", "%PDF does not stand at byte 0")
        raise refused("ATT_TYPE", name, f"内容不是 PDF，{looks_like(data)}", "the content is no PDF")
    if not _HEADER.match(data):
        raise corrupt(name, "PDF 版本无法识别", "an unknown version of PDF")
    mark = data.rfind(b"%%EOF")
    tail = data[mark + 5 :].strip(b"\x00\t\n\x0c\r ")
    if mark >= 0 and tail and b"endobj" not in tail:
        raise refused("ATT_POLYGLOT", name, f"%%EOF 之后还有 {len(tail)} 字节", f"{len(tail)} bytes behind %%EOF")
    zip_end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if zip_end >= 0 and zip_end + 22 + int.from_bytes(data[zip_end + 20 : zip_end + 22], "little") == len(data):
        raise refused("ATT_POLYGLOT", name, "同时是 zip", "it is a zip as well")


def looks_like(data: bytes) -> str:
    """What the first bytes are, in Chinese, for the sentence."""
    head = data[:64].lstrip().lower()
    kinds = {b"mz": "是程序", b"pk\x03\x04": "是 zip", b"<": "是网页或 XML", b"\x89png": "是 PNG", b"\xff\xd8": "是 JPEG",
             b"\x1f\x8b": "是 gzip", b"\xd0\xcf\x11\xe0": "是旧版 Office 文件", b"{": "是 JSON"}  # fmt: skip
    return next((words for magic, words in kinds.items() if head.startswith(magic)), "类型不明" if data else "是空文件")
