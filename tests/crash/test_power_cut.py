"""A few power cuts, and one planted mistake of them; the whole is `make faults`."""

from __future__ import annotations

import pytest

from tests.crash.power_cut import lacks, run

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(lacks()), reason=f"power cut: {lacks()}")]


def test_what_was_acknowledged_and_sent_survives_power_cuts() -> None:
    outcome = run(4, seed=1, a_life=2)
    assert outcome.clean, outcome
    assert outcome.by_kind == {"ext4": 2, "xfs": 2}
    assert outcome.acknowledged >= 4 * 3


def test_a_folder_that_is_not_synced_is_caught() -> None:
    assert not run(1, seed=1, mistake="no_folder_sync", a_life=1, kinds=("xfs",)).clean
