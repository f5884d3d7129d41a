"""What is exported computes nothing, and comes back as it was (reliability B107)."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.intake.sheet import read_table
from gateway.views.tables import guarded, to_csv, to_xlsx, unguarded
from tests.vectors_files.judge import HERE

CELLS = [each["value"] for each in json.loads((HERE / "csv/export-injection-cells.json").read_text(encoding="utf-8"))]
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t\n\r'=+-@"), max_size=20
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def of_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_cell_of_the_vector_is_shown_and_not_computed() -> None:
    assert len(CELLS) == 15
    rows = of_csv(to_csv(["text"], [[cell] for cell in CELLS]))[1:]
    assert not [cell for [cell] in rows if cell.startswith(STARTS)]
    assert [unguarded(cell) for [cell] in rows] == CELLS
    book = to_xlsx({"x": [["text", "no"], *([cell, str(n)] for n, cell in enumerate(CELLS))]})
    found = {row.cells["no"]: row.cells["text"] for row in read_table(book, "x.xlsx").rows}
    assert [found[str(n)] for n in range(len(CELLS))] == CELLS


def test_a_workbook_of_ours_holds_no_formula() -> None:
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(to_xlsx({"x": [["text"], *([cell] for cell in CELLS)]}))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


@given(TEXTS)
@example("'=1")
@example("''=1")
@example("'")
def test_the_guard_is_taken_away_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(STARTS)


@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["_x000D_", "a\rb", "_x005F_"])
def test_any_text_comes_back_from_both(texts: list[str]) -> None:
    rows = [[str(n), text] for n, text in enumerate(texts)]
    assert [[n, unguarded(text)] for n, text in of_csv(to_csv(["no", "text"], rows))[1:]] == rows
    found = read_table(to_xlsx({"x": [["no", "text"], *rows]}), "x.xlsx").rows
    assert [row.cells["text"] for row in found] == [text if text.strip() else "" for text in texts]
