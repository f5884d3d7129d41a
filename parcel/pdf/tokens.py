"""The objects of a PDF as values, read by one strict grammar (ISO 32000-1, 7.2 and 7.3).

name -> Name, reference -> Ref, dictionary -> dict, array -> list, string -> bytes (as it lies there), numbers, None.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from parcel.inflate import Broken, Budget


class Name(str):
    """A name without its slash, `#4A` read as the letter that it stands for."""

    __slots__ = ()


class Ref(NamedTuple):
    number: int
    generation: int


Value: TypeAlias = "bool | int | float | bytes | Name | Ref | list[Value] | dict[str, Value] | None"

DEPTH = 64
BLANKS = rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+"
_REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
_TOKEN = re.compile(
    BLANKS + rb"(?:(?P<name>/%(r)s*+)|(?P<number>[+-]?(?:\d{1,32}+(?:\.\d{0,32}+)?+|\.\d{1,32}+)(?!%(r)s))"
    rb"|(?P<open><<|\[)|(?P<close>>>|\])|(?P<word>[A-Za-z]++(?!%(r)s))|(?P<string>\()"
    rb"|(?P<hex><[0-9A-Fa-f\x00\t\n\x0c\r ]*+>)|(?P<end>\Z))" % {b"r": _REGULAR}
)
_PAREN = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}
_STOPS = frozenset({b"endobj", b"stream", b"startxref", b""})
_CLOSES = {b">>": b"<<", b"]": b"["}


def read(data: bytes, at: int, end: int, budget: Budget) -> tuple[Value, bytes, int]:
    """-> the one value that stands here, the word behind it (`b""` at the end), where that word ends. Raises Broken.

    budget: tokens that the whole file may still have; a bracket inside a string and a `#` in a name cost one too.
    """
    stack: list[tuple[bytes, list[Value]]] = [(b"", [])]
    while True:
        found = _TOKEN.match(data, at, end)
        if found is None:
            raise Broken(f"no PDF syntax at byte {at}")
        budget.spend(1)
        kind, at = found.lastgroup, found.end()
        items = stack[-1][1]
        token = found[kind or 0]
        if kind == "name":
            budget.spend(token.count(b"#"))
            items.append(_name(token))
        elif kind == "number":
            items.append(float(token) if b"." in token else int(token))
        elif kind == "open":
            if len(stack) > DEPTH:
                raise Broken(f"nested deeper than {DEPTH}")
            stack.append((token, []))
        elif kind == "close":
            _close(stack, token)
        elif kind == "string":
            at = _string_end(data, at, end, budget)
            items.append(b"")
        elif kind == "hex":
            items.append(b"")
        elif token == b"R":
            _refer(items)
        elif token in _WORDS:
            items.append(_WORDS[token])
        elif token in _STOPS and len(stack) == 1 and len(items) == 1:
            return items[0], token, at
        else:
            raise Broken(f"{token[:20]!r} at byte {at}")


def _name(token: bytes) -> Name:
    if b"#" in token:
        token = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), token)
    return Name(token[1:].decode("latin-1"))


def _close(stack: list[tuple[bytes, list[Value]]], token: bytes) -> None:
    opened, items = stack.pop()
    if opened != _CLOSES[token]:
        raise Broken("brackets that do not match")
    stack[-1][1].append(items if token == b"]" else _dictionary(items))


def _dictionary(items: list[Value]) -> dict[str, Value]:
    keys = items[::2]
    found = {str(key): value for key, value in zip(keys, items[1::2], strict=False) if isinstance(key, Name)}
    if len(items) % 2 or len(found) != len(keys):
        raise Broken("a dictionary with a key twice, or without its value")
    return found


def _refer(items: list[Value]) -> None:
    match items[-2:]:
        case [int(number), int(generation)]:
            items[-2:] = [Ref(number, generation)]
        case _:
            raise Broken("a reference without its number")


def _string_end(data: bytes, at: int, end: int, budget: Budget) -> int:
    depth = 1
    for found in _PAREN.finditer(data, at, end):
        budget.spend(1)
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    raise Broken("a string without its end")
