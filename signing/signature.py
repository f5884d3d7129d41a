"""Reading `ds:Signature`: where it may stand and what may stand in it. Nothing here touches a key.

Nothing may hide: every element inside the signature is known by name and place, because the enveloped transform leaves
all of it unsigned (SIG_WRAP), and the one Reference means the document's root, never another element (profile, Signature).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass

from lxml import etree

from mappings.parser import children, local, whole_text
from signing.errors import NotVerified
from signing.profile import DS, INCLUSIVE, IS_EXCLUSIVE, REFUSED_CANONICALIZATIONS, Canonicalization, Policy, Transform
from signing.suites import BY_METHOD, Suite

_DS = f"{{{DS}}}"
_INCLUSIVE_NAMESPACES = f"{{{Transform.EXCLUSIVE}}}InclusiveNamespaces"
_ID_NAMES = ("Id", "ID", "id")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature says, not yet believed."""

    element: etree._Element
    signed_info: etree._Element
    suite: Suite
    of_info: Canonicalization  # of SignedInfo
    of_document: Canonicalization  # of the root without the signature
    digest: bytes | None  # None: not base64
    value: bytes | None
    key_names: tuple[str, ...]
    certificates: tuple[bytes | None, ...]  # DER in the order given


def read_signature(root: etree._Element, policy: Policy) -> Signature:
    """The one signature of this document. Raises NotVerified naming what is outside the profile."""
    element = _find(root)
    first = _elements(element)
    if [child.tag for child in first[:2]] != [f"{_DS}SignedInfo", f"{_DS}SignatureValue"]:
        raise _malformed("SignedInfo, SignatureValue")
    signed_info = first[0]
    suite, of_info, reference = _read_signed_info(signed_info, policy)
    of_document, digest = _read_reference(reference, root, suite)
    if [child.tag for child in first[2:]] not in ([], [f"{_DS}KeyInfo"]):
        raise NotVerified("SIG_WRAP")
    key_names, certificates = _read_key_info(first[2], policy) if first[2:] else ((), ())
    value = _base64(first[1])
    return Signature(element, signed_info, suite, of_info, of_document, digest, value, key_names, certificates)


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


def _read_signed_info(signed_info: etree._Element, policy: Policy) -> tuple[Suite, Canonicalization, etree._Element]:
    parts = _elements(signed_info)
    names = [child.tag for child in parts]
    if names[:2] != [f"{_DS}CanonicalizationMethod", f"{_DS}SignatureMethod"]:
        raise _malformed("CanonicalizationMethod, SignatureMethod")
    of_info = _canonicalization(parts[0])
    suite = _suite(parts[1], policy)
    if names[2:] != [f"{_DS}Reference"]:
        raise NotVerified("SIG_REF", detail=f"引用有 {len(parts) - 2} 个 ({len(parts) - 2} references)")
    return suite, of_info, parts[2]


def _canonicalization(method: etree._Element) -> Canonicalization:
    name = method.get("Algorithm", "")
    if name in REFUSED_CANONICALIZATIONS:
        raise NotVerified("SIG_C14N", found=name)
    if name not in IS_EXCLUSIVE:
        raise NotVerified("SIG_ALGO", found=name)
    return Canonicalization(IS_EXCLUSIVE[name], _prefixes(method, exclusive=IS_EXCLUSIVE[name]))


def _prefixes(method: etree._Element, *, exclusive: bool) -> tuple[str, ...]:
    inside = _elements(method)
    if not inside:
        return ()
    if not exclusive or [child.tag for child in inside] != [_INCLUSIVE_NAMESPACES] or _elements(inside[0]):
        raise _malformed(f"{local(method)}: {local(inside[0])}")
    return tuple(inside[0].get("PrefixList", "").split())


def _suite(method: etree._Element, policy: Policy) -> Suite:
    name = method.get("Algorithm", "")
    suite = BY_METHOD.get(name)
    if suite is None or suite.name not in policy.suites:
        raise NotVerified("SIG_ALGO", found=name)
    if _elements(method):
        raise _malformed(f"SignatureMethod: {local(children(method)[0])}")
    return suite


def _read_reference(
    reference: etree._Element, root: etree._Element, suite: Suite
) -> tuple[Canonicalization, bytes | None]:
    _check_target(reference, root)
    parts = _elements(reference)
    names = [child.tag for child in parts]
    if names == [f"{_DS}DigestMethod", f"{_DS}DigestValue"]:
        raise NotVerified("SIG_TRANSFORM", found="—")
    if names != [f"{_DS}Transforms", f"{_DS}DigestMethod", f"{_DS}DigestValue"]:
        raise _malformed("Transforms, DigestMethod, DigestValue")
    if parts[1].get("Algorithm") != suite.digest_method:
        raise NotVerified("SIG_ALGO", found=parts[1].get("Algorithm", ""))
    if _elements(parts[1]):
        raise _malformed("DigestMethod")
    return _read_transforms(parts[0]), _base64(parts[2])


def _check_target(reference: etree._Element, root: etree._Element) -> None:
    """The reference must mean the root: by `""`, or by an id of the root that no other element carries."""
    uri = reference.get("URI")
    if uri is None or reference.get("Type") is not None or (uri and not uri.startswith("#")):
        raise NotVerified("SIG_REF", detail=f"URI={uri}")
    if uri == "":
        return
    bearers = [element for element in root.iter("*") if uri[1:] in (element.get(name) for name in _ID_NAMES)]
    if bearers == [root]:
        return
    # A whole document hidden in another one is an attack; a part signed on its own is another profile.
    hidden = any(element is root or element.tag == root.tag for element in bearers)
    raise NotVerified("SIG_WRAP") if hidden else NotVerified("SIG_REF", detail=f"URI={uri}")


def _read_transforms(transforms: etree._Element) -> Canonicalization:
    parts = _elements(transforms)
    for place, transform in enumerate(parts):
        name = transform.get("Algorithm", "")
        wanted = name == Transform.ENVELOPED and not len(transform) if place == 0 else name in IS_EXCLUSIVE
        if transform.tag != f"{_DS}Transform" or not wanted or place > 1:
            raise NotVerified("SIG_TRANSFORM", found=name)
    if not parts:
        raise NotVerified("SIG_TRANSFORM", found="—")
    return _canonicalization(parts[1]) if len(parts) == 2 else INCLUSIVE


_X509_NAMES = {f"{_DS}X509SubjectName", f"{_DS}X509IssuerSerial", f"{_DS}X509SKI"}


def _read_key_info(key_info: etree._Element, policy: Policy) -> tuple[tuple[str, ...], tuple[bytes | None, ...]]:
    """Names and certificates. A bare key or a place to fetch one names no registered certificate."""
    names: list[str] = []
    certificates: list[bytes | None] = []
    for child in _elements(key_info):
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
    for child in _elements(data):
        if child.tag == f"{_DS}X509Certificate":
            certificates.append(_base64(child))
        elif child.tag not in _X509_NAMES or any(not str(inside.tag).startswith(_DS) for inside in child.iter("*")):
            raise NotVerified("SIG_WRAP")
    return certificates


def _elements(parent: etree._Element) -> list[etree._Element]:
    """Child elements of an element that holds no text."""
    if whole_text(parent).strip():
        raise _malformed(f"{local(parent)}: text")
    return children(parent)


def _leaf(element: etree._Element) -> str:
    if children(element):
        raise NotVerified("SIG_WRAP")
    return whole_text(element)


def _base64(element: etree._Element) -> bytes | None:
    """The bytes, with line breaks allowed (real-messages 4.1). None for what is not base64: then nothing equals it."""
    try:
        return b64decode("".join(_leaf(element).split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _malformed(detail: str) -> NotVerified:
    return NotVerified("SIG_MALFORMED", detail=detail)
