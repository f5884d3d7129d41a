"""A command imports what it needs and no more: start-up stays small."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("sqlalchemy", "alembic", "lxml", "xmlschema", "paramiko", "cryptography", "watchdog", "simulator")
SCRIPT = """
import sys
from console.cli.main import main
status = main(sys.argv[1:])
sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
sys.exit(status)
"""


@pytest.mark.parametrize(
    "arguments", [("--help",), ("kinds", "--json"), ("kinds",), ("states", "certificate"), ("status", "--help")]
)
def test_nothing_heavy_is_imported(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert not set(done.stderr.split()) & set(HEAVY)


def test_the_command_as_a_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "console.cli.main", "kinds", "--nope"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
