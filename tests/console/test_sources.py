"""docs/sources.tsv names every section of the manuals, and what it says holds against the citations, both ways."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.sources import ELEMENTS, SOURCES, Row, citers, coverage, main, read, renewed, written, wrong
from mappings.load import contract

ROOT = Path(__file__).parents[2]
ROWS = read((ROOT / SOURCES).read_text(encoding="utf-8"))
CITED = citers(contract(), ROOT)
KEY = ("002", "4.2.1.2")


def test_the_committed_table_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert list(wrong(ROWS, CITED)) == []
    assert main(["--check"]) == 0


def test_it_is_what_it_writes() -> None:
    assert read(written(ROWS)) == ROWS
    again = renewed(ROWS, CITED)
    assert [(row.key, row.covered, row.note) for row in again] == [(row.key, row.covered, row.note) for row in ROWS]
    assert all(set(row.cited_by) <= set(new.cited_by) for row, new in zip(ROWS, again, strict=True))


def test_who_cites_is_found_in_kinds_rules_formats_elements_and_modules() -> None:
    assert {"certificate_application", "certificate_application#BIZ_ATTACHMENT"} <= set(CITED[KEY])
    assert "certificate/C5-1.en" in CITED["001", "6.3.2"]
    assert ELEMENTS in CITED[KEY]
    assert "parcel/package/pack.py" in CITED["002", "4.4.3"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"covered": "yes", "cited_by": (ELEMENTS,)}, "no kind, rule, format or module cites it"),
        ({"covered": "partial", "note": ""}, "nothing says what is missing"),
        ({"covered": "no"}, "counts as not covered"),
        ({"covered": "mostly"}, "not one of yes, partial, no"),
        ({"cited_by": ("somebody",)}, "does not cite it"),
        ({"section": "9.9"}, "there is no such section"),
    ],
)
def test_what_does_not_hold_is_told(changed: dict[str, object], says: str) -> None:
    rows = [replace(row, **changed) if row.key == KEY else row for row in ROWS]  # type: ignore[arg-type]
    cited = {**CITED, KEY: (ELEMENTS,)} if changed.get("covered") == "yes" else CITED
    assert any(says in problem for problem in wrong(rows, cited))


def test_a_section_left_out_and_a_citation_that_leads_nowhere_are_told() -> None:
    told = list(wrong(ROWS[1:], {**CITED, ("002", "7.7"): ("parcel/pdf/inspection.py",)}))
    assert any("is missing" in problem for problem in told)
    assert any("parcel/pdf/inspection.py cites manual 002 §7.7" in problem for problem in told)


def test_a_table_that_is_none_is_told_with_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        read(written(ROWS).splitlines()[0] + "\nonly\tthree\tcells\n")


def test_the_page_joins_sections_kinds_rules_and_stories() -> None:
    page = coverage(contract(), ROWS)
    [line] = [line for line in page.splitlines() if line.startswith("| 4.2.1.2 ")]
    assert "kinds/certificate_application.md" in line and "BIZ_ATTACHMENT" in line
    [line] = [line for line in page.splitlines() if line.startswith("| 4.2.3 ")]
    assert "blank_certificate_application/" in line
    assert Row("002", "4.6", "初始值设置").section in page
