"""What may change in a key folder, each as the files that it would lay there. `drafts.py` lays them when two people agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from signing.certificate import Certificate
from signing.errors import BadKeyFile
from signing.folder import (
    AUTHORITY,
    BOTH,
    CERTIFICATE,
    KEY,
    SETTINGS,
    SPEAKS_FOR,
    Own,
    node_path,
    own_files,
    own_name,
    read_certificate,
)
from signing.making import new_pair
from signing.opened import chosen_suite
from signing.partners import authority, check_apart, read_authorities, rule_text
from signing.pkcs12 import read_p12
from signing.providers import Value, checked, settings_text
from signing.retirement import find, note_path, retired_at, retirement_note
from signing.software import paired

PRIVATE, OPEN = 0o600, 0o644


@dataclass(frozen=True, slots=True)
class Piece:
    """One file that a change lays. The last of a change is its certificate or note: with it the change is there."""

    path: str  # inside the key folder
    data: bytes = field(repr=False)
    mode: int = OPEN


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change comes to, with what the second person is shown."""

    act: str  # as the audit chain names it: key_new | key_import | key_trust | key_authority | key_retire
    node: str
    certificate: Certificate
    pieces: tuple[Piece, ...]
    detail: Mapping[str, str] = field(default_factory=dict)


class Change(Protocol):
    """One of the classes below."""

    def plan(self, folder: Path) -> Plan:
        """The files, checked as far as they can be checked now. Raises BadKeyFile, KeyUnavailable."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A further key of a node of ours. It may begin later: the partner is told of it while the old one still seals."""

    node: str
    name: str
    passphrase: bytes | None = field(repr=False)
    starts: datetime | None = None  # aware; now where left out
    days: int = 1095
    suite: str = "rsa-sha256"

    def plan(self, folder: Path) -> Plan:
        key, pem = new_pair(
            self.node,
            name=self.name,
            passphrase=self.passphrase,
            starts=self.starts or datetime.now(UTC),
            days=self.days,
            suite=self.suite,
        )
        place = next_place(folder, self.node)
        pieces = Piece(place + KEY, key, PRIVATE), Piece(place + CERTIFICATE, pem)
        return Plan("key_new", self.node, Certificate.read(pem), pieces, {"suite": self.suite})


@dataclass(frozen=True, slots=True)
class ImportKey:
    """A key that somebody else made: PEM with its certificate, or a `.p12` that holds both."""

    node: str
    data: bytes = field(repr=False)
    passphrase: bytes | None = field(repr=False)
    certificate: bytes | None = None  # PEM or DER; None: data is a .p12

    def plan(self, folder: Path) -> Plan:
        place = next_place(folder, self.node)
        if self.certificate is None:
            _, certificate = read_p12(self.data, self.passphrase, self.node)
            pieces: tuple[Piece, ...] = (
                Piece(place + BOTH, self.data, PRIVATE),
                Piece(place + SETTINGS, settings_text({"provider": "pkcs12"})),
            )
        else:
            certificate = given(self.certificate, self.node)
            paired(self.data, self.passphrase, certificate, self.node)
            pieces = (Piece(place + KEY, self.data, PRIVATE),)
        chosen_suite(certificate, None, self.node)
        whole = (*pieces, Piece(place + CERTIFICATE, certificate.pem()))
        return Plan("key_import", self.node, certificate, whole, {"provider": "file" if self.certificate else "pkcs12"})


@dataclass(frozen=True, slots=True)
class UseCard:
    """A key on a card: a token behind PKCS#11, or a card service on this machine. Settings as `providers.py` names them."""

    node: str
    settings: Mapping[str, Value]
    certificate: bytes  # PEM or DER; of a card service: `remote.fetch_certificate`

    def plan(self, folder: Path) -> Plan:
        place = next_place(folder, self.node)
        certificate = given(self.certificate, self.node)
        own = Own(self.node, 1, folder / (place + CERTIFICATE))
        provider = checked(self.settings, own, own.beside(SETTINGS))
        if provider.name not in ("pkcs11", "remote"):
            raise BadKeyFile(self.node, f"provider: {provider.name} 不是卡 (no card)")
        chosen_suite(certificate, None, self.node)
        pieces = Piece(place + SETTINGS, settings_text(self.settings)), Piece(place + CERTIFICATE, certificate.pem())
        told = {key: str(value) for key, value in self.settings.items()}
        return Plan("key_import", self.node, certificate, pieces, told)


@dataclass(frozen=True, slots=True)
class Trust:
    """A partner's certificate, pinned."""

    node: str
    certificate: bytes  # PEM or DER

    def plan(self, folder: Path) -> Plan:
        certificate = given(self.certificate, self.node)
        place = node_path(folder / "partners", self.node).relative_to(folder)
        piece = Piece(f"{place}/{certificate.serial}{CERTIFICATE}", certificate.pem())
        return Plan("key_trust", self.node, certificate, (piece,))


@dataclass(frozen=True, slots=True)
class TrustAuthority:
    """An authority pinned for a partner, with the parts of the name that its certificates carry (`partners.py`)."""

    node: str
    certificate: bytes  # PEM or DER
    subject: Mapping[str, str]  # {"O": "示例进出口有限公司"}

    def plan(self, folder: Path) -> Plan:
        certificate = given(self.certificate, self.node)
        place = node_path(folder / "partners", self.node).relative_to(folder)
        check_apart((*read_authorities(folder), authority(self.node, certificate, dict(self.subject))))
        stem = f"{place}/{certificate.serial}"
        pieces = Piece(stem + SPEAKS_FOR, rule_text(self.subject)), Piece(stem + AUTHORITY, certificate.pem())
        return Plan("key_authority", self.node, certificate, pieces, dict(self.subject))


@dataclass(frozen=True, slots=True)
class Retire:
    """The end of a certificate's use, ours or a partner's, from a moment on."""

    node: str
    serial: str
    at: datetime  # aware
    why: str

    def plan(self, folder: Path) -> Plan:
        path = find(folder, self.node, self.serial)
        if retired_at(path):
            raise BadKeyFile(path, "已停用 (is retired already)")
        piece = Piece(str(note_path(path).relative_to(folder)), retirement_note(self.at, self.why))
        detail = {"at": self.at.isoformat(), "why": self.why}
        return Plan("key_retire", self.node, read_certificate(path), (piece,), detail)


def next_place(folder: Path, node: str) -> str:
    """Where a node's next own certificate stands, e.g. `own/N.2`: after those that are there and those that wait."""
    node_path(folder / "own", node)
    waiting = [own for draft in (folder / "drafts").glob("[!.]*") for own in own_files(draft, node)]
    return "own/" + own_name(node, 1 + max((own.number for own in (*own_files(folder, node), *waiting)), default=0))


def given(data: bytes, named: object) -> Certificate:
    """A certificate as it was handed over, PEM or DER. Raises BadKeyFile."""
    try:
        return Certificate.read(data)
    except ValueError as error:
        raise BadKeyFile(named, str(error)) from error
