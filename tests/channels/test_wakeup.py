"""An event only wakes; a look by the clock finds what no event told of."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from channels.wakeup import Wakeup

if TYPE_CHECKING:
    from tests.channels.conftest import Wire


def test_a_file_wakes_whoever_waits(folder: Wire) -> None:
    path = folder.inbox.path  # type: ignore[attr-defined]
    with Wakeup([path]) as wakeup:
        (path / "a.tmp").write_bytes(b"x")
        (path / "a.tmp").rename(path / "a.xml")
        begun = time.monotonic()
        wakeup.wait(30.0)
        assert time.monotonic() - begun < 20.0


def test_an_event_that_is_lost_costs_one_look(folder: Wire) -> None:
    """F43: the wait ends by the clock, and the scan is the truth."""
    with Wakeup([Path("/nowhere")]) as wakeup:
        folder.inbox.put_all([("a.xml", b"x")])
        wakeup.wait(0.05)
        assert [entry.name for entry in folder.inbox.entries()] == ["a.xml"]
