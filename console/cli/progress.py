"""Progress of long work, on stderr, when that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def counted(items: Sequence[T], title: str) -> Iterator[T]:
    """The items, with a bar while they are worked on; none for a single one."""
    if len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.progress import track

    from console.cli.telling import console

    yield from track(items, title, console=console(stderr=True), transient=True)
