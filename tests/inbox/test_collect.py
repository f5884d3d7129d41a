"""What has come is recorded once and taken away, or left where it is without being read at every look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from channels import BoxName, ChannelError, Enterprise, FolderChannel, MemoryChannel, enterprise
from inbox.archive import Archive, kept_name
from inbox.collect import BATCH, BATCH_BYTES, STUCK, Collector, batches
from ledger.rows import NewArrival
from tests.ledger.world import World

DAY = 24 * 3600 * 1_000_000


class Ledger:
    """The ledger of a database; remembers besides what was recorded, in batches."""

    def __init__(self, world: World) -> None:
        self.ledger = world.ledger
        self.batches: list[list[tuple[str, str, bytes]]] = []

    def arrive(self, arrivals: Sequence[NewArrival]) -> None:
        if arrivals:
            self.ledger.arrive(arrivals)
            self.batches.append([(arrival.box, arrival.name, arrival.body) for arrival in arrivals])

    @property
    def names(self) -> list[str]:
        return [name for batch in self.batches for _, name, _ in batch]

    @property
    def kept(self) -> list[str]:
        """The names that the database has, each as often as it came with other content."""
        return sorted(row.name for row in self.ledger.arrivals())


@pytest.fixture
def ledger(world: World) -> Ledger:
    return Ledger(world)


class Clock:
    """Monotonic seconds and µs of the day, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.now = 1_795_219_200_000_000  # 2026-11-21 in Beijing

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> int:
        return self.now


class Denied:
    """An InBox that may be read and not be cleaned."""

    def __init__(self, channel: MemoryChannel) -> None:
        self.box, self.reads = channel.box(BoxName.IN), 0

    def __getattr__(self, name: str):
        return getattr(self.box, name)

    def read_all(self, names, *, limit):
        self.reads += len(names)
        return self.box.read_all(names, limit=limit)

    def remove_all(self, names):
        return [ChannelError("CHANNEL_DENIED", host="h", user="u", path=name, detail="no") for name in names]


def collector(view: Enterprise, ledger: Ledger, clock: Clock, **more) -> Collector:
    return Collector(ledger, {"customs/CertOut": view}, monotonic=clock.monotonic, **more)  # type: ignore[arg-type]


def test_what_has_come_is_recorded_and_then_taken_away(ledger: Ledger) -> None:
    channel = MemoryChannel()
    channel.box(BoxName.IN).put_all([(f"{n:03d}.xml", b"%d" % n) for n in range(BATCH + 1)])
    channel.box(BoxName.FAIL).put_all([("f.xml", b"f")])
    found = collector(enterprise(channel), ledger, Clock()).collect()
    assert (found.files, found.troubles, found.stuck) == (BATCH + 2, (), {})
    assert [len(batch) for batch in ledger.batches] == [BATCH, 1, 1]
    assert ledger.kept == [*(f"{n:03d}.xml" for n in range(BATCH + 1)), "f.xml"]
    assert channel.box(BoxName.IN).entries() == channel.box(BoxName.FAIL).entries() == []


def test_what_may_not_be_removed_is_recorded_once_and_told(ledger: Ledger) -> None:
    """F41: not read at every look; once a minute somebody may have opened the folder."""
    channel, clock = MemoryChannel(), Clock()
    channel.box(BoxName.IN).put_all([("r.xml", b"r")])
    view = enterprise(channel)
    denied = Denied(channel)
    taker = collector(Enterprise(view.out, denied, view.failbox, view.sentbox), ledger, clock)
    for _ in range(5):
        found = taker.collect()
        assert list(found.stuck) == ["customs/CertOut/InBox/r.xml"]
        assert found.stuck["customs/CertOut/InBox/r.xml"].code == "CHANNEL_DENIED"
        assert found.troubles == (), "the channel itself is well"
    assert (ledger.names, denied.reads) == (["r.xml"], 1)
    clock.seconds += STUCK
    assert taker.collect().files == 1
    denied.box.place("r.xml", b"another")
    assert taker.collect().files == 1, "another file is another file"
    assert ledger.kept == ["r.xml", "r.xml"]
    denied.box.remove("r.xml")
    assert taker.collect().stuck == {}


def test_a_box_that_cannot_be_looked_at_stops_no_other(ledger: Ledger) -> None:
    channel = MemoryChannel()
    channel.box(BoxName.FAIL).put_all([("f.xml", b"f")])

    class Gone:
        def tame(self):
            raise ChannelError("CHANNEL_UNAVAILABLE", detail="gone")

    view = enterprise(channel)
    found = collector(Enterprise(view.out, Gone(), view.failbox, view.sentbox), ledger, Clock()).collect()  # type: ignore[arg-type]
    assert (found.files, [error.code for error in found.troubles]) == (1, ["CHANNEL_UNAVAILABLE"])


def test_batches_are_bounded_by_number_and_by_bytes() -> None:
    from channels import Entry

    entries = [Entry(f"{n}.xml", BATCH_BYTES // 3, n) for n in range(7)] + [Entry("big.xml", 3 * BATCH_BYTES, 9)]
    assert [len(batch) for batch in batches(entries)] == [3, 3, 1, 1]
    assert [len(batch) for batch in batches([Entry(f"{n}", 1, n) for n in range(BATCH * 2)])] == [BATCH, BATCH]
    assert list(batches([])) == []


@pytest.mark.parametrize("days", [None, 30])
def test_with_an_archive_every_file_is_kept_by_day_as_it_came(ledger: Ledger, tmp_path: Path, days: int | None) -> None:
    channel, clock = MemoryChannel(), Clock()
    archive = Archive(tmp_path / "archive", days=days, now=clock.time, monotonic=clock.monotonic)
    taker = collector(enterprise(channel), ledger, clock, archive=archive)
    for body in (b"one", b"two", b"one"):  # a name again: with other content, and with the same
        channel.box(BoxName.IN).put_all([("r.xml", body)])
        assert taker.collect().files == 1
    channel.box(BoxName.FAIL).put_all([("f" * 245 + ".xml", b"long")])
    taker.collect()
    root = tmp_path / "archive" / "20261121" / "customs" / "CertOut"
    assert {path.name: path.read_bytes() for path in (root / "InBox").iterdir()} == {
        kept_name("r.xml", b"one"): b"one",
        kept_name("r.xml", b"two"): b"two",
    }
    assert [path.read_bytes() for path in (root / "FailBox").iterdir()] == [b"long"]
    assert ledger.kept == ["f" * 245 + ".xml", "r.xml", "r.xml"]
    assert channel.box(BoxName.IN).entries() == []


def test_an_archive_that_cannot_be_written_loses_nothing_and_holds_nothing_up(ledger: Ledger, tmp_path: Path) -> None:
    channel, clock = MemoryChannel(), Clock()
    (tmp_path / "archive").write_bytes(b"a file")
    archive = Archive(tmp_path / "archive", days=None, now=clock.time)
    channel.box(BoxName.IN).put_all([("r.xml", b"r")])
    found = collector(enterprise(channel), ledger, clock, archive=archive).collect()
    assert (found.files, found.troubles, list(found.stuck)) == (1, (), ["customs/CertOut/InBox/r.xml"])
    assert [entry.name for entry in channel.box(BoxName.IN).entries()] == ["r.xml"]


def days(archive: Path) -> list[str]:
    return sorted(path.name for path in archive.iterdir() if path.is_dir())


def test_old_days_go_after_two_sweeps_a_day_apart(tmp_path: Path) -> None:
    """F66: a clock that jumped ahead and came back deletes nothing."""
    clock = Clock()
    archive = Archive(tmp_path, days=30, now=clock.time, monotonic=clock.monotonic)
    archive.keep("customs/CertOut", "InBox", [("r.xml", b"r")])
    assert archive.sweep() == []
    clock.now += 365 * DAY  # ahead a year, and found so an hour later
    for _ in range(3):
        clock.seconds += 3600
        assert archive.sweep() == []
    clock.now -= 364 * DAY
    clock.seconds += 3600
    assert archive.sweep() == []
    clock.now += 363 * DAY + 20 * 3600 * 1_000_000
    clock.seconds += 3600
    assert (archive.sweep(), days(tmp_path)) == ([], ["20261121"])
    clock.now += DAY
    assert archive.sweep() == [], "once an hour"
    clock.seconds += 3600
    assert (archive.sweep(), days(tmp_path)) == (["20261121"], [])


def test_a_young_day_stays(tmp_path: Path) -> None:
    clock = Clock()
    archive = Archive(tmp_path, days=2, now=clock.time, monotonic=clock.monotonic)
    for _ in range(6):
        archive.keep("customs/CertOut", "InBox", [("r.xml", b"r")])
        archive.sweep()
        clock.now += DAY
        clock.seconds += DAY / 1e6
    assert len(days(tmp_path)) == 4, "two, the one that is being found old, and today"


def test_two_gateways_never_empty_one_folder(tmp_path: Path) -> None:
    """F45"""
    one, other = (FolderChannel(tmp_path / "wire", "CertOut") for _ in range(2))
    with one.claim():
        pass  # a folder that is not there yet is nobody's
    one.create()
    with one.claim():
        with pytest.raises(ChannelError) as refused, other.claim():
            pass
        assert (refused.value.code, refused.value.lasting) == ("CHANNEL_TAKEN", True)
        assert str(tmp_path) in refused.value.zh
    with other.claim():
        assert one.box(BoxName.IN).entries() == []
