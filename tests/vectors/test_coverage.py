"""No row of the matrix that is this issue's is without a vector, and no vector speaks of a row that does not exist."""

import pytest

from tests.vectors.coverage import coverage, table
from tests.vectors.own.rows import rows

OWNED = {f"B{n:02d}" for n in (*range(1, 48), *range(57, 72), *range(84, 106))}


def test_every_row_has_a_vector(capsys: pytest.CaptureFixture[str]) -> None:
    covered = coverage()
    assert [each.row for each in covered] == [f"B{n:02d}" for n in range(1, 111)]
    assert {each.row for each in covered if not each.elsewhere} == OWNED
    assert [each.row for each in covered if not each.elsewhere and not each.vectors] == []
    with capsys.disabled():
        print(f"\n{table().splitlines()[-1]}")


def test_every_own_vector_names_a_row_or_is_a_control() -> None:
    assert {name for row in rows() for name in row.row.split()} <= OWNED
    assert [row.path for row in rows() if not row.row] == [
        "business/good-blank",
        "business/good-certificate",
        "seal/good",
        "seal/good-exclusive",
        "seal/addressee-other",
    ]
