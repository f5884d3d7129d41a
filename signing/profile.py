"""The wire profile of signatures as tables: algorithm names, and the policy that a verifier holds to (profile, Signature)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.parser import LIMITS, Limits

DS = "http://www.w3.org/2000/09/xmldsig#"


class SignatureMethod(StrEnum):
    """Names of signature algorithms (RFC 9231; SM2 of the Chinese e-port, real-messages 4.1)."""

    RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    RSA_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
    ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    SM2_SM3 = "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3"


UNOFFICIAL_SM2_SM3 = "http://www.w3.org/2000/09/xmldsig#sm2-sm3"
"""Not a name of the W3C, whatever it says: published clients send it and customs' side reads it (real-messages 4.1)."""


class DigestMethod(StrEnum):
    """Names of digest algorithms. The same hash is used for the document and inside the signature."""

    SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
    SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
    SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
    SM3 = "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3"


class Transform(StrEnum):
    """Names of transforms and canonicalizations."""

    ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
    INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    INCLUSIVE_COMMENTS = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"
    EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
    EXCLUSIVE_COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
    INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"
    INCLUSIVE_11_COMMENTS = "http://www.w3.org/2006/12/xml-c14n11#WithComments"
    C14N_2 = "http://www.w3.org/2010/xml-c14n2"


IS_EXCLUSIVE: dict[str, bool] = {
    Transform.INCLUSIVE: False,
    Transform.INCLUSIVE_COMMENTS: False,
    Transform.EXCLUSIVE: True,
    Transform.EXCLUSIVE_COMMENTS: True,
}
"""The canonicalizations that are read. A same-document reference leaves comments out by its own definition (XMLDSig 4.4.3.3),
and a comment carries nothing here: the WithComments forms are read without their comments."""

REFUSED_CANONICALIZATIONS: set[str] = {Transform.INCLUSIVE_11, Transform.INCLUSIVE_11_COMMENTS, Transform.C14N_2}
"""Known and refused by name (SIG_C14N). A name that nobody knows is SIG_ALGO."""


@dataclass(frozen=True, slots=True)
class Canonicalization:
    """One canonicalization as a message asks for it."""

    exclusive: bool = False
    """Exclusive leaves out the namespaces that no name uses: what is returned is read from the canonical form,
    so a prefix that was not signed does not exist in it."""

    prefixes: tuple[str, ...] = ()
    """`ec:InclusiveNamespaces PrefixList`: namespaces treated as inclusive all the same; `#default` for the unprefixed one."""


INCLUSIVE = Canonicalization()


LEGACY_SUITES = frozenset({"rsa-sha1", "sm2-sm3-over-sha1", "sm2-sm3-unofficial-over-sha1"})
"""Suites of `suites.SUITES` that are read only by a `Legacy`, because their digest is SHA-1: two contents of one digest can be
made (SHAttered, 2017), so whoever signs could hand out the one and later show the other. Nothing seals with them."""


@dataclass(frozen=True, slots=True)
class Legacy:
    """Leave for one partner to send what is out of date, until a day that is known beforehand."""

    partner: str
    """The node whose registered certificate must have signed."""

    until: datetime
    """Aware. What arrives later is refused (SIG_LEGACY_ENDED), whatever time it states."""

    suites: frozenset[str] = LEGACY_SUITES
    """Which of them."""

    def __post_init__(self) -> None:
        if not self.partner or self.until.tzinfo is None:
            raise ValueError("legacy: a partner and an aware end are needed")
        if not self.suites <= LEGACY_SUITES:
            raise ValueError(f"legacy: no legacy suites: {sorted(self.suites - LEGACY_SUITES)}")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier accepts beyond the fixed shape of the profile."""

    suites: frozenset[str] = frozenset({"rsa-sha256", "rsa-sha512", "ecdsa-sha256", "sm2-sm3"})
    """Names of `suites.SUITES`. A suite of the table that is not named here is refused like an unknown one (SIG_ALGO).
    None of LEGACY_SUITES may stand here: they have a partner and an end."""

    rsa_bits: int = 2048
    """Smallest RSA modulus in bits. The field still has cards of 1024 bits; they are renewed, not tolerated."""

    certificates: int = 5
    """Most X509Certificate elements in one KeyInfo: a leaf and its issuers. Each costs a signature check."""

    limits: Limits = LIMITS
    """Size and shape of the file, judged before anything else is looked at."""

    legacy: Legacy | None = None
    """Out-of-date suites of one partner. Made by `legacy`, and handed to `verify` by whoever has decided so."""

    def __post_init__(self) -> None:
        if old := self.suites & LEGACY_SUITES:
            raise ValueError(f"policy: {sorted(old)} only by legacy(partner, until)")

    def admits(self, suite: str) -> bool:
        """May a message of this suite be looked at? Whose it is and when it came is judged later."""
        return suite in self.suites or (self.legacy is not None and suite in self.legacy.suites)


STRICT = Policy()


def legacy(partner: str, until: datetime) -> Policy:
    """STRICT, and for this partner until this moment also rsa-sha1 and SM2 or RSA over a SHA-1 digest, as published clients
    send them (real-messages 4.1). Narrower or wider: `dataclasses.replace`."""
    return Policy(legacy=Legacy(partner, until))
