"""Every test of the ledger runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger.world import World


@pytest.fixture
def world(url: str) -> Iterator[World]:
    made = World(url)
    yield made
    made.ledger.close()
