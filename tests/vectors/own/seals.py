"""Seals that an attacker, a broken client or a careless partner may send (B57-B70), on the platform's own envelope.

Where it can be, the signature is cryptographically good over what it says: the refusal must come from the profile.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from tests.vectors.own.forge import DS, ENVELOPED, Form, key_info, seal
from tests.vectors.own.keys import key
from tests.vectors.own.material import business, envelope, message

_OTHER = business().replace("<Quantity>11", "<Quantity>99")
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_CHINAPORT = "http://www.chinaport.gov.cn/2022/04/xmldsig#"
_XSLT = "http://www.w3.org/1999/XSL/Transform"


def _edited(pattern: str, new: str) -> Callable[[], bytes]:
    """The good message with one place other than it was sealed."""

    def make() -> bytes:
        text, count = re.subn(pattern, lambda _: new, message().decode(), count=1, flags=re.DOTALL)
        assert count == 1, pattern
        return text.encode()

    return make


def _formed(**parts: object) -> Callable[[], bytes]:
    return lambda: message(form=Form(**parts))  # type: ignore[arg-type]


def _keyed(shown: Callable[[], str], by: str = "enterprise") -> Callable[[], bytes]:
    return lambda: message(by=key(by), form=Form(key_info=shown()))


def _mac(secret: Callable[[], bytes], bits: int = 0) -> Callable[[], bytes]:
    length = f"<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>" if bits else ""
    method = f"{_MORE}hmac-sha256"
    return lambda: message(form=Form(method=method, mac_key=secret(), cut=bits // 8, inside_method=length))


def _transformed(inside: str, algorithm: str) -> Callable[[], bytes]:
    return _formed(transforms=f'{ENVELOPED}<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>')


def _xslt(body: str) -> str:
    return f'<s:stylesheet version="1.0" xmlns:s="{_XSLT}"><s:template match="/">{body}</s:template></s:stylesheet>'


def _retrieval(uri: str) -> str:
    return f'<ds:KeyInfo><ds:RetrievalMethod URI="{uri}" Type="{DS}rawX509Certificate"/></ds:KeyInfo>'


def _key_value() -> str:
    numbers = key("attacker").private.public_key().public_numbers()
    n, e = (b64encode(x.to_bytes((x.bit_length() + 7) // 8)).decode() for x in (numbers.n, numbers.e))
    rsa = f"<ds:RSAKeyValue><ds:Modulus>{n}</ds:Modulus><ds:Exponent>{e}</ds:Exponent></ds:RSAKeyValue>"
    return f"<ds:KeyInfo><ds:KeyValue>{rsa}</ds:KeyValue></ds:KeyInfo>"


def _chain(*names: str) -> Callable[[], str]:
    """KeyInfo that names the first and shows the certificates of all."""
    return lambda: key_info(key(names[0]), certificates=tuple(key(name).der for name in names))


def _pretty() -> bytes:
    return message().replace(b"><", b">\n  <")


def _void() -> bytes:
    """A document without canonical form (a relative namespace), and the digest of nothing."""
    nothing = b64encode(sha256(b"").digest()).decode()
    text = envelope(attributes=' xmlns:rel="relative/name"')
    by_hand = seal(envelope(), form=Form(digest=nothing)).decode()
    return text.replace("</dxp:DxpMsg>", by_hand[by_hand.index("<ds:Signature ") :]).encode()


SEALS: dict[str, Callable[[], bytes]] = {
    "good": message,
    "good-exclusive": _formed(transforms=f'{ENVELOPED}<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'),
    "unsigned": lambda: envelope().encode(),
    "payload-changed": _edited("<dxp:Data>[^<]+", f"<dxp:Data>{b64encode(_OTHER.encode()).decode()}"),
    "receiver-changed": _edited("DXPEDC0000000001</dxp:ReceiverId>", "DXPENT9999999999</dxp:ReceiverId>"),
    "pretty-printed": _pretty,
    "prefix-renamed": lambda: message().replace(b"dxp:", b"p:").replace(b"xmlns:dxp", b"xmlns:p"),
    "value-damaged": _edited("<ds:SignatureValue>.", "<ds:SignatureValue>"),
    "value-empty": _edited("<ds:SignatureValue>[^<]*", "<ds:SignatureValue>"),
    "value-no-base64": _edited("<ds:SignatureValue>.", "<ds:SignatureValue>*"),
    "no-reference": _formed(references=0),
    "value-twice": _edited("<ds:SignatureValue>[^<]*</ds:SignatureValue>", "<ds:SignatureValue/><ds:SignatureValue/>"),
    "text-in-signed-info": _edited("<ds:SignedInfo>", "<ds:SignedInfo>x"),
    "digest-of-nobody": _formed(digest="AAAA"),
    "rsa-sha1": _formed(method=f"{DS}rsa-sha1"),
    "digest-md5": _formed(digest_method=f"{_MORE}md5", hash_name="md5"),
    "method-empty": _formed(method=""),
    "method-unknown": _formed(method="urn:none"),
    "sm2-claimed": _formed(method=f"{_CHINAPORT}sm2-sm3", digest_method=f"{_CHINAPORT}sm3", hash_name="sm3"),
    "hmac": _mac(lambda: b"secret"),
    "hmac-certificate": _mac(lambda: key("enterprise").pem),
    "hmac-0": _mac(lambda: b"secret", 8),
    "hmac-40": _mac(lambda: b"secret", 40),
    "attacker-with-certificate": lambda: message(by=key("attacker")),
    "attacker-without-key-info": _keyed(str, "attacker"),
    "attacker-under-victims-name": _keyed(lambda: key_info(key("enterprise"), certificates=()), "attacker"),
    "bare-key-value": _keyed(_key_value, "attacker"),
    "two-certificates": _keyed(_chain("attacker", "enterprise"), "attacker"),
    "victim-first-attacker-second": _keyed(_chain("enterprise", "attacker"), "attacker"),
    "name-of-one-certificate-of-other": _keyed(lambda: key_info(key("stranger"), name=key("enterprise").name)),
    "retrieval-http": _keyed(lambda: _retrieval("http://127.0.0.1:9/key")),
    "retrieval-file": _keyed(lambda: _retrieval("file:///etc/hostname")),
    "expired": lambda: message(by=key("expired")),
    "not-yet-valid": lambda: message(by=key("not yet")),
    "revoked": lambda: message(by=key("revoked")),
    "wrong-usage": lambda: message(by=key("no signing")),
    "rsa-1024": lambda: message(by=key("weak")),
    "rogue-authority": lambda: message(by=key("rogue")),
    "rogue-authority-chain": _keyed(_chain("rogue", "rogue authority"), "rogue"),
    "good-chain": _keyed(_chain("enterprise", "authority")),
    "other-enterprise": lambda: message(by=key("stranger")),
    "sender-nobody": lambda: message(by=key("stranger"), sender="DXPENT9999999999"),
    "addressee-other": lambda: message(receiver="DXPEDC9999999999"),
    "reference-http": _formed(attributes='URI="http://127.0.0.1:9/doc.xml"'),
    "reference-file": _formed(attributes='URI="file:///etc/hostname"'),
    "reference-missing-id": _formed(attributes='URI="#nowhere"'),
    "reference-xpointer": _formed(attributes='URI="#xpointer(/)"'),
    "reference-without-uri": _formed(attributes=""),
    "reference-twice": _formed(references=2),
    "reference-manifest": _formed(attributes=f'URI="" Type="{DS}Manifest"'),
    "xpath": _transformed("<ds:XPath>not(ancestor-or-self::*[local-name()='Data'])</ds:XPath>", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
    "xslt-constant": _transformed(_xslt("same"), "http://www.w3.org/TR/1999/REC-xslt-19991116"),
    "xslt-document": _transformed(_xslt('<s:copy-of select="document(\'http://127.0.0.1:9/\')"/>'), "http://www.w3.org/TR/1999/REC-xslt-19991116"),
    "xslt-endless": _transformed(_xslt('<s:apply-templates select="/"/>'), "http://www.w3.org/TR/1999/REC-xslt-19991116"),
    "base64-transform": _transformed("", f"{DS}base64"),
    "transforms-500": _formed(transforms=ENVELOPED * 500),
    "transforms-500-c14n": _formed(transforms=ENVELOPED + '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>' * 500),
    "no-enveloped": _formed(transforms=""),
    "void-canonicalization": _void,
}  # fmt: skip
