"""The tally says what the single tests say: every vector of every folder, by name, has its verdict and its code."""

from __future__ import annotations

import pytest

from tests.vectors.tally import OF_EXPORTS, main, told


def test_every_vector_is_counted_and_right() -> None:
    found = list(told())
    assert [each for each in found if not each.right] == []
    own = [
        each for each in found if each.path.startswith("xls/")
    ]  # made here: nobody else's manifest has Excel 97-2003
    assert len({each.path for each in found}) == len(found) == 180 - len(OF_EXPORTS) + len(own)
    assert len(own) == 17


def test_a_row_that_is_not_here_is_named(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    origin = tmp_path / "manifest.csv"
    origin.write_text("path\nsig/ok-05-ecdsa-p256.xml\nsig/nowhere.xml\n", encoding="utf-8")
    assert main(str(origin)) == 1
    assert "1/2" in capsys.readouterr().out
