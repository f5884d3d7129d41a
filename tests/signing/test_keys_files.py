"""Where a key lies is data: PEM and PKCS#12 files, settings beside them, modes; and secrets that stand nowhere."""

import logging
import re
import stat

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from signing import making
from signing.certificate import Certificate
from signing.errors import BadKeyFile, KeyUnavailable
from signing.folder import Own, read_private
from signing.key_errors import KeyExposed
from signing.keys import Registry, listed, load_signer, make_own
from signing.providers import checked, is_locked, provider_of, settings_text
from signing.sign import seal_document
from signing.software import SoftwareKey
from signing.suites import SUITES
from signing.verify import verify
from tests.signing.conftest import DXP, NODES

NODE, SECRET = "DXPENT0000000009", b"canary-5f3a-passphrase"
P12_NODE = NODES["rsa-sha256"]


@pytest.fixture
def home(tmp_path, world):
    make_own(tmp_path, NODE, name="甲公司", passphrase=SECRET, now=world.now, suite="ecdsa-sha256")
    return tmp_path


def p12(signer, passphrase=SECRET, *, name="x.p12"):
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return serialize_key_and_certificates(b"card", signer.key, signer.certificate.parsed, None, lock)


def lay(folder, signer, data, settings='provider = "pkcs12"\n', mode=0o600):
    own = folder / "own"
    own.mkdir(exist_ok=True)
    (own / f"{P12_NODE}.cert.pem").write_bytes(signer.certificate.pem())
    (own / f"{P12_NODE}.toml").write_text(settings, encoding="utf-8")
    (own / f"{P12_NODE}.p12").write_bytes(data)
    (own / f"{P12_NODE}.p12").chmod(mode)
    return folder


def load(folder, passphrase=SECRET):
    return load_signer(folder, P12_NODE, passphrase=passphrase)


def test_a_p12_seals(tmp_path, world):
    given = world.signers["rsa-sha256"]
    lay(tmp_path, given, p12(given))
    sealed = seal_document(DXP, signer=load(tmp_path))
    assert verify(sealed, registry=Registry.load(tmp_path), at=world.now).signer == P12_NODE
    (row,) = listed(tmp_path)
    assert (row.provider, row.encrypted) == ("pkcs12", True)


def test_a_p12_of_another_name(tmp_path, world):
    given = world.signers["rsa-sha256"]
    lay(tmp_path, given, p12(given), 'provider = "pkcs12"\nfile = "卡.p12"\n')
    (tmp_path / f"own/{P12_NODE}.p12").rename(tmp_path / "own/卡.p12")
    assert load(tmp_path).certificate == given.certificate


@pytest.mark.parametrize("passphrase", [b"wrong", None, b""])
def test_a_p12_with_another_passphrase(tmp_path, world, passphrase):
    given = world.signers["rsa-sha256"]
    lay(tmp_path, given, p12(given))
    with pytest.raises(KeyUnavailable, match="SIGN_KEY_UNAVAILABLE"):
        load(tmp_path, passphrase)


def test_a_p12_that_is_another_s(tmp_path, world):
    given, other = world.signers["rsa-sha256"], world.signers["rsa-sha512"]
    with pytest.raises(KeyUnavailable, match="配对"):
        load(lay(tmp_path, given, p12(other)))
    with pytest.raises(KeyUnavailable, match="another certificate"):
        load(lay(tmp_path, given, p12(renewed(given, world))))
    for data in (b"", b"no", p12(given)[:500]):
        with pytest.raises(KeyUnavailable):
            load(lay(tmp_path, given, data))
    (tmp_path / f"own/{P12_NODE}.p12").unlink()
    with pytest.raises(KeyUnavailable):
        load(tmp_path)


def renewed(signer, world):
    """The same key under a new certificate."""
    builder = making._builder("x", "x", world.now, 9)
    certificate = Certificate.read(SUITES[signer.suite].certify(builder, signer.key).public_bytes(Encoding.DER))
    return SoftwareKey("x", signer.suite, certificate, signer.key)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644, 0o777])
def test_a_key_that_others_can_read_is_not_used(home, world, mode):
    key = home / f"own/{NODE}.key.pem"
    key.chmod(mode)
    with pytest.raises(KeyExposed, match="KEY_EXPOSED") as exposed:
        load_signer(home, NODE, passphrase=SECRET)
    assert (
        isinstance(exposed.value, KeyUnavailable) and f"{mode:04o}" in exposed.value.zh and str(key) in exposed.value.en
    )
    key.chmod(0o400)
    assert load_signer(home, NODE, passphrase=SECRET)
    given = world.signers["rsa-sha256"]
    with pytest.raises(KeyExposed):
        load(lay(home, given, p12(given), mode=mode))


def test_a_link_is_judged_by_what_it_leads_to(home):
    key = home / f"own/{NODE}.key.pem"
    key.rename(home / "elsewhere")
    key.symlink_to(home / "elsewhere")
    assert read_private(key)
    (home / "elsewhere").chmod(0o644)
    with pytest.raises(KeyExposed):
        read_private(key)


def test_files_that_are_made_are_for_their_owner_only(home):
    assert stat.S_IMODE((home / f"own/{NODE}.key.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("provider = 1", "provider"), ("provider = 'card'", "provider"), ("", "provider"), ("provider =", "toml"),
        ("provider = 'pkcs12'\npassphrase = 'x'", "passphrase"), ("provider = 'pkcs12'\nfile = '../x'", "file"),
        ("provider = 'pkcs12'\nfile = 5", "file"), ("provider = 'pkcs11'", "module"),
        ("provider = 'pkcs11'\nmodule = 'm'\ntoken = ''", "token"), ("provider = 'remote'", "url"),
        ("provider = 'remote'\nurl = 'ws://127.0.0.1:1'\ntimeout = 0", "timeout"),
        ("provider = 'remote'\nurl = 'ws://127.0.0.1:1'\ntimeout = true", "timeout"),
        ("provider = 'remote'\nurl = 'ws://127.0.0.1:1'\ntimeout = 'x'", "timeout"),
        ("provider = 'remote'\nurl = 'ws://127.0.0.1:1'\nproxy = 'x'", "proxy"),
        ("provider = 'file'\nfile = 'x'", "file"),
    ],
)  # fmt: skip
def test_settings_that_are_not_well_made_are_told_with_file_and_key(tmp_path, world, text, told):
    given = world.signers["rsa-sha256"]
    lay(tmp_path, given, p12(given), text)
    with pytest.raises(KeyUnavailable, match=told) as failed:
        load(tmp_path)
    assert f"{P12_NODE}.toml" in failed.value.zh
    with pytest.raises(BadKeyFile):
        listed(tmp_path)


def test_settings_as_they_are_written_are_read_again(tmp_path):
    own = Own("N1", 1, tmp_path / "N1.cert.pem")
    for raw in (
        {"provider": "file"},
        {"provider": "pkcs12", "file": "a.p12"},
        {"provider": "pkcs11", "module": 'C:\\x\\"y".dll', "token": "卡 1", "key": "k"},
        {"provider": "remote", "url": "ws://127.0.0.1:61232", "timeout": 2.5},
    ):
        (tmp_path / "N1.toml").write_bytes(settings_text(raw))
        found = provider_of(own)
        assert {"provider": found.name, **found.values} == raw
        assert found == checked(raw, own, tmp_path / "N1.toml")
    assert is_locked(own) is True
    (tmp_path / "N1.toml").unlink()
    assert is_locked(own) is None


def test_file_said_outright_is_as_if_nothing_were_said(home):
    (home / f"own/{NODE}.toml").write_text('provider = "file"\n')
    assert load_signer(home, NODE, passphrase=SECRET).suite == "ecdsa-sha256"


# --- canary ---

BODY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(.*?)-----END", re.DOTALL)


def needles(*files):
    """Passphrases, and every line of the keys' PEM bodies."""
    lines = [line for data in files for body in BODY.findall(data) for line in body.split()]
    assert len(lines) > 3
    return [SECRET, b"wrong-canary", *lines]


def test_secrets_stand_in_no_error_no_repr_and_no_log(home, world, caplog, capfd):
    """Everything that can go wrong with a file, told in every way that an error can be told."""
    caplog.set_level(logging.DEBUG)
    given = world.signers["rsa-sha256"]
    key = home / f"own/{NODE}.key.pem"
    pem = key.read_bytes()
    plain = (world.folder / f"own/{P12_NODE}.key.pem").read_bytes()
    lay(home, given, p12(given))
    told = [repr(load_signer(home, NODE, passphrase=SECRET)), repr(load(home)), repr(listed(home))]

    def failing(data, passphrase=SECRET, node=NODE):
        path = key if node == NODE else home / f"own/{P12_NODE}.p12"
        path.write_bytes(data)
        with pytest.raises(KeyUnavailable) as failed:
            load_signer(home, node, passphrase=passphrase)
        error = failed.value
        styles = [str(failed.getrepr(style=style)) for style in ("native", "short", "value")]
        told.extend([str(error), repr(error), error.zh, error.en, *styles])

    broken = pem.replace(pem.splitlines()[2], pem.splitlines()[2][::-1])
    for data in (broken, pem[:-40], pem[:200], plain, pem.replace(b"BEGIN", b"BEGUN"), plain.replace(b"MII", b"MIX")):
        failing(data)
    failing(pem, b"wrong-canary")
    failing(pem, None)
    for data, passphrase in ((p12(given), b"wrong-canary"), (pem, SECRET), (plain, None)):
        failing(data, passphrase, P12_NODE)
    (home / f"own/{P12_NODE}.cert.pem").write_bytes(plain)
    with pytest.raises(BadKeyFile) as failed:
        Registry.load(home)
    told += [str(failed.value), repr(failed.value), caplog.text, *capfd.readouterr()]
    text = "\n".join(told).encode()
    assert not [needle for needle in needles(pem, plain, broken) if needle in text]
