"""What one message may cost: CPU seconds and memory above idle of the worst messages of at most 8 MiB (P16).

    python -m benchmarks.limits [--only WORDS] [--json]

Each is measured in a process of its own that is warm and has read nothing but this message: through `parse`, and, sealed,
through the whole inward way. The limits are one second and 300 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.limits_sealed import SEALED
from benchmarks.limits_worst import WORST, MiB
from mappings.faults import Refused
from mappings.parser import parse
from tests.vectors.own.world import walked

SECONDS, MEGABYTES = 1.0, 300.0


@dataclass(frozen=True)
class Cost:
    name: str
    through: str  # `parse`, `way`
    size: float  # MiB
    cpu: float  # s
    memory: float  # MB above idle, at the highest
    verdict: str

    @property
    def within(self) -> bool:
        return self.cpu <= SECONDS and self.memory <= MEGABYTES


def costs(only: str = "") -> Iterator[Cost]:
    _walked(SEALED["good"]())  # warm: schemas, certificates, judges
    for through, act, made in (("parse", _parsed, _whole()), ("way", _walked, SEALED)):
        for name, make in made.items():
            if only in f"{through} {name}":
                yield _cost(name, through, make, act)


def _whole() -> dict[str, Callable[[], bytes]]:
    return {name: lambda make=make: make(8 * MiB) for name, make in WORST.items()}


def _parsed(data: bytes) -> str:
    try:
        parse(data)
    except Refused as refusal:
        return refusal.code
    return "accepted"


def _walked(data: bytes) -> str:
    found = walked(data)
    return found.code if isinstance(found, Refused) else "accepted"


def _cost(name: str, through: str, make: Callable[[], bytes], act: Callable[[bytes], str]) -> Cost:
    with tempfile.TemporaryDirectory(prefix="limits-") as folder:
        file = Path(folder) / "message.xml"
        _in_a_child(lambda: str(file.write_bytes(make())))  # made elsewhere: idle is idle
        size = file.stat().st_size
        assert size <= 8 * MiB, (name, size)
        cpu, memory, verdict = _in_a_child(lambda: _measured(file, act)).split(" ", 2)
    return Cost(name, through, round(size / MiB, 1), float(cpu), float(memory), verdict)


def _measured(file: Path, act: Callable[[bytes], str]) -> str:
    data = file.read_bytes()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the highest mark begins anew
    idle, began = _status("VmRSS"), time.process_time()
    verdict = act(data)
    return f"{time.process_time() - began:.3f} {_status('VmHWM') - idle:.1f} {verdict}"


def _status(key: str) -> float:
    """MB of this process (Linux)."""
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) / 1024


def _in_a_child(act: Callable[[], str]) -> str:
    """What it says, in a copy of this process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(write, act().encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as end:
        said = end.read().decode()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child ended with {status}"
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="words of a name, e.g. `way` or `parse tags`")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    over = 0
    for cost in costs(options.only):
        over += not cost.within
        line = json.dumps(asdict(cost)) if options.json else _line(cost)
        print(line, flush=True)
    return 1 if over else 0


def _line(cost: Cost) -> str:
    mark = "" if cost.within else "  OVER"
    return f"{cost.through:6}{cost.name:32}{cost.size:5.1f} MiB{cost.cpu:8.3f} s{cost.memory:8.1f} MB  {cost.verdict}{mark}"


if __name__ == "__main__":
    sys.exit(main())
