"""Two independent implementations, both ways: the xmlsec1 command and signxml."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml import CanonicalizationMethod, SignatureConfiguration, SignatureMethod, XMLSigner, XMLVerifier, methods

from signing.profile import DigestMethod
from signing.profile import SignatureMethod as Method
from signing.sign import seal
from signing.suites import SUITES
from signing.verify import verify
from tests.signing.conftest import DXP
from tests.signing.test_seal import ROOTS

needs_xmlsec1 = pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is not installed (Debian: xmlsec1)")
INCLUSIVE = CanonicalizationMethod.CANONICAL_XML_1_0


def xmlsec1(*arguments):
    return subprocess.run(["xmlsec1", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def key_files(signer, folder):
    key, certificate = folder / "key.pem", folder / "cert.pem"
    key.write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(signer.certificate.pem())
    return key, certificate


def xmlsec1_accepts(sealed, signer, folder):
    _, certificate = key_files(signer, folder)
    message = folder / "sealed.xml"
    message.write_bytes(sealed)
    by_name = f"--pubkey-cert-pem:{signer.key_name}"
    done = xmlsec1("--verify", "--enabled-key-data", "key-name", by_name, certificate, message)
    return done.returncode == 0


@needs_xmlsec1
@pytest.mark.parametrize("with_certificate", [True, False])
def test_xmlsec1_verifies_what_we_seal(any_signer, tmp_path, with_certificate):
    (sealed,) = seal([DXP], signer=any_signer, with_certificate=with_certificate)
    assert xmlsec1_accepts(sealed, any_signer, tmp_path)
    assert not xmlsec1_accepts(sealed.replace(b"5rWL", b"5rWM"), any_signer, tmp_path)


@needs_xmlsec1
@pytest.mark.parametrize("text", ROOTS.values(), ids=ROOTS)
def test_xmlsec1_verifies_any_root(signer, tmp_path, text):
    """Inherited namespaces and `xml:` attributes of SignedInfo are as the other implementation sees them."""
    assert xmlsec1_accepts(seal([text.encode()], signer=signer)[0], signer, tmp_path)


@needs_xmlsec1
@pytest.mark.parametrize("text", [DXP.decode(), *ROOTS.values()], ids=["envelope", *ROOTS])
@pytest.mark.parametrize(
    "transform",
    ["", "http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"],
)
def test_we_verify_what_xmlsec1_seals(world, any_signer, tmp_path, text, transform):
    suite = SUITES[any_signer.suite]
    more = f'<ds:Transform Algorithm="{transform}"/>' if transform else ""
    end = text.rindex("</")
    template = f"""{text[:end]}<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm="{transform.partition("#With")[0] or "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"}"/>
    <ds:SignatureMethod Algorithm="{suite.method}"/>
    <ds:Reference URI="">
      <ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>{more}</ds:Transforms>
      <ds:DigestMethod Algorithm="{suite.digest_method}"/>
      <ds:DigestValue/>
    </ds:Reference>
  </ds:SignedInfo>
  <ds:SignatureValue/>
  <ds:KeyInfo><ds:KeyName>{any_signer.key_name}</ds:KeyName><ds:X509Data/></ds:KeyInfo>
</ds:Signature>{text[end:]}"""
    unsigned, sealed = tmp_path / "template.xml", tmp_path / "sealed.xml"
    unsigned.write_text(template, encoding="utf-8")
    key, certificate = key_files(any_signer, tmp_path)
    named = f"--privkey-pem:{any_signer.key_name}"
    done = xmlsec1("--sign", named, f"{key},{certificate}", "--output", sealed, unsigned)
    assert done.returncode == 0, done.stderr
    verified = verify(sealed.read_bytes(), registry=world.registry, at=world.now)
    assert etree.tostring(verified.root, method="c14n", exclusive="exc" in transform) == etree.tostring(
        etree.fromstring(text.encode()), method="c14n", exclusive="exc" in transform
    )


def test_signxml_verifies_what_we_seal(any_signer):
    (sealed,) = seal([DXP], signer=any_signer)
    suite = SUITES[any_signer.suite]
    expected = SignatureConfiguration(location="./", signature_methods=frozenset({SignatureMethod(suite.method)}))
    result = XMLVerifier().verify(
        sealed, x509_cert=any_signer.certificate.pem().decode(), expect_config=expected, validate_schema=True
    )
    assert etree.tostring(result.signed_xml, method="c14n") == DXP


@pytest.mark.parametrize("algorithm", [INCLUSIVE, CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0])
def test_we_verify_what_signxml_seals(world, any_signer, algorithm):
    suite = SUITES[any_signer.suite]
    digest = {DigestMethod.SHA256: "sha256", DigestMethod.SHA512: "sha512"}[suite.digest_method]
    maker = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=SignatureMethod(suite.method),
        digest_algorithm=digest,
        c14n_algorithm=algorithm,
    )
    signed = maker.sign(etree.fromstring(DXP), key=any_signer.key, cert=any_signer.certificate.pem().decode())
    verified = verify(etree.tostring(signed), registry=world.registry, at=world.now)
    assert etree.tostring(verified.root, method="c14n") == DXP


def test_our_names_are_theirs():
    assert {str(method) for method in Method if "chinaport" not in method} <= {
        method.value for method in SignatureMethod
    }
