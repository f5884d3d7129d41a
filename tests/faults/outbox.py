"""F13-F23: the OutBox as a folder."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import channels.doors as doors
import channels.staged as staged
from channels.folder_box import FolderBox
from ledger import Ledger
from mappings.clock import FileClock
from tests.faults.cell import Bench, NotRun, cell, die, dies_at, fill


def is_out(box: FolderBox, *_: object, **__: object) -> bool:
    return box.path.name == "OutBox"


@cell("F13", "OutBox", "kill before the temporary file", "tried again")
def before_the_temporary_file(bench: Bench) -> None:
    assert bench.submit() == 0
    assert bench.run(plant=dies_at(FolderBox, "put_all", only=is_out)) < 0
    assert not any(not path.name.startswith(".") for path in (bench.road / "OutBox").iterdir())


@cell("F14", "OutBox", "kill while it is written", "written anew, never seen")
def while_it_is_written(bench: Bench) -> None:
    def half() -> None:
        write_all = staged.write_all

        def torn(fd: int, data: bytes) -> None:
            if not Path(f"/proc/self/fd/{fd}").readlink().name.endswith(".xml.Temp"):
                write_all(fd, data)
                return
            write_all(fd, data[: len(data) // 2])
            die()

        staged.write_all = torn

    assert bench.submit() == 0
    assert bench.run(plant=half) < 0
    assert bench.files("OutBox") == [name for name in bench.files("OutBox") if name.endswith(".Temp")] != []
    bench.customs()
    assert bench.count("arrival") == 0


@cell("F15", "OutBox", "kill after fsync, before rename", "one final file")
def before_the_rename(bench: Bench) -> None:
    assert bench.submit() == 0
    assert bench.run(plant=dies_at(doors, "rename_new", only=lambda source, target: target.suffix == ".xml")) < 0
    assert all(name.endswith(".Temp") for name in bench.files("OutBox"))
    assert bench.run() == 0
    assert [name for name in bench.files("OutBox") if not name.endswith(".xml")] == []


@cell("F16", "OutBox", "kill after rename, before the row", "same name, same bytes, one effect")
def before_the_row(bench: Bench) -> None:
    assert bench.submit() == 0
    assert bench.run(plant=dies_at(Ledger, "delivered")) < 0
    first = {name: (bench.road / "OutBox" / name).read_bytes() for name in bench.files("OutBox")}
    assert len(first) == 2
    assert bench.run() == 0
    assert {name: (bench.road / "OutBox" / name).read_bytes() for name in bench.files("OutBox")} == first


@cell("F17", "OutBox", "power cut", "nothing lost, nothing by half")
def power_cut(bench: Bench) -> None:
    from tests.crash.power_cut import lacks, run

    if why := lacks():
        raise NotRun(why)
    outcome = run(bench.many(1, 6), seed=17, a_life=bench.many(1, 3))
    assert outcome.clean, outcome.wrong


@cell("F18", "OutBox", "rename leaves the file system", "CONFIG_OUTBOX_FS at the start")
def rename_leaves(bench: Bench) -> None:
    def across() -> None:
        def rename_new(source: Path, target: Path) -> None:
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(source))

        doors.rename_new = rename_new

    assert bench.submit() == 0
    assert bench.run(plant=across) == 2 and "CONFIG_OUTBOX_FS" in bench.err
    assert bench.count("attempt") == 0  # not at the first message


@cell("F19", "OutBox", "read-only mount", "waits, resumes")
def read_only(bench: Bench) -> None:
    assert bench.submit() == 0
    with bench.small_disk(bench.home / "channels", "size=4m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert bench.run() == 0
        assert bench.count("outbox", "stage = 'deliver'") == 2
        assert bench.codes().get("SYS_DISK") == "alarm"
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


@cell("F20", "OutBox", "disk full, short write", "no final file, resumes")
def disk_full(bench: Bench) -> None:
    assert bench.submit(3) == 0
    with bench.small_disk(bench.home / "channels", "size=100k") as disk:
        fill(disk / "ballast")
        assert bench.run() == 0
        assert [name for name in bench.files("OutBox") if name.endswith(".xml")] == []
        assert bench.count("outbox", "stage = 'deliver' AND standing NOT IN ('parked', 'dead')") == 3
        (disk / "ballast").unlink()


@cell("F21", "OutBox", "no inodes", "as F20, and says inodes")
def no_inodes(bench: Bench) -> None:
    assert bench.submit(3) == 0
    with bench.small_disk(bench.home / "channels", "size=4m,nr_inodes=40") as disk:
        count = 0
        try:
            while True:
                (disk / f"ballast-{count}").touch()
                count += 1
        except OSError as full:
            assert full.errno == errno.ENOSPC
        assert bench.run() == 0
        assert bench.count("attempt", "error LIKE '%no inodes left%'") == 3
        for n in range(count):
            (disk / f"ballast-{n}").unlink()


@cell("F22", "OutBox", "folder deleted", "CHANNEL_UNAVAILABLE, nothing marked sent")
def folder_deleted(bench: Bench) -> None:
    assert bench.submit() == 0
    (bench.road / "OutBox").rmdir()
    assert bench.run() == 0
    assert bench.count("outbox", "stage = 'deliver'") == 2
    assert bench.codes().get("CHANNEL_UNAVAILABLE") in ("alarm", "warning")
    (bench.road / "OutBox").mkdir()


@cell("F23", "OutBox", "nobody takes for 3 days", "order kept, silence and age shown, submit works as ever")
def nobody_takes(bench: Bench) -> None:
    count = bench.many(40, 2000)
    for _ in range(count // 40):
        assert bench.submit(40) == 0 and bench.run() == 0
    made = [name for (name,) in bench.rows("SELECT file_name FROM message ORDER BY id")]
    lying = sorted((bench.road / "OutBox").glob("*.xml"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    assert {path.name for path in lying} == set(made) and len(lying) == count
    assert lying[0].name in made[:64]  # in waves of 64, each after the other
    FileClock(bench.home / "customs" / "clock.json").set(offset=3 * 86400.0, speed=1.0)
    assert bench.submit(1) == 0
    assert bench.codes().get("SYS_QUEUE") is not None  # the documents are overdue
    FileClock(bench.home / "customs" / "clock.json").set(offset=0.0, speed=1.0)
