"""python -m simulator --home DIR [--until-idle]: customs' end over a home's `customs/` and the channels that it names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mappings.faults import Refused
from simulator.serve import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 2 used wrongly or not well set up."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the folder that holds customs/")
    parser.add_argument(
        "--until-idle", action="store_true", help="return when nothing is to be done at customs' present time"
    )
    chosen = parser.parse_args(arguments)
    try:
        run(chosen.home / "customs", until_idle=chosen.until_idle)
    except Refused as reason:
        sys.stderr.write(f"{reason}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
