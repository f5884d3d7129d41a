"""A seeded sample of the calls of one message's life, killed and failed; the whole is `make faults`."""

from __future__ import annotations

import shutil

import pytest

from tests.crash.every_call import run


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="every call: strace is not here")
def test_a_sample_of_every_call_killed_and_failed_does_no_harm() -> None:
    outcome = run(sample=12, seed=1, loud=False)
    assert outcome.wrong == []
    assert (outcome.points, outcome.fine) == (12, 12)
    stages = {called.partition(":")[0] for called in outcome.calls}
    assert stages == {"submit", "run out", "customs", "run in"}
    assert sum(outcome.calls.values()) > 200  # a trace that sees little shows little
