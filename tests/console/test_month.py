"""A short month through both ends: reconciliation finds what was planted, all of it and nothing else."""

import sqlite3
from contextlib import closing

import pytest

from .month import played
from .month_planted import ENDED, MISTAKES, OTHER, SERIES


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """Every mistake once, one a day."""
    return played(tmp_path_factory.mktemp("month") / "home", days=len(MISTAKES), enterprises=3, busy=2, seed=5)


def test_exactly_what_was_planted_is_found(month):
    found, matched, unstated = month.reconciled()
    assert found == sorted(month.planted) and len(found) == len(MISTAKES) + 1  # a wrong number is two differences
    assert {one.what for one in found} == {"missing", "unknown", "differing"}
    assert unstated == [] and matched > month.declared


def test_one_difference_more_is_found_too(month):
    """What a mistake less careful than ours would look like."""
    known = {one.number for one in month.planted}
    with closing(sqlite3.connect(month.home.path / "gateway.db")) as ledger, ledger:
        rows = ledger.execute(
            "SELECT number FROM stated WHERE state = ? AND number LIKE ? ORDER BY number", (ENDED, f"{SERIES}%")
        ).fetchall()
        number = next(number for (number,) in rows if number not in known)
        ledger.execute("UPDATE stated SET state = ? WHERE number = ? AND state = ?", (OTHER, number, ENDED))
    found, _, _ = month.reconciled()
    assert {one.number for one in set(found) - set(month.planted)} == {number}
