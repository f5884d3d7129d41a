"""What only a folder can do wrong: links, fifos, spelling, full disks, dead and living writers."""

from __future__ import annotations

import errno
import multiprocessing
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from channels import BoxName, ChannelError, FolderChannel, doors, folder_box, staged
from channels.folder_box import FolderBox

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from tests.channels.conftest import Wire


def codes(results: list[ChannelError | None]) -> list[str]:
    return [result.code if result else "" for result in results]


def inside(path: Path) -> list[str]:
    return [child.name for child in path.iterdir()]


def fails(number: int):
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_what_is_no_file_is_told_and_never_read(folder: Wire) -> None:
    path = folder.inbox.path
    (path / "secret").write_bytes(b"x")
    (path / "link.xml").symlink_to(path / "secret")
    (path / "dead.xml").symlink_to("/nowhere")
    (path / "20261121").symlink_to("/")
    os.mkfifo(path / "pipe.xml")
    (path / "folder.xml").mkdir()
    os.link(path / "secret", path / "second.xml")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path / "s.xml"))
    server.close()
    expected = {
        "link.xml": "symlink",
        "dead.xml": "symlink",
        "20261121": "symlink",
        "pipe.xml": "fifo",
        "folder.xml": "folder",
        "secret": "hard link",
        "second.xml": "hard link",
        "s.xml": "socket",
    }
    assert folder.inbox.entries() == []
    assert dict(folder.inbox.strange()) == expected
    for name in expected:
        for act in (lambda n=name: folder.inbox.read(n, limit=99), lambda n=name: folder.inbox.move(n, to=folder.out)):
            with pytest.raises(ChannelError) as refused:
                act()
            assert refused.value.code == "FILE_TYPE"


def test_a_day_that_is_a_link_is_not_followed(folder: Wire, tmp_path: Path) -> None:
    sent = folder.channel.box(BoxName.SENT)
    (sent.path / "20261121").symlink_to(tmp_path)
    assert codes(sent.sub("20261121").put_all([("a.xml", b"x")])) == ["FILE_TYPE"]
    folder.plant("a.xml", b"x")
    with pytest.raises(ChannelError, match="FILE_TYPE"):
        folder.inbox.move("a.xml", to=sent.sub("20261121"))
    assert not (tmp_path / "a.xml").exists()


def test_folders_are_found_without_regard_to_case(tmp_path: Path) -> None:
    (tmp_path / "CERTOUT" / "outbox").mkdir(parents=True)
    channel = FolderChannel(tmp_path, "CertOut")
    assert channel.box(BoxName.OUT).path == tmp_path / "CERTOUT" / "outbox"
    channel.create()
    assert sorted(path.name for path in (tmp_path / "CERTOUT").iterdir()) == ["FailBox", "InBox", "SentBox", "outbox"]
    assert [path.name for path in tmp_path.iterdir()] == ["CERTOUT"]
    assert channel.box(BoxName.IN).entries() == []


def test_two_spellings_of_one_folder_are_refused_unless_one_is_exact(tmp_path: Path) -> None:
    for name in ("certout", "CERTOUT"):
        (tmp_path / name).mkdir()
    with pytest.raises(ChannelError, match="CHANNEL_UNAVAILABLE"):
        FolderChannel(tmp_path, "CertOut").box(BoxName.OUT)
    assert FolderChannel(tmp_path, "certout").box(BoxName.OUT).path.parent.name == "certout"


def test_a_business_id_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="FILE_NAME"):
        FolderChannel(tmp_path, "../elsewhere")


def test_a_missing_folder_is_unavailable_until_it_is_made_again(folder: Wire) -> None:
    folder.out.path.rmdir()
    assert codes(folder.out.put_all([("a.xml", b"x")])) == ["CHANNEL_UNAVAILABLE"]
    for act in (folder.out.entries, folder.out.strange):
        with pytest.raises(ChannelError, match="CHANNEL_UNAVAILABLE"):
            act()
    with pytest.raises(ChannelError, match="CHANNEL_UNAVAILABLE"):
        folder.channel.check()
    folder.channel.create()
    assert folder.channel.box(BoxName.OUT).put_all([("a.xml", b"x")]) == [None]


def test_the_temporary_name_is_the_clients_own(folder: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(staged, "write_all", lambda fd, data: seen.append(Path(f"/proc/self/fd/{fd}").readlink()))
    folder.out.put_all([("a.xml", b"x")])
    folder.inbox.put_all([("b.xml", b"x")])
    assert [path.name for path in seen] == ["a.xml.Temp", "b.xml.tmp"]
    assert inside(folder.out.path) == ["a.xml"]


def test_nothing_is_visible_before_everything_is_synced_and_the_folder_is_synced_once_after(
    folder: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    fsync, rename, sync_folder = os.fsync, doors.rename_new, doors.sync_folder
    monkeypatch.setattr(staged.os, "fsync", lambda fd: (calls.append("fsync"), fsync(fd)))
    monkeypatch.setattr(doors, "rename_new", lambda a, b: (calls.append("rename"), rename(a, b)))
    monkeypatch.setattr(doors, "sync_folder", lambda path: (calls.append("folder"), sync_folder(path)))
    folder.out.put_all([("a.xml", b"x"), ("b.xml", b"y")])
    assert calls == ["fsync", "fsync", "rename", "rename", "folder", "fsync"]  # the last one is the folder's own


def test_what_a_dead_writer_left_is_written_anew(folder: Wire) -> None:
    left = folder.out.path / "a.xml.Temp"
    left.write_bytes(b"longer than what comes")
    assert folder.out.put_all([("a.xml", b"one")]) == [None]
    assert (inside(folder.out.path), folder.out.read("a.xml", limit=9)) == (["a.xml"], b"one")


@pytest.mark.parametrize("kind", ["symlink", "dead symlink", "fifo", "hard link"])
def test_what_lies_under_the_temporary_name_is_never_written_through(folder: Wire, tmp_path: Path, kind: str) -> None:
    other, temp = tmp_path / "other", folder.out.path / "a.xml.Temp"
    other.write_bytes(b"precious")
    match kind:
        case "symlink":
            temp.symlink_to(other)
        case "dead symlink":
            temp.symlink_to(tmp_path / "made")
        case "fifo":
            os.mkfifo(temp)
        case "hard link":
            os.link(other, temp)
    assert folder.out.put_all([("a.xml", b"one")]) == [None]
    assert other.read_bytes() == b"precious"
    assert not (tmp_path / "made").exists()
    assert inside(folder.out.path) == ["a.xml"]


def test_a_living_writer_of_the_same_name_is_left_alone(folder: Wire) -> None:
    fd = staged.stage(folder.out.path / "a.xml.Temp")
    try:
        results = folder.out.put_all([("a.xml", b"one"), ("b.xml", b"two")])
        assert codes(results) == ["CHANNEL_UNAVAILABLE", ""]
        assert sorted(inside(folder.out.path)) == ["a.xml.Temp", "b.xml"]
    finally:
        os.close(fd)
    assert folder.out.put_all([("a.xml", b"one")]) == [None]


def put_often(path: Path, letter: bytes, together: Barrier) -> None:
    """Puts the same names as its rival at nearly the same moments, a little at a time, and looks at what is shown."""

    def slowly(fd: int, whole: bytes) -> None:
        for start in range(0, len(whole), 1000):
            os.write(fd, whole[start : start + 1000])
            time.sleep(0.0002)

    staged.write_all = slowly
    for n in range(40):
        together.wait(30)
        time.sleep(n % 8 * 0.0005 if letter == b"b" else 0)
        FolderBox(path).put_all([(f"{n}.xml", letter * 12_000)])
        shown = path / f"{n}.xml"
        assert not shown.exists() or shown.read_bytes() in (b"a" * 12_000, b"b" * 12_000)


def test_two_writers_of_the_same_names_never_show_a_mixture(folder: Wire) -> None:
    spawn = multiprocessing.get_context("spawn")
    together = spawn.Barrier(2)
    writers = [spawn.Process(target=put_often, args=(folder.out.path, letter, together)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert [entry.size for entry in folder.out.entries()] == [12_000] * 40


@pytest.mark.parametrize("kind", ["symlink", "folder", "fifo"])
def test_what_is_no_file_under_the_final_name_is_a_conflict(folder: Wire, tmp_path: Path, kind: str) -> None:
    final = folder.out.path / "a.xml"
    match kind:
        case "symlink":
            final.symlink_to(tmp_path / "made")
        case "folder":
            final.mkdir()
        case "fifo":
            os.mkfifo(final)
    assert codes(folder.out.put_all([("a.xml", b"one")], own_torn=True)) == ["CHANNEL_CONFLICT"]
    assert inside(folder.out.path) == ["a.xml"]
    assert not (tmp_path / "made").exists()


def test_where_the_system_cannot_rename_without_replacing_a_link_is_made(
    folder: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "_RENAMEAT2", None)
    assert folder.out.put_all([("a.xml", b"one")]) == [None]
    assert codes(folder.out.put_all([("a.xml", b"two")])) == ["CHANNEL_CONFLICT"]
    assert inside(folder.out.path) == ["a.xml"]
    assert folder.out.read("a.xml", limit=3) == b"one"


def test_a_crash_between_link_and_unlink_heals_at_the_next_put(folder: Wire) -> None:
    folder.out.put_all([("a.xml", b"one")])
    os.link(folder.out.path / "a.xml", folder.out.path / "a.xml.Temp")
    assert folder.out.put_all([("a.xml", b"one")]) == [None]
    assert inside(folder.out.path) == ["a.xml"]
    assert folder.out.read("a.xml", limit=3) == b"one"


def test_short_writes_are_continued(folder: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr("channels.files.os.write", lambda fd, data: write(fd, bytes(data)[:7]))
    assert folder.out.put_all([("a.xml", b"twenty-four bytes or so.")]) == [None]
    assert folder.out.read("a.xml", limit=99) == b"twenty-four bytes or so."


def test_a_failed_fsync_ends_its_file_only_and_a_new_attempt_takes_a_new_file(
    folder: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, seen = os.fsync, []

    def first_fails(fd: int) -> None:
        seen.append(os.fstat(fd).st_ino)
        if len(seen) == 1:
            raise OSError(errno.EIO, "Input/output error")
        fsync(fd)

    monkeypatch.setattr(staged.os, "fsync", first_fails)
    assert codes(folder.out.put_all([("a.xml", b"one"), ("b.xml", b"two")])) == ["SYS_DISK", ""]
    assert inside(folder.out.path) == ["b.xml"]
    assert folder.out.put_all([("a.xml", b"one")]) == [None]


def test_a_failed_folder_sync_stops_the_box_until_a_restart(folder: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(doors, "sync_folder", fails(errno.EIO))
        assert codes(folder.out.put_all([("a.xml", b"one"), ("../", b"")])) == ["SYS_FSYNC", "FILE_NAME"]
    again = folder.channel.box(BoxName.OUT)
    assert codes(again.put_all([("a.xml", b"one"), ("b.xml", b"two")])) == ["SYS_FSYNC", "SYS_FSYNC"]
    assert [entry.name for entry in again.entries()] == ["a.xml"]
    assert FolderBox(folder.out.path).put_all([("a.xml", b"one")]) == [None]


def test_a_rename_that_leaves_the_file_system_shows_at_the_start(folder: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.channel.check()
    assert [inside(folder.channel.box(name).path) for name in BoxName] == [[], [], [], []]
    monkeypatch.setattr(doors, "rename_new", fails(errno.EXDEV))
    with pytest.raises(ChannelError) as refused:
        folder.channel.check(BoxName.OUT)
    assert refused.value.code == "CONFIG_OUTBOX_FS"
    assert inside(folder.out.path) == []


def test_a_move_to_another_disk_is_a_durable_copy(
    folder: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rename = doors.rename_new

    def across(source: Path, target: Path) -> None:
        if source.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(folder_box.doors, "rename_new", across)
    archive = FolderBox(tmp_path / "archive", makes=True)
    folder.plant("a.xml", b"one")
    folder.inbox.move("a.xml", to=archive.sub("20261121"))
    assert archive.sub("20261121").read("a.xml", limit=3) == b"one"
    assert folder.inbox.entries() == []


def test_a_file_that_grows_while_it_is_read_is_not_used(folder: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.plant("a.xml", b"on")
    monkeypatch.setattr(folder_box, "chunks", lambda fd, limit: [b"one"])
    with pytest.raises(ChannelError, match="changes while it is read"):
        folder.inbox.read("a.xml", limit=9)


def test_a_sparse_monster_is_refused_before_reading(folder: Wire) -> None:
    with (folder.inbox.path / "a.xml").open("wb") as monster:
        monster.truncate(1 << 42)
    with pytest.raises(ChannelError, match="FILE_TOO_BIG"):
        folder.inbox.read("a.xml", limit=8 << 20)


def test_bytes_that_are_no_text_in_a_name(folder: Wire) -> None:
    Path(os.fsdecode(os.fsencode(folder.inbox.path) + b"/\xce\xc4.xml")).write_bytes(b"x")  # GBK on a UTF-8 disk
    assert folder.inbox.strange() == [("\\udcce\\udcc4.xml", "name")]
    [(_, ours)] = folder.inbox.tame()
    assert folder.inbox.read(ours, limit=1) == b"x"


def test_a_full_disk_shows_no_file_and_resumes_when_there_is_room(small_disk: Path) -> None:
    channel = FolderChannel(small_disk, "CertOut")
    channel.create()
    box = channel.box(BoxName.OUT)
    assert box.put_all([("a.xml", b"x" * 30_000)]) == [None]
    results = box.put_all([("b.xml", b"x" * 60_000), ("c.xml", b"small")])
    assert results[0] is not None
    assert (results[0].code, results[0].evidence["errno"]) == ("SYS_DISK", "ENOSPC")
    assert "bytes left" in results[0].zh
    assert "b.xml" not in inside(box.path)
    assert not [name for name in inside(box.path) if name.endswith(".Temp")]
    box.remove("a.xml")
    assert box.put_all([("b.xml", b"x" * 40_000), ("c.xml", b"small")]) == [None, None]


def test_a_disk_without_inodes_says_so(small_disk: Path) -> None:
    channel = FolderChannel(small_disk, "CertOut")
    channel.create()
    results = channel.box(BoxName.OUT).put_all([(f"{n}.xml", b"") for n in range(30)])
    assert results[0] is None
    assert results[-1] is not None
    assert (results[-1].code, "no inodes left" in results[-1].zh) == ("SYS_DISK", True)


def test_a_disk_turned_read_only_waits_and_resumes(small_disk: Path) -> None:
    channel = FolderChannel(small_disk, "CertOut")
    channel.create()
    box = channel.box(BoxName.OUT)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert codes(box.put_all([("a.xml", b"x")])) == ["SYS_DISK"]
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert box.put_all([("a.xml", b"x")]) == [None]


def test_a_move_between_two_real_disks(small_disk: Path, folder: Wire) -> None:
    folder.plant("a.xml", b"one")
    folder.inbox.move("a.xml", to=FolderBox(small_disk))
    assert FolderBox(small_disk).read("a.xml", limit=3) == b"one"
    assert folder.inbox.entries() == []


def test_files_that_are_renamed_written_or_linked_into_place_are_each_seen_once(folder: Wire, tmp_path: Path) -> None:
    """F44: a link that still has its other name is told, and seen when it is the only one."""
    box = folder.inbox
    (box.path / "renamed.xml.tmp").write_bytes(b"1")
    (box.path / "renamed.xml.tmp").rename(box.path / "renamed.xml")
    (box.path / "written.xml").write_bytes(b"2")
    (tmp_path / "source").write_bytes(b"3")
    os.link(tmp_path / "source", box.path / "linked.xml")
    assert (sorted(inside(box.path)), box.strange()) == (
        ["linked.xml", "renamed.xml", "written.xml"], [("linked.xml", "hard link")],
    )  # fmt: skip
    (tmp_path / "source").unlink()
    assert sorted(entry.name for entry in box.entries()) == ["linked.xml", "renamed.xml", "written.xml"]
    assert box.strange() == []


def test_what_lay_there_before_anybody_looked_is_seen(tmp_path: Path) -> None:
    channel = FolderChannel(tmp_path / "wire", "CertOut")
    channel.create()
    (channel.box(BoxName.IN).path / "old.xml").write_bytes(b"before the start")
    os.utime(channel.box(BoxName.IN).path / "old.xml", (1, 1))
    assert [entry.name for entry in FolderChannel(tmp_path / "wire", "certout").box(BoxName.IN).entries()] == [
        "old.xml"
    ]
