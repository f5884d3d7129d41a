"""The SFTP wire against a real OpenSSH server: whole files, full disks, what is forbidden, missing or no file."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from channels import BoxName
from channels.errors import Outlook
from channels.sftp import SftpChannel
from tests.sshd import ABSENT, KEYGEN, SSHD, Sshd

if TYPE_CHECKING:
    pass
from tests.channels.over_sftp import code, codes, opened, there

pytestmark = pytest.mark.skipif(not (SSHD and KEYGEN), reason=ABSENT)


def test_files_have_their_names_only_when_they_are_whole(sshd: Sshd, channel: SftpChannel) -> None:
    items = [(f"{n:04d}.xml", b"<a>%d</a>" % n * 50) for n in range(300)]
    assert not any(channel.box(BoxName.OUT).put_all(items))
    assert there(sshd) == dict(items)
    assert sshd.logins() == 1


@pytest.mark.parametrize("denied", ["posix-rename", "posix-rename,fsync,statvfs", "fsync"])
def test_a_server_that_offers_less_gets_the_same_files(tmp_path: Path, denied: str) -> None:
    with Sshd.started(tmp_path / "less", subsystem=f"internal-sftp -P {denied}") as sshd, opened(sshd) as channel:
        channel.create()
        out = channel.box(BoxName.OUT)
        assert out.put_all([("a.xml", b"one"), ("b.xml", b"two")]) == [None, None]
        assert codes(out.put_all([("a.xml", b"one"), ("b.xml", b"other")])) == ["", "CHANNEL_CONFLICT"]
        (sshd.root / "CertOut" / "OutBox" / "c.xml").write_bytes(b"th")
        assert out.put_all([("c.xml", b"three")], own_torn=True) == [None]
        assert there(sshd) == {"a.xml": b"one", "b.xml": b"two", "c.xml": b"three"}


def test_what_a_dead_writer_left_is_written_anew(sshd: Sshd, channel: SftpChannel) -> None:
    """F25: half of it, or something longer, or a link that leads elsewhere."""
    out = sshd.root / "CertOut" / "OutBox"
    (out / "a.xml.Temp").write_bytes(b"on")
    (out / "b.xml.Temp").write_bytes(b"two and more")
    (sshd.root / "elsewhere").write_bytes(b"mine")
    (out / "c.xml.Temp").symlink_to(sshd.root / "elsewhere")
    items = {"a.xml": b"one", "b.xml": b"two", "c.xml": b"three"}
    assert channel.box(BoxName.OUT).put_all(list(items.items())) == [None] * 3
    assert there(sshd) == items
    assert (sshd.root / "elsewhere").read_bytes() == b"mine"


def test_a_full_disk_there_is_told_and_work_goes_on_when_there_is_room(sshd: Sshd, small_disk: Path) -> None:
    """F29"""
    with opened(sshd, small_disk) as channel:
        channel.create()
        out = channel.box(BoxName.OUT)
        [big] = out.put_all([("b.xml", b"x" * 200_000)])
        assert big is not None
        assert (big.code, big.outlook, big.evidence["path"]) == ("CHANNEL_FULL", Outlook.AGAIN, "b.xml")
        assert out.put_all([("a.xml", b"one")]) == [None]
        assert there(sshd, root=small_disk) == {"a.xml": b"one"}
        subprocess.run(["mount", "-o", "remount,size=2m", small_disk], check=True)
        assert out.put_all([("b.xml", b"x" * 200_000)]) == [None]
        assert there(sshd, root=small_disk)["b.xml"] == b"x" * 200_000


@contextmanager
def immutable(folder: Path) -> Iterator[None]:
    """Nothing may be made or removed inside it, not even by root."""
    if subprocess.run(["chattr", "+i", folder], capture_output=True).returncode:
        pytest.skip("immutable: chattr +i is not permitted here (Debian: e2fsprogs, root)")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", folder], check=True)


def test_what_is_not_permitted_names_path_and_account_and_is_tried_three_times(
    sshd: Sshd, channel: SftpChannel
) -> None:
    """F30 and F41"""
    box = sshd.root / "CertOut" / "InBox"
    (box / "r.xml").write_bytes(b"r")
    with immutable(box):
        for error in (
            *channel.box(BoxName.IN).put_all([("a.xml", b"one")]),
            *channel.box(BoxName.IN).remove_all(["r.xml"]),
        ):
            assert error is not None and (error.code, error.tries) == ("CHANNEL_DENIED", 3)
            assert error.evidence["user"] == sshd.user
            assert str(box) in str(error.evidence["path"])
    assert channel.box(BoxName.IN).put_all([("a.xml", b"one")]) == [None]


def test_a_missing_folder_is_unavailable_until_it_is_made_again(sshd: Sshd, channel: SftpChannel) -> None:
    """F22"""
    out = sshd.root / "CertOut" / "OutBox"
    out.rmdir()
    assert codes(channel.box(BoxName.OUT).put_all([("a.xml", b"one")])) == ["CHANNEL_UNAVAILABLE"]
    assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_UNAVAILABLE"
    assert code(channel.check) == "CHANNEL_UNAVAILABLE"
    out.mkdir()
    channel.check()
    assert channel.box(BoxName.OUT).put_all([("a.xml", b"one")]) == [None]


def test_folders_are_found_without_regard_to_case(sshd: Sshd) -> None:
    for box in ("OUTBOX", "sentbox", "FailBox", "Inbox"):
        (sshd.root / "certOUT" / box).mkdir(parents=True)
    with opened(sshd) as channel:
        channel.create()
        assert channel.box(BoxName.OUT).put_all([("a.xml", b"one")]) == [None]
    assert (sshd.root / "certOUT" / "OUTBOX" / "a.xml").read_bytes() == b"one"
    assert [path.name for path in sshd.root.iterdir()] == ["certOUT"]
    (sshd.root / "CERTout").mkdir()
    with opened(sshd) as channel:
        assert code(channel.box(BoxName.OUT).entries) == "CHANNEL_UNAVAILABLE"


def test_what_is_no_file_is_told_and_left(sshd: Sshd, channel: SftpChannel) -> None:
    """F36, B87"""
    box = sshd.root / "CertOut" / "InBox"
    (box / "link.xml").symlink_to("/etc/passwd")
    (box / "folder.xml").mkdir()
    (box / "20261121").mkdir()
    subprocess.run(["mkfifo", box / "fifo.xml"], check=True)
    assert channel.box(BoxName.IN).entries() == []
    assert dict(channel.box(BoxName.IN).strange()) == {
        "link.xml": "symlink",
        "folder.xml": "folder",
        "fifo.xml": "fifo",
    }
    assert code(lambda: channel.box(BoxName.IN).read("link.xml", limit=9999)) == "FILE_TYPE"
    assert code(lambda: channel.box(BoxName.IN).move("link.xml", to=channel.box(BoxName.FAIL))) == "FILE_TYPE"
