"""The enveloping form with two independent implementations, both ways; and unprefixed signatures of the other form."""

import pytest
from signxml import SignatureConfiguration, SignatureMethod, XMLVerifier

from signing import enveloping
from signing.suites import SUITES
from signing.verify import verify as verify_enveloped
from tests.signing.handmade import C14N, DS
from tests.signing.test_enveloping import CONTENTS, EXC, PACKAGE, refusal
from tests.signing.test_interop import key_files, needs_xmlsec1, xmlsec1

ID_ATTRIBUTE = ("--id-attr:Id", f"{DS}:Object")


@needs_xmlsec1
@pytest.mark.parametrize("content", [PACKAGE, *CONTENTS.values()], ids=["package", *CONTENTS])
def test_xmlsec1_verifies_what_we_seal(any_signer, tmp_path, content):
    _, certificate = key_files(any_signer, tmp_path)
    message = tmp_path / "sealed.xml"
    (sealed,) = enveloping.seal([content], signer=any_signer)
    named = ("--enabled-key-data", "key-name", f"--pubkey-cert-pem:{any_signer.key_name}", certificate)
    for data, wanted in ((sealed, 0), (sealed.replace(b"</ds:Object>", b"x</ds:Object>"), 1)):
        message.write_bytes(data)
        assert xmlsec1("--verify", *ID_ATTRIBUTE, *named, message).returncode == wanted


TEMPLATES = {
    "no transforms": "",
    "empty transforms": "<ds:Transforms/>",  # not of the schema; some write it
    "inclusive": f'<ds:Transforms><ds:Transform Algorithm="{C14N}"/></ds:Transforms>',
    "exclusive": f'<ds:Transforms><ds:Transform Algorithm="{EXC}"/></ds:Transforms>',
}


@needs_xmlsec1
@pytest.mark.parametrize("identifier", ["001", "PKG-1"])
@pytest.mark.parametrize("transforms", [value for name, value in TEMPLATES.items() if name != "empty transforms"])
@pytest.mark.parametrize("kind", ["", f' Type="{DS}Object"'])
def test_we_verify_what_xmlsec1_seals(world, any_signer, tmp_path, transforms, kind, identifier):
    suite = SUITES[any_signer.suite]
    template = f"""<Signature xmlns="{DS}" xmlns:ds="{DS}">
  <SignedInfo><CanonicalizationMethod Algorithm="{C14N}"/><SignatureMethod Algorithm="{suite.method}"/>
    <Reference URI="#{identifier}"{kind}>{transforms}<DigestMethod Algorithm="{suite.digest_method}"/><DigestValue/></Reference>
  </SignedInfo><SignatureValue/>
  <KeyInfo><KeyName>{any_signer.key_name}</KeyName></KeyInfo>
  <Object Id="{identifier}"><Package><EnvelopInfo><file_name>发票.pdf</file_name></EnvelopInfo></Package></Object>
</Signature>"""
    unsigned, sealed = tmp_path / "template.xml", tmp_path / "sealed.xml"
    unsigned.write_text(template, encoding="utf-8")
    key, certificate = key_files(any_signer, tmp_path)
    named = f"--privkey-pem:{any_signer.key_name}"
    done = xmlsec1("--sign", *ID_ATTRIBUTE, named, f"{key},{certificate}", "--output", sealed, unsigned)
    assert done.returncode == 0, done.stderr
    root = enveloping.verify(sealed.read_bytes(), registry=world.registry, at=world.now).root
    assert root.tag == f"{{{DS}}}Package", "as the field has it: the default namespace goes on"
    assert refusal(world, sealed.read_bytes().replace(b".pdf", b".exe")) == "SIG_DIGEST"


@needs_xmlsec1
@pytest.mark.parametrize("method", [C14N, EXC])
def test_we_verify_an_unprefixed_signature_that_xmlsec1_made(world, any_signer, tmp_path, method):
    """In the default namespace, three levels deep: where lxml's own C14N of a subtree goes wrong."""
    suite = SUITES[any_signer.suite]
    template = f"""<r xmlns="urn:r" xmlns:unused="urn:unused" xml:lang="zh"><a/><Signature xmlns="{DS}">
  <SignedInfo><CanonicalizationMethod Algorithm="{method}"/><SignatureMethod Algorithm="{suite.method}"/>
    <Reference URI=""><Transforms><Transform Algorithm="{DS}enveloped-signature"/></Transforms>
    <DigestMethod Algorithm="{suite.digest_method}"/><DigestValue/></Reference></SignedInfo>
  <SignatureValue/><KeyInfo><KeyName>{any_signer.key_name}</KeyName></KeyInfo></Signature><b/></r>"""
    unsigned, sealed = tmp_path / "template.xml", tmp_path / "sealed.xml"
    unsigned.write_text(template, encoding="utf-8")
    key, certificate = key_files(any_signer, tmp_path)
    done = xmlsec1(
        "--sign", f"--privkey-pem:{any_signer.key_name}", f"{key},{certificate}", "--output", sealed, unsigned
    )
    assert done.returncode == 0, done.stderr
    root = verify_enveloped(sealed.read_bytes(), registry=world.registry, at=world.now).root
    assert [each.tag for each in root] == ["{urn:r}a", "{urn:r}b"]


def test_signxml_verifies_what_we_seal(any_signer):
    (sealed,) = enveloping.seal([PACKAGE], signer=any_signer)
    method = frozenset({SignatureMethod(SUITES[any_signer.suite].method)})
    expected = SignatureConfiguration(location=".", signature_methods=method)
    given = {"x509_cert": any_signer.certificate.pem().decode(), "expect_config": expected, "validate_schema": False}
    result = XMLVerifier().verify(sealed, id_attribute="Id", **given)
    assert result.signed_xml.tag == f"{{{DS}}}Object"
    assert [each.text for each in result.signed_xml.iter("{*}file_name")] == ["发票.pdf"]
