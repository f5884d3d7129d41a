"""The enveloping form: round trips, two other implementations, and everything that may be hidden in it."""

from base64 import b64decode, b64encode
from datetime import timedelta

import pytest
from lxml import etree

from mappings.faults import Refused
from mappings.parser import ParseRefused
from signing import enveloping
from signing.canonical import canonical_signed_info
from signing.errors import NotSealable
from signing.profile import INCLUSIVE, STRICT, Policy
from signing.sign import PROLOG, seal
from signing.suites import SUITES
from signing.verify import verify as verify_enveloped
from tests.signing.conftest import DXP
from tests.signing.handmade import C14N, DS, c14n, c14n_part, needs_openssl, openssl_accepts, sm2_world

EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
PACKAGE = (
    '<Package xmlns="http://www.chinaport.gov.cn/usf" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<EnvelopInfo><message_id>M1</message_id><file_name>发票.pdf</file_name></EnvelopInfo>"
    '<DataInfo><BussinessData><USF001 note="a>c">5rWL6K+V</USF001></BussinessData></DataInfo></Package>'
).encode()


@pytest.fixture
def sealed(signer):
    return enveloping.seal([PACKAGE], signer=signer)[0]


def refusal(world, data, **parameters):
    with pytest.raises(Refused) as caught:
        enveloping.verify(data, **{"registry": world.registry, "at": world.now} | parameters)
    assert "—" not in caught.value.zh.replace("：—", "") or caught.value.code == "SIG_TRANSFORM"
    return caught.value.code


@pytest.mark.parametrize("with_certificate", [True, False])
def test_round_trip(world, any_signer, with_certificate):
    (sealed,) = enveloping.seal([PACKAGE], signer=any_signer, with_certificate=with_certificate)
    assert sealed.startswith(PROLOG + b"<ds:Signature") and (b"X509" in sealed) is with_certificate
    verified = enveloping.verify(
        sealed, registry=world.registry, at=world.now, sender=any_signer.node_id, stated=world.now
    )
    assert (verified.signer, verified.suite) == (any_signer.node_id, any_signer.suite)
    assert verified.root.tag == "{http://www.chinaport.gov.cn/usf}Package"
    assert verified.root.getparent() is None and b"Signature" not in c14n(verified.root)
    assert [each.text for each in verified.root.iter("{*}file_name")] == ["发票.pdf"]
    assert len(c14n(verified.root)) == len(PACKAGE) + len(f' xmlns:ds="{DS}"'), "its own text and what it inherits"


@needs_openssl
def test_sm2(tmp_path):
    national = sm2_world()
    (sealed,) = enveloping.seal([PACKAGE], signer=national.signer)
    assert enveloping.verify(sealed, registry=national.registry, at=national.now).suite == "sm2-sm3"
    root = etree.fromstring(sealed)
    assert openssl_accepts(national.certificate, b64decode(root[1].text), c14n_part(root[0]))


def test_a_list_is_signed_in_one_call(world, signer):
    messages = [PACKAGE.replace(b"M1", f"M{number}".encode()) for number in range(3)]
    for number, each in enumerate(enveloping.seal(messages, signer=signer)):
        root = enveloping.verify(each, registry=world.registry, at=world.now).root
        assert next(root.iter("{*}message_id")).text == f"M{number}"
    assert enveloping.seal([], signer=signer) == []


CONTENTS = {
    "no namespace": b"<Package><a/></Package>",
    "namespace of the signature": f'<Package xmlns="{DS}"><EnvelopInfo/></Package>'.encode(),
    "ds is taken": b'<ds:Package xmlns:ds="urn:other"><ds:a/></ds:Package>',
    "ds declared again": f'<Package xmlns:ds="{DS}"><ds:a/></Package>'.encode(),
    "gbk, comment, CDATA": '<?xml version="1.0" encoding="GBK"?><Package><!-- x --><a><![CDATA[<镕>]]></a></Package>'.encode("gbk"),
    "language": b'<Package xml:lang="zh"><a xml:space="preserve"> </a></Package>',
    "blanks": b"\n<Package>\n <a/>\n</Package>\n",
}  # fmt: skip


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_any_content(world, signer, content):
    (sealed,) = enveloping.seal([content], signer=signer)
    root = enveloping.verify(sealed, registry=world.registry, at=world.now).root
    wanted = etree.fromstring(content)
    assert (root.tag, dict(root.attrib), len(root)) == (wanted.tag, dict(wanted.attrib), len(wanted.findall("*")))
    assert "".join(root.itertext()) == "".join(wanted.itertext())


def test_what_is_not_sealed(signer):
    with pytest.raises(NotSealable, match="SIG_MULTI"):
        enveloping.seal(enveloping.seal([PACKAGE], signer=signer), signer=signer)
    with pytest.raises(NotSealable, match="SIG_MALFORMED"):
        enveloping.seal([b'<Package><a id="001"/></Package>'], signer=signer)
    with pytest.raises(ParseRefused):
        enveloping.seal([b"<Package>"], signer=signer)


def transforms(*names):
    inside = "".join(f'<ds:Transform Algorithm="{name}"/>' for name in names)
    return f"<ds:Transforms>{inside}</ds:Transforms><ds:DigestMethod".encode()


def resigned(signer, data):
    """The whole signature made anew over what stands there after the edits: only the shape may be at fault."""
    root = etree.fromstring(data, etree.XMLParser(collect_ids=False))
    for info in root.iter(f"{{{DS}}}SignedInfo"):
        digest = next(info.iter(f"{{{DS}}}DigestValue"))
        digest.text = b64encode(SUITES[signer.suite].digest(c14n_part(root[-1]))).decode()
        info.getnext().text = b64encode(signer.sign([canonical_signed_info(info, INCLUSIVE)])[0]).decode()
    return etree.tostring(root)


OBJECT = b'<ds:Object Id="001">'
EDITS = {
    "content changed": (b"5rWL", b"5rWM", "SIG_DIGEST"),
    "two objects": (b"</ds:Object>", b'</ds:Object><ds:Object Id="002"><Package/></ds:Object>', "SIG_WRAP"),
    "evil object first": (OBJECT, b'<ds:Object Id="001"><Package/></ds:Object>' + OBJECT, "SIG_WRAP"),
    "evil object of another id first": (OBJECT, b"<ds:Object><Package/></ds:Object>" + OBJECT, "SIG_WRAP"),
    "duplicate id inside": (b"<EnvelopInfo>", b'<EnvelopInfo Id="001">', "SIG_WRAP"),
    "duplicate id inside, lower case": (b"<EnvelopInfo>", b'<EnvelopInfo id="001">', "SIG_WRAP"),
    "duplicate xml:id": (b"<EnvelopInfo>", b'<EnvelopInfo xml:id="001">', "SIG_WRAP"),
    "duplicate id of another namespace": (b"<EnvelopInfo>", b'<EnvelopInfo xmlns:w="urn:w" w:Id="001">', "SIG_WRAP"),
    "duplicate id of the root": (b"<ds:Signature ", b'<ds:Signature Id="001" ', "SIG_WRAP"),
    "duplicate id of KeyInfo": (b"<ds:KeyInfo>", b'<ds:KeyInfo Id="001">', "SIG_WRAP"),
    "no id": (OBJECT, b"<ds:Object>", "SIG_REF"),
    "another id": (OBJECT, b'<ds:Object Id="002">', "SIG_REF"),
    "id of another spelling": (OBJECT, b'<ds:Object id="001">', "SIG_MALFORMED"),
    "empty id": (b'URI="#001"', b'URI="#"', "SIG_REF"),
    "whole document": (b'URI="#001"', b'URI=""', "SIG_REF"),
    "elsewhere": (b'URI="#001"', b'URI="http://127.0.0.1:9/#001"', "SIG_REF"),
    "xpointer": (b'URI="#001"', b'URI="#xpointer(id(\'001\'))"', "SIG_REF"),
    "no reference address": (b'URI="#001"', b"", "SIG_REF"),
    "manifest": (b'URI="#001"', b'URI="#001" Type="%sManifest"' % DS.encode(), "SIG_REF"),
    "two references": (b"</ds:SignedInfo>", b'<ds:Reference URI="#001"/></ds:SignedInfo>', "SIG_REF"),
    "enveloped transform": (b"<ds:DigestMethod", transforms(f"{DS}enveloped-signature"), "SIG_TRANSFORM"),
    "base64 transform": (b"<ds:DigestMethod", transforms(f"{DS}base64"), "SIG_TRANSFORM"),
    "two canonicalizations": (b"<ds:DigestMethod", transforms(C14N, C14N), "SIG_TRANSFORM"),
    "sha1": (b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1", "SIG_ALGO"),
    "hmac": (b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#hmac-sha1", "SIG_ALGO"),
    "other encoding": (OBJECT, b'<ds:Object Id="001" Encoding="base64">', "SIG_MALFORMED"),
    "language above": (b"<ds:Signature ", b'<ds:Signature xml:lang="zh" ', "SIG_MALFORMED"),
    "second element in the object": (b"</ds:Object>", b"<x/></ds:Object>", "SIG_MALFORMED"),
    "text in the object": (b"</ds:Object>", b"x</ds:Object>", "SIG_MALFORMED"),
    "empty object": (PACKAGE, b"", "SIG_MALFORMED"),
    "signature inside": (b"<EnvelopInfo>", b"<EnvelopInfo><ds:Signature/>", "SIG_MULTI"),
    "foreign element": (b"<ds:KeyInfo>", b"<x/><ds:KeyInfo>", "SIG_WRAP"),
    "key info behind": (b"</ds:Signature>", b"<ds:KeyInfo/></ds:Signature>", "SIG_WRAP"),
    "no object": (b"ds:Object", b"ds:Objects", "SIG_WRAP"),
    "object in KeyInfo": (b"</ds:KeyInfo>", b'<ds:Object/></ds:KeyInfo>', "SIG_KEY"),
    "no value": (b"ds:SignatureValue", b"ds:Value", "SIG_MALFORMED"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), EDITS.values(), ids=EDITS)
def test_outside_the_form(world, signer, sealed, old, new, code):
    everywhere = old in (PACKAGE, b"ds:Object", b"ds:SignatureValue")
    edited = sealed.replace(old, new, -1 if everywhere else 1)
    assert edited != sealed
    if code in ("SIG_DIGEST", "SIG_ALGO"):
        assert refusal(world, edited) == code
        return
    assert refusal(world, edited) in (code, "SIG_DIGEST")
    if b"ds:Value" not in edited:
        assert refusal(world, resigned(signer, edited)) == code, "even where every digest and value is right"


def test_wrapping(world, signer, sealed):
    """The good signature below another root, beside evil content, or with its Object moved away."""
    good = sealed.removeprefix(PROLOG)
    evil = good.replace(b"M1", b"M666")
    inside = f'<ds:Object xmlns:ds="{DS}" Id="evil"><Package>'.encode() + good + b"</Package></ds:Object>"
    moved = good.replace(OBJECT, b'<ds:Object Id="002"><Package/><hidden Id="001">')
    moved = moved.replace(b"</ds:Object>", b"</hidden></ds:Object>")
    attacks = [
        (b"<Package>" + good + b"</Package>", "SIG_WRAP"),
        (b"<Package/>", "SIG_MISSING"),
        (evil.replace(b"</ds:Object>", good + b"</ds:Object>"), "SIG_MULTI"),
        (evil.replace(b"</ds:KeyInfo>", good + b"</ds:KeyInfo>"), "SIG_MULTI"),
        (good.replace(b"</ds:Object>", b"</ds:Object>" + inside), "SIG_MULTI"),
        (moved, "SIG_REF"),
    ]  # fmt: skip
    for data, code in attacks:
        assert refusal(world, data) == code


def test_the_two_forms_are_not_mistaken_for_each_other(world, signer, sealed):
    with pytest.raises(Refused) as caught:
        verify_enveloped(sealed, registry=world.registry, at=world.now)
    assert caught.value.code == "SIG_WRAP"
    assert refusal(world, seal([DXP], signer=signer)[0]) == "SIG_WRAP"


def test_every_byte_flipped_once(world, sealed):
    wanted = c14n(enveloping.verify(sealed, registry=world.registry, at=world.now).root)
    for place in range(len(sealed)):
        for bit in (1, 32):
            flipped = sealed[:place] + bytes([sealed[place] ^ bit]) + sealed[place + 1 :]
            try:
                verified = enveloping.verify(flipped, registry=world.registry, at=world.now)
            except Refused:
                continue
            assert c14n(verified.root) == wanted, place


def test_signer_sender_and_policy(world, sealed):
    assert refusal(world, sealed, sender="DXPENT0000000002") == "SIG_SENDER"
    assert refusal(world, sealed, at=world.now + timedelta(days=1096)) == "SIG_CERT_EXPIRED"
    assert refusal(world, sealed, stated=world.now - timedelta(days=1)) == "SIG_CERT_NOTYET"
    assert refusal(world, sealed, policy=Policy(suites=STRICT.suites - {"rsa-sha256"})) == "SIG_ALGO"
    assert refusal(world, sealed.replace(b"<Package", b"<?x y?><Package")) == "XML_PI"


def test_a_comment_hides_nothing(world, sealed):
    data = sealed.replace(b"5rWL", b"5r<!-- -->WL").replace(b"<ds:Object", b"<!-- --><ds:Object")
    root = enveloping.verify(data, registry=world.registry, at=world.now).root
    assert next(root.iter("{*}USF001")).text == "5rWL6K+V"
