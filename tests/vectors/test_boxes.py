"""Vectors that are no bytes but acts: names, kinds of files, files that grow. Each is a row `box/…` of `own/manifest.csv`."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from channels import ChannelError
from channels.box import BoxName
from channels.folder import FolderChannel
from channels.folder_box import FolderBox
from channels.settle import PAUSE, Settled
from inbox.open import Unusable, open_all
from ledger.rows import ArrivalRow
from mappings.check import check
from mappings.faults import Refused
from mappings.load import contract
from mappings.parser import Limits, parse
from mappings.sample import sample
from parcel.names import parse_copy, parse_in
from tests.vectors.own.rows import rows
from tests.vectors.own.world import HERE, tools

NAMES = json.loads((HERE / "own/names.json").read_text(encoding="utf-8"))
HOSTILE, TEMPORARY, OF_NO_FORM = NAMES["hostile"], NAMES["temporary"], NAMES["of_no_form"]
MADE: dict[str, Callable[..., None]] = {}


def vector(test: Callable[..., None]) -> Callable[..., None]:
    """`test_growing` is the vector `box/growing`."""
    name = test.__name__.removeprefix("test_").replace("_", "-")
    MADE[f"box/{name}"] = test
    row = next(row for row in rows() if row.path == f"box/{name}")
    return pytest.mark.xfail(strict=True, reason=row.gap)(test) if row.gap else test


@pytest.fixture
def channel(tmp_path: Path) -> FolderChannel:
    channel = FolderChannel(tmp_path / "wire", "CertOut")
    channel.create()
    return channel


@pytest.fixture
def box(channel: FolderChannel) -> FolderBox:
    return channel.box(BoxName.IN)


def codes(results: list[ChannelError | None]) -> list[str]:
    return [result.code if result else "" for result in results]


def plantable() -> Iterator[bytes]:
    """Hostile names that this system lets stand in a folder, and that are not hidden."""
    for name in HOSTILE:
        raw = os.fsencode(name)
        if not name.startswith(".") and raw and b"/" not in raw and b"\0" not in raw and len(raw) <= 255:
            yield raw


def opened(name: str, box: str, body: bytes = b"<r/>") -> str:
    """The code that the inbox gives to a file of this name."""
    row = ArrivalRow(1, "folder:x", box, name, "", "new", "", 0, None, "", None, 1)
    [found] = open_all([(row, body)], tools=tools(), now="20261121080000000")
    assert isinstance(found, Unusable), "a name of no form is believed"
    return found.reason.code


@vector
def test_hostile_names(channel: FolderChannel, box: FolderBox, tmp_path: Path) -> None:
    assert len(HOSTILE) >= 39
    before = sorted(tmp_path.rglob("*"))
    for name in HOSTILE[:39]:
        assert codes(box.put_all([(name, b"x")])) == ["FILE_NAME"], name
        for act in (lambda n=name: box.read(n, limit=9), lambda n=name: box.remove(n), lambda n=name: box.sub(n)):
            with pytest.raises(ChannelError, match="FILE_NAME"):
                act()
    assert sorted(tmp_path.rglob("*")) == before, "nothing is written anywhere"
    planted = list(plantable())
    assert len(planted) >= 25
    for raw in planted:
        (Path(os.fsdecode(bytes(box.path) + b"/" + raw))).write_bytes(raw)
    told = box.tame()
    assert len(told) == len(planted) and all(name.isprintable() for pair in told for name in pair)
    kept = {box.read(entry.name, limit=999) for entry in box.entries()}
    assert kept == set(planted), "every byte is kept, under a name of ours"


@vector
def test_hostile_names_read() -> None:
    for name in HOSTILE + OF_NO_FORM:
        assert parse_in(name) is None and parse_copy(name) is None, name
        assert (opened(name, "FailBox"), opened(name, "SentBox")) == ("FILE_NAME", "FILE_NAME")
        assert opened(name, "InBox") == "SIG_MISSING", "a name of no form has no say: what counts is the seal"


@vector
def test_temporary_names(box: FolderBox) -> None:
    for name in TEMPORARY:
        (box.path / name).write_bytes(b"x")
    assert (box.entries(), box.strange(), box.tame()) == ([], [], [])
    assert sorted(path.name for path in box.path.iterdir()) == sorted(TEMPORARY)


@vector
def test_empty_then_whole(box: FolderBox) -> None:
    now = [0.0]
    settled = Settled(box, monotonic=lambda: now[0])
    (box.path / "a.xml").touch()
    assert (settled.entries(), settled.unsettled()) == ([], 1)
    now[0] += PAUSE
    assert [entry.size for entry in settled.entries()] == [0]
    assert opened("a.xml", "InBox", b"") == "FILE_EMPTY"


@vector
def test_growing(box: FolderBox) -> None:
    now = [0.0]
    settled = Settled(box, monotonic=lambda: now[0])
    for size in range(1, 6):
        (box.path / "a.xml").write_bytes(b"<" * size)
        assert (settled.entries(), settled.unsettled()) == ([], 1)
        now[0] += PAUSE
    settled.entries()
    now[0] += PAUSE
    assert [entry.size for entry in settled.entries()] == [5]


@vector
def test_name_reused_out(channel: FolderChannel) -> None:
    out = channel.box(BoxName.OUT)
    name = "CERTAPP_A20260000000000017_20261121093015123_t-0.xml"
    assert codes(out.put_all([(name, b"one"), (name, b"two")])) == ["", "CHANNEL_CONFLICT"]
    assert out.read(name, limit=9) == b"one"


@vector
def test_name_reused_in() -> None:
    used = "FILE_NAME_REUSED"
    folders = ("channels", "inbox", "ledger", "gateway", "simulator")
    sources = [path for folder in folders for path in (HERE.parent.parent / folder).rglob("*.py")]
    assert any(f'"{used}"' in path.read_text(encoding="utf-8") for path in sources)


@vector
def test_no_files(box: FolderBox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (box.path / "folder.xml").mkdir()
    (box.path / "link.xml").symlink_to(tmp_path / "secret")
    (box.path / "dead.xml").symlink_to(tmp_path / "nowhere")
    (box.path / "hard.xml").hardlink_to(tmp_path / "secret")
    os.mkfifo(box.path / "fifo.xml")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(box.path / "door.xml"))
    with suppress(PermissionError):  # only root may
        os.mknod(box.path / "null.xml", 0o20666, os.makedev(1, 3))
    planted = sorted(path.name for path in box.path.iterdir())
    assert box.entries() == [] and sorted(name for name, _ in box.strange()) == planted
    for name in planted:
        with pytest.raises(ChannelError, match="FILE_TYPE"):
            box.read(name, limit=99)


@vector
def test_text_over_10_mb() -> None:
    with pytest.raises(Refused, match="XML_LIMIT"):
        parse(b"<r>" + b"x" * (10 << 20) + b"</r>", limits=Limits(size=20 << 20))


@vector
def test_declared_invisible() -> None:
    kind = contract().kinds["blank_certificate_application"]
    content = {**sample(kind)["content"], "remark": "好\u200b公司"}
    assert [fault.code for fault in check(kind, content).faults] == ["FIELD_INVISIBLE"]


def test_every_act_has_its_row() -> None:
    assert sorted(MADE) == sorted(row.path for row in rows() if row.category == "box")
