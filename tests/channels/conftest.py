"""The wires that ship, behind one fixture: what holds for a box holds for each of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.box import Box, BoxName, Channel
from channels.folder import FolderChannel
from channels.memory import MemoryChannel
from channels.sftp import SftpChannel
from channels.sftp_link import SftpLink
from tests.channels.over_sftp import opened, server_of
from tests.sshd import ABSENT, KEYGEN, SSHD, Sshd


@dataclass(frozen=True)
class Wire:
    """A channel, and the hand of a foreign program in it: `plant` writes a file as it likes, `age` is its mtime in s."""

    channel: Channel
    plant: Callable[..., None]

    @property
    def inbox(self) -> Box:
        return self.channel.box(BoxName.IN)

    @property
    def out(self) -> Box:
        return self.channel.box(BoxName.OUT)


def folder_wire(tmp_path: Path) -> Wire:
    channel = FolderChannel(tmp_path / "wire", "CertOut")
    channel.create()

    def plant(name: str, data: bytes, *, box: BoxName = BoxName.IN, age: int = 1) -> None:
        path = channel.box(box).path / name
        path.write_bytes(data)
        os.utime(path, ns=(age * 10**9, age * 10**9))

    return Wire(channel, plant)


def memory_wire(_: Path) -> Wire:
    channel = MemoryChannel()

    def plant(name: str, data: bytes, *, box: BoxName = BoxName.IN, age: int = 1) -> None:
        channel.box(box).place(name, data, mtime_ns=age * 10**9)

    return Wire(channel, plant)


@pytest.fixture(scope="session")
def quiet_sshd(tmp_path_factory) -> Iterator[Sshd]:
    """One server for all tests that do it no harm."""
    if not (SSHD and KEYGEN):
        pytest.skip(ABSENT)
    with Sshd.started(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def quiet_link(quiet_sshd: Sshd) -> Iterator[SftpLink]:
    """One connection for all of them."""
    link = SftpLink(server_of(quiet_sshd))
    yield link
    link.close()


def sftp_wire(root: Path, link: SftpLink) -> Wire:
    channel = SftpChannel(link, str(root / "wire"), "CertOut")
    channel.create()

    def plant(name: str, data: bytes, *, box: BoxName = BoxName.IN, age: int = 1) -> None:
        path = root / "wire" / "CertOut" / box.value / name
        path.write_bytes(data)
        os.utime(path, ns=(age * 10**9, age * 10**9))

    return Wire(channel, plant)


@pytest.fixture(params=["folder", "memory", "sftp"])
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Wire:
    if request.param == "sftp":
        return sftp_wire(tmp_path, request.getfixturevalue("quiet_link"))
    return {"folder": folder_wire, "memory": memory_wire}[request.param](tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Wire:
    return folder_wire(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB and 20 inodes (reliability 4)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = "size=64k,nr_inodes=20"
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("small_disk: mounting a tmpfs needs root")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("small_disk: this system does not let root mount a tmpfs")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture
def channel(sshd: Sshd) -> Iterator[SftpChannel]:
    """A business folder on a server of the test's own."""
    with opened(sshd) as made:
        made.create()
        yield made
