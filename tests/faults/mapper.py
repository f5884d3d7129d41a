"""F07, F08: translating."""

from __future__ import annotations

import functools

import gateway.submission.submit
from parcel import stations
from parcel.parcel import Parcel
from tests.faults.cell import Bench, cell, dies_at


@cell("F07", "mapper", "kill while writing", "done again, the same content")
def kill_while_writing(bench: Bench) -> None:
    assert bench.submit(2, plant=dies_at(gateway.submission.submit, "walk", after=True)) < 0
    assert bench.count("document") == 0
    assert bench.submit_again(bench.wanted) == 0
    first = bench.rows("SELECT reference, content_sha256 FROM seen_reference ORDER BY 1")
    assert bench.submit_again(bench.wanted) == 0
    assert bench.rows("SELECT reference, content_sha256 FROM seen_reference ORDER BY 1") == first
    assert bench.count("seen_reference") == 2


@cell("F08", "mapper", "memory is used up by one message", "that message alone is parked, its neighbours go on")
def memory(bench: Bench) -> None:
    assert bench.submit(3) == 0 and bench.run() == 0
    bench.customs()
    victim = [name for name in bench.files("InBox") if name.startswith("Receipt_")][-1]
    assert bench.run(plant=lambda: poisoned(bench, victim, MemoryError)) == 0
    assert bench.rows("SELECT count(*) FROM arrival WHERE reason LIKE 'POISON%'") == [(1,)]
    assert bench.count("arrival", "status = 'understood'") >= 8
    [(held,)] = bench.rows("SELECT id FROM arrival WHERE reason LIKE 'POISON%'")
    assert bench.do("release", str(held)) == 0  # a person, once the memory is there


def poisoned(bench: Bench, name: str, error: type[BaseException]) -> None:
    """Verifying one file fails as nobody foresaw."""
    import inbox.open as opening

    [body] = [(bench.road / "InBox" / name).read_bytes()]
    verify = stations.verify

    @functools.wraps(verify)
    def bad(parcel: Parcel, **tools: object) -> object:
        if parcel.data == body:
            raise error("nobody foresaw this")
        return verify(parcel, **tools)  # type: ignore[arg-type]

    opening.INWARD = tuple(bad if station is verify else station for station in opening.INWARD)
