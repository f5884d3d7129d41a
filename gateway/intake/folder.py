"""The enterprise's declarations folder: `new` is taken in, then a file lies in `taken` or `refused` with its answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from channels import Settled
from channels.errors import ChannelError
from channels.files import durable_replace
from channels.folder_box import FolderBox
from gateway.intake.attaching import named
from gateway.intake.declaration import Declaration, MapReader
from gateway.intake.files import LIMIT, in_bytes
from gateway.intake.map_format import Form
from gateway.intake.maps import load, read
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from mappings.faults import Refused
from mappings.load import Contract
from parcel.entry_names import suffix
from parcel.package.pack import SUFFIXES as ATTACHED

READS = {Form.CSV: {"csv", "txt"}, Form.XLSX: {"xlsx"}, Form.JSON: {"json"}, Form.JSON_LINES: {"jsonl", "ndjson"}}
GOOD = frozenset({"accepted", "duplicate", "revised"})


@dataclass(slots=True)
class Desk:
    """One enterprise's three folders."""

    code: str
    new: Settled
    taken: FolderBox
    refused: FolderBox
    growing: frozenset[str] = frozenset()  # files that have not stood still yet


class Intake:
    """Takes in whole files, a box at a time. Declarations are idempotent, so a file taken twice has one effect."""

    def __init__(
        self, folder: Path, *, submitter: Submitter, contract: Contract, maps: Mapping[str, str] | None = None
    ) -> None:
        """maps: by the enterprise's folder, the name of the intake map in `maps/` through which its files are read."""
        self._folder = folder
        self._maps = maps or {}
        self._submitter = submitter
        self._contract = contract
        self._desks: dict[str, Desk] = {}

    def take(self) -> int:
        """Returns how many files were taken in or refused."""
        return sum(self._file(desk, name) for desk in self._all() for name in self._names(desk))

    def growing(self) -> int:
        return sum(desk.new.unsettled() for desk in self._desks.values())

    def _all(self) -> Iterator[Desk]:
        if not self._folder.is_dir():
            return
        for place in sorted(path for path in self._folder.iterdir() if (path / "new").is_dir()):
            if place.name not in self._desks:
                self._desks[place.name] = _desk(place)
            yield self._desks[place.name]

    def _names(self, desk: Desk) -> Sequence[str]:
        """The declarations. What they attach lies beside them, and stays there: another may attach it as well."""
        try:
            whole = [entry.name for entry in desk.new.entries()]
            desk.growing = frozenset(entry.name for entry in desk.new.box.entries()) - set(whole)
            return [name for name in whole if suffix(name) not in ATTACHED]
        except ChannelError:
            return []

    def _file(self, desk: Desk, name: str) -> int:
        try:
            found = self._read(desk, name)
        except ChannelError:
            return 0
        if desk.growing.intersection(file for each in found for file in named(each.value)):
            return 0
        outcomes = self._submitter.submit(found)
        target = desk.taken if outcomes and all(o.outcome in GOOD for o in outcomes) else desk.refused
        _answer(target, name, outcomes)
        desk.new.move(name, to=target, as_name=_free(target, name))
        return 1

    def _mapped(self, code: str, name: str) -> MapReader | None:
        """The enterprise's map, for files of the form that the map reads. Raises BadMap."""
        if code not in self._maps:
            return None
        map_ = load(self._folder.parent / "maps", self._maps[code], contract=self._contract)
        return partial(read, map_) if suffix(name) in READS[map_.origin.form] else None

    def _read(self, desk: Desk, name: str) -> list[Declaration]:
        data = desk.new.read(name, limit=LIMIT)
        try:
            found = in_bytes(data, name, contract=self._contract, mapped=self._mapped(desk.code, name))
        except Refused as refused:
            return [
                Declaration(name, faults=(refused.at(str(refused.evidence.get("path", ""))),), enterprise=desk.code)
            ]
        beside = self._folder / desk.code / "new"
        return [replace(each, enterprise=desk.code, beside=beside) for each in found]


def _desk(place: Path) -> Desk:
    boxes = {}
    for name in ("new", "taken", "refused"):
        (place / name).mkdir(exist_ok=True)
        boxes[name] = FolderBox(place / name, temp=".tmp")
    return Desk(place.name, Settled(boxes["new"]), boxes["taken"], boxes["refused"])


def _free(target: FolderBox, name: str) -> str:
    """The name, or with a count before its suffix where another file has it: nothing is ever overwritten."""
    stem, suffix = Path(name).stem, Path(name).suffix
    candidates = (name if count == 0 else f"{stem}.{count}{suffix}" for count in range(10_000))
    return next(candidate for candidate in candidates if not (target.path / candidate).exists())


def _answer(target: FolderBox, name: str, outcomes: Sequence[Outcome]) -> None:
    text = json.dumps([asdict(outcome) for outcome in outcomes], ensure_ascii=False, indent=1)
    durable_replace(target.path / f"{_free(target, name)}.result.json", text.encode())
