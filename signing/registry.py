"""The certificates that we know: whose they are, and which of them are revoked. Read from the key folder, then fixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography import x509

from signing.certificate import Certificate
from signing.errors import BadKeyFile
from signing.folder import CERTIFICATE, REVOCATIONS, certificate_files, read_certificate
from signing.partners import Authority, read_authorities
from signing.retirement import retired_at
from signing.revocations import read_lists

__all__ = ["CERTIFICATE", "REVOCATIONS", "Registry", "certificate_files", "read_certificate"]

_NONE: Mapping[bytes, datetime] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Registry:
    """One certificate has one owner; one owner may have several certificates (renewal). Own nodes are registered too, so
    that two ends that share a folder, and a message of our own that comes back, verify."""

    owners: Mapping[bytes, str]  # DER -> node id
    known: Mapping[bytes, Certificate]  # DER -> certificate
    serials: Mapping[str, tuple[Certificate, ...]]  # serial without leading zeros -> certificates
    revocations: tuple[x509.CertificateRevocationList, ...] = ()
    authorities: tuple[Authority, ...] = ()  # each speaks for one node
    retired: Mapping[bytes, datetime] = field(default_factory=lambda: _NONE)  # DER -> since when it is not used

    @classmethod
    def load(cls, folder: Path) -> Registry:
        """From a key folder (`folder.py`). Raises BadKeyFile."""
        read = [(node, path, read_certificate(path)) for _, node, path in certificate_files(folder)]
        notes = sorted((at, certificate.der) for _, path, certificate in read if (at := retired_at(path)))
        authorities = read_authorities(folder)
        known = [certificate for _, _, certificate in read] + [each.certificate for each in authorities]
        return cls.of_rows(
            ((node, certificate) for node, _, certificate in read),
            read_lists(folder, known),
            authorities=authorities,
            retired={der: at for at, der in reversed(notes)},  # of two notes the earlier one holds
        )

    @classmethod
    def of_rows(
        cls,
        rows: Iterable[tuple[str, Certificate]],
        revocations: tuple[x509.CertificateRevocationList, ...] = (),
        *,
        authorities: tuple[Authority, ...] = (),
        retired: Mapping[bytes, datetime] = _NONE,
    ) -> Registry:
        """From pairs of node and certificate. Raises BadKeyFile where one certificate is registered for two nodes."""
        owners: dict[bytes, str] = {}
        known: dict[bytes, Certificate] = {}
        serials: dict[str, tuple[Certificate, ...]] = {}
        for node, certificate in rows:
            owner = owners.setdefault(certificate.der, node)
            if owner != node:
                detail = f"同一证书登记给 {owner} 和 {node} (one certificate for two nodes)"
                raise BadKeyFile(certificate.serial, detail)
            if certificate.der not in known:
                known[certificate.der] = certificate
                name = certificate.serial.lstrip("0")
                serials[name] = (*serials.get(name, ()), certificate)
        tables = MappingProxyType(owners), MappingProxyType(known), MappingProxyType(serials)
        return cls(*tables, revocations, authorities, MappingProxyType(dict(retired)))

    def senders(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.owners.values())))

    def certificates(self, sender: str) -> tuple[Certificate, ...]:
        return tuple(self.known[der] for der, node in self.owners.items() if node == sender)

    def everybody(self) -> tuple[Certificate, ...]:
        return tuple(self.known.values())

    def owner(self, certificate: Certificate) -> str:
        """The node that it is registered for, or that its authority speaks for. Raises KeyError for a stranger."""
        if owner := self.owners.get(certificate.der):
            return owner
        if vouching := self._vouching(certificate):
            return vouching[0].node
        raise KeyError(certificate.fingerprint)

    def registered(self, der: bytes) -> Certificate | None:
        """The certificate, where it is pinned for somebody or a pinned authority vouches for it."""
        return self.known.get(der) or self._admitted(der)

    def named(self, key_name: str) -> tuple[Certificate, ...]:
        """The certificates with this serial, in hex of either case, with or without leading zeros."""
        return self.serials.get(key_name.lower().lstrip("0"), ())

    def revoked(self, certificate: Certificate, at: datetime) -> datetime | None:
        """Since when it must not be used at this moment: retired here, or revoked by a list of its own issuer; None while it may."""
        end = self.retired.get(certificate.der)
        if end and at >= end:
            return end
        return self._revoked_by_list(certificate, at)

    def _revoked_by_list(self, certificate: Certificate, at: datetime) -> datetime | None:
        number = certificate.parsed.serial_number
        for crl in self.revocations:
            entry = crl.get_revoked_certificate_by_serial_number(number)
            if entry and crl.issuer == certificate.parsed.issuer and entry.revocation_date_utc <= at:
                return entry.revocation_date_utc
        return None

    def left_by_authority(self, certificate: Certificate, at: datetime) -> datetime | None:
        """Since when no authority vouches for it at this moment, None while one does. A leaf that is pinned itself needs none."""
        if certificate.der in self.known:
            return None
        ends = [
            each.out_of_use(at) or self._revoked_by_list(each.certificate, at) for each in self._vouching(certificate)
        ]
        return ends[0] if ends and all(ends) else None

    def _vouching(self, leaf: Certificate) -> tuple[Authority, ...]:
        return tuple(each for each in self.authorities if each.admits(leaf))

    def _admitted(self, der: bytes) -> Certificate | None:
        if not self.authorities or not der:
            return None
        try:
            leaf = Certificate.read(der)
        except ValueError:
            return None
        return leaf if leaf.der == der and self._vouching(leaf) else None
