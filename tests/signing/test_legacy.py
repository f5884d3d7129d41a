"""Out-of-date suites: read for one partner until one day, by a verifier who was told so; never sealed with."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from mappings.faults import Refused
from signing.errors import KeyUnavailable
from signing.keys import Registry, load_signer
from signing.profile import LEGACY_SUITES, STRICT, Legacy, Policy, legacy
from signing.sign import seal
from signing.suites import SUITES
from signing.verify import verify
from tests.signing.conftest import DXP, NODES
from tests.signing.handmade import DS, OFFICIAL, c14n, ceb, enveloped, needs_openssl, sha1, sm2_enveloped, sm2_world

DXP_TEXT = DXP.decode()
UNTIL = datetime(2099, 12, 31, tzinfo=UTC)
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def by_rsa(signer, text=DXP_TEXT, **more):
    def sign(data):
        return signer.key.sign(data, padding.PKCS1v15(), hashes.SHA1())

    given = {"method": f"{DS}rsa-sha1", "digest_method": f"{DS}sha1", "digest": sha1, "key_name": signer.key_name}
    return enveloped(text, sign, **given | more)


def by_sm2(method, text=DXP_TEXT):
    return sm2_enveloped(text, method=method, digest_method=f"{DS}sha1", digest=sha1)


@pytest.fixture
def messages(world):
    """Suite, node, message."""
    signer, national = world.signers["rsa-sha256"], sm2_world()
    return {
        "rsa-sha1": (signer.node_id, by_rsa(signer)),
        "sm2-sm3-over-sha1": (national.node, by_sm2(f"{OFFICIAL}sm2-sm3")),
        "sm2-sm3-unofficial-over-sha1": (national.node, by_sm2(f"{DS}sm2-sm3")),
    }


@pytest.fixture
def registry(world):
    national = sm2_world()
    rows = [(signer.node_id, signer.certificate) for signer in world.signers.values()]
    return Registry.of_rows([*rows, (national.node, national.signer.certificate)])


@pytest.fixture
def now(world):
    return max(world.now, sm2_world().now)


def refusal(data, **parameters):
    with pytest.raises(Refused) as caught:
        verify(data, **parameters)
    assert "—" not in caught.value.zh + caught.value.en
    return caught.value.code


@needs_openssl
@pytest.mark.parametrize("suite", sorted(LEGACY_SUITES))
def test_only_by_leave_of_this_partner_until_that_day(messages, registry, now, suite):
    node, message = messages[suite]
    given = {"registry": registry, "at": now}
    assert refusal(message, **given) == "SIG_ALGO", "not by default"
    verified = verify(message, policy=legacy(node, UNTIL), sender=node, **given)
    assert (verified.suite, verified.signer, c14n(verified.root)) == (suite, node, DXP)
    assert refusal(message, policy=legacy("DXPENT0000000099", UNTIL), **given) == "SIG_ALGO", "another partner's leave"
    assert refusal(message, policy=legacy(node, now - timedelta(seconds=1)), **given) == "SIG_LEGACY_ENDED"
    assert verify(message, policy=legacy(node, now), **given), "the last moment"
    ended = legacy(node, now - timedelta(seconds=1))
    stated = now - timedelta(hours=1)
    assert refusal(message, policy=ended, stated=stated, **given) == "SIG_LEGACY_ENDED", "the stated time does not help"
    assert refusal(message.replace(b"5rWL", b"5rWM"), policy=legacy(node, UNTIL), **given) == "SIG_DIGEST"


@needs_openssl
@pytest.mark.parametrize("suite", sorted(LEGACY_SUITES))
def test_each_may_be_left_out(messages, registry, now, suite):
    node, message = messages[suite]
    narrow = Policy(legacy=Legacy(node, UNTIL, LEGACY_SUITES - {suite}))
    assert refusal(message, registry=registry, at=now, policy=narrow) == "SIG_ALGO"


def test_what_is_current_stays_allowed_before_and_after(world):
    signer = world.signers["rsa-sha256"]
    (sealed,) = seal([DXP], signer=signer)
    for until in (UNTIL, world.now - timedelta(days=1)):
        for partner in (signer.node_id, "DXPENT0000000099"):
            policy = legacy(partner, until)
            assert verify(sealed, registry=world.registry, at=world.now, policy=policy).suite == "rsa-sha256"


def test_the_rest_of_the_profile_stands(world):
    """A weak key, a wrong sender, other mixes of methods: a legacy leave is about SHA-1 only."""
    signer = world.signers["rsa-sha256"]
    given = {"registry": world.registry, "at": world.now, "policy": legacy(signer.node_id, UNTIL)}
    good = by_rsa(signer)
    assert verify(good, **given)
    assert refusal(good, **given | {"policy": dataclasses.replace(given["policy"], rsa_bits=3072)}) == "SIG_KEY_WEAK"
    assert refusal(good, sender="DXPENT0000000002", **given) == "SIG_SENDER"
    assert refusal(good, **given | {"at": world.now + timedelta(days=1096)}) == "SIG_CERT_EXPIRED"
    for method, digest in (
        ("rsa-sha1", SHA256),
        ("hmac-sha1", f"{DS}sha1"),
        ("dsa-sha1", f"{DS}sha1"),
        ("rsa-sha256", f"{DS}sha1"),
    ):
        assert refusal(by_rsa(signer, method=f"{DS}{method}", digest_method=digest), **given) == "SIG_ALGO"
    more = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    assert refusal(by_rsa(signer, method=more), **given) == "SIG_ALGO", "a current method over SHA-1"
    assert refusal(good.replace(b'URI=""', b'URI="#x"'), **given) == "SIG_REF"


@needs_openssl
def test_a_ceb_message_of_an_older_card(registry, now):
    """As the published client writes it: unofficial name, SHA-1 digest, before ExtendMessage."""
    node = sm2_world().node
    message = sm2_enveloped(
        ceb(), method=f"{DS}sm2-sm3", digest_method=f"{DS}sha1", digest=sha1, before="ceb:ExtendMessage"
    )
    verified = verify(message, registry=registry, at=now, policy=legacy(node, UNTIL))
    assert verified.root.tag == "{http://www.chinaport.gov.cn/ceb}CEB621Message"


def test_nothing_is_sealed_with_them(world):
    node = NODES["rsa-sha256"]
    for name in LEGACY_SUITES:
        assert SUITES[name].sign is SUITES[name].make_key is SUITES[name].certify is None
    old = load_signer(world.folder, node, suite="rsa-sha1")
    with pytest.raises(KeyUnavailable, match="rsa-sha1"):
        seal([DXP], signer=old)

    class Willing:
        """A card that would sign anything."""

        node_id, suite, key_name, certificate = node, "rsa-sha1", old.key_name, old.certificate

        def sign(self, inputs):
            raise AssertionError("was asked")

    with pytest.raises(KeyUnavailable, match="SIGN_KEY_UNAVAILABLE"):
        seal([DXP], signer=Willing())


def test_a_leave_has_a_partner_and_an_end():
    assert STRICT.legacy is None and not STRICT.suites & LEGACY_SUITES
    assert legacy("P", UNTIL).suites == STRICT.suites and hash(legacy("P", UNTIL)) == hash(legacy("P", UNTIL))
    with pytest.raises(dataclasses.FrozenInstanceError):
        legacy("P", UNTIL).legacy.until = UNTIL
    for partner, until in (("", UNTIL), ("P", datetime(2030, 1, 1))):
        with pytest.raises(ValueError, match="legacy"):
            legacy(partner, until)
    with pytest.raises(ValueError, match="legacy"):
        Legacy("P", UNTIL, frozenset({"rsa-md5"}))
    with pytest.raises(ValueError, match="policy"):
        Policy(suites=STRICT.suites | {"rsa-sha1"})
