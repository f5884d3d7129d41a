"""Judge every vector and tell what was touched outside: `python -m tests.vectors.sandbox [--control NAME]`.

All is judged once to warm up (schemas, codecs), then again under an audit hook, between two marks that strace can see.
One line of JSON: how many were judged, and every event of a file, a socket, a process, an address that was opened.
"""

from __future__ import annotations

import io
import json
import os
import sys
import xml.sax
from collections.abc import Callable
from contextlib import suppress
from xml.sax.handler import ContentHandler, feature_external_ges

from lxml import etree

from tests.vectors.own.rows import rows
from tests.vectors.own.world import HERE, inside, judged
from tests.vectors.test_vectors import ROWS

BEGIN, END = "/mark-of-begin", "/mark-of-end"
WATCHED = ("open", "socket.", "os.", "urllib.", "subprocess.", "ctypes.", "shutil.", "tempfile.", "http.", "ftplib.")
ENTITY = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>'


def vectors() -> list[bytes]:
    shared = [(HERE / row["path"]).read_bytes() for row in ROWS]
    raw = [row.data() for row in rows() if row.category == "raw"]
    made = [row.data() for row in rows() if row.made and row.category != "raw"]
    small = [data for data in shared + raw if len(data) < 1 << 20]
    return shared + raw + made + [inside(data) for data in small]


def by_sax(data: bytes) -> None:
    """A parser that resolves entities, in Python: seen by both watchers."""
    reader = xml.sax.make_parser()
    reader.setFeature(feature_external_ges, True)  # noqa: FBT003
    reader.setContentHandler(ContentHandler())
    reader.parse(io.BytesIO(data))


def by_libxml2(data: bytes) -> None:
    """The same in C, where no audit hook looks: seen by strace."""
    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)
    etree.fromstring(data, parser)


CONTROLS: dict[str, Callable[[bytes], None]] = {"sax": by_sax, "libxml2": by_libxml2}


def watched(data: list[bytes], act: Callable[[bytes], object]) -> list[str]:
    seen: list[str] = []
    watching = False

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event.startswith(WATCHED):
            seen.append(f"{event} {arguments[:1]!r}")

    sys.addaudithook(hook)
    with suppress(OSError):
        os.stat(BEGIN)  # noqa: PTH116
    watching = True
    for each in data:
        act(each)
    watching = False
    with suppress(OSError):
        os.stat(END)  # noqa: PTH116
    return seen


def main(arguments: list[str]) -> None:
    if "--control" in arguments:
        data, act = [ENTITY], CONTROLS[arguments[-1]]
        with suppress(xml.sax.SAXException, etree.XMLSyntaxError):
            act(b"<r/>")
    else:
        data, act = vectors(), judged
        for each in data:
            judged(each)
    seen = watched(data, act)
    print(json.dumps({"judged": len(data), "seen": seen}))


if __name__ == "__main__":
    main(sys.argv[1:])
