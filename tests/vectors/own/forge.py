"""Signatures as an attacker with a registered key would make them: any SignedInfo, with a value that is good over it.

Nothing here comes from `signing`: what it refuses must be refused for its shape, not because the value happens to be wrong.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass
from hashlib import new as digest_of

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from tests.vectors.own.keys import Key, key

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>'
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_ANY = etree.XMLParser(huge_tree=True)
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


@dataclass(frozen=True)
class Form:
    """What stands in the signature. digest: of the reference, "" for the true one over the document."""

    attributes: str = 'URI=""'
    transforms: str = ENVELOPED
    method: str = RSA_SHA256
    inside_method: str = ""
    digest_method: str = SHA256
    hash_name: str = "sha256"
    digest: str = ""
    references: int = 1
    c14n: str = C14N
    mac_key: bytes = b""
    cut: int = 0  # octets of a mac that are kept, 0 for all
    key_info: str | None = None
    inside: str = ""  # after KeyInfo


def seal(document: str, by: Key | None = None, form: Form | None = None) -> bytes:
    """The document with a signature of this form before its root's end tag."""
    by, form = by or key("enterprise"), form or Form()
    info = _signed_info(form, form.digest or _true_digest(document, form))
    whole = _with(document, _signature(info, "", form, by))
    root = etree.fromstring(whole, _ANY)
    signed = etree.tostring(next(root.iter(f"{{{DS}}}SignedInfo")), method="c14n")
    return _with(document, _signature(info, b64encode(_value(signed, form, by)).decode(), form, by))


def key_info(by: Key, *, name: str = "", certificates: tuple[bytes, ...] | None = None) -> str:
    shown = (by.der,) if certificates is None else certificates
    data = "".join(f"<ds:X509Certificate>{b64encode(der).decode()}</ds:X509Certificate>" for der in shown)
    named = f"<ds:KeyName>{name or by.name}</ds:KeyName>"
    return f"<ds:KeyInfo>{named}<ds:X509Data>{data}</ds:X509Data></ds:KeyInfo>"


def _true_digest(document: str, form: Form) -> str:
    exclusive = "xml-exc-c14n" in form.transforms
    canonical = etree.tostring(
        etree.fromstring(document.encode(), _ANY), method="c14n", exclusive=exclusive, with_comments=False
    )
    return b64encode(digest_of(form.hash_name, canonical).digest()).decode()


def _signed_info(form: Form, digest: str) -> str:
    transforms = f"<ds:Transforms>{form.transforms}</ds:Transforms>" if form.transforms else ""
    reference = (
        f'<ds:Reference {form.attributes}>{transforms}<ds:DigestMethod Algorithm="{form.digest_method}"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{form.c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{form.method}">{form.inside_method}</ds:SignatureMethod>'
        f"{reference * form.references}</ds:SignedInfo>"
    )


def _signature(info: str, value: str, form: Form, by: Key) -> str:
    shown = key_info(by) if form.key_info is None else form.key_info
    value = f"<ds:SignatureValue>{value}</ds:SignatureValue>"
    return f'<ds:Signature xmlns:ds="{DS}">{info}{value}{shown}{form.inside}</ds:Signature>'


def _with(document: str, signature: str) -> bytes:
    head, slash, tail = document.rpartition("</")
    return f"{head}{signature}{slash}{tail}".encode()


def _value(signed: bytes, form: Form, by: Key) -> bytes:
    if form.mac_key:
        mac = hmac.digest(form.mac_key, signed, "sha256")
        return mac[: form.cut] if form.cut else mac
    algorithm = hashes.SHA1() if "sha1" in form.method else hashes.SHA256()
    return by.private.sign(signed, padding.PKCS1v15(), algorithm)
