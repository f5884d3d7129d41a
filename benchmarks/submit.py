"""W1, small form: declarations to sealed files in the channel and rows in the database; the product beside a plain script.

    python -m benchmarks.submit [--count 1000] [--rounds 5] [--results FILE]

Both do the same work in the same run, rounds shuffled: JSON lines in; XML that its schema accepts, sealed with RSA-2048,
durable on disk and in SQLite (WAL, FULL) out. The product also judges every rule, keeps references, documents, events and
attempts. Files of both are verified with xmlsec1 where it is installed. CPU is what the process used, all threads.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.baseline.plain_script import PlainScript
from gateway.home import Home
from gateway.intake.files import in_bytes
from gateway.setup import NewHome, make_home
from gateway.submission.submit import Submitter
from gateway.worker import Worker, locked
from mappings.load import contract
from mappings.sample import ENTERPRISE, sample
from xsd.printer import FOLDER, file_name

KIND = contract().kinds["blank_certificate_application"]


def declared(count: int) -> list[str]:
    """Blank applications of ten lines, the small message of the budget."""
    families = ["C1-1", "C2-1", "C2-2", "C3-1", "C4-1", "C5-1", "C7-1", "Ce-1", "Ce-2", "Ce-3"]
    lines = [{"blank_format": family, "quantity": 10 + index} for index, family in enumerate(families)]
    made = []
    for index in range(count):
        declaration = sample(KIND, seed=1, reference=f"W1-{index:06d}")
        declaration["content"] |= {"lines": lines}
        made.append(json.dumps(declaration, ensure_ascii=False))
    return made


def plain(folder: Path, home: Home, lines: list[str]) -> Callable[[], Path]:
    node = home.settings.node
    key, certificate = home.keys / "own" / f"{node}.key.pem", home.keys / "own" / f"{node}.cert.pem"
    script = PlainScript(folder / "plain", key, certificate, FOLDER / file_name(KIND), KIND.namespace)

    def run() -> Path:
        script.submit(lines)
        return folder / "plain"

    return run


def product(folder: Path, lines: list[str]) -> Callable[[], Path]:
    home = make_home(NewHome(folder / "home", ENTERPRISE, "W1"), passphrase=None)
    text = "\n".join(lines).encode()

    def run() -> Path:
        Submitter(home, actor="benchmark").submit(in_bytes(text, "w1.jsonl", contract=home.contract))
        with locked(home):
            Worker(home).until_idle()
        home.close()
        return folder / "home" / "channels" / "customs" / "CertOut" / "OutBox"

    return run


def measured(run: Callable[[], Path], count: int) -> tuple[float, float]:
    """Wall and CPU ms a message. What was promised must be there."""
    wall, cpu = time.perf_counter(), time.process_time()
    out = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    files = sorted(out.glob("BLANKAPP_*.xml"))
    assert len(files) == count, (len(files), count)
    verify(files[0])
    return wall * 1000 / count, cpu * 1000 / count


def verify(file: Path) -> None:
    if shutil.which("xmlsec1"):
        ran = subprocess.run(
            ["xmlsec1", "--verify", "--insecure", str(file)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    lines = declared(options.count)
    found: dict[str, list[tuple[float, float]]] = {"plain script": [], "gateway": []}
    for round_ in range(options.rounds):
        order = list(found)
        random.Random(round_).shuffle(order)
        for name in order:
            with tempfile.TemporaryDirectory(prefix="w1-") as folder:
                place = Path(folder)
                keys = make_home(NewHome(place / "keys", ENTERPRISE, "W1"), passphrase=None)
                run = product(place, lines) if name == "gateway" else plain(place, keys, lines)
                keys.close()
                found[name].append(measured(run, options.count))
    tell(found, options.count, options.results)
    return 0


def tell(found: dict[str, list[tuple[float, float]]], count: int, results: Path | None) -> None:
    middle = {
        name: tuple(statistics.median(column) for column in zip(*rows, strict=True)) for name, rows in found.items()
    }
    sys.stdout.write(
        f"{'':14}{'msg/s':>9}{'wall ms':>9}{'CPU ms':>9}   median of {len(found['gateway'])} rounds of {count}\n"
    )
    for name, (wall, cpu) in middle.items():
        sys.stdout.write(f"{name:14}{1000 / wall:9.0f}{wall:9.2f}{cpu:9.2f}\n")
    ratio = {
        "wall": round(middle["plain script"][0] / middle["gateway"][0], 2),
        "cpu": round(middle["plain script"][1] / middle["gateway"][1], 2),
    }
    sys.stdout.write(f"gateway to plain script: {ratio['wall']}x wall, {ratio['cpu']}x CPU\n")
    if results:
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"benchmark": "W1 small", "count": count, "rounds": found, "ratio": ratio}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
