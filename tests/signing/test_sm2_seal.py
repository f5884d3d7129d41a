"""The suite sm2-sm3 on whole messages, both ways with the `openssl` command, under any root."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from lxml import etree

from mappings.faults import Refused
from signing.keys import Registry
from signing.profile import STRICT, Policy
from signing.sign import seal, seal_document
from signing.verify import verify
from tests.signing.conftest import DXP
from tests.signing.handmade import (
    C14N,
    DS,
    NODE,
    OFFICIAL,
    c14n,
    c14n_part,
    ceb,
    make_sm2_pair,
    needs_openssl,
    openssl_accepts,
    openssl_sm3,
    signer_of,
    sm2_enveloped,
    sm2_world,
)
from tests.signing.test_seal import ROOTS

pytestmark = needs_openssl
DXP_TEXT = DXP.decode()


@pytest.fixture
def national():
    return sm2_world()


def judged(national, data, **more):
    return verify(data, **{"registry": national.registry, "at": national.now} | more)


def refusal(national, data, **more):
    with pytest.raises(Refused) as caught:
        judged(national, data, **more)
    assert "—" not in caught.value.zh
    return caught.value.code


@pytest.mark.parametrize("with_certificate", [True, False])
def test_round_trip(national, with_certificate):
    (sealed,) = seal([DXP], signer=national.signer, with_certificate=with_certificate)
    verified = judged(national, sealed, stated=national.now, sender=NODE)
    assert (c14n(verified.root), verified.signer, verified.suite) == (DXP, NODE, "sm2-sm3")
    assert verified.certificate == national.signer.certificate


def test_the_profile_to_the_letter(national):
    """Customs' own names, 64 bytes in base64, the hash of the document."""
    root = etree.fromstring(seal([DXP], signer=national.signer)[0])
    assert root[-1][0][1].get("Algorithm") == "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3"
    assert root[-1][0][2][1].get("Algorithm") == "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3"
    assert root[-1][0][0].get("Algorithm") == C14N and root[-1][0][2].get("URI") == ""
    assert b64decode(root[-1][0][2][2].text) == openssl_sm3(DXP)
    assert len(b64decode(root[-1][1].text)) == 64


@pytest.mark.parametrize("text", [DXP_TEXT, ceb(), *ROOTS.values()], ids=["dxp", "ceb", *ROOTS])
def test_openssl_verifies_what_we_seal(national, text):
    """Over SignedInfo with the namespaces that it inherits, even unused ones."""
    root = etree.fromstring(seal_document(text.encode(), signer=national.signer))
    info, value = root[-1][0], b64decode(root[-1][1].text)
    for name, inherited in root.attrib.items():
        if "XML/1998" in name:
            info.set(name, inherited)
    assert openssl_accepts(national.certificate, value, c14n_part(info))
    assert not openssl_accepts(national.certificate, value, c14n_part(info).replace(b"sm3", b"sm4"))
    if "xsi" in text:
        assert b"xmlns:xsi" in c14n_part(info)
        exclusive = etree.tostring(info, method="c14n", exclusive=True)
        assert not openssl_accepts(national.certificate, value, exclusive), "exclusive C14N is not what was signed"


PLACES = {
    "dxp, last child": (DXP_TEXT, {}),
    "dxp, no prefix": (DXP_TEXT, {"prefix": ""}),
    "ceb, before ExtendMessage": (ceb(), {"before": "ceb:ExtendMessage"}),
    "ceb, after ExtendMessage": (ceb(), {}),
    "ceb, last child": (ceb(extend=False), {}),
    "ceb, pretty-printed signature": (ceb(), {"before": "ceb:ExtendMessage", "blank": "\n    "}),
    "ceb, default namespace": (ceb(prefix=""), {"before": "ExtendMessage"}),
    "ceb, export": (ceb("CEB303Message"), {"before": "ceb:ExtendMessage", "prefix": "dsig:"}),
}


@pytest.mark.parametrize(("text", "more"), PLACES.values(), ids=PLACES)
def test_any_root_that_openssl_signed(national, text, more):
    message = sm2_enveloped(text, **more)
    verified = judged(national, message, sender=NODE)
    assert c14n(verified.root) == c14n(etree.fromstring(text.encode()))
    for old, new in ((b"0001<", b"0002<"), (b"5rWL", b"5rWM")):
        if old in message:
            assert refusal(national, message.replace(old, new)) == "SIG_DIGEST"


def test_line_breaks_in_the_value(national):
    message = sm2_enveloped(ceb())
    at = message.index(b"</ds:SignatureValue>") - 40
    assert judged(national, message[:at] + b"\r\n" + message[at:])


def test_a_changed_namespace_above_is_a_changed_signature(national):
    """SignedInfo takes it along: what exclusive C14N would not notice."""
    message = sm2_enveloped(ceb()).replace(b"XMLSchema-instance", b"XMLSchema-instances")
    assert refusal(national, message) == "SIG_DIGEST"


EDITS = {
    "value of another length": (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", "SIG_VALUE"),
    "digest of another suite": (f"{OFFICIAL}sm3".encode(), b"http://www.w3.org/2001/04/xmlenc#sha256", "SIG_ALGO"),
    "sha1 digest without leave": (f"{OFFICIAL}sm3".encode(), f"{DS}sha1".encode(), "SIG_ALGO"),
    "unofficial name without leave": (f"{OFFICIAL}sm2-sm3".encode(), f"{DS}sm2-sm3".encode(), "SIG_ALGO"),
    "another kind of key claimed": (
        f"{OFFICIAL}sm2-sm3".encode(), b"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "SIG_ALGO"),
    "parameters of the method": (b'#sm2-sm3"/>', b'#sm2-sm3"><x/></ds:SignatureMethod>', "SIG_MALFORMED"),
    "parameters of the digest": (b'#sm3"/>', b'#sm3"><x/></ds:DigestMethod>', "SIG_MALFORMED"),
    "two signatures": (b"</ceb:BaseTransfer>", b'<s:Signature xmlns:s="%s"/></ceb:BaseTransfer>' % DS.encode(), "SIG_MULTI"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), EDITS.values(), ids=EDITS)
def test_outside_the_profile(national, old, new, code):
    message = sm2_enveloped(ceb())
    assert old in message
    assert refusal(national, message.replace(old, new, 1)) == code


def test_a_signature_in_der_does_not_hold(national):
    from base64 import b64encode

    from tests.signing.handmade import der

    root = etree.fromstring(seal([DXP], signer=national.signer)[0])
    root[-1][1].text = b64encode(der(b64decode(root[-1][1].text))).decode()
    assert refusal(national, etree.tostring(root)) == "SIG_VALUE"


def test_another_id_does_not_hold(national):
    from base64 import b64encode

    root = etree.fromstring(seal([DXP], signer=national.signer)[0])
    for identity in (b"", b"ALICE123@YAHOO.COM"):
        root[-1][1].text = b64encode(national.signer.key.sign(c14n_part(root[-1][0]), identity)).decode()
        assert refusal(national, etree.tostring(root)) == "SIG_VALUE"


def test_every_byte_flipped_once(national):
    (sealed,) = seal([DXP], signer=national.signer)
    for place in range(len(sealed)):
        flipped = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        try:
            assert c14n(judged(national, flipped).root) == DXP, place
        except Refused:
            continue


def test_key_and_sender(national, tmp_path):
    other = signer_of(*make_sm2_pair(tmp_path, "other"), node="DXPENT0000000021")
    (sealed,) = seal([DXP], signer=other)
    national = SimpleNamespace(**vars(national) | {"now": datetime.now(UTC)})
    assert refusal(national, sealed) == "SIG_KEY"
    both = Registry.of_rows([(NODE, national.signer.certificate), (other.node_id, other.certificate)])
    assert verify(sealed, registry=both, at=national.now).signer == other.node_id
    assert refusal(national, sealed, registry=both, sender=NODE) == "SIG_SENDER"


def test_validity_and_policy(national):
    (sealed,) = seal([DXP], signer=national.signer)
    assert refusal(national, sealed, at=national.now + timedelta(days=31)) == "SIG_CERT_EXPIRED"
    assert refusal(national, sealed, at=national.now - timedelta(days=1)) == "SIG_CERT_NOTYET"
    assert refusal(national, sealed, policy=Policy(suites=STRICT.suites - {"sm2-sm3"})) == "SIG_ALGO"


def test_among_keys_of_other_kinds(world, national):
    """Without KeyInfo every registered key is tried that fits the suite, and no other."""
    rows = [(signer.node_id, signer.certificate) for signer in (*world.signers.values(), national.signer)]
    registry = Registry.of_rows(rows)
    for signer in (*world.signers.values(), national.signer):
        (sealed,) = seal([DXP], signer=signer)
        start, end = sealed.index(b"<ds:KeyInfo>"), sealed.index(b"</ds:Signature>")
        verified = verify(sealed[:start] + sealed[end:], registry=registry, at=world.now + timedelta(seconds=30))
        assert verified.signer == signer.node_id
