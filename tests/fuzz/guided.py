"""The same property, led by coverage: `python -m tests.fuzz.guided [--seconds 60] [--seed N]` with atheris, where it is installed.

Half of the changes are libFuzzer's own, half are those of `mutate`. A failure is kept as `failures/crash-…` and is replayed by
`python -m tests.fuzz.guided --replay FILE`.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path
from random import Random

try:
    import atheris
except ImportError:
    print("fuzz, guided: not run (pip install atheris)")
    sys.exit(0)

with atheris.instrument_imports(include=["mappings", "signing", "parcel"]):
    from tests.fuzz.property import holds, originals
from tests.fuzz.mutate import changed
from tests.fuzz.run import FOLDER

MOST = 64 * 1024


def mutated(data: bytes, most: int, seed: int) -> bytes:
    chance = Random(seed)
    if chance.random() < 0.5:
        return atheris.Mutate(data, most)
    return changed(data, chance, chance.choice(originals()).data)[0][:most]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    parser.add_argument("--replay", type=Path)
    options = parser.parse_args()
    if options.replay:
        print(holds(options.replay.read_bytes()))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="corpus-") as corpus:
        for number, original in enumerate(originals()):
            (Path(corpus) / f"{number}.xml").write_bytes(original.data)
        words = [
            f"-seed={options.seed}",
            f"-max_total_time={options.seconds}",
            f"-max_len={MOST}",
            f"-artifact_prefix={FOLDER}/",
        ]
        atheris.Setup(
            [sys.argv[0], *words, "-verbosity=0", "-print_final_stats=1", corpus], holds, custom_mutator=mutated
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
