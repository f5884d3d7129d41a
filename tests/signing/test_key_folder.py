"""The key folder: making, loading, trusting, listing, and every way in which a file may be wrong."""

import stat
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.certificate import Certificate
from signing.errors import BadKeyFile, KeyUnavailable
from signing.keys import Registry, listed, load_signer, make_own, trust
from signing.software import SoftwareKey
from tests.signing.conftest import NODES

NODE = "DXPENT0000000009"


@pytest.fixture
def home(tmp_path, world):
    make_own(tmp_path, NODE, name="甲公司", passphrase=b"secret", now=world.now, suite="ecdsa-sha256")
    return tmp_path


def test_make_own(home, world):
    key, path = home / f"own/{NODE}.key.pem", home / f"own/{NODE}.cert.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert key.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    certificate = Certificate.read(path.read_bytes())
    assert certificate.subject == certificate.issuer == f"CN={NODE},O=甲公司"
    assert certificate.may_sign and certificate.algorithm == "EC secp256r1"
    assert certificate.not_before <= world.now < certificate.not_after
    assert certificate.not_after - world.now <= timedelta(days=1095)


def test_a_key_is_never_overwritten(home, world):
    before = (home / f"own/{NODE}.key.pem").read_bytes()
    with pytest.raises(BadKeyFile, match="KEY_FILE"):
        make_own(home, NODE, name="甲公司", passphrase=None, now=world.now)
    assert (home / f"own/{NODE}.key.pem").read_bytes() == before


def test_load_signer(home):
    signer = load_signer(home, NODE, passphrase=b"secret")
    assert (signer.node_id, signer.suite, len(signer.key_name) % 2) == (NODE, "ecdsa-sha256", 0)
    assert [len(value) for value in signer.sign([b"a", b"b"])] == [64, 64]
    assert "secret" not in repr(signer) and "PrivateKey" not in repr(signer)


def test_the_suite_is_the_certificate_s_or_the_caller_s(world):
    node = NODES["rsa-sha512"]
    assert load_signer(world.folder, node).suite == "rsa-sha512"
    assert load_signer(world.folder, node, suite="rsa-sha256").suite == "rsa-sha256"
    with pytest.raises(KeyUnavailable):
        load_signer(world.folder, node, suite="ecdsa-sha256")
    with pytest.raises(KeyUnavailable):
        load_signer(world.folder, node, suite="rot13")


@pytest.mark.parametrize("passphrase", [None, b"wrong"])
def test_wrong_passphrase(home, passphrase):
    with pytest.raises(KeyUnavailable, match="SIGN_KEY_UNAVAILABLE"):
        load_signer(home, NODE, passphrase=passphrase)


def test_a_passphrase_for_an_open_key(world):
    with pytest.raises(KeyUnavailable):
        load_signer(world.folder, NODES["rsa-sha256"], passphrase=b"needless")


@pytest.mark.parametrize("name", [f"{NODE}.key.pem", f"{NODE}.cert.pem"])
def test_missing_file_of_a_pair(home, name):
    (home / "own" / name).unlink()
    with pytest.raises(KeyUnavailable):
        load_signer(home, NODE, passphrase=b"secret")


def test_key_of_another_certificate(home, world):
    other = make_own(home, "N2", name="乙", passphrase=None, now=world.now, suite="ecdsa-sha256")
    assert other is None
    (home / "own/N2.key.pem").replace(home / f"own/{NODE}.key.pem")
    with pytest.raises(KeyUnavailable, match="不配对"):
        load_signer(home, NODE)


@pytest.mark.parametrize("node", ["", "../x", "a/b", ".hidden", "中", "x" * 65, "a.b"])
def test_a_node_id_is_a_file_name(tmp_path, world, node):
    with pytest.raises(BadKeyFile):
        make_own(tmp_path, node, name="甲", passphrase=None, now=world.now)
    with pytest.raises(BadKeyFile):
        trust(tmp_path, node, world.signers["rsa-sha256"].certificate.pem())
    assert not list(tmp_path.iterdir())


def test_trust(tmp_path, world):
    given = world.signers["rsa-sha256"].certificate
    assert trust(tmp_path, "P1", given.pem()) == given
    assert trust(tmp_path, "P1", given.der) == given, "the same again, in the other form"
    assert [path.name for path in (tmp_path / "partners/P1").iterdir()] == [f"{given.serial}.cert.pem"]
    registry = Registry.load(tmp_path)
    assert registry.senders() == ("P1",)
    assert registry.certificates("P1") == (given,) and registry.certificates("P2") == ()
    assert registry.owner(given) == "P1" and registry.named("00" + given.serial.upper()) == (given,)


def test_one_certificate_has_one_owner(tmp_path, world):
    given = world.signers["rsa-sha256"].certificate
    trust(tmp_path, "P1", given.pem())
    with pytest.raises(BadKeyFile, match="P1"):
        trust(tmp_path, "P2", given.pem())
    (tmp_path / "partners/P2").mkdir()
    (tmp_path / f"partners/P2/{given.serial}.cert.pem").write_bytes(given.pem())
    with pytest.raises(BadKeyFile, match="P1"):
        Registry.load(tmp_path)


def test_trust_refuses_what_is_no_single_certificate(tmp_path, home, world):
    given = world.signers["rsa-sha256"].certificate.pem()
    key = (world.folder / f"own/{NODES['rsa-sha256']}.key.pem").read_bytes()
    for data in (b"", b"hello", given * 2, given + key, key):
        with pytest.raises(BadKeyFile):
            trust(tmp_path, "P1", data)
    assert not (tmp_path / "partners").exists()


@pytest.mark.parametrize(
    ("name", "data"), [("note.txt", b""), ("x.crt", b""), ("x.cert.pem", b"no"), ("crl.pem", b"no")]
)
def test_a_file_of_no_known_kind_is_told(tmp_path, name, data):
    path = tmp_path / "partners/P1" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    with pytest.raises(BadKeyFile, match=name):
        Registry.load(tmp_path)


def test_own_nodes_are_registered_and_an_empty_folder_is_empty(tmp_path, world):
    assert set(world.registry.senders()) == set(NODES.values())
    assert Registry.load(tmp_path).senders() == ()


def test_listed(home, world):
    trust(home, "P1", world.signers["rsa-sha512"].certificate.pem())
    own, partner = listed(home)
    assert (own.role, own.node, own.suite, own.encrypted) == ("own", NODE, "ecdsa-sha256", True)
    assert (partner.role, partner.node, partner.algorithm, partner.encrypted) == ("partner", "P1", "RSA 2048", None)
    assert partner.serial in partner.path.name and len(partner.fingerprint) == 64
    (home / f"own/{NODE}.key.pem").unlink()
    assert listed(home)[0].encrypted is None, "a certificate whose key lies on a card"


def test_a_suite_that_only_verifies(world, monkeypatch):
    from dataclasses import replace

    from signing.suites import SUITES

    monkeypatch.setitem(SUITES, "old", replace(SUITES["rsa-sha256"], sign=None, make_key=None))
    signer = world.signers["rsa-sha256"]
    with pytest.raises(KeyUnavailable):
        SoftwareKey(signer.node_id, "old", signer.certificate, signer.key).sign([b"a"])
    with pytest.raises(BadKeyFile):
        make_own(world.folder, "N3", name="丙", passphrase=None, now=world.now, suite="old")


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_certificate_or_are_told(world, data):
    """KeyInfo may carry anything: reading it must not die of what it finds."""
    der = bytearray(world.signers["ecdsa-sha256"].certificate.der)
    for place in data.draw(st.lists(st.integers(0, len(der) - 1), min_size=1, max_size=3)):
        der[place] ^= data.draw(st.integers(1, 255))
    try:
        assert Certificate.read(bytes(der)).issued_by(world.signers["rsa-sha256"].certificate) is False
    except ValueError as error:
        assert "X.509" in str(error) or "证书" in str(error)
