"""`customs/`: made once, opened by whoever plays customs. Nothing else is read but the channel folders that it names.

customs/{customs.toml, customs.db, keys/, clock.json, eledgers.json}
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from channels import BoxName, Channel, FolderChannel, customs
from channels import Customs as Boxes
from channels.chaos import Chances, Chaos
from mappings.clock import FileClock, moment
from mappings.load import Contract, contract, load
from signing.keys import load_signer, make_own
from signing.registry import CERTIFICATE, Registry
from signing.sign import Signer
from simulator import eledgers
from simulator.customs import Customs
from simulator.eledgers import Eledgers
from simulator.errors import BadCustoms
from simulator.house import FILE, NODE, Registered, Road, Settings, User, load_settings, written
from simulator.renewal import Renewal
from simulator.scenario import Scenario, load_scenario
from simulator.sftp_keys import FOLDER as SFTP
from simulator.sftp_keys import make_host_key
from simulator.store import FILE as STORE
from simulator.store import Store
from xsd.explain import Judges
from xsd.store import schema_source

__all__ = [
    "KEYS", "NODE", "USER", "Registered", "Road", "Settings", "load_settings", "make_customs", "open_customs", "own_certificate",
]  # fmt: skip

CLOCK = "clock.json"
KEYS = "keys"
STRANGERS, STRANGER = "stranger", "DXPEDC9999999999"
CHANNEL = "customs"
SPOT = 1000  # one message in so many is judged by xmlschema too, which takes a thousand times as long
USER = "enterprise"
BIZ = ("CertOut", "CertIn")
NAME = "海关端模拟器"


@dataclass(frozen=True, slots=True)
class _House:
    folder: Path
    settings: Settings

    def path(self, named: str) -> Path:
        return (self.folder / named).resolve()

    @property
    def roads(self) -> dict[str, FolderChannel]:
        return {
            f"{channel.name}/{biz}": FolderChannel(self.path(channel.root), biz)
            for channel in self.settings.channels
            for biz in channel.biz
        }


def make_customs(
    folder: Path,
    *,
    enterprises: Sequence[Registered],
    channel_root: Path,
    now: int,
    node: str = NODE,
    biz: Sequence[str] = BIZ,
    progress: str = "immediate",
    seed: int = 0,
) -> Settings:
    """customs.toml, a store, customs' own key, a clock that is the machine's. now: µs, for the certificate.

    Certificates are the caller's to exchange: `own_certificate(folder)` is customs', the enterprises' go into
    `signing.keys.trust(folder / "keys", node, pem)`. Raises BadCustoms where there is one already.
    """
    if (folder / FILE).exists():
        raise BadCustoms(f"{folder} 已有 {FILE} / has a {FILE} already")
    folder.mkdir(parents=True, exist_ok=True)
    road = Road(CHANNEL, _from(folder, channel_root), tuple(biz))
    settings = Settings(
        node,
        progress=progress,
        seed=seed,
        contract="../contract",
        channels=(road,),
        enterprises=tuple(enterprises),
        users=(User(USER, road.root, f"{SFTP}/{USER}.pub"),),
    )
    make_host_key(folder)
    make_own(folder / KEYS, node, name=NAME, passphrase=None, now=moment(now))
    make_own(folder / STRANGERS, STRANGER, name="无人登记", passphrase=None, now=moment(now), suite="ecdsa-sha256")
    Store(folder / STORE).close()
    eledgers.seed(folder)
    FileClock(folder / CLOCK).set(offset=0.0, speed=1.0)
    for channel in _House(folder, settings).roads.values():
        channel.create()
    (folder / FILE).write_text(written(settings), encoding="utf-8")
    return settings


def _wire(address: str, channel: Channel, settings: Settings, all_: Chances | None) -> Channel:
    """The channel itself, or with the mishaps that its settings wish, else those that the scenario wishes of every channel."""
    own = next((road.chaos for road in settings.channels if road.name == address.partition("/")[0]), None)
    chances = own or all_
    return Chaos(channel, chances) if chances else channel


def open_customs(folder: Path, *, scenario: Path | None = None) -> Customs:
    """Customs over a folder that `make_customs` made. scenario: instead of the one that the settings name.

    Raises BadCustoms, BadScenario, SigningError.
    """
    settings = load_settings(folder)
    house = _House(folder, settings)
    known = contract_of(folder, settings)
    file = scenario or (house.path(settings.scenario) if settings.scenario else None)
    told = load_scenario(file, known) if file else Scenario()
    if told.seed is not None:
        settings = replace(settings, seed=told.seed)
    channels = {name: _wire(name, channel, settings, told.wire) for name, channel in house.roads.items()}
    boxes: dict[str, Boxes] = {name: customs(channel) for name, channel in channels.items()}
    return Customs(
        settings=settings,
        store=Store(folder / STORE),
        contract=known,
        registry=Registry.load(folder / KEYS),
        signer=load_signer(folder / KEYS, settings.node),
        judges=Judges(schema_source(known), both=settings.judges == "both", spot=SPOT),
        clock=FileClock(folder / CLOCK),
        channels=boxes,
        scenario=told,
        stranger=_stranger(folder),
        wire=tuple(channel for channel in channels.values() if isinstance(channel, Chaos)),
        renewal=Renewal(folder, folder / KEYS),
        eledgers=Eledgers(folder / eledgers.FILE),
    )


def _stranger(folder: Path) -> Signer | None:
    """A key that no registry knows; a home of an earlier version has none."""
    place = folder / STRANGERS
    return load_signer(place, STRANGER) if place.is_dir() else None


def contract_of(folder: Path, settings: Settings) -> Contract:
    """The shipped kinds, and those of the folder that the settings name, where it is."""
    own = _House(folder, settings).path(settings.contract) if settings.contract else None
    return load((files("mappings"), own)) if own and own.is_dir() else contract()


def own_certificate(folder: Path, node: str = NODE) -> bytes:
    """Customs' certificate, PEM, for the enterprises' registries."""
    return (folder / KEYS / "own" / f"{node}{CERTIFICATE}").read_bytes()


def outboxes(folder: Path) -> list[Path]:
    """The folders in which enterprises' files appear."""
    roads = _House(folder, load_settings(folder)).roads
    return [channel.box(BoxName.OUT).path for channel in roads.values()]


def _from(folder: Path, root: Path) -> str:
    """Relative where both lie in one home, so that the home can be moved."""
    home, there = folder.resolve().parent, root.resolve()
    return os.path.relpath(there, folder.resolve()) if there.is_relative_to(home) else str(there)
