"""A ledger with messages that are due, on both databases, and a channel in memory."""

from __future__ import annotations

from tests.ledger.conftest import world  # noqa: F401  (a fixture)
