"""`manifest.csv` and the recipes that it names."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.vectors.own.business import BUSINESS
from tests.vectors.own.raw import RAW
from tests.vectors.own.seals import SEALS
from tests.vectors.own.wrapping import WRAPPING

HERE = Path(__file__).parent
RECIPES: dict[str, dict[str, Callable[[], bytes]]] = {
    "raw": RAW,
    "business": BUSINESS,
    "seal": SEALS,
    "wrapping": WRAPPING,
}


@dataclass(frozen=True)
class Row:
    """code: `|` means either. row: of the matrix, several with blanks between, "" for a control that must be accepted.

    gap: why the product does not yet do so; the test expects it to fail, and fails when it no longer does.
    """

    path: str  # category/recipe
    category: str
    expected: str
    code: str
    note: str
    row: str
    gap: str

    @property
    def made(self) -> bool:
        """Bytes of a recipe; the others are acts in a box (`test_boxes.py`)."""
        return self.category in RECIPES

    def data(self) -> bytes:
        return RECIPES[self.category][self.path.partition("/")[2]]()

    def fits(self, verdict: str, code: str) -> bool:
        return verdict == self.expected and code in self.code.split("|")


def rows() -> list[Row]:
    text = (HERE / "manifest.csv").read_text(encoding="utf-8")
    return [Row(**row) for row in csv.DictReader(text.splitlines())]
