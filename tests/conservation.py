"""After every test that opens a home: files in = processed + quarantined + waiting, and nothing has lost its other half.

A test that breaks a ledger on purpose says so: `@pytest.mark.tampered`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.home import Home
from ledger.errors import LedgerError


@pytest.fixture(autouse=True)
def conserved(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    found: list[str] = []
    close = Home.close

    def counted(home: Home) -> None:
        if "ledger" in home.__dict__:
            found.extend(_lost(home))
        close(home)

    monkeypatch.setattr(Home, "close", counted)
    yield
    if request.node.get_closest_marker("tampered") is None:
        assert found == []


def _lost(home: Home) -> list[str]:
    try:
        told = home.ledger.conservation()
    except LedgerError:  # the database of this home is away: nothing can be counted there
        return []
    return [] if told.holds else [f"{home.path}: {told}"]
