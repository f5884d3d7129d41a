"""Every vector of our own, and every shared one again, as a message on a channel meets them: the whole inward way."""

from __future__ import annotations

import pytest

from mappings.parser import whole_text
from parcel.parcel import Parcel
from tests.vectors.own.rows import RECIPES, Row, rows
from tests.vectors.own.world import HERE, inside, judged, walked
from tests.vectors.test_vectors import ROWS as SHARED

MADE = [row for row in rows() if row.made]


def marked(row: Row):
    return pytest.param(row, id=row.path, marks=[pytest.mark.xfail(strict=True, reason=row.gap)] if row.gap else [])


def expected_inside(expected: str, code: str) -> tuple[str, set[str]]:
    """What the parser lets pass is then no business message that we know; what it refuses, it refuses there too."""
    return ("reject", {"XML_ROOT"}) if expected == "accept" else ("reject", set(code.split("|")))


@pytest.mark.parametrize("row", [marked(row) for row in MADE])
def test_own(row: Row) -> None:
    verdict, code = judged(row.data())
    if row.category == "raw" and row.expected == "accept":
        assert (verdict, code) == ("reject", "SIG_MISSING")
    else:
        assert row.fits(verdict, code), f"wanted {row.expected} {row.code}, got {verdict} {code}: {row.note}"


@pytest.mark.parametrize("row", [row for row in MADE if row.category == "raw"], ids=lambda row: row.path)
def test_own_inside_a_good_seal(row: Row) -> None:
    verdict, codes = expected_inside(row.expected, row.code)
    got = judged(inside(row.data()))
    assert got[0] == verdict and got[1] in codes


@pytest.mark.parametrize("row", SHARED, ids=lambda row: row["path"])
def test_shared_on_a_channel(row) -> None:
    """A good one is no message of this exchange: unsigned, or signed under a root that nobody knows here."""
    data = (HERE / row["path"]).read_bytes()
    signed = row["category"] == "signature"
    good = ("reject", {"XML_ROOT" if signed else "SIG_MISSING"})
    verdict, codes = good if row["expected"] == "accept" else ("reject", set(row["code"].split("|")))
    got = judged(data)
    assert got[0] == verdict and got[1] in codes


@pytest.mark.parametrize("row", [r for r in SHARED if r["category"] != "signature"], ids=lambda row: row["path"])
def test_shared_inside_a_good_seal(row) -> None:
    verdict, codes = expected_inside(row["expected"], row["code"])
    got = judged(inside((HERE / row["path"]).read_bytes()))
    assert got[0] == verdict and got[1] in codes


def test_every_recipe_has_its_row_and_every_row_its_recipe() -> None:
    assert [row.path for row in MADE] == [f"{category}/{name}" for category, made in RECIPES.items() for name in made]


@pytest.mark.parametrize("path", ["business/comment-in-value", "business/cdata-in-value", "wrapping/comment-in-sender"])
def test_a_comment_changes_nothing_that_is_read(path: str) -> None:
    plain, commented = (walked(next(row.data() for row in MADE if row.path == p)) for p in ("seal/good", path))
    assert isinstance(plain, Parcel) and isinstance(commented, Parcel)
    assert (commented.content, commented.reference, commented.sender) == (plain.content, plain.reference, plain.sender)
    assert commented.tree is not None and "R-1" in [whole_text(element) for element in commented.tree.iter("*")]


def test_count(capsys: pytest.CaptureFixture[str]) -> None:
    right = sum(row.fits(*judged(row.data())) for row in MADE if row.category != "raw" or row.expected == "reject")
    wanted = [row for row in MADE if row.category != "raw" or row.expected == "reject"]
    gaps = [row.path for row in wanted if row.gap]
    with capsys.disabled():
        print(f"\nown vectors: {right}/{len(wanted)}, known gaps: {', '.join(gaps) or 'none'}")
    assert right == len(wanted) - len(gaps)
