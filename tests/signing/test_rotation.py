"""Several certificates of one node: the newest valid one seals, older ones verify, and what ends soon is told."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from signing.certificate import Certificate
from signing.errors import BadKeyFile, KeyUnavailable, NotVerified
from signing.folder import own_files, stamp
from signing.keys import Registry, listed, load_signer, make_own, trust
from signing.making import new_pair
from signing.retirement import retire
from signing.rotation import KeyRing, expiring, sealing
from signing.sign import seal_document
from signing.verify import verify
from tests.signing.conftest import DXP

NODE, DAY = "DXPENT0000000009", timedelta(days=1)


@pytest.fixture
def home(tmp_path, world):
    make_own(tmp_path, NODE, name="甲公司", passphrase=None, now=world.now, days=100, suite="ecdsa-sha256")
    return tmp_path


def renew(folder, starts, *, number=2, days=100, passphrase=None):
    key, certificate = new_pair(
        NODE, name="甲公司", passphrase=passphrase, starts=starts, days=days, suite="ecdsa-sha256"
    )
    place = folder / f"own/{NODE}.{number}.key.pem"
    place.write_bytes(key)
    place.chmod(0o600)
    (folder / f"own/{NODE}.{number}.cert.pem").write_bytes(certificate)
    return Certificate.read(certificate)


def serial(folder, at=None):
    return load_signer(folder, NODE, at=at).key_name


def test_the_newest_valid_one_seals(home, world):
    first = serial(home)
    second = renew(home, world.now + 60 * DAY)
    third = renew(home, world.now + 80 * DAY, number=10)
    assert [own.number for own in own_files(home)] == [1, 2, 10]
    at = {1: first, 59: first, 61: second.serial, 79: second.serial, 81: third.serial, 170: third.serial}
    assert {day: serial(home, world.now + day * DAY) for day in at} == at
    assert serial(home) == third.serial, "without a moment: the newest"
    for day in (-1, 181):
        with pytest.raises(KeyUnavailable, match="no valid certificate"):
            serial(home, world.now + day * DAY)


def test_an_older_one_verifies_until_it_expires(home, world):
    old = seal_document(DXP, signer=load_signer(home, NODE, at=world.now))
    renew(home, world.now + DAY)
    new = seal_document(DXP, signer=load_signer(home, NODE, at=world.now + 2 * DAY))
    registry = Registry.load(home)
    for sealed in (old, new):
        assert verify(sealed, registry=registry, at=world.now + 99 * DAY).signer == NODE
    with pytest.raises(NotVerified, match="SIG_CERT_EXPIRED"):
        verify(old, registry=registry, at=world.now + 100 * DAY + timedelta(seconds=1))
    assert verify(new, registry=registry, at=world.now + 100 * DAY).signer == NODE


def test_a_ring_changes_at_midnight_and_stops_at_the_end(home, world):
    clock = [world.now]
    asked = []
    ring = KeyRing(home, passphrase=asked.append, now=lambda: clock[0])
    first = ring.signer(NODE)
    assert ring.signer(NODE) is first, "loaded once"
    second = renew(home, world.now + 90 * DAY)
    assert ring.signer(NODE) is first
    clock[0] = world.now + 91 * DAY
    assert ring.signer(NODE).certificate == second
    clock[0] = world.now + 200 * DAY
    with pytest.raises(KeyUnavailable):
        ring.signer(NODE)
    clock[0] = world.now
    assert ring.signer(NODE).certificate == first.certificate
    assert asked == [NODE, f"{NODE}.2", NODE]


def test_retired_is_not_used_any_more_and_stays(home, world):
    second = renew(home, world.now)
    note = retire(home, NODE, second.serial.upper(), world.now + DAY, "卡丢了")
    assert note.name == f"{NODE}.2.retired.json" and (home / f"own/{NODE}.2.key.pem").exists()
    assert serial(home, world.now) == second.serial
    assert serial(home, world.now + DAY) != second.serial
    assert serial(home) != second.serial
    registry = Registry.load(home)
    assert registry.revoked(second, world.now) is None
    assert registry.revoked(second, world.now + DAY) == world.now + DAY
    assert [row.retired for row in listed(home)] == [None, world.now + DAY]
    with pytest.raises(BadKeyFile):
        retire(home, NODE, second.serial, world.now, "again")


def test_a_partner_s_retired_certificate_holds_for_nothing_that_arrives_later(tmp_path, world):
    signer = world.signers["rsa-sha256"]
    trust(tmp_path, "P1", signer.certificate.pem())
    trust(tmp_path, "P1", world.signers["ecdsa-sha256"].certificate.pem())
    sealed = seal_document(DXP, signer=signer)
    retire(tmp_path, "P1", signer.key_name, world.now + DAY, "对方换卡")
    registry = Registry.load(tmp_path)
    assert verify(sealed, registry=registry, at=world.now).signer == "P1"
    with pytest.raises(NotVerified, match="SIG_CERT_REVOKED"):
        verify(sealed, registry=registry, at=world.now + 2 * DAY)
    other = seal_document(DXP, signer=world.signers["ecdsa-sha256"])
    assert verify(other, registry=registry, at=world.now + 2 * DAY).signer == "P1"


def test_a_process_that_runs_sees_every_change(home, world):
    seen = [stamp(home)]
    trust(home, "P1", world.signers["rsa-sha256"].certificate.pem())
    seen.append(stamp(home))
    trust(home, "P1", world.signers["ecdsa-sha256"].certificate.pem())
    seen.append(stamp(home))
    retire(home, "P1", world.signers["rsa-sha256"].key_name, world.now, "x")
    seen.append(stamp(home))
    renew(home, world.now)
    seen.append(stamp(home))
    assert len(set(seen)) == 5 and stamp(home) == seen[-1]
    assert stamp(home / "nothing") == ()


@pytest.mark.parametrize("node", ["P1", "nobody", "../x"])
def test_retiring_what_is_not_there(home, world, node):
    with pytest.raises(BadKeyFile):
        retire(home, node, "1234", world.now, "why")
    own = listed(home)[0]
    for at, why in ((world.now, " "), (world.now.replace(tzinfo=None), "why")):
        with pytest.raises(BadKeyFile):
            retire(home, NODE, own.serial, at, why)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": 5}', '{"at": "2026-01-01"}', '{"at": "2026-01-01T00:00:00"}'])
def test_a_note_that_is_none_stops_everything(home, text):
    (home / f"own/{NODE}.retired.json").write_text(text)
    with pytest.raises(KeyUnavailable, match=r"retired\.json"):
        load_signer(home, NODE)
    with pytest.raises(BadKeyFile):
        Registry.load(home)


@pytest.mark.parametrize("name", ["a.b", f"{NODE}.0", f"{NODE}.02", f"{NODE}.2.3", "节点"])
def test_a_name_of_no_node(home, world, name):
    (home / f"own/{name}.cert.pem").write_bytes(world.signers["rsa-sha256"].certificate.pem())
    with pytest.raises(BadKeyFile):
        listed(home)


def test_two_begin_at_once(home, world):
    _, first = sealing(home, NODE)
    second = renew(home, world.now)
    assert sealing(home, NODE)[1] in (first, second) and sealing(home, NODE)[0].number == 2


@pytest.mark.parametrize(
    ("left", "level"),
    [(31, None), (30, "notice"), (8, "notice"), (7, "warning"), (2, "warning"), (1, "alarm"), (0.5, "alarm"),
     (-0.1, "expired"), (-400, "expired")],
)  # fmt: skip
def test_what_ends_soon_is_told(home, world, left, level):
    ends = listed(home)[0].not_after
    rows = expiring(home, ends - left * DAY)
    assert [row.level for row in rows] == ([level] if level else [])
    if level:
        row = rows[0]
        assert (row.role, row.node, row.ends, row.days_left) == ("own", NODE, ends, int(left // 1))


def test_what_is_taken_over_or_retired_is_no_matter(home, world):
    trust(home, "P1", world.signers["rsa-sha256"].certificate.pem())
    at = world.now + 95 * DAY
    assert [(row.node, row.days_left) for row in expiring(home, at)] == [(NODE, 4)]
    late = renew(home, world.now + 101 * DAY)
    assert len(expiring(home, at)) == 1, "a gap between the two"
    retire(home, NODE, late.serial, world.now, "gap")
    renew(home, world.now + 99 * DAY, number=3)
    assert expiring(home, at) == ()
    rows = expiring(home, world.now + 1094.5 * DAY)
    assert [(row.role, row.level) for row in rows] == [("own", "expired"), ("partner", "alarm")]
    retire(home, "P1", rows[1].serial, world.now, "gone")
    assert [row.role for row in expiring(home, world.now + 1094.5 * DAY)] == ["own"]


def crl_of(key, name, *, at, days, revoked=(), extensions=()):
    builder = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(at).next_update(at + days * DAY)
    for number in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(at).build()
        builder = builder.add_revoked_certificate(entry)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA256())


def test_an_old_list_and_one_of_an_unknown_issuer_are_told(home, world):
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "某 CA")])
    place = home / "partners/P1/crl.pem"
    place.parent.mkdir(parents=True)
    place.write_bytes(crl_of(key, name, at=world.now, days=5).public_bytes(Encoding.PEM))
    (row,) = expiring(home, world.now)
    assert (row.role, row.node, row.level, row.days_left) == ("list", "P1", "unsigned", 4)
    (row,) = expiring(home, world.now + 6 * DAY)
    assert (row.level, row.days_left, row.serial) == ("expired", -2, "CN=某 CA")
