"""Signatures made without `signing`: lxml's C14N, the `openssl` command, and text put together by hand."""

import hashlib
import shutil
import subprocess
import tempfile
from base64 import b64encode
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from lxml import etree

from signing.certificate import Certificate
from signing.keys import Registry
from signing.software import SoftwareKey
from signing.suites import load_private_key

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed (Debian: openssl)")
DS = "http://www.w3.org/2000/09/xmldsig#"
OFFICIAL = "http://www.chinaport.gov.cn/2022/04/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
DISTID = "distid:1234567812345678"
NODE = "DXPENT0000000020"


def openssl(*arguments, data=None, check=True):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, timeout=60)
    assert done.returncode == 0 or not check, done.stderr.decode()
    return done


def openssl_sm3(data):
    return bytes.fromhex(openssl("dgst", "-sm3", "-r", data=data).stdout.split()[0].decode())


def raw(der):
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)


def der(value):
    return encode_dss_signature(int.from_bytes(value[:32]), int.from_bytes(value[32:]))


def openssl_signs(key, data):
    """r and s by the command, over the bytes as they are."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "in")
        given.write_bytes(data)
        how = ("-rawin", "-digest", "sm3", "-pkeyopt", DISTID)
        return raw(openssl("pkeyutl", "-sign", *how, "-inkey", key, "-in", given).stdout)


def openssl_accepts(certificate, value, data):
    with tempfile.TemporaryDirectory() as folder:
        given, signature = Path(folder, "in"), Path(folder, "sig")
        given.write_bytes(data)
        signature.write_bytes(der(value))
        how = ("-rawin", "-digest", "sm3", "-pkeyopt", DISTID, "-certin", "-inkey", certificate)
        done = openssl("pkeyutl", "-verify", *how, "-sigfile", signature, "-in", given, check=False)
        return done.returncode == 0 and b"Successfully" in done.stdout


def make_sm2_pair(folder, name, *, subject=f"/O=示例进出口有限公司/CN={NODE}", more=("-sigopt", DISTID)):
    """Key and self-signed certificate by the command."""
    key, certificate = Path(folder, f"{name}.key.pem"), Path(folder, f"{name}.cert.pem")
    openssl("ecparam", "-genkey", "-name", "SM2", "-noout", "-out", key)
    usage = ("-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign")
    how = ("-x509", "-sm3", "-new", "-utf8", "-key", key, "-subj", subject, "-days", 30)
    openssl("req", *how, *usage, *more, "-out", certificate)
    return key, certificate


def signer_of(key, certificate, *, node=NODE, suite="sm2-sm3", passphrase=None):
    loaded = load_private_key(Path(key).read_bytes(), passphrase)
    return SoftwareKey(node, suite, Certificate.read(Path(certificate).read_bytes()), loaded)


@cache
def sm2_world():
    """One SM2 node with a key of the command's making: files, signer, registry, now."""
    folder = tempfile.mkdtemp(prefix="sm2-")
    key, certificate = make_sm2_pair(folder, "node")
    signer = signer_of(key, certificate)
    registry = Registry.of_rows([(NODE, signer.certificate)])
    return SimpleNamespace(
        key=key, certificate=certificate, signer=signer, registry=registry, now=datetime.now(UTC), node=NODE
    )


def c14n(root):
    return etree.tostring(root, method="c14n")


def c14n_part(element):
    """Of a part where it stands. Written and read again, because lxml's C14N of a subtree in a default namespace is wrong;
    that this is right, `xmlsec1` says in test_enveloping."""
    lax = etree.XMLParser(collect_ids=False)  # which is not choosy about an xml:id
    return c14n(etree.fromstring(etree.tostring(element, with_tail=False), lax))


def enveloped(text, sign, *, method, digest_method, digest, key_name, before=None, prefix="ds:", blank=""):
    """The text with a signature as its last child, or before the element of that name; pretty with `blank`."""
    root = etree.fromstring(text.encode())
    value = b64encode(digest(c14n(root))).decode()
    name = prefix.rstrip(":")
    x, namespace = prefix, f'xmlns{":" if name else ""}{name}="{DS}"'
    signature = f"""<{x}Signature {namespace}>{blank}<{x}SignedInfo>{blank}<{x}CanonicalizationMethod Algorithm="{C14N}"/>{blank}\
<{x}SignatureMethod Algorithm="{method}"/>{blank}<{x}Reference URI="">{blank}<{x}Transforms>{blank}\
<{x}Transform Algorithm="{DS}enveloped-signature"/>{blank}</{x}Transforms>{blank}<{x}DigestMethod Algorithm="{digest_method}"/>{blank}\
<{x}DigestValue>{value}</{x}DigestValue>{blank}</{x}Reference>{blank}</{x}SignedInfo>{blank}<{x}SignatureValue>VALUE</{x}SignatureValue>{blank}\
<{x}KeyInfo>{blank}<{x}KeyName>{key_name}</{x}KeyName>{blank}</{x}KeyInfo>{blank}</{x}Signature>"""
    at = text.index(f"<{before}") if before else text.rindex("</")
    whole = text[:at] + signature + text[at:]
    info = next(etree.fromstring(whole.encode()).iter(f"{{{DS}}}SignedInfo"))
    return whole.replace("VALUE", b64encode(sign(c14n_part(info))).decode()).encode()


def sm2_enveloped(text, **more):
    """By the official names, signed and hashed by the command."""
    world = sm2_world()
    given = {"method": f"{OFFICIAL}sm2-sm3", "digest_method": f"{OFFICIAL}sm3", "digest": openssl_sm3}
    return enveloped(
        text, lambda data: openssl_signs(world.key, data), **(given | {"key_name": world.signer.key_name} | more)
    )


def sha1(data):
    return hashlib.sha1(data, usedforsecurity=False).digest()


def ceb(kind="CEB621Message", *, extend=True, prefix="ceb:"):
    """A message of the cross-border family, of our own making: names of the public schema, values of nobody."""
    p, extra = prefix, ""
    namespace = 'xmlns:ceb="http://www.chinaport.gov.cn/ceb"' if p else 'xmlns="http://www.chinaport.gov.cn/ceb"'
    if extend:
        extra = f"<{p}ExtendMessage><{p}name>备注</{p}name><{p}version>1</{p}version></{p}ExtendMessage>"
    guid, xsi = "0A1B2C3D-0000-4000-8000-00000000000A", "http://www.w3.org/2001/XMLSchema-instance"
    return f"""<{p}{kind} {namespace} xmlns:xsi="{xsi}" guid="{guid}" version="1.0">
  <{p}Inventory>
    <{p}InventoryHead><{p}appType>1</{p}appType><{p}orderNo>演示-0001</{p}orderNo><{p}note xsi:nil="true"></{p}note></{p}InventoryHead>
    <{p}InventoryList><{p}gnum>1</{p}gnum><{p}itemName>罐头 &amp; 茶</{p}itemName></{p}InventoryList>
  </{p}Inventory>
  <{p}BaseTransfer><{p}copCode>0000000000</{p}copCode><{p}dxpId>{NODE}</{p}dxpId></{p}BaseTransfer>
  {extra}</{p}{kind}>"""
