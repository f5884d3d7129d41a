"""The certificates that we know: whose they are, and which of them are revoked. Read from the key folder, then fixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography import x509

from signing.certificate import Certificate
from signing.errors import BadKeyFile

CERTIFICATE = ".cert.pem"
REVOCATIONS = "crl.pem"


@dataclass(frozen=True, slots=True)
class Registry:
    """One certificate has one owner; one owner may have several certificates (renewal). Own nodes are registered too, so
    that two ends that share a folder, and a message of our own that comes back, verify."""

    owners: Mapping[bytes, str]  # DER -> node id
    known: Mapping[bytes, Certificate]  # DER -> certificate
    serials: Mapping[str, tuple[Certificate, ...]]  # serial without leading zeros -> certificates
    revocations: tuple[x509.CertificateRevocationList, ...] = ()  # laid there by the operator, whose word they are

    @classmethod
    def load(cls, folder: Path) -> Registry:
        """From `own/<node>.cert.pem`, `partners/<node>/<serial>.cert.pem` and `partners/<node>/crl.pem`. Raises BadKeyFile."""
        rows = list(certificate_files(folder))
        lists = sorted(folder.glob(f"partners/*/{REVOCATIONS}"))
        return cls.of_rows(
            ((node, read_certificate(path)) for _, node, path in rows), tuple(_read_list(path) for path in lists)
        )

    @classmethod
    def of_rows(
        cls, rows: Iterable[tuple[str, Certificate]], revocations: tuple[x509.CertificateRevocationList, ...] = ()
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
        return cls(MappingProxyType(owners), MappingProxyType(known), MappingProxyType(serials), revocations)

    def senders(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.owners.values())))

    def certificates(self, sender: str) -> tuple[Certificate, ...]:
        return tuple(self.known[der] for der, node in self.owners.items() if node == sender)

    def everybody(self) -> tuple[Certificate, ...]:
        return tuple(self.known.values())

    def owner(self, certificate: Certificate) -> str:
        """The node that it is registered for. Raises KeyError for a stranger."""
        return self.owners[certificate.der]

    def registered(self, der: bytes) -> Certificate | None:
        return self.known.get(der)

    def named(self, key_name: str) -> tuple[Certificate, ...]:
        """The certificates with this serial, in hex of either case, with or without leading zeros."""
        return self.serials.get(key_name.lower().lstrip("0"), ())

    def revoked(self, certificate: Certificate, at: datetime) -> datetime | None:
        """Since when it is revoked at this moment, by a list of its own issuer; None when it is not."""
        number = certificate.parsed.serial_number
        for crl in self.revocations:
            entry = crl.get_revoked_certificate_by_serial_number(number)
            if entry and crl.issuer == certificate.parsed.issuer and entry.revocation_date_utc <= at:
                return entry.revocation_date_utc
        return None


def certificate_files(folder: Path) -> Iterable[tuple[str, str, Path]]:
    """(role own or partner, node, path) of every certificate in a key folder. Raises BadKeyFile for a file of no known name
    among a partner's: a certificate that is silently not registered would be found only by its messages."""
    for path in sorted(folder.glob(f"own/*{CERTIFICATE}")):
        yield "own", path.name.removesuffix(CERTIFICATE), path
    for path in sorted(folder.glob("partners/*/[!.]*")):
        if path.name.endswith(CERTIFICATE):
            yield "partner", path.parent.name, path
        elif path.name != REVOCATIONS:
            raise BadKeyFile(path, f"文件名应为 *{CERTIFICATE} 或 {REVOCATIONS} (a file of no known name)")


def read_certificate(path: Path) -> Certificate:
    try:
        return Certificate.read(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadKeyFile(path, str(error)) from error


def _read_list(path: Path) -> x509.CertificateRevocationList:
    try:
        return x509.load_pem_x509_crl(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadKeyFile(path, f"不是吊销列表 (not a revocation list): {error}") from error
