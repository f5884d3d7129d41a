"""The enveloping form of the attachment interface: the signature is the root and holds what it signs (real-messages 3.6).

ds:Signature
  SignedInfo       one Reference, URI="#001", no transform or one canonicalization
  SignatureValue
  KeyInfo          may be left out by others; we write it
  Object Id="001"  holds one element: Package

As strict as the enveloped form (`signature`): nothing stands in the signature that is not named here, the reference means
this Object and no other element carries its id, and what comes back is read from the canonical form that was verified.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from mappings.parser import parse, parse_canonical
from signing.canonical import (
    canonical,
    canonical_part,
    canonical_signed_info,
    elements,
    malformed,
    read_canonicalization,
)
from signing.errors import NotSealable, NotVerified
from signing.keys import Registry
from signing.profile import DS, INCLUSIVE, IS_EXCLUSIVE, STRICT, Canonicalization, Policy, Transform
from signing.sign import PROLOG, Signer, key_info, sealing_suite
from signing.signature import (
    Signature,
    base64,
    bearers,
    read_key_info,
    read_reference,
    read_signed_info,
    signature_parts,
)
from signing.suites import Suite
from signing.verify import Verified, check_signature

_DS = f"{{{DS}}}"
OBJECT_TYPE = f"{DS}Object"
OBJECT_ID = "001"


def seal(messages: Sequence[bytes], *, signer: Signer, with_certificate: bool = True) -> list[bytes]:
    """Each document sealed as the one element of an Object. It may have any form within the parser's policy; what is written
    is canonical. Raises ParseRefused, SigningError."""
    suite = sealing_suite(signer)
    text = key_info(signer, with_certificate=with_certificate)
    roots = [_unsigned(message, suite, text) for message in messages]
    values = signer.sign([canonical_signed_info(root[0], INCLUSIVE) for root in roots])
    for root, value in zip(roots, values, strict=True):
        root[1].text = b64encode(value).decode()
    return [PROLOG + canonical(root) for root in roots]


def verify(
    data: bytes,
    *,
    registry: Registry,
    at: datetime,
    stated: datetime | None = None,
    sender: str | None = None,
    policy: Policy = STRICT,
) -> Verified:
    """The verified content of the Object, as a document of its own. The parameters are those of `verify.verify`.
    Raises ParseRefused, or NotVerified with a code SIG_*."""
    root = parse(data, limits=policy.limits)
    signature = read_enveloping(root, policy)
    signed = canonical_signed_info(signature.signed_info, signature.of_info)
    content = canonical_part(signature.element, signature.of_content)
    certificate = check_signature(signature, signed, content, registry, at, stated, sender, policy)
    return Verified(_only_element(content), registry.owner(certificate), certificate, signature.suite.name)


def read_enveloping(root: etree._Element, policy: Policy) -> Signature:
    """What the signature says; its `element` is the Object. Raises NotVerified naming what is outside the profile."""
    if root.tag != f"{_DS}Signature":
        raise NotVerified("SIG_WRAP" if next(root.iter(f"{_DS}Signature"), None) is not None else "SIG_MISSING")
    if len(list(root.iter(f"{_DS}Signature"))) > 1:
        raise NotVerified("SIG_MULTI")
    signed_info, value, *rest = signature_parts(root)
    of_info, suites, reference = read_signed_info(signed_info, policy)
    if [child.tag for child in rest] not in ([f"{_DS}Object"], [f"{_DS}KeyInfo", f"{_DS}Object"]):
        raise NotVerified("SIG_WRAP")
    *info, held = rest
    _check_target(reference, held, root)
    suite, transforms, digest = read_reference(reference, suites)
    of_content = _read_transforms(transforms)
    names, certificates = read_key_info(info[0] if info else None, policy)
    return Signature(held, signed_info, suite, of_info, of_content, digest, base64(value), names, certificates)


def _check_target(reference: etree._Element, held: etree._Element, root: etree._Element) -> None:
    """The reference must mean the one Object, by an id that nothing else carries."""
    for element, allowed in ((root, {"Id"}), (held, {"Id"}), (reference, {"Id", "URI", "Type"})):
        if other := sorted({str(name) for name in element.attrib} - allowed):
            raise malformed(f"{other[0]}")
    identifier, uri, kind = held.get("Id", ""), reference.get("URI"), reference.get("Type", OBJECT_TYPE)
    if not identifier or uri != f"#{identifier}" or kind != OBJECT_TYPE:
        raise NotVerified("SIG_REF", detail=f"URI={uri}")
    if bearers(root, identifier) != [held]:
        raise NotVerified("SIG_WRAP")


def _read_transforms(transforms: etree._Element | None) -> Canonicalization:
    """None, or one canonicalization."""
    parts = elements(transforms) if transforms is not None else []
    if not parts:
        return INCLUSIVE  # what has no transform is digested in this form (XMLDSig 4.4.3.2)
    for place, transform in enumerate(parts):
        name = transform.get("Algorithm", "")
        if transform.tag != f"{_DS}Transform" or name not in IS_EXCLUSIVE or place:
            raise NotVerified("SIG_TRANSFORM", found=name)
    return read_canonicalization(parts[0])


def _only_element(content: bytes) -> etree._Element:
    """The Object's one child as a document of its own, with the namespaces that were signed around it."""
    held = parse_canonical(content)
    inside = elements(held)
    if len(inside) != 1:
        raise malformed(f"Object: {len(inside)}")
    return parse_canonical(canonical_part(inside[0], INCLUSIVE))


def _unsigned(message: bytes, suite: Suite, info: bytes) -> etree._Element:
    """The whole tree with its digest, but no value yet."""
    content = parse(message)
    if next(content.iter(f"{_DS}Signature"), None) is not None:
        raise NotSealable("SIG_MULTI")
    root = parse_canonical(_template(suite).replace(b"<ds:KeyInfo/>", info) % canonical(content))
    if bearers(root, OBJECT_ID) != [root[-1]]:
        raise NotSealable("SIG_MALFORMED", detail=f"Id={OBJECT_ID}")
    digest = next(root.iter(f"{_DS}DigestValue"))
    digest.text = b64encode(suite.digest(canonical_part(root[-1], INCLUSIVE))).decode()
    return root


def _template(suite: Suite) -> bytes:
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{Transform.INCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{suite.method}"/>'
        f'<ds:Reference URI="#{OBJECT_ID}"><ds:DigestMethod Algorithm="{suite.digest_method}"/><ds:DigestValue/></ds:Reference>'
        "</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo/>"
        f'<ds:Object Id="{OBJECT_ID}">%s</ds:Object></ds:Signature>'
    ).encode()
