"""A kind that is one folder of data in a home has its commands without a line of code."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from tests.console.conftest import Gateway, there_and_back

KIND = "trial_application"


@pytest.fixture
def own(home: Path) -> Path:
    """The blank application under other names, without its stories."""
    folder = home / "contract" / "kinds" / KIND
    shutil.copytree(str(files("mappings") / "kinds" / "blank_certificate_application"), folder)
    shutil.rmtree(folder / "stories")
    kind = folder / "kind.toml"
    text = kind.read_text(encoding="utf-8")
    for old, new in (
        ("blank_certificate_application", KIND), ("空白证书申请", "试用申请"), ("BLANKAPP", "TRIAL"),
        ("BlankCertificateApplication", "TrialApplication"),
    ):  # fmt: skip
        text = text.replace(f'"{old}"', f'"{new}"')
    kind.write_text(text, encoding="utf-8")
    return folder


def test_it_is_listed_sampled_checked_and_sent(gateway: Gateway, own: Path) -> None:
    assert KIND in {row["name"] for row in gateway("kinds", "--json").value}
    declared = gateway("sample", KIND, "--seed", 3).out
    assert gateway("check", "-", stdin=declared).status == 0
    assert gateway("submit", "-", "--json", stdin=declared).value[0]["outcome"] == "accepted"
    there_and_back(gateway)
    (row,) = gateway("status", "--kind", KIND, "--json").value
    assert row["state"] == "BP" and "试用申请" in gateway("board", "--once").text


def test_one_that_is_not_well_made_is_named(gateway: Gateway, own: Path) -> None:
    with (own / "kind.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[field]]\nuse = "no_such_element"\n')
    answer = gateway("kinds", "--json")
    assert answer.status == 2
    assert answer.value["error"]["code"] == "SYS_HOME" and "no_such_element" in answer.value["error"]["zh"]
