"""A home: the folder in which one gateway lives, opened with all the tools that its stations need."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from channels import Enterprise
from gateway.errors import BadHome
from gateway.lanes.roads import Roads
from gateway.lanes.routing import channel_of, checked, folders
from gateway.lanes.settings import ChannelSettings
from gateway.passphrase import Passphrase, from_environment
from gateway.settings import Settings, load_settings
from inbox.archive import Archive
from ledger import Ledger
from ledger.engine import connect, schema_state, schema_versions
from ledger.rows import Enterprise as Tenant
from mappings.clock import BEIJING, Clock, FileClock, moment
from mappings.kind import Kind
from mappings.load import Contract, contract, load
from mappings.screens import Screen, load_screens, screens
from mappings.states import Machine
from signing.errors import KeyUnavailable
from signing.folder import stamp
from signing.profile import STRICT, Policy, legacy
from signing.registry import Registry
from signing.rotation import KeyRing
from signing.sign import Signer
from xsd.explain import Judges
from xsd.store import schema_source

CLOCK = Path("customs") / "clock.json"


class Home:
    """Opened lazily, tool by tool. Raises BadHome where settings or schema are not right."""

    def __init__(self, path: Path, *, passphrase: Passphrase | None = None) -> None:
        """passphrase: of a key by its name; from the environment where left out."""
        self.path = path.resolve()
        self.settings: Settings = load_settings(self.path)
        self._passphrase = passphrase or from_environment(self.keys)
        self._told: dict[str, str] = {}  # node -> why its key cannot be had
        self._keys_seen: tuple[object, ...] = ()
        self._due: dict[str, Machine] = {}

    @cached_property
    def clock(self) -> Clock:
        return FileClock(self.path / CLOCK)

    @cached_property
    def contract(self) -> Contract:
        own = self.path / "contract"
        return load((files("mappings"), own)) if own.is_dir() else contract()

    @cached_property
    def screens(self) -> Mapping[str, Screen]:
        own = self.path / "contract"
        return load_screens((files("mappings"), own), self.contract) if own.is_dir() else screens()

    @cached_property
    def judges(self) -> Judges:
        return Judges(schema_source(self.contract), both=self.settings.judge == "both")

    @cached_property
    def registry(self) -> Registry:
        return Registry.load(self.keys)

    @property
    def policy(self) -> Policy:
        """What is asked of a partner's seal; looser for the one partner that the settings name, until its last day ends."""
        old = self.settings.legacy
        return legacy(old.partner, datetime.combine(old.until + timedelta(days=1), time(), BEIJING)) if old else STRICT

    @property
    def initial(self) -> Path:
        """Templates of initial values."""
        return self.path / "initial"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @cached_property
    def ledger(self) -> Ledger:
        engine = connect(self.database_url)
        state = schema_state(engine)
        if state != "current":
            found, wanted = schema_versions(engine)
            engine.dispose()
            if state == "none":
                raise BadHome("SYS_HOME", detail=f"{self.settings.database}: {_NO_TABLES}")
            raise BadHome("DB_OLDER" if state == "older" else "DB_NEWER", found=found, wanted=wanted)
        return Ledger(engine, now=self.clock.now, machines=self.machine)

    @property
    def database_url(self) -> str:
        return absolute_url(self.settings.database, self.path)

    def machine(self, kind: str, version: int) -> Machine:
        """As the contract has it; how long work may wait, as this home says."""
        machine, due = self.kind(kind, version).needs_machine(), self.settings.work
        return self._due.setdefault(kind, machine.due_within(due)) if due else machine

    def kind(self, name: str, version: int) -> Kind:
        kind = self.contract.kinds[name]
        if kind.version != version:
            raise BadHome(
                "SYS_HOME", detail=f"{name} {version}: 只有版本 {kind.version} / there is version {kind.version} only"
            )
        return kind

    @cached_property
    def tenants(self) -> dict[str, Tenant]:
        """The registered enterprises, by each of their codes."""
        found = self.ledger.enterprises()
        return {code: tenant for tenant in found for code in (tenant.code, tenant.uscc) if code}

    @property
    def nodes(self) -> frozenset[str]:
        return frozenset(tenant.node_id for tenant in self.tenants.values())

    @cached_property
    def _ring(self) -> KeyRing:
        return KeyRing(self.keys, passphrase=self._passphrase, now=lambda: moment(self.clock.now()))

    def signer(self, node: str) -> Signer | None:
        """The right key of a node of ours now, None while it cannot be had (the worker seals when it can). Told once."""
        try:
            found = self._ring.signer(node)
        except KeyUnavailable as unavailable:
            self.key_is_away(node, unavailable)
            return None
        self._told.pop(node, None)
        return found

    def key_is_away(self, node: str, why: KeyUnavailable) -> None:
        """Said once on stderr, until it is something else or over."""
        if self._told.get(node) != str(why):
            sys.stderr.write(f"{why}\n")
        self._told[node] = str(why)

    def refresh(self) -> None:
        """Before a pass: what others may have changed meanwhile — enterprises, and certificates in the key folder."""
        self.__dict__.pop("tenants", None)
        seen = stamp(self.keys)
        if seen != self._keys_seen:
            self._keys_seen = seen
            self.__dict__.pop("registry", None)

    def address(self, kind: Kind) -> str:
        """`<channel>/<BizID>` that carries a kind, empty where none does."""
        channel = channel_of(self.settings, kind)
        return f"{channel.name}/{kind.biz}" if channel else ""

    @cached_property
    def wires(self) -> Roads:
        """The channels themselves, with their connections."""
        return Roads(self.path, self.settings.channels, self.folders)

    @cached_property
    def relayed(self) -> Roads:
        """The channels of those who send through us."""
        channels = {name: relay.channel for name, relay in self.settings.relays.items()}
        return Roads(self.path, channels, {name: one.routes for name, one in channels.items()})

    @cached_property
    def folders(self) -> Mapping[str, tuple[str, ...]]:
        """The business folders of every channel. Raises BadHome where the settings route a kind twice, or one that is none."""
        checked(self.settings, self.contract.kinds)
        return folders(self.settings, self.contract.kinds.values())

    @cached_property
    def roads(self) -> dict[str, Enterprise]:
        """Our view of every business folder of every channel, by its address."""
        return self.wires.views()

    @cached_property
    def archive(self) -> Archive | None:
        """Where files that were taken in are kept, as the settings say: "none", "keep" or "days:30"."""
        wanted = self.settings.archive
        if wanted == "none":
            return None
        days = int(wanted.partition(":")[2]) if wanted.startswith("days:") else None
        return Archive(self.path / "archive", days=days, now=self.clock.now)

    def channel_of(self, address: str) -> ChannelSettings:
        return self.settings.channels[address.partition("/")[0]]

    def close(self) -> None:
        for name in ("wires", "relayed"):
            if name in self.__dict__:
                self.__dict__[name].close()
        if "ledger" in self.__dict__:
            self.ledger.close()


_NO_TABLES = "数据库没有表，请先 gateway init / the database has no tables: run gateway init"


def absolute_url(url: str, home: Path) -> str:
    """A relative SQLite file lies in the home."""
    prefix = "sqlite:///"
    return f"{prefix}{home / url.removeprefix(prefix)}" if url.startswith(prefix) else url
