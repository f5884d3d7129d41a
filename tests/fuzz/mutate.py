"""Ways to change a message: bytes, text and elements. Every change is drawn from a `Random`, so a seed says all."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Change = Callable[[bytes, Random, bytes], bytes]  # message, chance, another message -> message

_WORDS = (
    b"<!--x-->", b"<!-- -->", b"<?x y?>", b"<![CDATA[x]]>", b"<![CDATA[]]>", b"]]>", b"&amp;", b"&#65;", b"&#x0;", b"&x;", b"<", b">", b"&",
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\r\n", b" ", b"\t", b"\xe2\x80\x8b",
    "证".encode(), "证".encode("gbk"),
    b"<!DOCTYPE r>", b"<!DOCTYPE r [<!ENTITY x 'y'>]>", b' xmlns="urn:x"', b' xmlns:dxp="urn:x"', b' Id="a"', b' xml:id="a"', b' ID="a"',
    b' xml:lang="zh"', b' xml:base="x"', b' xsi:type="x"', b'<?xml version="1.1"?>', b'<?xml version="1.0" encoding="GBK"?>',
    b"<ds:Object/>", b"<ds:Signature/>", b"<ds:SignedInfo/>", b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>',
    b"<dxp:Data>QQ==</dxp:Data>", b"<dxp:SenderId>DXPENT9999999999</dxp:SenderId>", b"0", b"9", b"A", b"=", b"-1",
)  # fmt: skip
_TAG = re.compile(rb"<[^<>]*>")
_ELEMENT = re.compile(rb"<([A-Za-z:]+)(?:\s[^<>]*)?(?:/>|>[^<]*</\1>)")
_TEXT = re.compile(rb">([^<>]+)<")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


def _span(data: bytes, chance: Random, most: int = 64) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randint(1, most))


def _found(pattern: re.Pattern[bytes], data: bytes, chance: Random) -> tuple[int, int]:
    places = [match.span() for match in pattern.finditer(data)]
    return chance.choice(places) if places else _span(data, chance)


def flip(data: bytes, chance: Random, _: bytes) -> bytes:
    place = chance.randrange(max(1, len(data)))
    return data[:place] + bytes(byte ^ 1 << chance.randrange(8) for byte in data[place : place + 1]) + data[place + 1 :]


def drop(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def double(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _span(data, chance, 400)
    return data[:end] + data[start:end] + data[end:]


def cut(data: bytes, chance: Random, _: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def splice(data: bytes, chance: Random, other: bytes) -> bytes:
    start, end = _span(other, chance, 2000)
    at, until = _span(data, chance, 2000)
    return data[:at] + other[start:end] + data[until:]


def word(data: bytes, chance: Random, _: bytes) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(_WORDS) + data[place:]


def word_at_a_tag(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _found(_TAG, data, chance)
    place = chance.choice((start, end, max(start, end - 1)))
    return data[:place] + chance.choice(_WORDS) + data[place:]


def word_in_text(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _found(_TEXT, data, chance)
    place = chance.randint(start + 1, max(start + 1, end - 1))
    return data[:place] + chance.choice(_WORDS) + data[place:]


def remove_element(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _found(_ELEMENT, data, chance)
    return data[:start] + data[end:]


def repeat_element(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _found(_ELEMENT, data, chance)
    place, _end = _found(_TAG, data, chance)
    return data[:place] + data[start:end] + data[place:]


def move_tag(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _found(_TAG, data, chance)
    rest = data[:start] + data[end:]
    place, _end = _found(_TAG, rest, chance)
    return rest[:place] + data[start:end] + rest[place:]


def other_element(data: bytes, chance: Random, other: bytes) -> bytes:
    start, end = _found(_ELEMENT, data, chance)
    theirs = _found(_ELEMENT, other, chance)
    return data[:start] + other[slice(*theirs)] + data[end:]


def other_signature(data: bytes, chance: Random, other: bytes) -> bytes:
    ours, theirs = (re.search(rb"<ds:Signature .*</ds:Signature>", each, re.DOTALL) for each in (data, other))
    if not ours or not theirs:
        return data
    return (
        data[: ours.start()] + theirs[0] * chance.choice((1, 1, 2)) + chance.choice((b"", ours[0])) + data[ours.end() :]
    )


def wrap_root(data: bytes, chance: Random, other: bytes) -> bytes:
    body = re.sub(rb"^(\xef\xbb\xbf)?<\?xml[^>]*\?>\s*", b"", data)
    return chance.choice((b"<x>%s</x>" % body, b"<x>%s%s</x>" % (body, other), body + other, b"<!--x-->" + body))


def letter_of_base64(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _found(re.compile(rb">[A-Za-z0-9+/=]{20,}<"), data, chance)
    place = chance.randint(start + 1, max(start + 1, end - 2))
    return data[:place] + bytes([chance.choice(_BASE64)]) + data[place + 1 :]


def as_reference(data: bytes, chance: Random, _: bytes) -> bytes:
    """A letter as a character reference: other bytes, the same content."""
    start, end = _found(_TEXT, data, chance)
    place = chance.randint(start + 1, max(start + 1, end - 2))
    return (
        data[:place] + b"".join(b"&#%d;" % byte for byte in data[place : place + 1] if byte < 128) + data[place + 1 :]
    )


def blanks_in_tag(data: bytes, chance: Random, _other: bytes) -> bytes:
    _, end = _found(_TAG, data, chance)
    return data[: end - 1] + chance.choice((b" ", b"\n", b"\r\n\t")) + data[end - 1 :]


def quotes(data: bytes, chance: Random, _: bytes) -> bytes:
    start, end = _found(_TAG, data, chance)
    return data[:start] + data[start:end].replace(b'"', b"'") + data[end:]


def line_ends(data: bytes, chance: Random, _: bytes) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"")))


def recode(data: bytes, chance: Random, _: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    name = chance.choice(("utf-16", "gbk", "gb18030", "utf-8-sig", "latin-1", "utf-32"))
    if chance.random() < 0.7:
        text = re.sub(r'encoding="[^"]*"', f'encoding="{name.removesuffix("-sig")}"', text)
    return text.encode(name, "replace")


_BREAKING: tuple[Change, ...] = (flip, drop, double, cut, splice, word, recode)  # seldom well-formed afterwards
_BENDING: tuple[Change, ...] = (
    word_at_a_tag, word_in_text, remove_element, repeat_element, move_tag, other_element, other_signature, wrap_root,
    letter_of_base64, as_reference, blanks_in_tag, quotes, line_ends,
)  # fmt: skip
CHANGES = _BREAKING + 3 * _BENDING


def changed(data: bytes, chance: Random, other: bytes) -> tuple[bytes, list[str]]:
    """One to six changes, and their names."""
    done = []
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        change = chance.choice(CHANGES)
        data = change(data, chance, other)
        done.append(change.__name__)
    return data, done
