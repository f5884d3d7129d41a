"""A ledger with messages that are due, on a channel in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.engine import migrate
from tests.ledger.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path}/ledger.db"
    migrate(url)
    made = World(url)
    yield made
    made.ledger.close()
