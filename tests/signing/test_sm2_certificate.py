"""SM2 certificates: read though `cryptography` knows no such key, chained, revoked, and made."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from signing import sm2_certificate
from signing.certificate import Certificate
from signing.keys import Registry
from signing.sm2 import PrivateKey, PublicKey, load_private_key
from signing.sm2_der import bit_string, oid, sequence
from signing.sm2_forms import SIGNATURE_ALGORITHM
from signing.suites import SUITES, suite_of
from tests.signing.handmade import DISTID, der, make_sm2_pair, needs_openssl, openssl, sm2_world

pytestmark = needs_openssl
NOW = datetime.now(UTC) + timedelta(
    minutes=5
)  # openssl certifies from the moment of each test, which is later than the import


def named(text):
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "甲"), x509.NameAttribute(NameOID.COMMON_NAME, text)]
    )


def builder(subject="N", issuer="N", days=30):
    subject, issuer = (name if isinstance(name, x509.Name) else named(name) for name in (subject, issuer))
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    made = made.serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(minutes=5))
    return made.not_valid_after(NOW + timedelta(days=days))


def crl_builder(certificate, *, issuer="CA", date=NOW):
    entry = (
        x509.RevokedCertificateBuilder().serial_number(certificate.parsed.serial_number).revocation_date(date).build()
    )
    made = x509.CertificateRevocationListBuilder().issuer_name(named(issuer)).last_update(NOW)
    return made.next_update(NOW + timedelta(days=9)).add_revoked_certificate(entry)


def certified(builder, subject, issuer):
    return Certificate.read(sm2_certificate.certify(builder, subject.public_key(), issuer).public_bytes(Encoding.PEM))


def test_what_openssl_made_is_read():
    world = sm2_world()
    read, text = world.signer.certificate, openssl("x509", "-in", world.certificate, "-noout", "-serial").stdout
    assert text.decode().strip().lower() == f"serial={read.serial}"
    assert read.subject == read.issuer == f"CN={world.node},O=示例进出口有限公司"
    assert (read.algorithm, read.hash_name, read.may_sign, read.rsa_bits) == ("SM2", "sm3", True, None)
    assert read.not_before <= datetime.now(UTC) < read.not_after and read.not_after - read.not_before == timedelta(
        days=30
    )
    assert suite_of(read) is SUITES["sm2-sm3"] and read.issued_by(read)
    info = openssl(
        "pkey", "-pubin", "-outform", "DER", data=openssl("x509", "-in", world.certificate, "-noout", "-pubkey").stdout
    )
    assert read.public_key.info() == info.stdout


@pytest.mark.parametrize("more", [("-sigopt", DISTID), ()], ids=["common id", "no id"])
def test_both_ways_in_which_issuers_sign(tmp_path, more):
    _, certificate = make_sm2_pair(tmp_path, "k", more=more)
    read = Certificate.read(certificate.read_bytes())
    assert read.issued_by(read) and not read.issued_by(sm2_world().signer.certificate)


def test_the_algorithm_is_the_same_outside_and_inside():
    """Only the outer one is not signed (RFC 5280, 4.1.1.2)."""
    key = PrivateKey.generate()
    good = certified(builder(), key, key)
    content = good.parsed.tbs_certificate_bytes.replace(SIGNATURE_ALGORITHM, sequence(oid("1.2.840.10045.4.3.2")), 1)
    other = Certificate.read(sequence(content, SIGNATURE_ALGORITHM, bit_string(der(key.sign(content)))))
    assert good.issued_by(good) and not other.issued_by(good)


def test_another_id_is_no_signature(tmp_path):
    _, certificate = make_sm2_pair(tmp_path, "k", more=("-sigopt", "distid:ALICE"))
    read = Certificate.read(certificate.read_bytes())
    assert not read.issued_by(read)


def test_usage():
    key = PrivateKey.generate()
    usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                           "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
    only = x509.KeyUsage(**usage | {"key_encipherment": True})
    assert not certified(builder().add_extension(only, critical=True), key, key).may_sign


def test_chain_and_its_names():
    authority, leaf = PrivateKey.generate(), PrivateKey.generate()
    above, below = certified(builder("CA", "CA"), authority, authority), certified(builder("N", "CA"), leaf, authority)
    assert below.issued_by(above) and above.issued_by(above)
    assert not above.issued_by(below) and not below.issued_by(below)
    assert not certified(builder("N", "CA"), leaf, leaf).issued_by(above), "signed by itself under the authority's name"
    assert not certified(builder("N", "Other"), leaf, authority).issued_by(above), "another issuer's name"


def test_openssl_verifies_the_certificates_that_we_make(tmp_path):
    authority, leaf = PrivateKey.generate(), PrivateKey.generate()
    ca = builder("CA", "CA").add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    above, below = tmp_path / "ca.pem", tmp_path / "leaf.pem"
    above.write_bytes(certified(ca, authority, authority).pem())
    below.write_bytes(certified(builder("N", "CA"), leaf, authority).pem())
    done = openssl("verify", "-vfyopt", DISTID, "-CAfile", above, below)
    assert b"OK" in done.stdout
    shown = openssl("x509", "-in", below, "-noout", "-text").stdout.decode()
    assert "SM2-with-SM3" in shown and "ASN1 OID: SM2" in shown


def test_make_a_certificate_as_the_table_of_suites_says():
    """What `keys.make_own` calls: a builder without key, and the key."""
    for name, suite in SUITES.items():
        if suite.make_key is None:
            assert suite.sign is None and suite.certify is None, name
            continue
        key = suite.make_key()
        made = Certificate.read(suite.certify(builder(), key).public_bytes(Encoding.PEM))
        assert made.public_key == key.public_key() and suite.fits(made) and made.issued_by(made)
        assert suite_of(made) is suite


def test_a_revocation_list_of_an_sm2_issuer(tmp_path):
    authority, leaf, stranger = PrivateKey.generate(), PrivateKey.generate(), PrivateKey.generate()
    above, below = certified(builder("CA", "CA"), authority, authority), certified(builder("N", "CA"), leaf, authority)
    crl = sm2_certificate.certify_list(crl_builder(below), authority)
    assert above.signed_list(crl) and not below.signed_list(crl)
    assert not above.signed_list(sm2_certificate.certify_list(crl_builder(below), stranger))
    assert not above.signed_list(sm2_certificate.certify_list(crl_builder(below, issuer="Other"), authority))
    registry = Registry.of_rows([("N", below)], (crl,))
    assert registry.revoked(below, NOW + timedelta(days=1)) and not registry.revoked(above, NOW)
    (tmp_path / "crl.pem").write_bytes(crl.public_bytes(Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(above.pem())
    shown = openssl("crl", "-in", tmp_path / "crl.pem", "-noout", "-text").stdout.decode()
    assert below.serial in shown.lower() and "SM2-with-SM3" in shown


def test_a_revocation_list_of_openssl_s(tmp_path):
    key, certificate = make_sm2_pair(tmp_path, "ca", subject="/O=CA/CN=CA")
    (tmp_path / "index.txt").write_text("")
    (tmp_path / "number").write_text("01\n")
    lines = f"database={tmp_path}/index.txt\ncrlnumber={tmp_path}/number\ndefault_md=sm3\ndefault_crl_days=9\n"
    (tmp_path / "ca.cnf").write_text("[ca]\ndefault_ca=d\n[d]\n" + lines)
    base = ("ca", "-config", tmp_path / "ca.cnf", "-keyfile", key, "-cert", certificate, "-sigopt", DISTID)
    openssl(*base, "-revoke", certificate)
    made = openssl(*base, "-gencrl").stdout
    authority = Certificate.read(certificate.read_bytes())
    crl = x509.load_pem_x509_crl(made)
    assert authority.signed_list(crl) and not sm2_world().signer.certificate.signed_list(crl)
    registry = Registry.of_rows([("CA", authority)], (crl,))
    assert registry.revoked(authority, NOW + timedelta(days=1))


def test_lists_of_other_issuers(world):
    signer, name = world.signers["rsa-sha256"], world.signers["rsa-sha256"].certificate.parsed.subject
    made = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(NOW)
    crl = made.next_update(NOW + timedelta(days=1)).sign(signer.key, hashes.SHA256())
    assert signer.certificate.signed_list(crl)
    assert not world.signers["rsa-sha512"].certificate.signed_list(crl)
    key = PrivateKey.generate()
    same_name = certified(builder(name, name), key, key)
    assert not same_name.signed_list(crl)


def test_mixed_chains(world):
    """An SM2 leaf under an RSA name, and the other way round: no exception, no chain."""
    sm2_one, rsa_one = sm2_world().signer.certificate, world.signers["rsa-sha256"].certificate
    assert not sm2_one.issued_by(rsa_one) and not rsa_one.issued_by(sm2_one)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.data())
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_an_sm2_certificate_or_are_told(data):
    whole = sm2_world().signer.certificate
    flipped = bytearray(whole.der)
    for place in data.draw(st.sets(st.integers(0, len(flipped) - 1), min_size=1, max_size=3)):
        flipped[place] ^= data.draw(st.integers(1, 255))
    try:
        read = Certificate.read(bytes(flipped))
    except ValueError as error:
        assert "X.509" in str(error) or "证书" in str(error)
        return
    assert read.issued_by(whole) is False
    assert read.public_key is None or isinstance(read.public_key, PublicKey)


def test_a_point_beside_the_curve_is_no_key():
    whole = sm2_world().signer.certificate.der
    point = sm2_world().signer.certificate.public_key.point
    read = Certificate.read(whole.replace(point, point[:-1] + bytes([point[-1] ^ 1])))
    assert read.public_key is None and read.algorithm == "1.2.840.10045.2.1" and suite_of(read) is None


def test_a_key_in_the_file_of_a_certificate_is_told():
    pem = sm2_world().key.read_bytes()
    assert load_private_key(pem, None)
    with pytest.raises(ValueError, match="私钥"):
        Certificate.read(pem + sm2_world().certificate.read_bytes())
