"""How fast customs' end answers: documents a second, beside a plain script in the same run, and against 300 a second on two cores.

    python -m benchmarks.customs [--count 600] [--rounds 3] [--results FILE]

Sealed messages lie in an OutBox on the disk; measured is the time until each is in SentBox and all its answers, durable,
in the InBox. Blank applications (C1-1, two sheets) are one document each, with three answers, two of them sealed with
RSA-2048. The plain script does the same durable work and nothing else: no rules, plans, repeats, or schemas of its own
answers. Certificate applications (an application and its certificates a message) are measured for the product alone.

CPU is what the process used, all threads, and leads: wall time is only worth something on a quiet machine. WARM messages go
ahead unmeasured, because schemas are built once a process. The verdict: customs answers 300 documents a second and takes no
more than one of two cores for it, whatever the documents are; the other core is the gateway's.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
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
WARM = 128  # messages
WANTED = 300  # documents a second
NOTE = "wall time counts only where nothing else runs"
LINES = [{"blank_format": "C1-1", "quantity": 2}]


def made(folder: Path) -> None:
    """A home of customs and one enterprise with a key of its own."""
    make_own(folder / "own", NODE_ID, name="W2", passphrase=None, now=datetime.now(UTC))
    now, wire = SystemClock().now(), folder / "wire"
    make_customs(folder / "customs", enterprises=[Registered(NODE_ID, CODE)], channel_root=wire, now=now)
    trust(folder / "customs" / KEYS, NODE_ID, (folder / "own" / "own" / f"{NODE_ID}.cert.pem").read_bytes())


def laid(folder: Path, kind_name: str, numbers: range) -> None:
    """Sealed messages in the OutBox, one a number."""
    now, kind = SystemClock().now(), contract().kinds[kind_name]
    tools = {"contract": contract(), "judges": Judges(schema_source(contract()), both=False),
             "signer": load_signer(folder / "own", NODE_ID)}  # fmt: skip
    done, refused = walk(OUTWARD, [_parcel(kind, n, now) for n in numbers], tools)
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


def product(folder: Path) -> tuple[Callable[[], None], Callable[[], int]]:
    """What answers, and how many documents there are: those that were declared, not the paper forms handed out for them."""
    customs = open_customs(folder / "customs")
    for kind in contract().messages:
        customs.tools.judges.explainer.build(kind)

    def run() -> None:
        customs.until_idle()

    return run, lambda: sum(bool(row["submissions"]) for row in customs.statement())


def plain(folder: Path) -> tuple[Callable[[], None], Callable[[], int]]:
    key = folder / "customs" / KEYS / "own" / f"{NODE}.key.pem"
    partner = folder / "own" / "own" / f"{NODE_ID}.cert.pem"
    script = PlainCustoms(folder / "wire" / "CertOut", key, partner, FOLDER / file_name(contract().kinds[BLANK]))
    return script.answer, lambda: int(script.db.execute("SELECT count(*) FROM taken").fetchone()[0])


Case = Callable[[Path], tuple[Callable[[], None], Callable[[], int]]]
CASES: dict[str, tuple[str, Case]] = {
    "plain script, blank": (BLANK, plain),
    "customs, blank": (BLANK, product),
    "customs, certificates": (CERTIFICATES, product),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one case: messages, the documents in them, and seconds."""

    messages: int
    documents: int
    wall: float
    cpu: float

    def ms(self, seconds: float) -> float:
        """A document."""
        return seconds * 1000 / self.documents


def measured(name: str, count: int) -> Cost:
    """What was promised must be there."""
    kind, make = CASES[name]
    with tempfile.TemporaryDirectory(prefix="w2-") as place:
        folder = Path(place)
        made(folder)
        run, documents = make(folder)
        laid(folder, kind, range(WARM))
        run()
        before = documents()
        laid(folder, kind, range(WARM, WARM + count))
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        boxes = folder / "wire" / "CertOut"
        assert len(list((boxes / "SentBox").rglob("*.xml"))) == count + WARM
        answers = len(list((boxes / "InBox").glob("*.xml")))
        assert answers == 3 * (count + WARM), (name, answers)
        return Cost(count, documents() - before, wall, cpu)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    found: dict[str, list[Cost]] = {name: [] for name in CASES}
    for round_ in range(options.rounds):
        order = list(found)
        random.Random(round_).shuffle(order)
        for name in order:
            found[name].append(measured(name, options.count))
    return tell(found, options.count, options.results)


def tell(found: dict[str, list[Cost]], count: int, results: Path | None) -> int:
    """Exit status: 0 where customs keeps up, 1 where it does not."""
    rounds = len(next(iter(found.values())))
    sys.stdout.write(f"{'':24}{'CPU ms/doc':>11}{'wall ms/doc':>12}{'doc/s':>8}{'doc a message':>15}\n")
    for name, costs in found.items():
        cpu, wall, each = _middle(costs)
        sys.stdout.write(f"{name:24}{cpu:11.2f}{wall:12.2f}{1000 / wall:8.0f}{each:15.1f}\n")
    sys.stdout.write(f"median of {rounds} rounds of {count} messages; {NOTE}\n")
    base, own = _middle(found["plain script, blank"]), _middle(found["customs, blank"])
    ratio = {"cpu": round(base[0] / own[0], 2), "wall": round(base[1] / own[1], 2)}
    sys.stdout.write(f"customs to plain script, blank: {ratio['cpu']}x CPU, {ratio['wall']}x wall\n")
    verdicts = [_verdict(name, found[name]) for name in found if CASES[name][1] is product]
    if results:
        rows = {name: [asdict(cost) for cost in costs] for name, costs in found.items()}
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"benchmark": "W2 customs", "count": count, "rounds": rows, "ratio": ratio}) + "\n")
    return 0 if all(verdicts) else 1


def _middle(costs: Sequence[Cost]) -> tuple[float, float, float]:
    """CPU and wall ms a document, documents a message."""
    rows = [(cost.ms(cost.cpu), cost.ms(cost.wall), cost.documents / cost.messages) for cost in costs]
    cpu, wall, each = (statistics.median(column) for column in zip(*rows, strict=True))
    return cpu, wall, each


def _verdict(name: str, costs: Sequence[Cost]) -> bool:
    cpu, wall, _ = _middle(costs)
    cores = cpu * WANTED / 1000  # of which one is ours
    good = cores <= 1 and 1000 / wall >= WANTED
    sys.stdout.write(
        f"{name}: {WANTED} documents a second take {cores:.2f} of two cores by CPU, and one process answers "
        f"{1000 / wall:.0f} by the wall: {'yes' if good else 'NO'}\n"
    )
    return good


if __name__ == "__main__":
    sys.exit(main())
