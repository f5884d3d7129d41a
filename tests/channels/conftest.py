"""Both wires that ship, behind one fixture: what holds for a box holds for each of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.box import Box, BoxName, Channel
from channels.folder import FolderChannel
from channels.memory import MemoryChannel


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


@pytest.fixture(params=[folder_wire, memory_wire], ids=["folder", "memory"])
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Wire:
    return request.param(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Wire:
    return folder_wire(tmp_path)
