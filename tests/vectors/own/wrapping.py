"""Wrapping (B70): a good signature stays good while another content is put where a careless reader looks."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.vectors.own.forge import Form, seal
from tests.vectors.own.keys import key
from tests.vectors.own.material import business, envelope, message

_EVIL = business().replace("<Quantity>11", "<Quantity>99")


def _signature(sealed: str) -> str:
    found = re.search("<ds:Signature .*</ds:Signature>", sealed, re.DOTALL)
    assert found
    return found[0]


def _evil(inside: str, *, attributes: str = "") -> bytes:
    """The attacker's envelope, with something before its end tag."""
    return envelope(_EVIL, attributes=attributes).replace("</dxp:DxpMsg>", f"{inside}</dxp:DxpMsg>").encode()


def _in_signature(where: str) -> Callable[[], bytes]:
    """The whole attacker's envelope inside the part of the signature that the enveloped transform takes away."""
    return lambda: message().replace(b"</ds:Signature>", f"{where.format(envelope(_EVIL))}</ds:Signature>".encode())


def _by_id(name: str, uri: str = "#a") -> str:
    """A message whose reference names its root by this attribute."""
    return seal(envelope(attributes=f' {name}="a"'), form=Form(attributes=f'URI="{uri}"')).decode()


def _nested(name: str) -> bytes:
    original = _by_id(name)
    signature = _signature(original)
    return _evil(f"<x>{original.replace(signature, '')}</x>{signature}", attributes=f' {name}="a"')


def _twice(*, stale_first: bool) -> bytes:
    good, own = _signature(message().decode()), _signature(seal(envelope(_EVIL), key("attacker")).decode())
    return _evil(good + own if stale_first else own + good)


def _second_data() -> bytes:
    return message().replace(b"<dxp:Data>", b"<dxp:Data>QQ==</dxp:Data><dxp:Data>", 1)


def _signed_second_data() -> bytes:
    """Signed by the partner itself: two Data, and nobody may choose between them."""
    return seal(envelope().replace("<dxp:Data>", "<dxp:Data>QQ==</dxp:Data><dxp:Data>", 1))


def _batch() -> bytes:
    return f"<Batch>{message().decode()}</Batch>".encode()


def _signature_first() -> bytes:
    return envelope(_EVIL).replace("<dxp:TransInfo>", f"{_signature(message().decode())}<dxp:TransInfo>").encode()


WRAPPING: dict[str, Callable[[], bytes]] = {
    "object": _in_signature("<ds:Object>{}</ds:Object>"),
    "manifest": _in_signature("<ds:Object><ds:Manifest><ds:Reference>{}</ds:Reference></ds:Manifest></ds:Object>"),
    "foreign-in-signature": _in_signature("{}"),
    "in-key-info": lambda: message().replace(b"</ds:KeyInfo>", f"{envelope(_EVIL)}</ds:KeyInfo>".encode()),
    "in-x509-data": lambda: message().replace(b"</ds:X509Data>", f"{envelope(_EVIL)}</ds:X509Data>".encode()),
    "in-key-name": lambda: message().replace(b"</ds:KeyName>", b"<x/></ds:KeyName>"),
    "original-inside": lambda: _evil(f"<x>{message().decode()}</x>"),
    "original-inside-signature-out": lambda: _evil(f"<x>{envelope()}</x>{_signature(message().decode())}"),
    "signature-deep": lambda: message().replace(b"<dxp:Data>", f"<dxp:Data>{_signature(message().decode())}".encode()),
    "batch": _batch,
    "id-moved": lambda: _nested("Id"),
    "ID-moved": lambda: _nested("ID"),
    "xml-id": lambda: _nested("xml:id"),
    "id-against-Id": lambda: _evil(f'<x Id="a">{envelope()}</x>{_signature(_by_id("id"))}', attributes=' id="a"'),
    "two-signatures": lambda: _twice(stale_first=False),
    "two-signatures-stale-first": lambda: _twice(stale_first=True),
    "signature-first-child": _signature_first,
    "second-data": _second_data,
    "signed-second-data": _signed_second_data,
    "second-signed-info": lambda: message().replace(b"<ds:SignatureValue>", b"<ds:SignedInfo/><ds:SignatureValue>"),
    "comment-in-digest": lambda: message().replace(b"<ds:DigestValue>", b"<ds:DigestValue><!--AAAA-->"),
    "comment-in-sender": lambda: message().replace(b"<dxp:SenderId>DXPENT", b"<dxp:SenderId>DXPENT<!-- 9999999999 -->"),
    "doctype-id": lambda: b'<!DOCTYPE r [<!ATTLIST r a ID #IMPLIED>]>' + message(),
}  # fmt: skip
