"""The worst messages that stand inside the limits: each as large as it may be in one respect, or just past it."""

from __future__ import annotations

from collections.abc import Callable

MiB = 1 << 20
Made = Callable[[int], bytes]  # how many bytes it may have -> a document


def filled(item: bytes, room: int, *, most: int = 1 << 40, head: bytes = b"<r>", tail: bytes = b"</r>") -> bytes:
    return head + item * min(most, (room - len(head) - len(tail)) // len(item)) + tail


def groups(item: bytes, size: int, room: int, *, most: int) -> bytes:
    """Groups of `size` items, so that no element has too many children."""
    group = b"<g>" + item * size + b"</g>"
    return filled(group, room, most=most // size)


def _gb18030(text: str, room: int) -> bytes:
    """Text in nodes of 3 MB as UTF-8, for libxml2's own limit of one node."""
    node = b"<a>" + (text * (1_000_000 // len(text))).encode("gb18030") + b"</a>"
    head = b'<?xml version="1.0" encoding="GB18030"?><r>'
    body = node * ((room - len(head) - 4) // len(node))
    rest = room - len(head) - 4 - len(body) - 7
    last = (text * (max(rest, 0) // len(text.encode("gb18030")))).encode("gb18030")
    return head + body + b"<a>" + last + b"</a></r>"


def _attributes(room: int) -> bytes:
    element = b"<a " + b" ".join(b'a%d=""' % n for n in range(64)) + b"/>"
    return groups(element, 3000, room, most=399_000 // 64 // 3000 * 3000 or 3000)


def _same_hash(room: int) -> bytes:
    element = b"<a " + b" ".join(b'%s="1"' % (b"A" * (n % 8) + b"B" * (n // 8 + 1)) for n in range(64)) + b"/>"
    return filled(element, room, most=6000)


def _namespaces(room: int) -> bytes:
    head = b"<r " + b" ".join(b'xmlns:n%d="urn:u%d"' % (n, n) for n in range(64)) + b">"
    return filled(b"<g>" + b"<n63:a/>" * 15_000 + b"</g>", room, most=13, head=head)


def _namespaces_at_depth(room: int) -> bytes:
    head = b"".join(b'<d xmlns:n%d="urn:u%d">' % (n, n) for n in range(60))
    return filled(b"<g>" + b"<n0:a/>" * 15_000 + b"</g>", room, most=13, head=head, tail=b"</d>" * 60)


def _scopes_at_the_limit(room: int) -> bytes:
    """As many tags times namespaces as are read, where each is looked for through all levels."""
    head = b"<r " + b" ".join(b'xmlns:n%d="urn:u%d"' % (n, n) for n in range(58)) + b">" + b"<d>" * 54
    return filled(b"<g>" + b"<n0:a/>" * 12_000 + b"</g>", room, most=2, head=head, tail=b"</d>" * 54 + b"</r>")


def _namespaces_each(room: int) -> bytes:
    return filled(b'<a xmlns="urn:a"/>', room, most=19_999)


def _prefixed_attributes(room: int) -> bytes:
    head = b"<r " + b" ".join(b'xmlns:n%d="urn:u%d"' % (n, n) for n in range(63)) + b">"
    element = b"<a " + b" ".join(b'n%d:a=""' % n for n in range(62, -1, -1)) + b"/>"
    return filled(element, room, most=6200, head=head)


WORST: dict[str, Made] = {
    "tags 400k": lambda room: groups(b"<a/>", 19_990, room, most=399_800),
    "tags 200k, pairs": lambda room: groups(b"<a>1</a>", 19_990, room, most=199_000),
    "siblings 20k, long": lambda room: filled(b"<a>" + b"x" * 380 + b"</a>", room, most=19_990),
    "depth 64, many": lambda room: filled(b"<a>" * 62 + b"</a>" * 62, room, most=3200),
    "depth 64, no end": lambda room: filled(b"<a>", room, most=390_000, tail=b""),
    "attributes": _attributes,
    "attributes, one bucket": _same_hash,
    "attribute of 8 MB": lambda room: b'<r a="' + b"x" * (room - 16) + b'"/>',
    "attribute of references": lambda room: b'<r a="' + b"&#65;" * ((room - 16) // 5) + b'"/>',
    "namespaces 64": _namespaces,
    "namespaces at depth": _namespaces_at_depth,
    "scopes at the limit": _scopes_at_the_limit,
    "namespaces each": _namespaces_each,
    "namespaced attributes": _prefixed_attributes,
    "base64 8 MB": lambda room: filled(b"QUJD", room),
    "base64 in lines": lambda room: filled(b"QUJD" * 16 + b"\r\n", room),
    "comments 390k": lambda room: filled(b"<!-- x -->", room, most=390_000),
    "comments before": lambda room: filled(b"<!---->", room, most=390_000, head=b"", tail=b"<r/>"),
    "comment of 8 MB": lambda room: filled(b"x ", room, head=b"<r><!--", tail=b"--></r>"),
    "open comments": lambda room: filled(b"<!--", room, most=390_000, head=b"", tail=b""),
    "comments in text": lambda room: filled(b"abc<!---->", room, most=390_000),
    "CDATA 390k": lambda room: filled(b"<![CDATA[x]]>", room, most=390_000),
    "instructions": lambda room: filled(b"<?a?>", room, most=390_000),
    "references": lambda room: filled(b"&#x8BC1;", room),
    "entities": lambda room: filled(b"&amp;", room),
    "blanks": lambda room: filled(b" \r\n\t", room),
    "blanks between": lambda room: groups(b"<a/>" + b"\r\n" + b" " * 60, 19_990, room, most=119_000),
    "line ends": lambda room: filled(b"\r", room),
    "CJK GB18030": lambda room: _gb18030("出境检验检疫证书品质数量", room),
    "CJK GB18030, four bytes": lambda room: _gb18030("\u3400\u4dbf𠮷", room),
    "CJK UTF-8": lambda room: filled("证".encode() * 1000, room),
    "CJK UTF-16": lambda room: ("\ufeff<r>" + "证" * ((room - 20) // 2) + "</r>").encode("utf-16-le"),
    "looks like mojibake": lambda room: filled("瑜锋工x".encode(), room),
    "one suspect": lambda room: filled("瑜锋工".encode() * 1000, room),
    "Latin suspects": lambda room: filled("ä¸x".encode(), room),
    "GBK suspects": lambda room: b'<?xml version="1.0" encoding="GBK"?>' + filled("瑜锋工x".encode("gbk"), room - 50),
    "GBK that is UTF-8": lambda room: b'<?xml version="1.0" encoding="GBK"?>' + filled("检验".encode(), room - 50),
    "bad at the end": lambda room: b'<?xml version="1.0" encoding="GB2312"?>' + filled("证".encode("gbk"), room - 50) + b"\xff",
    "gates": lambda room: groups(b'<include a="?chemaLocation"/>', 19_990, room, most=199_900),
    "name of 50 000": lambda room: filled(b"<" + b"n" * 49_000 + b"/>", room),
    "declaration": lambda room: b'<?xml version="1.0" encoding="' + b" " * (room - 40),
    "not an end": lambda room: groups(b"<a/>", 19_990, room, most=399_000)[:-4] + b"<",
}  # fmt: skip
