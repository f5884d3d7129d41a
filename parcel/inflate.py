"""Inflating within bounds: what a compressed stream would become is counted while it is thrown away.

No library of ours inflates anything whose size was not told by this module first (reliability B93, B96).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CHUNK = 64 << 10
RAW, ZLIB, GZIP = -zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16


class TooMuch(Exception):
    """More than the bound came out."""


class Broken(Exception):
    """This is not what it says it is, or it ends too early."""


@dataclass(slots=True)
class Budget:
    """What may still come out, of all streams of one file together."""

    left: int

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise TooMuch


def inflated(chunks: Iterable[bytes | memoryview], *, form: int = ZLIB) -> Iterator[bytes]:
    """The content in pieces of at most CHUNK bytes. Bytes behind the end of the stream are left alone. Raises Broken."""
    machine = zlib.decompressobj(form)
    empty = True
    try:
        for chunk in chunks:
            rest: bytes | memoryview = chunk
            while len(rest) and not machine.eof:
                empty = False
                if piece := machine.decompress(rest, CHUNK):
                    yield piece
                rest = machine.unconsumed_tail
        while not machine.eof and not empty and (piece := machine.decompress(machine.unconsumed_tail, CHUNK)):
            yield piece
    except zlib.error as bad:
        raise Broken(str(bad)) from None
    if not machine.eof and not empty:
        raise Broken("it ends too early")


def within(pieces: Iterable[bytes], most: int, budget: Budget) -> Iterator[bytes]:
    """The same pieces, until there are more than `most` bytes, or more than all streams together may have."""
    own = Budget(most)
    for piece in pieces:
        own.spend(len(piece))
        budget.spend(len(piece))
        yield piece


def sliced(data: bytes | memoryview) -> Iterator[memoryview]:
    view = memoryview(data)
    return (view[at : at + CHUNK] for at in range(0, len(view), CHUNK))


def entry(data: bytes | memoryview, size: int) -> bytes:
    """A deflated entry of a zip whose size is stated: that many bytes, from exactly these bytes. Raises Broken."""
    machine = zlib.decompressobj(RAW)
    try:
        found = machine.decompress(data, size + 1)
    except zlib.error as bad:
        raise Broken(str(bad)) from None
    if len(found) != size or not machine.eof or machine.unused_data:
        raise Broken(f"it holds more or less than the {size} bytes that it states")
    return found
