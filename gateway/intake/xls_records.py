"""The records of an .xls workbook (BIFF8): walked within bounds, and the lengths of the texts that its cells share.

Source: [MS-XLS].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.intake.sheet_errors import SheetRefused, bad_file

EOF, FORMULA, DATE_1904, FILE_PASS, CODE_PAGE, CONTINUE, BOUND_SHEET = 0x0A, 0x06, 0x22, 0x2F, 0x42, 0x3C, 0x85
MUL_RK, XF, SST, LABEL_SST, BLANKS, SUP_BOOK, BLANK = 0xBD, 0xE0, 0xFC, 0xFD, 0xBE, 0x1AE, 0x201
NUMBER, LABEL, BOOL_ERR, RK, FORMAT, BOF, R_STRING = 0x203, 0x204, 0x205, 0x27E, 0x41E, 0x809, 0xD6
LARGEST = 8224  # bytes of one record
RECORDS = 100_000  # of one substream
TEXTS = 100_000  # that cells may share
BIFF8, GLOBALS, WORKSHEET = 0x0600, 0x0005, 0x0010
_WIDE, _EXTENDED, _RICH = 1, 4, 8


@dataclass(frozen=True, slots=True)
class Record:
    """at: where it begins in its stream."""

    type: int
    body: bytes
    at: int

    @property
    def raw(self) -> bytes:
        return struct.pack("<HH", self.type, len(self.body)) + self.body

    def numbers(self, form: str, at: int, title: str) -> tuple[int, ...]:
        """Little-endian numbers of the body. Raises SheetRefused where it is too short for them."""
        try:
            return struct.unpack_from("<" + form, self.body, at)
        except struct.error:
            raise broken(title, f"记录 {self.type:#x} 不完整", f"record {self.type:#x} is cut off") from None


def records(stream: bytes, start: int, title: str) -> Iterator[Record]:
    """The records of one substream, from its BOF to its EOF; what lies inside a further one, such as a chart, is passed over."""
    at, depth, count = start, 0, 0
    while at + 4 <= len(stream):
        count += 1
        if count > RECORDS:
            raise bad_file("IMP_LIMIT", title, f"超过 {RECORDS} 个记录", f"more than {RECORDS} records")
        type_, length = struct.unpack_from("<HH", stream, at)
        if length > LARGEST or at + 4 + length > len(stream):
            break
        found = Record(type_, stream[at + 4 : at + 4 + length], at)
        at += 4 + length
        depth += type_ == BOF
        if depth == 1:
            yield found
        if depth == 0:
            break
        depth -= type_ == EOF
        if depth == 0:
            return
    raise broken(title, "记录不完整", "its records are cut off")


def shared_lengths(table: Sequence[Record], title: str) -> list[int]:
    """How long each text is that cells may share. table: the SST record and the CONTINUE records behind it."""
    if not table:
        return []
    count = table[0].numbers("II", 0, title)[1]
    if count > TEXTS:
        raise bad_file("IMP_LIMIT", title, f"超过 {TEXTS} 个文字", f"more than {TEXTS} texts")
    reader = _Texts([record.body for record in table], title)
    reader.skip(8)
    return [reader.pass_text() for _ in range(count)]


class _Texts:
    """Reads texts that go on in the next record: their characters behind a new flag, all else as if there were no border."""

    def __init__(self, parts: Sequence[bytes], title: str) -> None:
        self.parts = parts
        self.title = title
        self.part = 0
        self.at = 0

    def skip(self, count: int) -> bytes:
        found = b""
        while True:
            here = self.parts[self.part][self.at : self.at + count - len(found)]
            found += here
            self.at += len(here)
            if len(found) == count:
                return found
            self._next()

    def pass_text(self) -> int:
        """Passes one text over. Returns its characters."""
        length, flags = struct.unpack("<HB", self.skip(3))
        runs = struct.unpack("<H", self.skip(2))[0] if flags & _RICH else 0
        extra = struct.unpack("<I", self.skip(4))[0] if flags & _EXTENDED else 0
        self._characters(length, wide=bool(flags & _WIDE))
        self._over(runs * 4 + extra)
        return int(length)

    def _characters(self, length: int, *, wide: bool) -> None:
        while length:
            size = 2 if wide else 1
            here = min(length, (len(self.parts[self.part]) - self.at) // size)
            self.at += here * size
            length -= here
            if length:
                if self.at != len(self.parts[self.part]):
                    raise broken(self.title, "文字表有误", "its table of texts is not in order")
                self._next()
                wide = bool(self.skip(1)[0] & _WIDE)

    def _over(self, count: int) -> None:
        while count > (left := len(self.parts[self.part]) - self.at):
            count -= left
            self._next()
        self.at += count

    def _next(self) -> None:
        self.part, self.at = self.part + 1, 0
        if self.part >= len(self.parts):
            raise broken(self.title, "文字表不完整", "its table of texts is cut off")


def broken(title: str, zh: str, en: str) -> SheetRefused:
    return bad_file("IMP_TYPE", title, f"不是完好的 xls：{zh}", f"no sound xls: {en}")
