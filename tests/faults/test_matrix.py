"""The fault matrix in its short form: every cell passes, or says why it cannot be played here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.matrix import FAILED, NOT_RUN, cells, judge

SLOW = {"F17", "F28", "F70"}  # power cuts have a test of their own, half the packets lost take minutes: `make faults`


def test_the_matrix_has_every_fault_that_we_count_with() -> None:
    text = Path(__file__).parents[2].joinpath("docs/design/reliability.md").read_text(encoding="utf-8")
    assert list(cells()) == re.findall(r"^\| (F\d\d) \|", text, re.MULTILINE)


@pytest.mark.parametrize("id_", [id_ for id_ in cells() if id_ not in SLOW])
def test_cell(id_: str) -> None:
    found = judge(cells()[id_], quick=True)
    if found.verdict == NOT_RUN:
        pytest.skip(f"{id_}: {found.why}")
    assert found.verdict != FAILED, found.why
