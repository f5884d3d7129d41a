"""Authorities pinned for a sender, and revocation lists: who may speak for a partner without being pinned itself.

An authority speaks for one sender only, and only through certificates whose subject says what its pin says: an authority
that serves a whole country would otherwise let anybody there speak as our partner. It issues the leaf itself: where there
are intermediates, the one that issues is pinned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from signing.certificate import Certificate
from signing.errors import BadKeyFile
from signing.folder import AUTHORITY, SPEAKS_FOR, authority_files, facts_text, read_certificate, read_facts
from signing.retirement import retired_at

OIDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}


@dataclass(frozen=True, slots=True)
class Authority:
    """One pinned authority: it speaks for `node` through leaves whose subject has these values, each exactly once."""

    node: str
    certificate: Certificate
    subject: Mapping[str, str]  # {"O": "示例进出口有限公司"}; keys of OIDS
    retired: datetime | None = None

    def admits(self, leaf: Certificate) -> bool:
        """Is this a leaf of this authority that speaks for its sender? Time is judged later (`out_of_use`)."""
        name = leaf.parsed.subject
        fits = all(
            [attribute.value for attribute in name.get_attributes_for_oid(OIDS[key])] == [value]
            for key, value in self.subject.items()
        )
        return fits and not is_authority(leaf) and leaf.issued_by(self.certificate)

    def out_of_use(self, at: datetime) -> datetime | None:
        """The bound that is passed when the authority may not vouch for anything at this moment; None while it may."""
        if self.retired and at >= self.retired:
            return self.retired
        if at < self.certificate.not_before:
            return self.certificate.not_before
        return self.certificate.not_after if at > self.certificate.not_after else None


def is_authority(certificate: Certificate) -> bool:
    """Basic constraints say that it may issue certificates, and key usage does not say otherwise (RFC 5280 4.2.1.9, 4.2.1.3)."""
    try:
        extensions = certificate.parsed.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = next((each.value for each in extensions if isinstance(each.value, x509.KeyUsage)), None)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return constraints.ca and (usage is None or usage.key_cert_sign)


def read_authorities(folder: Path) -> tuple[Authority, ...]:
    """Every authority of a key folder. Raises BadKeyFile: no authority, no rule beside it, or two senders for one leaf."""
    found = tuple(_read(node, path) for node, path in authority_files(folder))
    check_apart(found)
    return found


def _read(node: str, path: Path) -> Authority:
    rule = path.with_name(path.name.removesuffix(AUTHORITY) + SPEAKS_FOR)
    return authority(node, read_certificate(path), read_facts(rule).get("subject"), retired_at(path), named=rule)


def authority(
    node: str, certificate: Certificate, subject: object, retired: datetime | None = None, *, named: object = ""
) -> Authority:
    """An authority whose parts are looked at first. Raises BadKeyFile."""
    if not is_authority(certificate):
        raise BadKeyFile(named or certificate.serial, "不是签发机构的证书 (not the certificate of an authority)")
    if (
        not isinstance(subject, dict)
        or not subject
        or not all(isinstance(each, str) and each for each in subject.values())
    ):
        raise BadKeyFile(named or certificate.serial, "subject: 至少一项名称 (at least one part of the name)")
    if unknown := set(subject) - set(OIDS):
        raise BadKeyFile(named or certificate.serial, f"subject: {sorted(unknown)} ∉ {sorted(OIDS)}")
    return Authority(node, certificate, dict(subject), retired)


def check_apart(authorities: Iterable[Authority]) -> None:
    """One leaf must not speak for two senders: pins of one authority's key for two of them differ in a part of the name that
    both ask for. Raises BadKeyFile."""
    seen: list[Authority] = []
    for each in authorities:
        for other in seen:
            same_key = _same_issuer(each.certificate, other.certificate)
            apart = any(other.subject.get(key, value) != value for key, value in each.subject.items())
            if each.node != other.node and same_key and not apart:
                raise BadKeyFile(
                    each.certificate.serial,
                    f"同一机构为 {other.node} 和 {each.node} 登记，subject 不能区分 (one authority for two nodes)",
                )
        seen.append(each)


def _same_issuer(one: Certificate, other: Certificate) -> bool:
    """Could both have issued the same leaf: one name and one key, perhaps in two certificates?"""
    return one.parsed.subject == other.parsed.subject and one.public_key == other.public_key


def rule_text(subject: Mapping[str, str]) -> bytes:
    """What stands beside a pinned authority."""
    return facts_text({"subject": dict(subject)})
