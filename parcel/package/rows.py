"""A line of a zip's directory, and what is told from it alone: name, kind of file, what the entry would weigh."""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass

from parcel.attachment_errors import bomb, corrupt, refused
from parcel.entry_names import check_name

_CENTRAL = struct.Struct("<4s6H3L5H2L")
ENCRYPTED, STREAMED, UTF_8 = 0x2041, 0x0008, 0x0800
_KNOWN_FLAGS = ENCRYPTED | STREAMED | UTF_8 | 0x0006
STORED, DEFLATED = 0, 8
_EXTRAS = frozenset({0x000A, 0x5455, 0x5855, 0x7855, 0x7875, 0xA220, 0xCAFE})
"""Times and owners (NTFS, Unix), Office's padding, Java's mark. None of them changes a name, a size or a method."""
FREE = 1 << 20  # bytes that an entry may hold at any ratio: nobody is hurt by a mebibyte of zeros


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """folders, streamed: what Office and Java write and a package may not (profile, File)."""

    size: int = 50 << 20
    entries: int = 41
    entry: int = 8 << 20
    total: int = 50 << 20
    ratio: int = 200  # of an entry of more than FREE bytes
    folders: bool = False
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the directory."""

    name: bytes
    flags: int
    method: int
    time: int
    crc: int
    packed: int
    size: int
    attributes: int
    offset: int


def read_row(data: bytes, at: int, package: str, limits: ZipLimits) -> tuple[Row, int]:
    if at + _CENTRAL.size > len(data) or data[at : at + 4] != b"PK\x01\x02":
        raise corrupt(package, "目录损坏", "a broken directory")
    (_, _, needed, flags, method, clock, day, crc, packed, size, n, m, k, disk, _, attributes, offset) = (
        _CENTRAL.unpack_from(data, at)
    )
    after = at + _CENTRAL.size
    row = Row(data[after : after + n], flags, method, clock << 16 | day, crc, packed, size, attributes, offset)
    name = name_of(row, limits)
    if disk or k or needed > (45 if limits.streamed else 20) or flags & ~_KNOWN_FLAGS:
        raise corrupt(name, "用了不允许的 zip 功能", "a feature of zip that is not allowed")
    check_extra(data[after + n : after + n + m], name)
    return row, after + n + m + k


def check_weight(row: Row, limits: ZipLimits) -> None:
    """Whether the entry may be inflated at all, by what its line states; what comes out is held against that later."""
    name = name_of(row, limits)
    if row.flags & ENCRYPTED:
        raise refused("ATT_ENCRYPTED", name, "条目已加密", "an encrypted entry")
    if row.flags & STREAMED and not limits.streamed:
        raise corrupt(name, "流式条目（数据描述符）", "a streamed entry with a data descriptor")
    if row.method not in (STORED, DEFLATED) or (row.method == STORED and row.packed != row.size):
        raise corrupt(name, f"压缩方法 {row.method}", f"method {row.method}, or a size that it cannot have")
    if row.size > limits.entry:
        raise bomb(name, f"{row.size} 字节，最多 {limits.entry}", f"{row.size} bytes, at most {limits.entry}")
    if row.size > max(FREE, row.packed * limits.ratio):
        raise bomb(name, f"压缩比超过 {limits.ratio}", f"compressed more than {limits.ratio} to 1")


def name_of(row: Row, limits: ZipLimits) -> str:
    """A name that is not ASCII must say that it is UTF-8: else one reader takes it for GBK, the next for CP437."""
    shown = row.name.decode("utf-8", "replace")
    try:
        name = row.name.decode("utf-8" if row.flags & UTF_8 else "ascii")
    except UnicodeDecodeError:
        raise refused("ATT_PATH", shown, "名字的编码不明，须为 UTF-8", "a name that does not say it is UTF-8") from None
    kind = stat.S_IFMT(row.attributes >> 16)
    if kind not in (0, stat.S_IFREG) or row.attributes & 0x10:
        raise refused("ATT_PATH", name, "是链接或文件夹，不是文件", "a link or a folder, no file")
    return check_name(name, folders=limits.folders)


def check_extra(extra: bytes, name: str) -> None:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        if tag not in _EXTRAS:
            raise corrupt(name, f"扩展字段 {tag:#06x}", f"the extra field {tag:#06x}")
        at += 4 + length
    if at != len(extra):
        raise corrupt(name, "扩展字段损坏", "a broken extra field")
