"""SM2 key files: both locks, other tools' files, and every way in which one may be wrong."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.sm2 import PrivateKey, load_private_key
from signing.sm2_der import bit_string, integer, items, oid, read, sequence
from signing.sm2_forms import private_key_info
from signing.sm2_libcrypto import EXAMPLE_KEY
from tests.signing.handmade import make_sm2_pair, needs_openssl, openssl
from tests.signing.test_sm2 import SCALAR

LOCKS = {
    "ours": None,
    "aes-256": ("-v2", "aes-256-cbc"),
    "aes-128, sha1": ("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
    "aes-192, sha512": ("-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"),
    "sm4": ("-v2", "sm4-cbc"),
}


@needs_openssl
@pytest.mark.parametrize("how", LOCKS.values(), ids=LOCKS)
def test_encrypted_key_files(tmp_path, how):
    key = PrivateKey.generate()
    opened, locked = tmp_path / "open.pem", tmp_path / "locked.pem"
    opened.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if how:
        openssl("pkcs8", "-topk8", "-in", opened, "-passout", "pass:口令", *how, "-out", locked)
    else:
        lock = BestAvailableEncryption("口令".encode())
        locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
        back = openssl("pkey", "-in", locked, "-passin", "pass:口令").stdout
        assert load_private_key(back, None).public_key() == key.public_key()
    assert load_private_key(opened.read_bytes(), None).public_key() == key.public_key()
    assert load_private_key(locked.read_bytes(), "口令".encode()).public_key() == key.public_key()
    with pytest.raises(ValueError, match=r"口令不对|SM2|DER|不支持"):
        load_private_key(locked.read_bytes(), b"wrong")
    with pytest.raises(TypeError, match="需要口令"):
        load_private_key(locked.read_bytes(), None)
    with pytest.raises(TypeError, match="不需要口令"):
        load_private_key(opened.read_bytes(), b"needless")


@needs_openssl
def test_key_files_that_are_none(tmp_path):
    good = make_sm2_pair(tmp_path, "k")[0].read_bytes()
    p256 = openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout").stdout
    rsa_key = openssl("genrsa", "2048").stdout
    old = openssl("ec", "-aes128", "-passout", "pass:x", data=good).stdout  # the lock before PKCS#8: PEM headers
    for data in (b"", good * 2, p256, rsa_key, old, good.replace(b"\n", b"?\n", 2)):
        with pytest.raises((ValueError, TypeError)):
            load_private_key(data, None)
    with pytest.raises(ValueError, match="PKCS#8"):
        PrivateKey(SCALAR).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="NoEncryption"):
        PrivateKey(SCALAR).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, None)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_key_file_is_read_or_told(data):
    der = bytearray(private_key_info(SCALAR, EXAMPLE_KEY))
    for place in data.draw(st.lists(st.integers(0, len(der) - 1), max_size=3)):
        der[place] = data.draw(st.integers(0, 255))
    cut = bytes(der[: data.draw(st.integers(0, len(der)))])
    pem = b"-----BEGIN PRIVATE KEY-----\n" + b64encode(cut) + b"\n-----END PRIVATE KEY-----\n"
    try:
        load_private_key(pem, None)
    except ValueError:
        return


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_der_is_read_or_told(data):
    try:
        found = items(data)
    except ValueError:
        return
    assert b"".join(item.whole for item in found) == data


def test_der_in_other_forms_is_refused():
    good = sequence(integer(0x80), oid("1.2.156.10197.1.301"), bit_string(b"\xff" * 200))
    number, name, bits = read(good).items()
    assert (number.number(), name.body.hex(), bits.bits()) == (0x80, "2a811ccf5501822d", b"\xff" * 200)
    for bad in (
        b"\x30\x80\0\0",
        b"\x30\x81\x05",
        b"\x30\x81\x01\0",
        b"\x30\x82\0\x80" + bytes(128),
        b"\x1f\x01\0",
        b"\x30",
        b"\x30\x85",
    ):
        with pytest.raises(ValueError, match="DER"):
            items(bad)
    for bad in (b"\x02\x00", b"\x02\x02\x00\x01", b"\x02\x01\x80"):
        with pytest.raises(ValueError, match="DER"):
            read(bad).number()
    with pytest.raises(ValueError, match="DER"):
        read(b"\x03\x02\x01\x80").bits()
