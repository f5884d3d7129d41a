"""Authorities pinned for a sender, and their revocation lists."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from signing.certificate import Certificate
from signing.errors import BadKeyFile, NotVerified
from signing.keys import Registry, listed, trust
from signing.partners import rule_text
from signing.retirement import retire
from signing.revocations import update_list
from signing.rotation import expiring
from signing.sign import seal_document
from signing.software import SoftwareKey
from signing.verify import verify
from tests.signing.conftest import DXP
from tests.signing.test_rotation import crl_of

DAY = timedelta(days=1)
OURS = {"O": "乙公司"}


def named(**parts):
    oids = {"CN": x509.NameOID.COMMON_NAME, "O": x509.NameOID.ORGANIZATION_NAME}
    return x509.Name([x509.NameAttribute(oids[key.rstrip("_")], value) for key, value in parts.items()])


def issue(now, subject, *, by=None, ca=False, since=1, days=100, usage=None):
    """A certificate with its key: self-signed, or issued by another one."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(by.name if by else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - since * DAY).not_valid_after(now + days * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )  # fmt: skip
    if usage is not None:
        flags = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(**flags | dict.fromkeys(usage, True)), critical=True)
    certificate = Certificate.read(builder.sign(by.key if by else key, hashes.SHA256()).public_bytes(Encoding.DER))
    signer = SoftwareKey("P1", "ecdsa-sha256", certificate, key)
    return SimpleNamespace(key=key, name=subject, certificate=certificate, signer=signer)


def pin(folder, node, ca, subject=OURS):
    place = folder / "partners" / node
    place.mkdir(parents=True, exist_ok=True)
    stem = ca.certificate.serial
    (place / f"{stem}.ca.json").write_bytes(rule_text(subject))
    (place / f"{stem}.ca.pem").write_bytes(ca.certificate.pem())
    return place


@pytest.fixture
def house(tmp_path, world):
    """An authority pinned for P1, and a leaf of it."""
    ca = issue(world.now, named(CN="某 CA"), ca=True)
    leaf = issue(world.now, named(CN="P1", O="乙公司"), by=ca)
    pin(tmp_path, "P1", ca)
    return SimpleNamespace(folder=tmp_path, ca=ca, leaf=leaf, now=world.now)


def signer_of(house, leaf, at=None, **more):
    sealed = seal_document(DXP, signer=leaf.signer)
    return verify(sealed, registry=Registry.load(house.folder), at=at or house.now, **more).signer


def test_a_leaf_speaks_for_the_sender_of_its_authority(house):
    assert signer_of(house, house.leaf) == "P1"
    assert signer_of(house, house.leaf, sender="P1") == "P1"
    with pytest.raises(NotVerified, match="SIG_SENDER"):
        signer_of(house, house.leaf, sender="P2")
    (row,) = listed(house.folder)
    assert (row.role, row.node, row.encrypted) == ("authority", "P1", None)


def test_the_authority_itself_is_no_sender(house):
    with pytest.raises(NotVerified, match="SIG_KEY"):
        signer_of(house, house.ca)


@pytest.mark.parametrize(
    "subject",
    [
        named(CN="P1", O="丙公司"),
        named(CN="P1"),
        named(CN="O=乙公司"),
        named(CN="P1", O="乙公司 "),
        named(O="乙公司", O_="丙公司"),
    ],
)
def test_a_leaf_of_another_name(house, subject):
    with pytest.raises(NotVerified, match="SIG_KEY"):
        signer_of(house, issue(house.now, subject, by=house.ca))


def test_leaves_that_the_authority_did_not_issue(house):
    twin = issue(house.now, named(CN="某 CA"), ca=True)
    for by in (twin, None, house.leaf):
        with pytest.raises(NotVerified, match="SIG_KEY"):
            signer_of(house, issue(house.now, named(CN="P1", O="乙公司"), by=by))
    below = issue(house.now, named(CN="below", O="乙公司"), by=house.ca, ca=True)
    for each in (below, issue(house.now, named(CN="P1", O="乙公司"), by=below)):
        with pytest.raises(NotVerified, match="SIG_KEY"):
            signer_of(house, each)


def test_a_leaf_without_its_certificate_in_the_message_is_a_stranger(house):
    sealed = seal_document(DXP, signer=house.leaf.signer, with_certificate=False)
    with pytest.raises(NotVerified, match="SIG_KEY"):
        verify(sealed, registry=Registry.load(house.folder), at=house.now)


def test_dates_and_use_of_a_leaf_are_looked_at(house):
    with pytest.raises(NotVerified, match="SIG_CERT_EXPIRED"):
        signer_of(house, house.leaf, at=house.now + 101 * DAY)
    other = issue(house.now, named(CN="P1", O="乙公司"), by=house.ca, usage=["key_encipherment"])
    with pytest.raises(NotVerified, match="SIG_CERT_USAGE"):
        signer_of(house, other)


def test_an_authority_that_has_expired_or_is_retired_vouches_for_nobody(house):
    long = issue(house.now, named(CN="P1", O="乙公司"), by=house.ca, since=9, days=300)
    for at in (house.now - 2 * DAY, house.now + 101 * DAY):
        with pytest.raises(NotVerified, match="SIG_CERT_CHAIN"):
            signer_of(house, long, at=at)
    retire(house.folder, "P1", house.ca.certificate.serial, house.now + 5 * DAY, "不再合作")
    assert signer_of(house, long, at=house.now + 4 * DAY) == "P1"
    with pytest.raises(NotVerified, match="SIG_CERT_CHAIN"):
        signer_of(house, long, at=house.now + 5 * DAY)
    renewed = issue(house.now, named(CN="某 CA 2"), ca=True, days=300)
    pin(house.folder, "P1", renewed)
    assert signer_of(house, issue(house.now, named(CN="P1", O="乙公司"), by=renewed)) == "P1"


def test_one_authority_for_two_senders_needs_two_names(house):
    pin(house.folder, "P2", house.ca, {"O": "丙公司"})
    other = issue(house.now, named(CN="P2", O="丙公司"), by=house.ca)
    assert (signer_of(house, house.leaf), signer_of(house, other)) == ("P1", "P2")
    for subject in (OURS, {"CN": "P2"}, {"O": "乙公司", "CN": "x"}):
        pin(house.folder, "P2", house.ca, subject)
        with pytest.raises(BadKeyFile, match="one authority for two nodes"):
            Registry.load(house.folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"subject": {}}', '{"subject": {"O": ""}}', '{"subject": {"X": "y"}}', '{"subject": "O"}']
)
def test_a_pin_without_a_name_is_refused(house, text):
    (house.folder / f"partners/P1/{house.ca.certificate.serial}.ca.json").write_text(text)
    with pytest.raises(BadKeyFile, match=r"ca\.json"):
        Registry.load(house.folder)


def test_what_is_no_authority_cannot_be_pinned(house):
    for ca in (issue(house.now, named(CN="x")), issue(house.now, named(CN="y"), ca=True, usage=["crl_sign"])):
        place = pin(house.folder, "P3", ca)
        with pytest.raises(BadKeyFile, match="authority"):
            Registry.load(house.folder)
        for path in place.iterdir():
            path.unlink()


def test_a_pinned_leaf_needs_no_authority_any_more(house):
    trust(house.folder, "P1", house.leaf.certificate.pem())
    retire(house.folder, "P1", house.ca.certificate.serial, house.now, "不再合作")
    assert signer_of(house, house.leaf) == "P1"


# --- revocation lists ---


def listing(house, *, by=None, at=None, days=5, **more):
    by = by or house.ca
    return crl_of(by.key, by.name, at=at or house.now, days=days, **more).public_bytes(Encoding.PEM)


def test_a_list_of_the_authority_revokes_its_leaf(house):
    number = house.leaf.certificate.parsed.serial_number
    path = update_list(house.folder, "P1", listing(house, revoked=[number]))
    assert path.name == f"{house.ca.certificate.serial}.crl.pem"
    with pytest.raises(NotVerified, match="SIG_CERT_REVOKED"):
        signer_of(house, house.leaf, at=house.now + DAY)
    assert not expiring(house.folder, house.now)
    (row,) = expiring(house.folder, house.now + 6 * DAY)
    assert (row.role, row.level) == ("list", "expired")


def test_a_newer_list_replaces_an_older_one_and_not_the_other_way(house):
    number = house.leaf.certificate.parsed.serial_number
    new = listing(house, at=house.now + DAY, revoked=[number])
    update_list(house.folder, "P1", listing(house))
    update_list(house.folder, "P1", new)
    with pytest.raises(BadKeyFile, match="older"):
        update_list(house.folder, "P1", listing(house))
    assert update_list(house.folder, "P1", new).read_bytes() == new


def test_lists_that_nobody_pinned_has_signed(house):
    twin = issue(house.now, house.ca.name, ca=True)
    for data in (listing(house, by=twin), listing(house, by=house.leaf), b"", b"-----BEGIN X509 CRL-----"):
        with pytest.raises(BadKeyFile):
            update_list(house.folder, "P1", data)
    with pytest.raises(BadKeyFile):
        update_list(house.folder, "P2", listing(house))
    (house.folder / "partners/P1/crl.pem").write_bytes(listing(house, by=twin))
    with pytest.raises(BadKeyFile, match="did not sign"):
        Registry.load(house.folder)


def test_lists_that_tell_a_part_only(house):
    point = {
        "full_name": [x509.UniformResourceIdentifier("http://ca.example/crl")], "relative_name": None,
        "only_contains_user_certs": False, "only_contains_ca_certs": False, "only_some_reasons": None,
        "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    whole = x509.IssuingDistributionPoint(**point | {"only_contains_user_certs": True})
    assert update_list(house.folder, "P1", listing(house, extensions=[whole])).exists()
    for extension in (
        x509.DeltaCRLIndicator(5),
        x509.IssuingDistributionPoint(**point | {"indirect_crl": True}),
        x509.IssuingDistributionPoint(**point | {"only_some_reasons": frozenset([x509.ReasonFlags.key_compromise])}),
    ):
        with pytest.raises(BadKeyFile, match="not a complete"):
            update_list(house.folder, "P1", listing(house, extensions=[extension]))


def test_an_authority_that_its_own_issuer_revokes(house, world):
    root = issue(house.now, named(CN="根"), ca=True)
    ca = issue(house.now, named(CN="中"), by=root, ca=True)
    pin(house.folder, "P4", ca, {"CN": "P4"})
    pin(house.folder, "P4", root, {"CN": "根下的 P4"})
    leaf = issue(house.now, named(CN="P4"), by=ca)
    assert signer_of(house, leaf) == "P4"
    update_list(house.folder, "P4", listing(house, by=root, revoked=[ca.certificate.parsed.serial_number]))
    with pytest.raises(NotVerified, match="SIG_CERT_CHAIN"):
        signer_of(house, leaf, at=house.now + DAY)


def test_bytes_of_a_message_that_are_no_der(house):
    """KeyInfo may carry PEM inside its base64: what is compared is DER."""
    registry = Registry.load(house.folder)
    assert registry.registered(house.leaf.certificate.der) == house.leaf.certificate
    for data in (house.leaf.certificate.pem(), b"", b"x", house.leaf.certificate.der + b"\0"):
        assert registry.registered(data) is None
    with pytest.raises(KeyError):
        registry.owner(issue(house.now, named(CN="z")).certificate)
