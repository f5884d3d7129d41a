"""Keys on a token: SoftHSM plays it. Never extractable; pulled out in the middle and put back; a PIN never tried twice."""

import logging
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from signing import pkcs11 as ours
from signing.changes import UseCard
from signing.drafts import approve, draft_change
from signing.errors import KeyUnavailable
from signing.folder import read_certificate
from signing.key_errors import PinStopped
from signing.keys import listed, load_signer
from signing.pin import PinGuard, PinRefused, allow_pin, stopped_pins
from signing.registry import Registry
from signing.sign import seal_document
from signing.sm2_der import bit_string, read, sequence
from signing.verify import verify
from tests.signing.conftest import DXP

MODULE = next(
    (path for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so",
                                 "/opt/homebrew/lib/softhsm/libsofthsm2.so")) if path.exists()),
    None,
)  # fmt: skip
pytestmark = pytest.mark.skipif(
    MODULE is None or shutil.which("softhsm2-util") is None, reason="softhsm2 is missing: apt-get install softhsm2"
)
pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is missing: pip install customs-gateway[cards]")

NODE, PIN, WRONG = "DXPENT0000000011", b"135790", b"864201"


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """The place of the tokens, as the library of this process knows it."""
    place = tmp_path_factory.mktemp("softhsm")
    (place / "tokens").mkdir()
    (place / "conf").write_text(
        f"directories.tokendir = {place}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(place / "conf")
    pkcs11.lib(str(MODULE)).reinitialize()
    yield place / "tokens"
    os.environ.pop("SOFTHSM2_CONF")
    if before:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(params=["RSA", "EC"])
def token(request, reader, tmp_path, world):
    return make_token(request.param, reader, tmp_path, world)


def make_token(kind, reader, folder, world):
    """A new token with a key that was made on it, its certificate, and the key folder that names it."""
    label = f"{kind}-{folder.name}"[:32]
    made = ["--init-token", "--free", "--label", label, "--so-pin", "24681357", "--pin", PIN.decode()]
    subprocess.run(["softhsm2-util", *made], check=True, capture_output=True)
    library = pkcs11.lib(str(MODULE))
    library.reinitialize()
    ours.library(str(MODULE)).started += 1
    with library.get_token(token_label=label).open(rw=True, user_pin=PIN.decode()) as session:
        public, private = make_key(session, kind)
        assert private[pkcs11.Attribute.EXTRACTABLE] is False
        assert private[pkcs11.Attribute.SENSITIVE] is True
        certificate = certify(public, private, world.now)
    own = folder / "own"
    own.mkdir(parents=True)
    (own / f"{NODE}.cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (own / f"{NODE}.toml").write_text(f'provider = "pkcs11"\nmodule = "{MODULE}"\ntoken = "{label}"\n')
    return SimpleNamespace(
        folder=folder, label=label, card=f"{MODULE}#{label}", reader=reader, path=own / f"{NODE}.toml"
    )


def make_key(session, kind):
    if kind == "RSA":
        return session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label=NODE)
    from pkcs11.util.ec import encode_named_curve_parameters

    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
    return parameters.generate_keypair(store=True, label=NODE)


def certify(public, private, now):
    """A self-signed certificate whose signature the token made: the builder signs with a stand-in, which is replaced."""
    is_rsa = public.key_type == pkcs11.KeyType.RSA
    encode = pkcs11.util.rsa.encode_rsa_public_key if is_rsa else pkcs11.util.ec.encode_ec_public_key
    der = encode(public)
    key = rsa_key(der) if is_rsa else load_der_public_key(der)
    stand_in = rsa.generate_private_key(65537, 2048) if is_rsa else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NODE)])
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key).serial_number(4711)
        .not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + timedelta(days=100))
        .sign(stand_in, hashes.SHA256())
    )  # fmt: skip
    content = built.tbs_certificate_bytes
    if is_rsa:
        value = private.sign(content, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
    else:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(content)
        both = private.sign(digest.finalize(), mechanism=pkcs11.Mechanism.ECDSA)
        value = encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:]))
    algorithm = read(built.public_bytes(Encoding.DER)).items()[1].whole
    return x509.load_der_x509_certificate(sequence(content, algorithm, bit_string(value)))


def rsa_key(der):
    numbers = [item.number() for item in read(der).items()]
    return rsa.RSAPublicNumbers(e=numbers[1], n=numbers[0]).public_key()


@pytest.fixture
def pulled(token):
    """A function that pulls the token out, and one that puts it back."""
    away = token.reader.with_name("away")

    def out():
        token.reader.rename(away)

    def back():
        away.rename(token.reader)

    yield out, back
    if away.exists():
        back()


def opened(token, pin=PIN, **more):
    return load_signer(token.folder, NODE, passphrase=pin, **more)


def test_it_seals_what_everybody_verifies(token, world):
    signer = opened(token)
    sealed = seal_document(DXP, signer=signer)
    verified = verify(sealed, registry=Registry.load(token.folder), at=world.now)
    assert (verified.signer, verified.suite) == (NODE, signer.suite)
    assert len(signer.sign([b"a", b"b", b"c"])) == 3
    assert listed(token.folder)[0].provider == "pkcs11" and listed(token.folder)[0].encrypted is True


def test_sha512_where_it_is_wished(token, world):
    if "RSA" not in token.label:
        with pytest.raises(KeyUnavailable, match="does not fit"):
            opened(token, suite="rsa-sha512")
        return
    sealed = seal_document(DXP, signer=opened(token, suite="rsa-sha512"))
    assert verify(sealed, registry=Registry.load(token.folder), at=world.now).suite == "rsa-sha512"


def test_pulled_out_in_the_middle_and_back(token, pulled):
    out, back = pulled
    signer = opened(token)
    signer.sign([b"a"])
    out()
    for _ in range(3):
        with pytest.raises(KeyUnavailable, match="SIGN_KEY_UNAVAILABLE"):
            signer.sign([b"a"])
    with pytest.raises(KeyUnavailable, match="SIGN_KEY_UNAVAILABLE"):
        opened(token)
    assert not stopped_pins(token.folder), "nobody doubted the PIN"
    back()
    assert len(signer.sign([b"a", b"b"])) == 2
    assert len(opened(token).sign([b"a"])) == 1


def test_a_token_that_is_away_at_first(token, pulled):
    out, back = pulled
    out()
    with pytest.raises(KeyUnavailable):
        opened(token)
    assert not stopped_pins(token.folder)
    back()
    assert len(opened(token).sign([b"a"])) == 1


def test_two_tokens_of_one_library(reader, tmp_path, world):
    """When one of them makes the library start anew, the other's session is gone, and its number is soon the first one's."""
    one = opened(make_token("RSA", reader, tmp_path / "one", world))
    two = opened(make_token("EC", reader, tmp_path / "two", world))
    for troubled, other in ((one, two), (two, one), (one, two)):
        troubled._token._close()
        for signer in (troubled, other, other, troubled):
            assert len(signer.sign([b"a", b"b"])) == 2


def test_a_session_of_before_the_library_s_last_start_is_not_touched(token):
    """Its number may be another token's by now."""
    signer = opened(token)
    before = signer._token._session
    pkcs11.lib(str(MODULE)).reinitialize()
    signer._token._library.started += 1
    assert len(signer.sign([b"a"])) == 1 and signer._token._session is not before


def test_a_refusal_elsewhere_stops_an_open_session_too(token):
    signer = opened(token)
    other = PinGuard(token.folder / "own", token.card, patience=1)
    with pytest.raises(PinStopped), other.shown():
        raise PinRefused("PinIncorrect")
    with pytest.raises(PinStopped):
        signer.sign([b"a"])
    allow_pin(token.folder, token.card, "王工")
    assert len(signer.sign([b"a"])) == 1


def test_a_library_that_somebody_else_starts_anew(token):
    signer = opened(token)
    pkcs11.lib(str(MODULE)).reinitialize()
    assert len(signer.sign([b"a"])) == 1


def test_a_wrong_pin_is_never_tried_twice_by_itself(token, monkeypatch):
    logins, login = [], ours.logged_in
    monkeypatch.setattr(ours, "logged_in", lambda *args: logins.append(1) or login(*args))
    for _ in range(3):
        with pytest.raises(PinStopped, match="PinIncorrect"):
            opened(token, WRONG)
    monkeypatch.setattr(ours, "_TOKENS", {})  # a restart
    for pin in (WRONG, PIN):
        with pytest.raises(PinStopped):
            opened(token, pin)
    assert len(logins) == 1
    entry = allow_pin(token.folder, token.card, "王工")
    assert entry["detail"] == {"outcome": "refused"}
    assert len(opened(token).sign([b"a"])) == 1
    assert len(logins) == 2


def test_another_pin_beside_an_open_session(token):
    opened(token)
    with pytest.raises(KeyUnavailable, match="another PIN"):
        opened(token, WRONG)
    assert not stopped_pins(token.folder)


@pytest.mark.parametrize("name", ["token", "key", "module"])
def test_what_is_not_there(token, name):
    lines = [line for line in token.path.read_text().splitlines() if not line.startswith(f"{name} ")]
    token.path.write_text("\n".join([*lines, f'{name} = "/nowhere"']))
    with pytest.raises(KeyUnavailable, match=r"nowhere|NoSuchKey"):
        opened(token)
    token.path.write_text("\n".join(lines))
    if name == "key":
        assert opened(token)
    else:
        with pytest.raises(KeyUnavailable, match=name):
            opened(token)


def test_a_key_that_is_not_the_certificate_s(token, world):
    (token.folder / f"own/{NODE}.cert.pem").write_bytes(
        world.signers["rsa-sha256" if "RSA" in token.label else "ecdsa-sha256"].certificate.pem()
    )
    with pytest.raises(KeyUnavailable, match="did not make"):
        opened(token).sign([b"a"])


@pytest.mark.parametrize("pin", [None, b"", b"\xff\xfe"])
def test_no_pin(token, pin):
    with pytest.raises(KeyUnavailable):
        opened(token, pin)
    assert not stopped_pins(token.folder)


def test_the_pin_stands_nowhere(token, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    told = []
    for _ in range(2):
        with pytest.raises(PinStopped) as stopped:
            opened(token, WRONG)
        told += [str(stopped.value), repr(stopped.value), str(stopped.getrepr(style="native"))]
    allow_pin(token.folder, token.card, "王工")
    told += [repr(opened(token)), caplog.text, *capfd.readouterr()]
    told += [path.read_text() for path in token.folder.rglob("*") if path.is_file()]
    assert not [text for text in told if WRONG.decode() in text or PIN.decode() in text]


def test_without_the_extra_it_says_what_to_install(token, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(KeyUnavailable, match=r"customs-gateway\[cards\]"):
        opened(token)


def test_a_certificate_is_read_from_the_token_without_a_pin(token, world):
    with pytest.raises(KeyUnavailable, match="0 certificates"):
        ours.fetch_certificate(str(MODULE), token.label, NODE)
    certificate = read_certificate(token.folder / "own" / f"{NODE}.cert.pem")
    library = pkcs11.lib(str(MODULE))
    with library.get_token(token_label=token.label).open(rw=True, user_pin=PIN.decode()) as session:
        session.create_object({
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.PRIVATE: False,
            pkcs11.Attribute.LABEL: NODE,
            pkcs11.Attribute.SUBJECT: certificate.parsed.subject.public_bytes(),
            pkcs11.Attribute.VALUE: certificate.der,
        })  # fmt: skip
    assert ours.fetch_certificate(str(MODULE), token.label, NODE) == certificate
    with pytest.raises(KeyUnavailable, match="NoSuchToken"):
        ours.fetch_certificate(str(MODULE), "no such label", NODE)
    settings = {"provider": "pkcs11", "module": str(MODULE), "token": token.label, "key": NODE}
    other = token.folder / "other"
    id_ = draft_change(other, UseCard(NODE, settings, certificate.pem()), "first", account="a")
    approve(other, id_, "second", account="b")
    signer = load_signer(other, NODE, passphrase=PIN)
    assert verify(seal_document(DXP, signer=signer), registry=Registry.load(other), at=world.now).signer == NODE
    assert not stopped_pins(other)
