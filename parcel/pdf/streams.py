"""What the streams of a PDF would become: measured for all, decoded for the few that hold objects (ISO 32000-1, 7.4)."""

from __future__ import annotations

import binascii
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from sys import byteorder

from parcel.inflate import Broken, Budget, TooMuch, inflated, sliced, within
from parcel.pdf.lzw import lzw_sizes
from parcel.pdf.tokens import Name, Value

STREAM = 32 << 20  # bytes of one decoded stream: a page of A4 in colour at 300 dpi has 26 MB
TOTAL = 128 << 20  # of all streams of a file together
OBJECTS = 4 << 20  # of one stream that holds objects or a table
PIXELS = 100_000_000  # of one picture: A3 at 600 dpi has 70 million
_LZW_BYTES = 1 << 20  # of all LZW streams together, which take a step a byte to measure
_IMAGES = frozenset({"DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode"})

Resolve = Callable[[Value], Value]


@dataclass(slots=True)
class Allowance:
    """What one file may still cost."""

    decoded: Budget
    lzw: Budget

    @classmethod
    def fresh(cls) -> Allowance:
        return cls(Budget(TOTAL), Budget(_LZW_BYTES))


def filters(dictionary: Mapping[str, Value], resolve: Resolve) -> list[tuple[str, Mapping[str, Value]]]:
    """Name and parameters of each filter, in the order of decoding. Raises Broken."""
    names, parms = resolve(dictionary.get("Filter")), resolve(dictionary.get("DecodeParms", dictionary.get("DP")))
    names = [] if names is None else names if isinstance(names, list) else [names]
    parms = parms if isinstance(parms, list) else [parms]
    found: list[tuple[str, Mapping[str, Value]]] = []
    for index, name in enumerate(map(resolve, names)):
        given = resolve(parms[index]) if index < len(parms) else None
        if not isinstance(name, Name):
            raise Broken("a filter that is no name")
        found.append((str(name), given if isinstance(given, dict) else {}))
    if len(found) > 4:
        raise TooMuch
    return found


def measure(data: memoryview, chain_: list[tuple[str, Mapping[str, Value]]], allowance: Allowance) -> None:
    """Raises TooMuch when the stream would become more than it may, Broken when it cannot be decoded."""
    for _ in _pieces(data, chain_, allowance, STREAM):
        pass


def decode(data: memoryview, chain_: list[tuple[str, Mapping[str, Value]]], allowance: Allowance) -> bytes:
    """The content of a stream that holds objects or a table, predictor undone. Raises TooMuch, Broken."""
    if any(name in _IMAGES or name in ("LZWDecode", "LZW", "RunLengthDecode", "RL") for name, _ in chain_):
        raise Broken("objects behind a filter that is for pictures")
    content = b"".join(_pieces(data, chain_, allowance, OBJECTS))
    return _unpredicted(content, chain_[-1][1]) if chain_ else content


def _pieces(
    data: memoryview, chain_: list[tuple[str, Mapping[str, Value]]], allowance: Allowance, most: int
) -> Iterator[bytes | memoryview]:
    pieces: Iterator[bytes | memoryview] = sliced(data)
    for index, (name, parms) in enumerate(chain_):
        if name in _IMAGES or name in ("LZWDecode", "LZW", "RunLengthDecode", "RL"):
            if index + 1 < len(chain_):
                raise Broken(f"a filter behind {name}")
            _measure_last(name, parms, pieces, allowance, most)
            return
        pieces = within(_stage(name, pieces), most, allowance.decoded)
    yield from pieces


def _stage(name: str, pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    if name in ("FlateDecode", "Fl"):
        return inflated(pieces)
    if name in ("ASCII85Decode", "A85"):
        return _ascii85(b"".join(pieces))
    if name in ("ASCIIHexDecode", "AHx"):
        return _hex(b"".join(pieces))
    raise Broken(f"the filter {name[:20]}")


def _measure_last(
    name: str, parms: Mapping[str, Value], pieces: Iterable[bytes | memoryview], allowance: Allowance, most: int
) -> None:
    if name in _IMAGES:
        return
    if name in ("RunLengthDecode", "RL"):
        sizes: Iterable[int] = (64 * len(piece) for piece in pieces)  # two bytes become at most 128
    else:
        raw = b"".join(pieces)
        allowance.lzw.spend(len(raw))
        sizes = lzw_sizes(raw, early=parms.get("EarlyChange") != 0)
    own = Budget(most)
    for size in sizes:
        own.spend(size)
        allowance.decoded.spend(size)


def _hex(data: bytes) -> Iterator[bytes]:
    digits = data.partition(b">")[0].translate(None, b"\x00\t\n\x0c\r ")
    try:
        yield binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except binascii.Error as bad:
        raise Broken(str(bad)) from None


def _ascii85(data: bytes) -> Iterator[bytes]:
    """Groups of five letters as numbers of 32 bits. The standard library's own takes a step a letter."""
    text = data.translate(None, b"\x00\t\n\x0c\r ").removeprefix(b"<~").partition(b"~")[0]
    if text.count(b"z") > max(1000, len(text) // 4):  # each stands for five letters
        raise TooMuch
    text = text.replace(b"z", b"!!!!!")
    missing = -len(text) % 5
    if missing == 4 or text.translate(None, bytes(range(33, 118))):
        raise Broken("no ASCII85")
    five = [iter(text + b"u" * missing)] * 5
    try:
        numbers = array("I", [((((a * 85 + b) * 85 + c) * 85 + d) * 85 + e) - 1_743_128_013
                              for a, b, c, d, e in zip(*five, strict=True)])  # fmt: skip
    except (OverflowError, ValueError) as bad:
        raise Broken(f"no ASCII85: {bad}") from None
    if byteorder == "little":
        numbers.byteswap()
    whole = numbers.tobytes()
    yield whole[: len(whole) - missing]


def _unpredicted(content: bytes, parms: Mapping[str, Value]) -> bytes:
    """PNG's predictors, as tables of objects use them. Raises Broken for others."""
    predictor, columns = parms.get("Predictor", 1), parms.get("Columns", 1)
    if predictor == 1:
        return content
    if not isinstance(predictor, int) or predictor < 10 or not isinstance(columns, int) or not 0 < columns < 64:
        raise Broken("a predictor that is not for tables")
    lines = [content[at : at + columns + 1] for at in range(0, len(content), columns + 1)]
    above, found = bytes(columns), []
    for line in lines:
        above = _line(line[0], line[1:].ljust(columns, b"\0"), above)
        found.append(above)
    return bytes(chain.from_iterable(found))


def _line(kind: int, line: bytes, above: bytes) -> bytes:
    if kind == 0:
        return line
    if kind == 2:
        return bytes([(a + b) & 255 for a, b in zip(line, above, strict=True)])
    if kind != 1:
        raise Broken(f"the predictor {kind} in a table")
    total, found = 0, bytearray()
    for byte in line:
        total = (total + byte) & 255
        found.append(total)
    return bytes(found)
