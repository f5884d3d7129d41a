"""The verifier beyond the vectors: flipped bytes, every part of the signature moved, every rule of KeyInfo and certificates."""

from base64 import b64encode
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from mappings.faults import Refused
from signing.errors import NotVerified
from signing.keys import Registry, load_signer, make_own, trust
from signing.profile import Policy
from signing.sign import seal
from signing.verify import check_validity, verify
from tests.signing.conftest import DXP

C14N = b'"http://www.w3.org/TR/2001/REC-xml-c14n-20010315"'
BASE64 = b"http://www.w3.org/2000/09/xmldsig#base64"
EXC = b"http://www.w3.org/2001/10/xml-exc-c14n#"


@pytest.fixture
def sealed(signer):
    return seal([DXP], signer=signer)[0]


def refusal(world, data, **parameters):
    with pytest.raises(Refused) as caught:
        verify(data, **{"registry": world.registry, "at": world.now} | parameters)
    return caught.value.code


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_a_flipped_byte_is_refused_or_changes_nothing(world, data):
    (sealed,) = seal([DXP], signer=world.signers["rsa-sha256"])
    place = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytearray(sealed)
    flipped[place] ^= data.draw(st.integers(1, 255))
    try:
        verified = verify(bytes(flipped), registry=world.registry, at=world.now)
    except Refused:
        return
    assert etree.tostring(verified.root, method="c14n") == DXP


def test_every_byte_flipped_once(world, sealed):
    """Every place, the lowest and the fifth bit: letters change case, brackets and quotes turn into something else."""
    for place in range(len(sealed)):
        for bit in (1, 32):
            flipped = sealed[:place] + bytes([sealed[place] ^ bit]) + sealed[place + 1 :]
            try:
                verified = verify(flipped, registry=world.registry, at=world.now)
            except Refused:
                continue
            assert etree.tostring(verified.root, method="c14n") == DXP, place


@given(st.binary(max_size=200))
@example(b"<ds:Signature/>")
@settings(max_examples=100, deadline=None)
def test_inserted_bytes_are_refused_or_change_nothing(world, extra):
    (sealed,) = seal([DXP], signer=world.signers["ecdsa-sha256"])
    for place in (0, 39, len(sealed) // 3, sealed.index(b"<ds:KeyInfo>"), len(sealed)):
        try:
            verified = verify(sealed[:place] + extra + sealed[place:], registry=world.registry, at=world.now)
        except Refused:
            continue
        assert etree.tostring(verified.root, method="c14n") == DXP


EDITS = {
    "two canonicalizations more": (b"</ds:Transforms>", b'<ds:Transform Algorithm="%s"/>' % EXC * 2 + b"</ds:Transforms>", "SIG_TRANSFORM"),
    "five hundred transforms": (b"</ds:Transforms>", b'<ds:Transform Algorithm="%s"/>' % EXC * 500 + b"</ds:Transforms>", "SIG_TRANSFORM"),
    "base64 transform": (b"</ds:Transforms>", b'<ds:Transform Algorithm="%s"/></ds:Transforms>' % BASE64, "SIG_TRANSFORM"),
    "c14n 1.1": (C14N, b'"http://www.w3.org/2006/12/xml-c14n11"', "SIG_C14N"),
    "no canonicalization": (b"<ds:CanonicalizationMethod Algorithm=" + C14N + b"></ds:CanonicalizationMethod>", b"", "SIG_MALFORMED"),
    "prefixes in inclusive c14n": (C14N + b">", C14N + b'><ec:InclusiveNamespaces xmlns:ec="%s" PrefixList="a"/>' % EXC, "SIG_MALFORMED"),
    "foreign element in c14n": (C14N + b">", C14N + b"><x/>", "SIG_MALFORMED"),
    "sha512 digest in a sha256 suite": (b"xmlenc#sha256", b"xmlenc#sha512", "SIG_ALGO"),
    "another method": (b"#rsa-sha256", b"#rsa-sha384", "SIG_ALGO"),
    "a method whose key this is not": (b"#rsa-sha256", b"#ecdsa-sha256", "SIG_ALGO"),
    "manifest": (b'<ds:Reference URI="">', b'<ds:Reference URI="" Type="http://www.w3.org/2000/09/xmldsig#Manifest">', "SIG_REF"),
    "missing id": (b'URI=""', b'URI="#nobody"', "SIG_REF"),
    "http reference": (b'URI=""', b'URI="http://127.0.0.1:9/"', "SIG_REF"),
    "text in SignedInfo": (b"<ds:SignedInfo>", b"<ds:SignedInfo>x", "SIG_MALFORMED"),
    "no SignatureValue": (b"<ds:SignatureValue>", b"<ds:SignatureValue/><ds:SignatureValue>", "SIG_WRAP"),
    "damaged value": (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", "SIG_VALUE"),
    "value is no base64": (b"<ds:SignatureValue>", b"<ds:SignatureValue>?", "SIG_VALUE"),
    "object": (b"</ds:Signature>", b"<ds:Object/></ds:Signature>", "SIG_WRAP"),
    "element in DigestValue": (b"</ds:DigestValue>", b"<x/></ds:DigestValue>", "SIG_WRAP"),
    "element in X509Data": (b"</ds:X509Data>", b"<x/></ds:X509Data>", "SIG_WRAP"),
    "element in X509IssuerSerial": (b"</ds:X509Data>", b"<ds:X509IssuerSerial><x/></ds:X509IssuerSerial></ds:X509Data>", "SIG_WRAP"),
    "bare key": (b"</ds:KeyInfo>", b"<ds:KeyValue/></ds:KeyInfo>", "SIG_KEY"),
    "key to be fetched": (b"</ds:KeyInfo>", b'<ds:RetrievalMethod URI="http://127.0.0.1:9/"/></ds:KeyInfo>', "SIG_KEY"),
    "certificate is no base64": (b"<ds:X509Certificate>", b"<ds:X509Certificate>?", "SIG_KEY"),
    "six certificates": (b"</ds:X509Data>", b"<ds:X509Certificate/>" * 5 + b"</ds:X509Data>", "SIG_KEY"),
    "second certificate is nothing": (b"</ds:X509Data>", b"<ds:X509Certificate/></ds:X509Data>", "SIG_KEY"),
    "second signature in the first": (b"</ds:KeyInfo>", b"</ds:KeyInfo><ds:Object><ds:Signature/></ds:Object>", "SIG_WRAP"),
    "second signature beside": (b"</dxp:Data>", b'<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/></dxp:Data>', "SIG_MULTI"),
    "processing instruction": (b"<dxp:Data>", b"<?x y?><dxp:Data>", "XML_PI"),
    "relative namespace": (b' ver="1.0"', b' ver="1.0" xmlns:r="r/s"', "SIG_DIGEST"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), EDITS.values(), ids=EDITS)
def test_outside_the_profile(world, sealed, old, new, code):
    assert sealed.count(old), "the edit finds its place"
    assert refusal(world, sealed.replace(old, new, 1)) == code


SAME = {
    "comments anywhere": (b"<ds:KeyName>", b"<!-- x --><ds:KeyName><!-- y -->"),
    "comment in the content": (b"5rWL", b"5r<!-- -->WL"),
    "line breaks in base64": (b"<ds:SignatureValue>", b"<ds:SignatureValue>\n  "),
    "blanks between the parts outside SignedInfo": (b"<ds:KeyInfo>", b"\n <ds:KeyInfo>\n "),
    "an issuer's name that only would choose": (b"</ds:X509Data>", b"<ds:X509SubjectName>CN=x</ds:X509SubjectName></ds:X509Data>"),
    "newline after the root": (b"</dxp:DxpMsg>", b"</dxp:DxpMsg>\r\n"),
    "a KeyName that names nobody": (b"<ds:KeyName>", b"<ds:KeyName>ffff"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_what_is_read_without_difference(world, sealed, old, new):
    assert old in sealed
    verified = verify(sealed.replace(old, new, 1), registry=world.registry, at=world.now)
    assert etree.tostring(verified.root, method="c14n") == DXP


def test_no_key_info_at_all(world, sealed):
    start, end = sealed.index(b"<ds:KeyInfo>"), sealed.index(b"</ds:Signature>")
    assert verify(sealed[:start] + sealed[end:], registry=world.registry, at=world.now).signer == "DXPENT0000000001"


def test_signer_and_sender(world, sealed):
    assert refusal(world, sealed, sender="DXPENT0000000002") == "SIG_SENDER"
    assert verify(sealed, registry=world.registry, at=world.now, sender="DXPENT0000000001")


def test_key_name_and_certificate_must_agree(world, sealed, signer):
    other = world.signers["rsa-sha512"].key_name
    assert refusal(world, sealed.replace(signer.key_name.encode(), other.encode())) == "SIG_KEY"


def test_an_unregistered_key(world, sealed):
    nobody = Registry.of_rows([("X", world.signers["rsa-sha512"].certificate)])
    assert refusal(world, sealed, registry=nobody) == "SIG_KEY"
    without = seal([DXP], signer=world.signers["rsa-sha256"], with_certificate=False)[0]
    assert refusal(world, without, registry=nobody) == "SIG_KEY"
    assert refusal(world, without, registry=Registry.of_rows([])) == "SIG_KEY"


def test_a_leaf_and_then_only_its_issuers(world, sealed):
    other = b64encode(world.signers["rsa-sha512"].certificate.der)
    more = sealed.replace(b"</ds:X509Data>", b"<ds:X509Certificate>" + other + b"</ds:X509Certificate></ds:X509Data>")
    assert refusal(world, more) == "SIG_KEY"


def test_validity_at_arrival_and_at_the_stated_time(world, sealed):
    late, early = world.now + timedelta(days=1096), world.now - timedelta(minutes=6)
    assert refusal(world, sealed, at=late) == "SIG_CERT_EXPIRED"
    assert refusal(world, sealed, at=early) == "SIG_CERT_NOTYET"
    assert refusal(world, sealed, stated=late) == "SIG_CERT_EXPIRED"
    with pytest.raises(NotVerified, match="SIG_CERT_NOTYET"):
        check_validity(world.signers["rsa-sha256"].certificate, at=early)


def test_a_policy_may_be_narrower(world, sealed):
    assert refusal(world, sealed, policy=Policy(suites=frozenset({"rsa-sha512"}))) == "SIG_ALGO"
    assert refusal(world, sealed, policy=Policy(rsa_bits=3072)) == "SIG_KEY_WEAK"


def test_a_certificate_not_meant_for_signing(tmp_path, world, sealed, signer):
    from dataclasses import replace

    unfit = replace(signer.certificate, may_sign=False)
    assert refusal(world, sealed, registry=Registry.of_rows([("N", unfit)])) == "SIG_CERT_USAGE"


def test_renewal_prefers_the_certificate_that_is_valid(tmp_path, world):
    """KeyName alone, one key, two certificates: the old one expired."""
    make_own(tmp_path, "N1", name="甲", passphrase=None, now=world.now - timedelta(days=20), days=10)
    old = load_signer(tmp_path, "N1")
    from dataclasses import replace

    renewed = replace(old.certificate, not_after=world.now + timedelta(days=1), der=old.certificate.der + b"x")
    registry = Registry.of_rows([("N1", old.certificate), ("N1", renewed)])
    (sealed,) = seal([DXP], signer=old, with_certificate=False)
    assert verify(sealed, registry=registry, at=world.now).certificate.not_after == renewed.not_after


def test_the_root_s_own_id_is_the_root(world, signer):
    """Signed by xmlsec1 and others as `#id`; here by resealing our own SignedInfo with another URI."""
    from signing.canonical import canonical, canonical_signed_info
    from signing.profile import INCLUSIVE
    from signing.sign import seal_document

    sealed = seal_document(b'<r Id="R1"><a>1</a></r>', signer=signer).replace(b'URI=""', b'URI="#R1"')
    tree = etree.fromstring(sealed)
    value = signer.sign([canonical_signed_info(tree[-1][0], INCLUSIVE)])[0]
    tree[-1][1].text = b64encode(value).decode()
    verified = verify(etree.tostring(tree), registry=world.registry, at=world.now)
    assert canonical(verified.root) == b'<r Id="R1"><a>1</a></r>'
    assert refusal(world, etree.tostring(tree).replace(b"<a>", b'<a id="R1">')) == "SIG_WRAP"


def test_what_exclusive_c14n_does_not_sign_does_not_come_back(world, signer):
    """The prefix of a QName in content is not signed by exclusive C14N: whoever changes it gets a tree without it."""
    from signing.canonical import canonical, canonical_signed_info
    from signing.profile import Canonicalization
    from signing.sign import seal_document

    how = Canonicalization(exclusive=True)
    data = b'<r xmlns:t="urn:good"><a type="t:x"/></r>'
    sealed = seal_document(data, signer=signer).replace(C14N, b'"%s"' % EXC)
    sealed = sealed.replace(b"</ds:Transforms>", b'<ds:Transform Algorithm="%s"/></ds:Transforms>' % EXC)
    tree = etree.fromstring(sealed)
    digest = tree.find(".//{*}DigestValue")
    import hashlib

    digest.text = b64encode(hashlib.sha256(canonical(etree.fromstring(data), how)).digest()).decode()
    tree[-1][1].text = b64encode(signer.sign([canonical_signed_info(tree[-1][0], how)])[0]).decode()
    evil = etree.tostring(tree).replace(b"urn:good", b"urn:evil")
    verified = verify(evil, registry=world.registry, at=world.now)
    assert "urn:evil" not in verified.root[0].nsmap.values()


def test_revocation_counts_from_its_day_and_by_its_own_issuer(tmp_path, world, sealed, signer):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    trust(tmp_path, signer.node_id, signer.certificate.pem())
    day = world.now + timedelta(days=2)
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(signer.certificate.parsed.serial_number)
        .revocation_date(day)
        .build()
    )

    def crl(issuer):
        made = x509.CertificateRevocationListBuilder().issuer_name(issuer).last_update(world.now).next_update(day)
        return made.add_revoked_certificate(entry).sign(signer.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    path = tmp_path / "partners" / signer.node_id / "crl.pem"
    path.write_bytes(crl(signer.certificate.parsed.issuer))
    registry = Registry.load(tmp_path)
    assert verify(sealed, registry=registry, at=day - timedelta(days=1))
    assert refusal(world, sealed, registry=registry, at=day + timedelta(days=1)) == "SIG_CERT_REVOKED"
    path.write_bytes(crl(world.signers["rsa-sha512"].certificate.parsed.issuer))
    assert verify(sealed, registry=Registry.load(tmp_path), at=day + timedelta(days=1))
