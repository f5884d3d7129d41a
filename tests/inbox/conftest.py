"""What has come is recorded in a ledger, on both databases."""

from __future__ import annotations

from tests.ledger.conftest import world  # noqa: F401  (a fixture)
