"""`gateway map draft` proposes a map that the product itself can load."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "erp" / "blank-forms.csv"


def drafted(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "console.cli.main", "map", "draft", str(EXAMPLE), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_map_is_drafted_from_the_labels_of_an_export() -> None:
    ran = drafted("--kind", "blank_certificate_application")
    assert ran.returncode == 0, ran.stderr
    assert tomllib.loads(ran.stdout)["kind"] == "blank_certificate_application"


def test_an_unknown_kind_is_used_wrongly() -> None:
    ran = drafted("--kind", "nothing")
    assert (ran.returncode, "blank_certificate_application" in ran.stderr) == (2, True)
