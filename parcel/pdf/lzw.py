"""How much an LZW stream would become, without making it (ISO 32000-1, 7.4.4)."""

from __future__ import annotations

from collections.abc import Iterator

from parcel.inflate import Broken

_CLEAR, _END, _FIRST, _MOST = 256, 257, 258, 4096


def lzw_sizes(data: bytes, *, early: bool) -> Iterator[int]:
    """The length of each piece that a code stands for. Raises Broken."""
    lengths = [1] * _FIRST
    bits = held = before = 0
    width = 9
    for byte in data:
        held, bits = held << 8 | byte, bits + 8
        if bits < width:
            continue
        bits -= width
        code, held = held >> bits, held & ((1 << bits) - 1)
        if code == _END:
            return
        if code == _CLEAR:
            del lengths[_FIRST:]
            width, before = 9, 0
            continue
        if code > len(lengths) or (code == len(lengths) and not before):
            raise Broken("an LZW code that is not known yet")
        size = lengths[code] if code < len(lengths) else before + 1
        yield size
        if before and len(lengths) < _MOST:
            lengths.append(before + 1)
        before = size
        width = min(12, max(9, (len(lengths) + early).bit_length()))
