"""How fast customs' end answers: messages and documents a second, beside a plain script in the same run.

    python -m benchmarks.customs [--count 600] [--rounds 3] [--results FILE]

Sealed messages lie in an OutBox on the disk; measured is the time until each is in SentBox and all its answers, durable,
in the InBox. Blank applications (C1-1, two sheets): three answers each, two of them sealed with RSA-2048. The plain script does the
same durable work and nothing else: no rules, plans, repeats, or schemas of its own answers. Certificate applications
(three to four documents a message) are measured for the product alone. CPU is what the process used, all threads.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.baseline.plain_customs import PlainCustoms
from channels import FolderChannel, enterprise
from mappings.clock import SystemClock, iso, stamp
from mappings.load import contract
from mappings.numbers import message_id
from mappings.sample import sample
from parcel.names import OutName
from parcel.parcel import Parcel
from parcel.way import OUTWARD, walk
from signing.keys import load_signer, make_own, trust
from simulator.settings import KEYS, NODE, Registered, make_customs, open_customs
from xsd.explain import Judges
from xsd.printer import FOLDER, file_name
from xsd.store import schema_source

NODE_ID, CODE = "DXPENT1108919038", "1108919038"
BLANK, CERTIFICATES = "blank_certificate_application", "certificate_application"
LINES = [{"blank_format": "C1-1", "quantity": 2}]


def filled(folder: Path, kind_name: str, count: int) -> None:
    """A home of customs, and `count` sealed messages in its OutBox."""
    now, kind = SystemClock().now(), contract().kinds[kind_name]
    make_own(folder / "own", NODE_ID, name="W2", passphrase=None, now=datetime.now(UTC))
    make_customs(folder / "customs", enterprises=[Registered(NODE_ID, CODE)], channel_root=folder / "wire", now=now)
    trust(folder / "customs" / KEYS, NODE_ID, (folder / "own" / "own" / f"{NODE_ID}.cert.pem").read_bytes())
    tools = {"contract": contract(), "judges": Judges(schema_source(contract()), both=False),
             "signer": load_signer(folder / "own", NODE_ID)}  # fmt: skip
    done, refused = walk(OUTWARD, [_parcel(kind, n, now) for n in range(count)], tools)
    assert not refused, refused[0][1]
    out = enterprise(FolderChannel(folder / "wire", "CertOut")).out
    assert not any(out.put_all([(parcel.name, parcel.data) for parcel in done]))


def _parcel(kind: Any, n: int, now: int) -> Parcel:
    content = sample(kind, seed=n + 1)["content"] | ({"lines": LINES} if kind.name == BLANK else {})
    content.pop("remark", None)
    number, stated = f"{kind.number}2026{n + 1:013d}", stamp(now)
    items = content[kind.carries.name] if kind.carries and kind.carries.kind else []
    carried = tuple(f"C2026{n * 10 + i + 1:013d}" for i in range(len(items)))
    return Parcel(
        kind=kind, number=number, enterprise=CODE, reference=number, stated_at=stated, created=iso(now), sender=NODE_ID,
        name=OutName(kind.type, number, stated, 0).text, cop_msg_id=message_id(NODE_ID, stated, n), receiver=NODE,
        content=content, carried=carried,
    )  # fmt: skip


def product(folder: Path) -> Callable[[], int]:
    customs = open_customs(folder / "customs")

    def run() -> int:
        customs.until_idle()
        documents = len(customs.statement())
        customs.close()
        return documents

    return run


def plain(folder: Path) -> Callable[[], int]:
    key = folder / "customs" / KEYS / "own" / f"{NODE}.key.pem"
    partner = folder / "own" / "own" / f"{NODE_ID}.cert.pem"
    script = PlainCustoms(folder / "wire" / "CertOut", key, partner, FOLDER / file_name(contract().kinds[BLANK]))

    def run() -> int:
        script.answer()
        return int(script.db.execute("SELECT count(*) FROM taken").fetchone()[0])

    return run


CASES: dict[str, tuple[str, Callable[[Path], Callable[[], int]]]] = {
    "plain script, blank": (BLANK, plain),
    "customs, blank": (BLANK, product),
    "customs, certificates": (CERTIFICATES, product),
}


def measured(name: str, count: int) -> tuple[float, float, float]:
    """Wall and CPU ms a message, and documents a second. What was promised must be there."""
    kind, make = CASES[name]
    with tempfile.TemporaryDirectory(prefix="w2-") as place:
        folder = Path(place)
        filled(folder, kind, count)
        run = make(folder)
        wall, cpu = time.perf_counter(), time.process_time()
        documents = run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        boxes = folder / "wire" / "CertOut"
        assert len(list((boxes / "SentBox").rglob("*.xml"))) == count
        answers = len(list((boxes / "InBox").glob("*.xml")))
        assert answers == 3 * count, (name, answers)
    return wall * 1000 / count, cpu * 1000 / count, documents / wall


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CASES}
    for round_ in range(options.rounds):
        order = list(found)
        random.Random(round_).shuffle(order)
        for name in order:
            found[name].append(measured(name, options.count))
    tell(found, options.count, options.results)
    return 0


def tell(found: dict[str, list[tuple[float, float, float]]], count: int, results: Path | None) -> None:
    middle = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    rounds = len(next(iter(found.values())))
    sys.stdout.write(
        f"{'':24}{'msg/s':>8}{'doc/s':>8}{'wall ms':>9}{'CPU ms':>8}   median of {rounds} rounds of {count}\n"
    )
    for name, (wall, cpu, documents) in middle.items():
        sys.stdout.write(f"{name:24}{1000 / wall:8.0f}{documents:8.0f}{wall:9.2f}{cpu:8.2f}\n")
    base, own = middle["plain script, blank"], middle["customs, blank"]
    ratio = {"wall": round(base[0] / own[0], 2), "cpu": round(base[1] / own[1], 2)}
    sys.stdout.write(f"customs to plain script: {ratio['wall']}x wall, {ratio['cpu']}x CPU\n")
    if results:
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"benchmark": "W2 customs", "count": count, "rounds": found, "ratio": ratio}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
