"""The compound file that an .xls lies in: its streams by name, read within bounds, and a new one with a single stream.

Source: [MS-CFB]. Versions 3 and 4 (sectors of 512 and 4096 bytes); what is larger than SIZE would need a table of tables,
so there is none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.intake.sheet_errors import SheetRefused, bad_file

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIZE = 6 << 20
_SECTOR = 512
_MINI, _CUTOFF = 64, 4096  # streams shorter than the cutoff lie in sectors of 64 bytes, inside the root's stream
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_HEADER_TABLES = 109  # sectors of the allocation table that the header names
_ROOT, _STREAM = 5, 2
_ENTRY = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """A storage or stream by name; `start` and `size` of its bytes."""

    name: str
    type: int
    start: int
    size: int

    @property
    def is_stream(self) -> bool:
        return self.type == _STREAM


class Container:
    """The entries of a compound file. Raises SheetRefused where its tables are not in order or it is too large."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        if len(data) > SIZE:
            raise bad_file("IMP_LIMIT", name, f"超过 {SIZE >> 20} MB", f"more than {SIZE >> 20} MB")
        self._data = data
        version, order, shift, mini_shift = self._unpack("<HHHH", data, 26)
        if order != 0xFFFE or (version, shift) not in ((3, 9), (4, 12)) or mini_shift != 6:
            raise self._broken("头部有误", "its head is not in order")
        self._sector = 1 << shift
        tables, directory = self._unpack("<I", data, 44)[0], self._unpack("<I", data, 48)[0]
        cutoff, mini, minis, _, more = self._unpack("<IIIII", data, 56)
        if tables > _HEADER_TABLES or more or cutoff != _CUTOFF:
            raise self._broken("分配表有误", "its allocation table is not in order")
        named = self._unpack(f"<{tables}I", data, 76)
        self._fat = [n for at in named for n in self._numbers(self._at(at))]
        self.entries = list(self._entries(self._chain(directory)))
        roots = [entry for entry in self.entries if entry.type == _ROOT]
        if len(roots) != 1:
            raise self._broken("没有根目录", "it has no root")
        self._minis = self._chain(roots[0].start)[: roots[0].size] if roots[0].size else b""
        self._mini_fat = self._numbers(self._chain(mini)) if minis else ()

    def read(self, entry: Entry) -> bytes:
        if entry.size >= _CUTOFF:
            found = self._chain(entry.start)
        else:
            found = b"".join(self._minis[n * _MINI : (n + 1) * _MINI] for n in self._steps(entry.start, self._mini_fat))
        if len(found) < entry.size:
            raise self._broken(f"{entry.name[:20]} 不完整", f"{entry.name[:20]} is cut off")
        return found[: entry.size]

    def _chain(self, start: int) -> bytes:
        found = bytearray()
        for number in self._steps(start, self._fat):
            found += self._at(number)
            if len(found) > len(self._data):
                raise self._broken("分配链有误", "a chain of its sectors is not in order")
        return bytes(found)

    def _steps(self, start: int, table: Sequence[int]) -> Iterator[int]:
        """The sectors of a chain, each once: a chain that comes back upon itself has no end."""
        seen, number, most = 0, start, min(len(table), len(self._data) // _MINI)
        while number != _END:
            if number >= len(table) or seen >= most:
                raise self._broken("分配链有误", "a chain of its sectors is not in order")
            yield number
            seen, number = seen + 1, table[number]

    def _at(self, number: int) -> bytes:
        begin = (number + 1) * self._sector
        if begin >= len(self._data):
            raise self._broken("不完整", "it is cut off")
        return self._data[begin : begin + self._sector]

    def _numbers(self, raw: bytes) -> Sequence[int]:
        count = len(raw) // 4
        return struct.unpack(f"<{count}I", raw[: count * 4])

    def _entries(self, directory: bytes) -> Iterator[Entry]:
        for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            raw = directory[at : at + _ENTRY]
            length, type_ = self._unpack("<HB", raw, 64)
            start, size = self._unpack("<II", raw, 116)
            if type_:
                yield Entry(raw[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"), type_, start, size)

    def _unpack(self, form: str, data: bytes, at: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(form, data, at)
        except struct.error:
            raise self._broken("不完整", "it is cut off") from None

    def _broken(self, zh: str, en: str) -> SheetRefused:
        return bad_file("IMP_TYPE", self.name, f"不是完好的 xls：{zh}", f"no sound xls: {en}")


def contained(stream: bytes, name: str = "Workbook") -> bytes:
    """A compound file of this one stream. stream: at most SIZE bytes."""
    body = stream.ljust(_CUTOFF, b"\0")
    sectors = -(-len(body) // _SECTOR)
    tables = 1
    while tables * (_SECTOR // 4) < tables + 1 + sectors:
        tables += 1
    chain = [*range(tables + 2, tables + 1 + sectors), _END]
    fat = [*[_FAT] * tables, _END, *chain]
    fat += [_FREE] * (tables * (_SECTOR // 4) - len(fat))
    head = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, tables, tables, 0, _CUTOFF, _END, 0, _END, 0)
    named = [*range(tables), *[_FREE] * (_HEADER_TABLES - tables)]
    directory = _entry("Root Entry", _ROOT, _END, 0, child=1) + _entry(name, _STREAM, tables + 1, len(body))
    parts = (
        head + struct.pack(f"<{_HEADER_TABLES}I", *named),
        struct.pack(f"<{len(fat)}I", *fat),
        directory.ljust(_SECTOR, b"\0"),
        body.ljust(sectors * _SECTOR, b"\0"),
    )
    return b"".join(parts)


def _entry(name: str, type_: int, start: int, size: int, child: int = _FREE) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII36xIII", raw, len(raw), type_, 1, _FREE, _FREE, child, start, size, 0)
