"""Reading `ds:Signature`: where it may stand and what may stand in it. Nothing here touches a key.

Nothing may hide: every element inside the signature is known by name and place, because the enveloped transform leaves
all of it unsigned (SIG_WRAP), and the one Reference means the document's root, never another element (profile, Signature).
The other form, in which the signature is the root and holds what it signs, is read by `enveloping` with the same parts.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass

from lxml import etree

from mappings.parser import children, local, whole_text
from signing.canonical import elements, malformed, read_canonicalization
from signing.errors import NotVerified
from signing.profile import DS, INCLUSIVE, IS_EXCLUSIVE, Canonicalization, Policy, Transform
from signing.suites import Suite, by_method

_DS = f"{{{DS}}}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature says, not yet believed."""

    element: etree._Element
    signed_info: etree._Element
    suite: Suite
    of_info: Canonicalization  # of SignedInfo
    of_content: Canonicalization  # of what is signed: the root without the signature, or the Object
    digest: bytes | None  # None: not base64
    value: bytes | None
    key_names: tuple[str, ...]
    certificates: tuple[bytes | None, ...]  # DER in the order given


def read_signature(root: etree._Element, policy: Policy) -> Signature:
    """The one enveloped signature of this document. Raises NotVerified naming what is outside the profile."""
    element = _find(root)
    signed_info, value, *rest = signature_parts(element)
    of_info, suites, reference = read_signed_info(signed_info, policy)
    _check_target(reference, root)
    suite, transforms, digest = read_reference(reference, suites)
    of_content = _read_transforms(transforms)
    if [child.tag for child in rest] not in ([], [f"{_DS}KeyInfo"]):
        raise NotVerified("SIG_WRAP")
    key_names, certificates = read_key_info(rest[0] if rest else None, policy)
    return Signature(element, signed_info, suite, of_info, of_content, digest, base64(value), key_names, certificates)


def _find(root: etree._Element) -> etree._Element:
    """The signature that is a child of the root, and the only one anywhere outside of itself."""
    everywhere = list(root.iter(f"{_DS}Signature"))
    own = [element for element in everywhere if element.getparent() is root]
    if not everywhere:
        raise NotVerified("SIG_MISSING")
    if not own:
        raise NotVerified("SIG_WRAP")
    if len(everywhere) > len(list(own[0].iter(f"{_DS}Signature"))):
        raise NotVerified("SIG_MULTI")
    return own[0]


def signature_parts(signature: etree._Element) -> list[etree._Element]:
    """SignedInfo, SignatureValue and whatever follows."""
    parts = elements(signature)
    if [child.tag for child in parts[:2]] != [f"{_DS}SignedInfo", f"{_DS}SignatureValue"]:
        raise malformed("SignedInfo, SignatureValue")
    return parts


def read_signed_info(
    signed_info: etree._Element, policy: Policy
) -> tuple[Canonicalization, tuple[Suite, ...], etree._Element]:
    """Its canonicalization, the suites that its method may mean, and its one Reference."""
    parts = elements(signed_info)
    names = [child.tag for child in parts]
    if names[:2] != [f"{_DS}CanonicalizationMethod", f"{_DS}SignatureMethod"]:
        raise malformed("CanonicalizationMethod, SignatureMethod")
    of_info = read_canonicalization(parts[0])
    suites = _suites(parts[1], policy)
    if names[2:] != [f"{_DS}Reference"]:
        raise NotVerified("SIG_REF", detail=f"引用有 {len(parts) - 2} 个 ({len(parts) - 2} references)")
    return of_info, suites, parts[2]


def _suites(method: etree._Element, policy: Policy) -> tuple[Suite, ...]:
    name = method.get("Algorithm", "")
    admitted = tuple(suite for suite in by_method(name) if policy.admits(suite.name))
    if not admitted:
        raise NotVerified("SIG_ALGO", found=name)
    if elements(method):
        raise malformed(f"SignatureMethod: {local(children(method)[0])}")
    return admitted


def read_reference(
    reference: etree._Element, suites: tuple[Suite, ...]
) -> tuple[Suite, etree._Element | None, bytes | None]:
    """The suite that its digest method chooses, its Transforms where it has some, and its digest."""
    parts = elements(reference)
    transforms = parts.pop(0) if parts and parts[0].tag == f"{_DS}Transforms" else None
    if [child.tag for child in parts] != [f"{_DS}DigestMethod", f"{_DS}DigestValue"]:
        raise malformed("Transforms, DigestMethod, DigestValue")
    method, value = parts
    name = method.get("Algorithm", "")
    chosen = next((suite for suite in suites if suite.digest_method == name), None)
    if chosen is None:
        raise NotVerified("SIG_ALGO", found=name)
    if elements(method):
        raise malformed("DigestMethod")
    return chosen, transforms, base64(value)


def bearers(root: etree._Element, identifier: str) -> list[etree._Element]:
    """The elements that carry this id, under any spelling that some reader takes for one: Id, ID, id, xml:id, wsu:Id."""
    found = _BEARERS(root, identifier=identifier)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


_BEARERS = etree.XPath("/descendant::*[@*[translate(local-name(), 'ID', 'id') = 'id' and . = $identifier]]")


def _check_target(reference: etree._Element, root: etree._Element) -> None:
    """The reference must mean the root: by `""`, or by an id of the root that no other element carries."""
    uri = reference.get("URI")
    if uri is None or reference.get("Type") is not None or (uri and not uri.startswith("#")):
        raise NotVerified("SIG_REF", detail=f"URI={uri}")
    if uri == "":
        return
    found = bearers(root, uri[1:])
    if found == [root]:
        return
    # A whole document hidden in another one is an attack; a part signed on its own is another profile.
    hidden = any(element is root or element.tag == root.tag for element in found)
    raise NotVerified("SIG_WRAP") if hidden else NotVerified("SIG_REF", detail=f"URI={uri}")


def _read_transforms(transforms: etree._Element | None) -> Canonicalization:
    """Enveloped, and at most one canonicalization behind it."""
    parts = elements(transforms) if transforms is not None else []
    for place, transform in enumerate(parts):
        name = transform.get("Algorithm", "")
        wanted = name == Transform.ENVELOPED and not len(transform) if place == 0 else name in IS_EXCLUSIVE
        if transform.tag != f"{_DS}Transform" or not wanted or place > 1:
            raise NotVerified("SIG_TRANSFORM", found=name)
    if not parts:
        raise NotVerified("SIG_TRANSFORM", found="—")
    return read_canonicalization(parts[1]) if len(parts) == 2 else INCLUSIVE


_X509_NAMES = {f"{_DS}X509SubjectName", f"{_DS}X509IssuerSerial", f"{_DS}X509SKI"}


def read_key_info(key_info: etree._Element | None, policy: Policy) -> tuple[tuple[str, ...], tuple[bytes | None, ...]]:
    """Names and certificates. A bare key or a place to fetch one names no registered certificate."""
    names: list[str] = []
    certificates: list[bytes | None] = []
    for child in elements(key_info) if key_info is not None else ():
        if child.tag == f"{_DS}KeyName":
            names.append(_leaf(child).strip())
        elif child.tag == f"{_DS}X509Data":
            certificates += _read_x509_data(child)
        elif str(child.tag).startswith(_DS):
            raise NotVerified("SIG_KEY", detail=local(child))
        else:
            raise NotVerified("SIG_WRAP")
    if len(certificates) > policy.certificates:
        raise NotVerified("SIG_KEY", detail=f"X509Certificate × {len(certificates)}")
    return tuple(names), tuple(certificates)


def _read_x509_data(data: etree._Element) -> list[bytes | None]:
    certificates: list[bytes | None] = []
    for child in elements(data):
        if child.tag == f"{_DS}X509Certificate":
            certificates.append(base64(child))
        elif child.tag not in _X509_NAMES or any(not str(inside.tag).startswith(_DS) for inside in child.iter("*")):
            raise NotVerified("SIG_WRAP")
    return certificates


def _leaf(element: etree._Element) -> str:
    if children(element):
        raise NotVerified("SIG_WRAP")
    return whole_text(element)


def base64(element: etree._Element) -> bytes | None:
    """The bytes, with line breaks allowed (real-messages 4.1). None for what is not base64: then nothing equals it."""
    try:
        return b64decode("".join(_leaf(element).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
