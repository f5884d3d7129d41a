"""An ERP's own export through an intake map: `--map NAME` in a home, `--map FILE.toml` anywhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.console.conftest import Gateway, there_and_back

ERP = Path(__file__).parents[2] / "examples" / "erp"


@pytest.fixture
def maps(home: Path) -> Path:
    for file in ERP.iterdir():
        if file.suffix == ".toml" or file.name == "offices.csv":
            shutil.copy(file, home / "maps")
    return home / "maps"


@pytest.mark.parametrize(("name", "ends"), [("blank-forms", {"BP"}), ("exit-certificates", {"HS"})])
def test_an_export_reaches_its_end(gateway: Gateway, maps: Path, name: str, ends: set[str]) -> None:
    export = ERP / f"{name}.csv"
    declared = gateway("submit", "--map", name, export, "--json")
    assert declared.status == 0, declared.text
    there_and_back(gateway)
    numbers = [row["number"] for row in declared.value]
    assert {gateway("status", number, "--json").value[0]["state"] for number in numbers} == ends


def test_its_faults_name_its_own_columns(gateway: Gateway, maps: Path) -> None:
    answer = gateway("submit", "--map", "blank-forms", ERP / "blank-forms-broken.csv", "--json")
    assert answer.status == 1
    paths = {fault["path"] for row in answer.value for fault in row["faults"]}
    assert {"row 4 · 证书类型", "row 6 · 份数"} <= paths
    assert all(row["outcome"] == "refused" for row in answer.value) and gateway("status", "--json").value == []


def test_a_map_by_its_file_needs_no_home(gateway: Gateway) -> None:
    answer = gateway("check", "--map", ERP / "blank-forms.toml", ERP / "blank-forms.csv")
    assert answer.status == 0 and answer.text.count("DECL_REFERENCE") == 1


def test_a_map_that_is_not_there(gateway: Gateway, home: Path) -> None:
    answer = gateway("check", "--map", "nope", ERP / "blank-forms.csv", "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "MAP_BAD"
