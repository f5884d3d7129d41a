"""A zip file read as a table that must agree with itself in everything it says twice (APPNOTE 6.3.10, 4.3-4.4).

The end record is the file's last 22 bytes, the directory ends there, the entries fill the rest without gap or overlap,
and each entry's own head says what the directory says. Whatever reader comes after us finds the same files.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from parcel import inflate
from parcel.attachment_errors import AttachmentRefused, bomb, corrupt, refused
from parcel.entry_names import same_name
from parcel.package.rows import DEFLATED, STREAMED, Row, ZipLimits, check_extra, check_weight, name_of, read_row

__all__ = ["Entry", "ZipLimits", "entries"]

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `data`: as it lies there, compressed or not."""

    name: str
    size: int
    crc: int
    data: memoryview
    deflated: bool

    def content(self) -> bytes:
        """Exactly `size` bytes of that CRC; the limits were checked before anything was inflated."""
        try:
            found = inflate.entry(self.data, self.size) if self.deflated else bytes(self.data)
        except inflate.Broken as bad:
            raise corrupt(self.name, "压缩数据损坏", str(bad)) from None
        if zlib.crc32(found) != self.crc:
            raise corrupt(self.name, "CRC 不符", "wrong CRC")
        return found


def entries(data: bytes, name: str, limits: ZipLimits) -> list[Entry]:
    """All files of a zip in its order. Raises AttachmentRefused before anything is inflated."""
    rows = _directory(data, name, limits)
    _check_weights(rows, name, limits)
    found, at = [], 0
    for row in rows:
        entry = _entry(data, at, row, limits)
        found.append(entry)
        at = row.offset + _LOCAL.size + len(row.name) + _extra_length(data, row) + row.packed
        at += _descriptor(data, at, row)
    if at != _END.unpack_from(data, len(data) - _END.size)[6]:
        raise corrupt(name, "条目与目录之间有多余字节", "bytes between the entries and the directory")
    names = [same_name(entry.name) for entry in found]
    if twice := next((n for n in names if names.count(n) > 1), ""):
        raise corrupt(twice, "包内有同名文件", "the same name twice")
    return found


def _directory(data: bytes, name: str, limits: ZipLimits) -> list[Row]:
    if len(data) > limits.size:
        raise refused("ATT_TOO_BIG", name, f"包 {len(data)} 字节", f"a package of {len(data)} bytes")
    if len(data) < _END.size or not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise corrupt(name, "不是 zip 或已截断", "no zip, or cut")
    magic, disk, start_disk, here, count, size, offset, comment = _END.unpack_from(data, len(data) - _END.size)
    if magic != b"PK\x05\x06" or comment:
        raise corrupt(name, "文件末尾不是目录结束记录", "the end record does not end the file: cut, or bytes behind it")
    if disk or start_disk or here != count or offset + size + _END.size != len(data):
        raise corrupt(name, "目录结束记录与文件不符", "the end record disagrees with the file")
    if count > limits.entries:
        raise bomb(name, f"{count} 个条目，最多 {limits.entries}", f"{count} entries, at most {limits.entries}")
    if not count:
        raise AttachmentRefused("FILE_EMPTY", size=len(data))
    rows, at = [], offset
    for _ in range(count):
        row, at = read_row(data, at, name, limits)
        rows.append(row)
    if at != offset + size:
        raise corrupt(name, "目录长度不符", "the directory is longer or shorter than stated")
    return rows


def _check_weights(rows: list[Row], package: str, limits: ZipLimits) -> None:
    for row in rows:
        check_weight(row, limits)
    total = sum(row.size for row in rows)
    if total > limits.total:
        raise bomb(package, f"共 {total} 字节，最多 {limits.total}", f"{total} bytes in all, at most {limits.total}")


def _entry(data: bytes, at: int, row: Row, limits: ZipLimits) -> Entry:
    """The entry whose own head agrees with its row and which begins where the one before ended."""
    name = name_of(row, limits)
    if row.offset != at or at + _LOCAL.size > len(data):
        raise corrupt(name, "条目之间有间隙或重叠", "a gap before it, or it overlaps another")
    magic, _, flags, method, clock, day, crc, packed, size, n, m = _LOCAL.unpack_from(data, at)
    begin = at + _LOCAL.size + n + m
    sizes = (crc, packed, size) == (row.crc, row.packed, row.size) or (flags & STREAMED and crc == packed == size == 0)
    if magic != b"PK\x03\x04" or (flags, method, clock << 16 | day) != (row.flags, row.method, row.time) or not sizes:
        raise corrupt(name, "条目与目录不一致", "the entry disagrees with the directory")
    if data[at + _LOCAL.size : begin - m] != row.name:
        raise corrupt(name, "条目与目录中的名字不同", "another name in the entry than in the directory")
    check_extra(data[begin - m : begin], name)
    if begin + row.packed > len(data) - _END.size:
        raise corrupt(name, "条目不完整", "it runs out of the file")
    return Entry(name, row.size, row.crc, memoryview(data)[begin : begin + row.packed], row.method == DEFLATED)


def _extra_length(data: bytes, row: Row) -> int:
    return int(_LOCAL.unpack_from(data, row.offset)[10])


def _descriptor(data: bytes, at: int, row: Row) -> int:
    """How long the data descriptor behind a streamed entry is."""
    if not row.flags & STREAMED:
        return 0
    for form in ("<4sLLL", "<4sLQQ"):
        length = struct.calcsize(form)
        if data[at : at + length] == struct.pack(form, b"PK\x07\x08", row.crc, row.packed, row.size):
            return length
    return 12 if data[at : at + 12] == struct.pack("<LLL", row.crc, row.packed, row.size) else 0
