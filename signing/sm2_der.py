"""Just enough DER to take SM2 keys and certificates apart and to put them together (X.690, 8 and 10).

Strict: definite lengths in their shortest form, one-byte tags, nothing left over. What `cryptography` parses it also
judges; this reads only what it cannot name, because it does not know the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30
_MOST_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One element."""

    tag: int
    body: bytes
    whole: bytes  # with tag and length

    def want(self, tag: int) -> bytes:
        """The body of an element that must be of this tag. Raises ValueError."""
        if self.tag != tag:
            raise ValueError(f"DER: tag {self.tag:#04x}, wanted {tag:#04x}")
        return self.body

    def items(self) -> list[Item]:
        """The elements of a SEQUENCE. Raises ValueError."""
        return items(self.want(SEQUENCE))

    def bits(self) -> bytes:
        """The bytes of a BIT STRING that has no unused bits. Raises ValueError."""
        body = self.want(BIT_STRING)
        if body[:1] != b"\x00":
            raise ValueError("DER: unused bits")
        return body[1:]

    def number(self) -> int:
        """A non-negative INTEGER. Raises ValueError."""
        body = self.want(INTEGER)
        if not body or body[0] & 0x80 or (len(body) > 1 and body[0] == 0 and not body[1] & 0x80):
            raise ValueError("DER: not a non-negative integer in its shortest form")
        return int.from_bytes(body)


def read(data: bytes) -> Item:
    """The one element that these bytes are. Raises ValueError."""
    found = items(data)
    if len(found) != 1:
        raise ValueError(f"DER: {len(found)} elements, wanted 1")
    return found[0]


def items(data: bytes) -> list[Item]:
    """All elements that stand side by side. Raises ValueError."""
    found, at = [], 0
    while at < len(data):
        start, end = _span(data, at)
        found.append(Item(data[at], data[start:end], data[at:end]))
        at = end
    return found


def _span(data: bytes, at: int) -> tuple[int, int]:
    """Where the body of the element at this place begins and ends."""
    if len(data) < at + 2 or data[at] & 0x1F == 0x1F:
        raise ValueError("DER: cut, or a tag of many bytes")
    length, start = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        start += size
        length = int.from_bytes(data[at + 2 : start])
        if not 1 <= size <= _MOST_LENGTH_BYTES or start > len(data) or length < max(0x80, 1 << 8 * (size - 1)):
            raise ValueError("DER: a length that is not in its shortest form")
    if start + length > len(data):
        raise ValueError("DER: cut")
    return start, start + length


def wrap(tag: int, *parts: bytes) -> bytes:
    """An element of these parts."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(size))) + size + body


def sequence(*parts: bytes) -> bytes:
    return wrap(SEQUENCE, *parts)


def integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return wrap(INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def bit_string(data: bytes) -> bytes:
    return wrap(BIT_STRING, b"\x00", data)


def oid(dotted: str) -> bytes:
    """`1.2.156.10197.1.301`."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return wrap(OID, *(_base128(number) for number in (40 * first + second, *rest)))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(0x80 | number & 0x7F)
    return bytes(reversed(digits))
