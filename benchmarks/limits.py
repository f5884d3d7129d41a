"""What one message may cost: CPU seconds and memory above idle of the worst messages of at most 8 MiB (P16).

    python -m benchmarks.limits [--only WORDS | --nearest] [--json]

Each is measured in a process of its own that is warm and has read nothing but this message: through `parse`, and, sealed,
through the whole inward way. The limits are one second and 300 MB. The vectors, which are small, are measured one after the
other in one process. `--nearest`: the vectors, and the messages that come nearest to the limits, as the suite does; a message
that comes near and is not among them is told when all are measured.
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
from tests.vectors.own.rows import rows
from tests.vectors.own.world import HERE as VECTORS
from tests.vectors.own.world import inside, walked
from tests.vectors.test_vectors import ROWS as SHARED

SECONDS, MEGABYTES = 1.0, 300.0
NEAREST = frozenset({
    "vectors",
    "way payload: one suspect",
    "way payload: gates",
    "way envelope: attributes",
    "way envelope: attributes, one bucket",
    "way envelope: scopes at the limit",
    "way envelope: namespaced attributes",
    "way envelope: one suspect",
    "way shape: goods",
    "way ids",
})  # fmt: skip


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

    @property
    def near(self) -> bool:
        return self.cpu > SECONDS / 2 or self.memory > MEGABYTES / 2


def costs(wanted: Callable[[str], bool] = lambda _: True) -> Iterator[Cost]:
    """wanted: of `through name`."""
    _walked(SEALED["good"]())  # warm: schemas, certificates, judges
    for through, act, made in (("parse", _parsed, _whole()), ("way", _walked, SEALED)):
        for name, make in made.items():
            if wanted(f"{through} {name}"):
                yield _cost(name, through, make, act)
    if wanted("vectors"):
        yield from _vectors()


def _vectors() -> list[Cost]:
    """Every vector of both manifests, as a message on a channel and inside a good seal."""
    made = {row["path"]: (VECTORS / row["path"]).read_bytes() for row in SHARED}
    made |= {row.path: row.data() for row in rows() if row.made}
    sealed = {f"{name}, sealed": inside(data) for name, data in made.items() if not name.startswith("sig/")}
    said = _in_a_child(lambda: json.dumps([asdict(_vector(*each)) for each in (made | sealed).items()]))
    return [Cost(**cost) for cost in json.loads(said)]


def _vector(name: str, data: bytes) -> Cost:
    cpu, memory, verdict = _measured(data, _walked).split(" ", 2)
    return Cost(name, "vector", round(len(data) / MiB, 1), float(cpu), float(memory), verdict)


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
        cpu, memory, verdict = _in_a_child(lambda: _measured(file.read_bytes(), act)).split(" ", 2)
    return Cost(name, through, round(size / MiB, 1), float(cpu), float(memory), verdict)


def _measured(data: bytes, act: Callable[[bytes], str]) -> str:
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
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", default="", help="words of a name, e.g. `way` or `parse tags`")
    which.add_argument("--nearest", action="store_true", help="the vectors, and those nearest to the limits")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    over = 0
    for cost in costs(NEAREST.__contains__ if options.nearest else lambda name: options.only in name):
        over += not cost.within
        line = json.dumps(asdict(cost)) if options.json else _line(cost)
        print(line, flush=True)
        if cost.near and f"{cost.through} {cost.name}" not in NEAREST:
            sys.stderr.write(f"near the limits, and not in NEAREST: {cost.through} {cost.name}\n")
    return 1 if over else 0


def _line(cost: Cost) -> str:
    mark = "" if cost.within else "  OVER"
    return f"{cost.through:6}{cost.name:32}{cost.size:5.1f} MiB{cost.cpu:8.3f} s{cost.memory:8.1f} MB  {cost.verdict}{mark}"


if __name__ == "__main__":
    sys.exit(main())
