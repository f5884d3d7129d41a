"""The objects of a PDF as its tables give them, each held against what truly lies at the place that the table names.

A table that points anywhere but at an object of that number is refused: that is how a file shows one thing to us and
another to the next reader (ISO 32000-1, 7.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from parcel.attachment_errors import corrupt
from parcel.inflate import Broken, Budget
from parcel.pdf.body import Body, Object
from parcel.pdf.streams import Allowance, decode, filters
from parcel.pdf.tokens import Ref, Value, read

_LINKS = 64  # references to references, tables behind tables: more of them are a loop


@dataclass(slots=True)
class Document:
    """Every object that a reader can reach by number, newest first; `trailers` likewise."""

    body: Body
    allowance: Allowance
    tokens: Budget
    trailers: list[Mapping[str, Value]] = field(default_factory=list)
    objects: dict[int, Object | None] = field(default_factory=dict)
    packed: dict[int, tuple[int, int]] = field(default_factory=dict)  # number -> object stream, index in it

    @property
    def trailer(self) -> Mapping[str, Value]:
        return self.trailers[0]

    def resolve(self, value: Value) -> Value:
        """What a value is once references are followed; null for an object that is not there. Raises Broken for a loop."""
        for _ in range(_LINKS):
            if not isinstance(value, Ref):
                return value
            found = self.objects.get(value.number)
            value = found.value if found and found.generation == value.generation else None
        raise Broken("references that go in a circle")

    def dictionary(self, value: Value) -> Mapping[str, Value]:
        found = self.resolve(value)
        return found if isinstance(found, dict) else {}

    def raw(self, found: Object) -> memoryview:
        begin, end = found.stream or (0, 0)
        return memoryview(self.body.data)[begin:end]

    def values(self) -> Iterator[Value]:
        """Everything that stands in the file, reachable or not."""
        yield from (found.value for found in self.body.objects.values())
        yield from (table.trailer for table in self.body.tables.values())  # type: ignore[misc]
        yield from (found.value for number, found in self.objects.items() if found and number in self.packed)


def read_document(body: Body, allowance: Allowance, tokens: Budget) -> Document:
    """Raises AttachmentRefused ATT_CORRUPT, TooMuch."""
    document = Document(body, allowance, tokens)
    try:
        _follow(document)
        _unpack(document)
        for found in body.objects.values():
            _check_length(document, found)
    except Broken as bad:
        raise corrupt(body.name, "交叉引用表与内容不符", str(bad)) from None
    return document


def _follow(document: Document) -> None:
    """Table by table from the newest to the oldest."""
    offsets, seen = [document.body.start], set[int]()
    while offsets:
        offset = offsets.pop(0)
        if offset in seen or len(seen) > _LINKS:
            raise Broken("tables that go in a circle")
        seen.add(offset)
        trailer = _read_table(document, offset)
        document.trailers.append(trailer)
        for key in ("XRefStm", "Prev"):
            if (further := trailer.get(key)) is not None:
                if not isinstance(further, int):
                    raise Broken(f"{key} is no number")
                offsets.append(further)


def _read_table(document: Document, offset: int) -> Mapping[str, Value]:
    body = document.body
    if table := body.tables.get(offset):
        for number, entry in table.entries.items():
            _enter(document, number, entry)
        return table.trailer
    found = body.objects.get(offset)
    if not found or not found.stream or found.dictionary.get("Type") != "XRef":
        raise Broken(f"no table at byte {offset}")
    for number, kind, place, detail in _entries(document, found):
        if kind == 2 and number not in document.objects:
            document.objects[number] = None
            document.packed[number] = place, detail
        elif kind != 2:
            _enter(document, number, (place, detail) if kind == 1 else None)
    return found.dictionary


def _enter(document: Document, number: int, entry: tuple[int, int] | None) -> None:
    if entry is None:
        document.objects.setdefault(number, None)
        return
    offset, generation = entry
    found = document.body.objects.get(offset)
    if not found or (found.number, found.generation) != (number, generation):
        raise Broken(f"the table says object {number} at byte {offset}, where it is not")
    document.objects.setdefault(number, found)


def _entries(document: Document, found: Object) -> Iterator[tuple[int, int, int, int]]:
    """number, kind (0 free, 1 at an offset, 2 in an object stream), and the two numbers that go with it."""
    dictionary = found.dictionary
    widths, size = dictionary.get("W"), dictionary.get("Size")
    index = dictionary.get("Index", [0, size])
    if not (isinstance(widths, list) and isinstance(index, list) and len(widths) == 3 and len(index) % 2 == 0):
        raise Broken("a table without its widths")
    a, b, c = (width if isinstance(width, int) and 0 <= width <= 8 else -99 for width in widths)
    if a + b + c <= 0:
        raise Broken("widths of a table that cannot be")
    content = decode(document.raw(found), filters(dictionary, _direct), document.allowance)
    at = 0
    for first, count in zip(index[::2], index[1::2], strict=True):
        if not isinstance(first, int) or not isinstance(count, int) or at + count * (a + b + c) > len(content):
            raise Broken("a table with fewer entries than stated")
        for number in range(first, first + count):
            document.tokens.spend(1)
            line = content[at : at + a + b + c]
            kind = int.from_bytes(line[:a], "big") if a else 1
            yield number, kind, int.from_bytes(line[a : a + b], "big"), int.from_bytes(line[a + b :], "big")
            at += len(line)


def _direct(value: Value) -> Value:
    """For streams that tell where objects are: what they need stands in themselves."""
    if isinstance(value, Ref):
        raise Broken("a table or object stream that needs another object to be read")
    return value


def _unpack(document: Document) -> None:
    """The objects of object streams. Every stream is read once; what it holds is what the table says that it holds."""
    held: dict[int, list[tuple[int, Value]]] = {}
    for number, (container, index) in document.packed.items():
        if container not in held:
            held[container] = list(_members(document, container))
        if index >= len(held[container]) or held[container][index][0] != number:
            raise Broken(f"the object stream {container} does not hold object {number}")
        document.objects[number] = Object(number, 0, held[container][index][1])


def _members(document: Document, number: int) -> Iterator[tuple[int, Value]]:
    found = document.objects.get(number)
    if not found or not found.stream or found.dictionary.get("Type") != "ObjStm":
        raise Broken(f"object {number} is no object stream")
    content = decode(document.raw(found), filters(found.dictionary, _direct), document.allowance)
    count, first = found.dictionary.get("N"), found.dictionary.get("First")
    if not isinstance(count, int) or not isinstance(first, int) or not 0 <= first <= len(content):
        raise Broken("an object stream without N and First")
    head = content[:first].split()
    if len(head) < 2 * count or not all(word.isdigit() and len(word) <= 10 for word in head):
        raise Broken("an object stream with fewer objects than stated")
    numbers, offsets = [int(n) for n in head[: 2 * count : 2]], [first + int(n) for n in head[1 : 2 * count : 2]]
    for begin, end, member in zip(offsets, [*offsets[1:], len(content)], numbers, strict=True):
        if not begin <= end <= len(content):
            raise Broken("an object stream whose objects are out of order")
        yield member, read(content, begin, end, document.tokens)[0]


def _check_length(document: Document, found: Object) -> None:
    if found.stream:
        begin, end = found.stream
        length = document.resolve(found.dictionary.get("Length"))
        if not isinstance(length, int) or not 0 <= end - begin - length <= 2:
            raise Broken(f"the stream of object {found.number} has another length than stated")
