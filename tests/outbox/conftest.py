"""A ledger with messages that are due, on a channel in memory: on both databases, as every test of the ledger."""

from __future__ import annotations

from tests.ledger.conftest import databases, postgresql, sqlite, url, world  # noqa: F401  (fixtures)
