"""Seal: an enveloped signature over the whole document, made from text without a tree of the message.

A sealed message is the XML declaration, one newline, and the canonical text as it was handed in with `ds:Signature` put
before the root's end tag. Neither declaration nor newline is part of a canonical form, so both verify everywhere
(xmlsec1 and signxml in the tests); with the declaration nobody downstream needs to guess the encoding.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from lxml import etree

from mappings.parser import LIMITS, Limits, parse, parse_canonical
from signing.canonical import canonical, canonical_signed_info
from signing.certificate import Certificate
from signing.errors import KeyUnavailable, NotSealable
from signing.profile import DS, INCLUSIVE, Transform
from signing.suites import SUITES, Suite

PROLOG = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class Signer(Protocol):
    """Whoever holds a key: a file, a card, a remote service. It signs a list, so that a slow one is asked once a batch."""

    @property
    def node_id(self) -> str:
        """The node that the certificate belongs to, e.g. `DXPENT0000000001`."""

    @property
    def suite(self) -> str:
        """A name of `suites.SUITES`."""

    @property
    def key_name(self) -> str:
        """Serial of the certificate in hex."""

    @property
    def certificate(self) -> Certificate:
        """What goes into X509Certificate."""

    def sign(self, inputs: Sequence[bytes]) -> list[bytes]:
        """One signature value an input, in order, over the bytes as they are. Raises KeyUnavailable."""


def seal(messages: Sequence[bytes], *, signer: Signer, with_certificate: bool = True) -> list[bytes]:
    """Each message sealed. A message is one canonical document (inclusive C14N 1.0) without XML declaration, from its
    root's start tag to its root's end tag: the digest is taken over these bytes as they are.

    `with_certificate=False` leaves KeyName alone to name the key: e-port certificates carry personal data.
    Raises NotSealable for what has no such form; that the rest is canonical is the caller's word (`seal_document` makes it so).
    """
    suite = sealing_suite(signer)
    info = [_signed_info(message, suite) for message in messages]
    values = signer.sign([scope + body for scope, body in info])
    named = key_info(signer, with_certificate=with_certificate)
    return [
        _assemble(message, body, value, named) for message, (_, body), value in zip(messages, info, values, strict=True)
    ]


def seal_document(data: bytes, *, signer: Signer, with_certificate: bool = True, limits: Limits = LIMITS) -> bytes:
    """Any well-formed document within the parser's policy, made canonical and sealed. Raises ParseRefused, SigningError."""
    root = parse(data, limits=limits)
    if next(root.iter(f"{{{DS}}}Signature"), None) is not None:
        raise NotSealable("SIG_MULTI")
    return seal([canonical(root)], signer=signer, with_certificate=with_certificate)[0]


def sealing_suite(signer: Signer) -> Suite:
    """The signer's suite. Raises KeyUnavailable for one that only verifies: nothing new is sealed over SHA-1, by no signer."""
    suite = SUITES[signer.suite]
    if suite.sign is None:
        raise KeyUnavailable(f"{suite.name} 只用于验签 ({suite.name} only verifies)")
    return suite


# In a canonical document attribute values stand in double quotes and may hold a bare ">".
_START_TAG = re.compile(rb'<([^\s/>!?"]++)[^">]*+(?:"[^"]*+"[^">]*+)*+>')


def _signed_info(message: bytes, suite: Suite) -> tuple[bytes, bytes]:
    """SignedInfo in two pieces: its start tag with the inherited namespaces, as it is signed, and the rest, which is the
    same text as it is signed and as it is written."""
    start = _START_TAG.match(message)
    if not start or not message.endswith(b"</" + start[1] + b">"):
        detail = "要签名的不是一份从开始标记到结束标记的规范文档 (not one canonical document from start tag to end tag)"
        raise NotSealable("SIG_MALFORMED", detail=detail)
    return _scope(start[0], start[1]), _body(suite) % b64encode(suite.digest(message))


@lru_cache(maxsize=256)
def _scope(start_tag: bytes, name: bytes) -> bytes:
    """SignedInfo's canonical start tag under this root: libxml2 itself says which namespaces and `xml:` attributes it takes."""
    inside = b'<ds:Signature xmlns:ds="%s"><ds:SignedInfo></ds:SignedInfo></ds:Signature>' % DS.encode()
    try:
        root = parse_canonical(start_tag + inside + b"</" + name + b">")
    except etree.XMLSyntaxError as error:
        raise NotSealable("SIG_MALFORMED", detail=str(error)) from None
    return canonical_signed_info(root[0][0], INCLUSIVE).removesuffix(b"</ds:SignedInfo>")


@lru_cache
def _body(suite: Suite) -> bytes:
    """SignedInfo after its start tag, in canonical form: no empty-element tags, no white space. One place for the digest."""
    return (
        f'<ds:CanonicalizationMethod Algorithm="{Transform.INCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{suite.method}"></ds:SignatureMethod>'
        '<ds:Reference URI=""><ds:Transforms>'
        f'<ds:Transform Algorithm="{Transform.ENVELOPED}"></ds:Transform>'
        "</ds:Transforms>"
        f'<ds:DigestMethod Algorithm="{suite.digest_method}"></ds:DigestMethod>'
        "<ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    ).encode()


def key_info(signer: Signer, *, with_certificate: bool) -> bytes:
    certificate = b""
    if with_certificate:
        text = b64encode(signer.certificate.der)
        certificate = b"<ds:X509Data><ds:X509Certificate>" + text + b"</ds:X509Certificate></ds:X509Data>"
    return b"<ds:KeyInfo><ds:KeyName>" + signer.key_name.encode() + b"</ds:KeyName>" + certificate + b"</ds:KeyInfo>"


def _assemble(message: bytes, body: bytes, value: bytes, named: bytes) -> bytes:
    end = message.rindex(b"</")
    return b"".join((
        PROLOG, message[:end],
        b'<ds:Signature xmlns:ds="', DS.encode(), b'"><ds:SignedInfo>', body,
        b"<ds:SignatureValue>", b64encode(value), b"</ds:SignatureValue>", named, b"</ds:Signature>",
        message[end:],
    ))  # fmt: skip
