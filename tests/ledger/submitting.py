"""A process that submits: `python -m tests.ledger.submitting URL same SERIAL`, or `… for-ever SERIAL` until it is killed.

Every acknowledged batch is one line on stdout, written only after record() has returned.
"""

from __future__ import annotations

import itertools
import sys

from tests.ledger.world import World

BATCH = 8


def main(url: str, how: str, serial: str) -> None:
    world = World(url)
    if how == "same":
        (told,) = world.record(world.submission(int(serial), "the same", reference="R"))
        print(told.outcome)
        world.ledger.close()
        return
    for first in itertools.count(int(serial), BATCH):
        told_all = world.record(*(world.submission(n, carried=1) for n in range(first, first + BATCH)))
        print(" ".join(told.number for told in told_all), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
