"""Every file of `manifest.csv` against its verdict and code, in less than a second and 100 MB."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mappings.faults import table
from tests.vectors_files.judge import HERE, MEMORY, ROWS, SECONDS, judge


def fits(row, verdict, code):
    return verdict == row["expected"] and code in row["code"].split("|")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["path"])
def test_file(row):
    found = judge(row["category"], (HERE / row["path"]).read_bytes(), row["path"])
    assert fits(row, *found), f"wanted {row['expected']} {row['code']}, got {found}: {row['note']}"


def measure(*folder):
    command = [sys.executable, "-m", "tests.vectors_files.judge", *folder]
    said = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True).stdout
    return {path: rest for path, *rest in map(json.loads, said.splitlines())}


def test_the_measure_kills_what_takes_too_much(tmp_path):
    (tmp_path / "hog-1").write_bytes(b"xx")
    assert measure(str(tmp_path))["hog-1"][0] == "died"


def test_count_time_and_memory(capsys):
    found = measure()
    right = sum(fits(row, *found[row["path"]][:2]) for row in ROWS)
    slowest = max(found, key=lambda path: found[path][2])
    largest = max(found, key=lambda path: found[path][3])
    with capsys.disabled():
        print(
            f"\nfiles: {right}/{len(ROWS)}; slowest {slowest} {found[slowest][2]:.2f} s, "
            f"largest {largest} {found[largest][3] / 2**20:.0f} MB"
        )
    assert right == len(ROWS)
    assert found[slowest][2] < SECONDS
    assert found[largest][3] < MEMORY


def test_manifest_names_every_file_and_only_codes_of_the_table():
    files = {
        str(path.relative_to(HERE)) for folder in ("pdf", "zip", "xls", "xlsx") for path in (HERE / folder).iterdir()
    }
    assert {row["path"] for row in ROWS} == files
    assert {code for row in ROWS for code in row["code"].split("|")} - {""} <= table().keys()
