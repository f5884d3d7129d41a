"""Verify: is this message whole, and whose is it? What is returned is what was verified, and nothing else.

The order: the parser's policy, the signature's shape, the digest, the value, the certificate. What comes back is read from the
canonical form whose digest was signed: no comment, no signature, no namespace that was not signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from lxml import etree

from mappings.parser import parse, parse_canonical
from signing.canonical import canonical, canonical_signed_info, without
from signing.certificate import Certificate
from signing.errors import NotVerified
from signing.keys import Registry
from signing.profile import LEGACY_SUITES, STRICT, Policy
from signing.signature import Signature, read_signature


@dataclass(frozen=True, slots=True)
class Verified:
    """A message that holds."""

    root: etree._Element  # the tree that was verified, without signature and comments
    signer: str  # the node that the registry knows this certificate to be of; the caller compares it with the sender
    certificate: Certificate
    suite: str  # a name of `suites.SUITES`


def verify(
    data: bytes,
    *,
    registry: Registry,
    at: datetime,
    stated: datetime | None = None,
    sender: str | None = None,
    policy: Policy = STRICT,
) -> Verified:
    """The verified message. Raises ParseRefused, or NotVerified with a code SIG_*.

    at: when it arrived, aware. stated: when it says that it was made, where the caller knows; the certificate must be valid
    at both. sender: the node whose message it must be (SIG_SENDER); left out, the caller compares `signer` itself.
    """
    root = parse(data, limits=policy.limits)
    signature = read_signature(root, policy)
    # Before the signature leaves the tree: its canonical form takes namespaces from the elements around it.
    signed = canonical_signed_info(signature.signed_info, signature.of_info)
    content = canonical(without(root, signature.element), signature.of_content)
    certificate = check_signature(signature, signed, content, registry, at, stated, sender, policy)
    return Verified(parse_canonical(content), registry.owner(certificate), certificate, signature.suite.name)


def check_signature(
    signature: Signature,
    signed: bytes,
    content: bytes,
    registry: Registry,
    at: datetime,
    stated: datetime | None,
    sender: str | None,
    policy: Policy,
) -> Certificate:
    """The registered certificate whose key signed this content, fit to do so: what both forms of a signature are judged by.

    signed: the canonical form of SignedInfo. content: what its one Reference means. Raises NotVerified.
    """
    _check_legacy_end(signature, at, policy)
    if signature.suite.digest(content) != signature.digest:
        raise NotVerified("SIG_DIGEST")
    certificate = _signer(signature, signed, registry, sender, at)
    signer = registry.owner(certificate)
    if sender is not None and signer != sender:
        raise NotVerified("SIG_SENDER", signer=signer, sender=sender)
    if signature.suite.name in LEGACY_SUITES and (policy.legacy is None or signer != policy.legacy.partner):
        raise NotVerified("SIG_ALGO", found=f"{signature.suite.name} ({signer})")
    check_certificate(certificate, registry=registry, at=at, policy=policy)
    if stated is not None:
        check_validity(certificate, at=stated)
    return certificate


def _check_legacy_end(signature: Signature, at: datetime, policy: Policy) -> None:
    if policy.legacy and signature.suite.name in LEGACY_SUITES and at > policy.legacy.until:
        detail = f"{policy.legacy.partner}, {policy.legacy.until:%Y-%m-%d}"
        raise NotVerified("SIG_LEGACY_ENDED", found=signature.suite.name, detail=detail)


def check_certificate(certificate: Certificate, *, registry: Registry, at: datetime, policy: Policy = STRICT) -> None:
    """May this certificate sign at this moment? Strength, use, validity, revocation, and whether the authority
    that speaks for it still does. Raises NotVerified."""
    if certificate.rsa_bits is not None and certificate.rsa_bits < policy.rsa_bits:
        raise NotVerified("SIG_KEY_WEAK", detail=f"{certificate.algorithm} < {policy.rsa_bits}")
    if not certificate.may_sign:
        raise NotVerified("SIG_CERT_USAGE", detail=_named(certificate))
    check_validity(certificate, at=at)
    if since := registry.revoked(certificate, at):
        raise NotVerified("SIG_CERT_REVOKED", detail=f"{_named(certificate)}, {since:%Y-%m-%d}")
    if since := registry.left_by_authority(certificate, at):
        raise NotVerified("SIG_CERT_CHAIN", detail=f"{_named(certificate)} ← {certificate.issuer}, {since:%Y-%m-%d}")


def check_validity(certificate: Certificate, *, at: datetime) -> None:
    """Is the moment inside the certificate's days? For the time that a message states, once it has been read."""
    if at < certificate.not_before:
        raise NotVerified("SIG_CERT_NOTYET", detail=f"{_named(certificate)}, {certificate.not_before:%Y-%m-%d}")
    if at > certificate.not_after:
        raise NotVerified("SIG_CERT_EXPIRED", detail=f"{_named(certificate)}, {certificate.not_after:%Y-%m-%d}")


def _signer(signature: Signature, signed: bytes, registry: Registry, sender: str | None, at: datetime) -> Certificate:
    """The registered certificate whose key made the value. KeyInfo only chooses among those that are registered."""
    candidates, named = _candidates(signature, registry)
    fitting = [certificate for certificate in candidates if signature.suite.fits(certificate)]
    if named and not fitting:
        raise NotVerified("SIG_ALGO", found=f"{signature.suite.method} ({candidates[0].algorithm})")
    value = signature.value or b""
    makers = [certificate for certificate in fitting if signature.suite.verify(certificate, value, signed)]
    if makers:  # one key may have two certificates around a renewal, one serial two owners
        return min(
            makers, key=lambda each: (registry.owner(each) != sender, not each.not_before <= at <= each.not_after)
        )
    if named:
        raise NotVerified("SIG_VALUE")
    raise NotVerified("SIG_KEY", detail="签名不出自任何已登记的密钥 (no registered key made this signature)")


def _candidates(signature: Signature, registry: Registry) -> tuple[tuple[Certificate, ...], bool]:
    """The certificates that may have signed, and whether KeyInfo named them. A KeyName that names nobody is ignored."""
    by_name = tuple(found for name in signature.key_names for found in registry.named(name))
    if signature.certificates:
        leaf = _registered_leaf(signature.certificates, registry)
        if by_name and leaf not in by_name:
            raise NotVerified("SIG_KEY", detail="KeyName ≠ X509Certificate")
        return (leaf,), True
    return (by_name, True) if by_name else (registry.everybody(), False)


def _registered_leaf(given: tuple[bytes | None, ...], registry: Registry) -> Certificate:
    """The registered leaf, which must stand first; then only its issuers, each the one before's."""
    leaf = registry.registered(given[0] or b"")
    if leaf is None:
        raise NotVerified("SIG_KEY", detail=f"X509Certificate SHA-256 {sha256(given[0] or b'').hexdigest()}")
    below = leaf
    for der in given[1:]:
        try:
            above = Certificate.read(der or b"")
        except ValueError:
            raise NotVerified("SIG_KEY", detail="X509Certificate") from None
        if not below.issued_by(above):
            raise NotVerified("SIG_KEY", detail=f"{_named(above)} 不是签发者 (is no issuer)")
        below = above
    return leaf


def _named(certificate: Certificate) -> str:
    return f"{certificate.serial} {certificate.subject}"
