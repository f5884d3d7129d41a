"""Which characters a font has: read from its `cmap`, because typst leaves out what no font has without a word.

Of a collection the first face is read; the faces of Noto Sans CJK share one set of characters.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Any

UNICODE = frozenset({(3, 10), (0, 4), (0, 6)})  # (platform, encoding) of tables of the whole Unicode
SEGMENTED = 12  # the format of such a table: groups of (first character, last, first glyph)
BLANK = frozenset("\t\n\r\u200b")  # set as space or break, by no sign of the font


def missing(text: str, font: Path) -> str:
    """The characters of the text that the font does not have, each once, in their order."""
    starts, ends = _covered(font)
    return "".join(c for c in dict.fromkeys(text) if c not in BLANK and not _has(ord(c), starts, ends))


def _has(point: int, starts: tuple[int, ...], ends: tuple[int, ...]) -> bool:
    at = bisect_right(starts, point) - 1
    return at >= 0 and point <= ends[at]


@cache
def _covered(font: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First and last characters of the ranges that it has. Raises ValueError for a font without such a table."""
    with font.open("rb") as file:

        def unpacked(form: str, at: int) -> tuple[Any, ...]:
            file.seek(at)
            return struct.unpack(form, file.read(struct.calcsize(form)))

        face = unpacked(">I", 12)[0] if file.read(4) == b"ttcf" else 0
        tables = [unpacked(">4sIII", face + 12 + 16 * n) for n in range(unpacked(">H", face + 4)[0])]
        cmap = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
        for n in range(unpacked(">H", cmap + 2)[0]):
            platform, encoding, offset = unpacked(">HHI", cmap + 4 + 8 * n)
            if (platform, encoding) in UNICODE and unpacked(">H", cmap + offset)[0] == SEGMENTED:
                count = unpacked(">I", cmap + offset + 12)[0]
                file.seek(cmap + offset + 16)
                groups = struct.unpack(f">{3 * count}I", file.read(12 * count))
                return groups[::3], groups[1::3]
    raise ValueError(f"{font.name}: no table of the whole Unicode")
