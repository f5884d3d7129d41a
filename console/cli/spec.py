"""For whoever builds the other end: `gateway spec -o DIR` prints the interface document, schemas and samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from mappings.load import Contract

LANGUAGES = ("zh", "en")


def spec(
    door: Door,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="写入的目录 / the folder to write.")],
    *,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="只要网页 / web pages only.")] = False,
) -> None:
    """打印接口报文规范、XSD 与样例 / the interface document with schemas and samples."""
    of = door.contract()
    files = dict(_files(door, of, pdfs=not no_pdf))
    for name, data in files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    told = {"folder": str(output), "files": sorted(files)}
    door.teller.tell(told, lambda out: out.print(f"✓ {output}  {len(files)} {door.teller.one('个文件', 'files')}"))


def _files(door: Door, of: Contract, *, pdfs: bool) -> Iterator[tuple[str, bytes]]:
    from gateway.sample_pack import index, samples
    from papers.interface.document import document
    from papers.interface.html import html
    from papers.interface.pdf import pdf
    from xsd.printer import printed

    for lang in LANGUAGES:
        page = document(of, lang, version=_version(), date=_today(door))
        yield f"interface-{lang}.html", html(page).encode()
        if pdfs:
            yield f"interface-{lang}.pdf", pdf(page)
    for name, schema in printed(of).items():
        yield f"xsd/{name}", schema.encode()
    found = list(samples(of))
    for each in found:
        yield f"samples/{each.path}", each.data
    yield "samples/samples.csv", index(found).encode("utf-8-sig")  # a mark, so that Excel reads it as UTF-8


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("customs-gateway")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "checkout"


def _today(door: Door) -> str:
    """Business time where there is a home, else the machine's."""
    from gateway.home import CLOCK
    from mappings.clock import FileClock, SystemClock, stamp

    clock = FileClock(door.found / CLOCK) if door.found else SystemClock()
    day = stamp(clock.now())
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}"
