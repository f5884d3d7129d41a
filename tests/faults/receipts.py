"""F50-F55: what receipts do."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import permutations

from gateway.home import Home
from ledger import Ledger
from ledger.rows import NewEnterprise
from mappings.clock import FileClock
from mappings.write import write
from parcel.envelope import Envelope, wrap
from signing.sign import seal
from simulator.settings import open_customs
from tests.faults.cell import Bench, cell, dies_at
from tests.faults.ends import END
from tests.faults.sftp_fetch import answered

OTHER = "DXPENT1108919039"


@cell("F50", "receipts", "one receipt very often", "one line of history")
def very_often(bench: Bench) -> None:
    answered(bench, 1)
    bodies = {name: (bench.road / "InBox" / name).read_bytes() for name in bench.files("InBox")}
    for again in range(bench.many(30, 1000)):
        for name, body in bodies.items():
            (bench.road / "InBox" / name).write_bytes(body)
            stem, _, extension = name.rpartition(".")
            (bench.road / "InBox" / f"{stem[:-3]}{again:03d}.{extension}").write_bytes(body)
        if again % 10 == 0:
            assert bench.run() == 0
    assert bench.run() == 0


@cell("F51", "receipts", "every order of one life", "the same end")
def every_order(bench: Bench) -> None:
    assert bench.submit(1) == 0 and bench.run() == 0
    bench.customs()
    names = bench.files("InBox")
    bodies = {name: (bench.road / "InBox" / name).read_bytes() for name in names}
    orders = list(permutations(names))
    for name in names:
        (bench.road / "InBox" / name).unlink()
    order = orders[len(orders) // 2 :][: bench.many(1, 1)][0]
    for name in reversed(order):  # each alone, the last first
        (bench.road / "InBox" / name).write_bytes(bodies[name])
        assert bench.run() == 0
    assert bench.submit(bench.many(4, 24), remark="#shuffle") == 0 and bench.run() == 0
    bench.customs()
    FileClock(bench.home / "customs" / "clock.json").set(
        offset=10 * 86400.0, speed=1.0
    )  # their answers are on their way for days


@cell("F52", "receipts", "before our own record of the sending", "joined")
def before_our_record(bench: Bench) -> None:
    assert bench.submit(2) == 0
    assert bench.run(plant=dies_at(Ledger, "delivered")) < 0
    bench.customs()
    assert bench.run() == 0
    assert bench.count("outbox", "stage NOT IN ('answer', 'done')") == 0


@cell("F53", "receipts", "for nobody's document, or another's", "kept, listed, without effect")
def for_another(bench: Bench) -> None:
    assert bench.submit(2, remark="#foreign") == 0 and bench.run() == 0
    number = min(bench.acknowledged.values())
    name = to_another(bench, number)
    assert bench.run() == 0
    assert bench.rows("SELECT status, reason LIKE 'RCP_TENANT%' FROM arrival WHERE name = ?", name) == [
        ("quarantined", 1)
    ]
    assert bench.rows("SELECT state FROM document WHERE number = ?", number) == [("D",)]
    bench.customs()
    assert bench.run() == 0
    assert bench.count("arrival", "status = 'held' AND reason LIKE 'RCP_ORPHAN%'") == 2
    assert bench.count("event", "sentence LIKE '%核对不符%'") == 0
    bench.kept = ("held", "waiting", "quarantined")


def to_another(bench: Bench, number: str) -> str:
    """Customs refuses a document, well sealed, to another enterprise of this home than the one that declared it. -> the file."""
    with closing(Home(bench.home, passphrase=lambda _key: None)) as home:
        home.ledger.add_enterprises([NewEnterprise(OTHER.removeprefix("DXPENT"), "", "另一企业", OTHER)])
    name = f"Receipt_{number}_20261121000000001.xml"
    record = {"number": number, "receipt_no": "202611210000000001", "status": "HF", "stated_at": "20991121000000000",
              "sentence": "核对不符"}  # fmt: skip
    with closing(open_customs(bench.home / "customs")) as customs:
        tools = customs.tools
        kind = tools.contract.kinds["receipt"]
        payload = write(kind, {}, {"records": [record]}, head_parts=())
        envelope = Envelope("MX", tools.settings.node, (OTHER,), "2026-11-21T00:00:00+08:00", kind.type, payload)
        (body,) = seal(wrap([envelope]), signer=tools.signer)
    (bench.road / "InBox" / name).write_bytes(body)
    return name


@cell("F54", "receipts", "none in time", "overdue, never sent again by itself")
def none_in_time(bench: Bench) -> None:
    assert bench.submit(1, remark="#silent") == 0 and bench.run() == 0
    bench.customs()
    FileClock(bench.home / "customs" / "clock.json").set(offset=40 * 86400.0, speed=1.0)
    assert bench.run() == 0
    bench.do("status", "--json")
    (row,) = [row for row in json.loads(bench.out) if row["reference"]]
    assert row["overdue"] is True
    assert bench.count("message", "direction = 'out'") == 1 and bench.files("OutBox") == []
    bench.ends = {row["reference"]: row["state"]}
    FileClock(bench.home / "customs" / "clock.json").set(offset=0.0, speed=1.0)


@cell("F55", "receipts", "two that contradict", "both kept, the first stands, the second shown")
def contradicting(bench: Bench) -> None:
    answered(bench, 1)
    assert bench.run() == 0
    (number,) = bench.acknowledged.values()
    assert bench.do("customs", "decide", number, "HF", "--reason", "contradicts") == 0
    bench.customs()
    before = bench.count("arrival")
    assert bench.run() == 0
    assert bench.count("arrival") == before + 1
    assert bench.rows("SELECT state FROM document WHERE number = ?", number) == [(END,)]
    bench.kept = ("held",)
