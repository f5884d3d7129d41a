"""python -m tests.fuzz [--seconds 60] [--seed N] [--replay FILE]"""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from tests.fuzz.property import Broken
from tests.fuzz.run import FOLDER, fuzz, replay


def main() -> int:
    parser = argparse.ArgumentParser(description="Change good sealed messages and see that none is believed.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--replay", type=Path, help=f"a file of {FOLDER}")
    options = parser.parse_args()
    if options.replay:
        try:
            print(replay(options.replay))
        except Broken as broken:
            print(broken)
            return 1
        return 0
    print(f"seed {options.seed}", flush=True)
    report = fuzz(options.seconds, options.seed)
    print(report)
    for file in report.failures:
        print(f"python -m tests.fuzz --replay {file}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
