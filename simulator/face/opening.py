"""The office of a request: opened for it, closed behind it; and what is refused inside becomes an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from simulator.office import Office


def opened(request: Request) -> Iterator[Office]:
    """Over the `customs/` that the application is about."""
    folder: Path = request.app.state.folder
    with Office(folder) as office:
        yield office


Desk = Annotated[Office, Depends(opened)]
