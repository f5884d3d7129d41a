"""F63, F64: people's acts."""

from __future__ import annotations

import json

from ledger import Ledger
from tests.faults.cell import Bench, cell, dies_at
from tests.faults.ends import Ends, ended


def sent(bench: Bench, count: int) -> list[str]:
    assert bench.submit(count) == 0 and bench.run() == 0
    return sorted(bench.acknowledged.values())


@cell("F63", "console", "kill in a replay of many", "each at most once")
def kill_in_a_replay(bench: Bench) -> None:
    numbers = sent(bench, bench.many(10, 200))
    before = bench.rows("SELECT cop_msg_id, sha256 FROM message WHERE direction = 'out' ORDER BY id")
    bench.customs()
    assert bench.run() == 0
    assert bench.do("resend", *numbers, "--why", "test") in (0, 1)
    assert bench.run(plant=dies_at(Ledger, "delivered")) < 0
    assert bench.run() == 0
    bench.customs()
    assert bench.rows("SELECT cop_msg_id, sha256 FROM message WHERE direction = 'out' ORDER BY id") == before


@cell("F64", "console", "replay pressed twice at once", "one replay")
def replay_twice(bench: Bench) -> None:
    (number,) = sent(bench, 1)
    bench.customs()
    assert bench.run() == 0
    ends = Ends(bench.home)
    outs = [bench.folder / f"replay-{n}" for n in range(4)]
    children = [ends.start("resend", number, "--why", "test", "--json", out=out) for out in outs]
    for child in children:
        ended(child)
    outcomes = [row["outcome"] for out in outs for row in json.loads(out.read_text(encoding="utf-8"))]
    assert outcomes.count("queued") == 1, outcomes
