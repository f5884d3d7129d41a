"""A change of keys or partners needs two people."""

import json
import logging
import shutil
import stat
from datetime import timedelta

import pytest

from signing import drafts
from signing.changes import ImportKey, NewKey, Retire, Trust, TrustAuthority, UseCard
from signing.drafts import approve, draft_change, pending, read_draft, reject
from signing.errors import BadKeyFile, KeyUnavailable
from signing.key_errors import NotApproved
from signing.keys import Registry, listed, load_signer, make_own, trust
from signing.making import new_pair
from tests.signing.conftest import NODES
from tests.signing.test_keys_files import needles, p12
from tests.signing.test_keys_partners import OURS, issue, named

NODE, SECRET, DAY = "DXPENT0000000009", b"canary-5f3a-passphrase", timedelta(days=1)
DRAFTER, SECOND = "张工", "李工"


@pytest.fixture
def home(tmp_path, world):
    make_own(tmp_path, NODE, name="甲公司", passphrase=SECRET, now=world.now, suite="ecdsa-sha256")
    return tmp_path


@pytest.fixture
def theirs(world):
    return world.signers["rsa-sha256"].certificate


def tree(folder):
    """What the key folder holds beside its drafts."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "drafts" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def changed(folder, change):
    return approve(folder, draft_change(folder, change, DRAFTER), SECOND)


def test_a_draft_changes_nothing_until_another_approves(home, theirs, world):
    before = tree(home)
    id_ = draft_change(home, Trust("P1", theirs.pem()), DRAFTER, now=world.now)
    assert tree(home) == before and Registry.load(home).certificates("P1") == ()
    (draft,) = pending(home)
    assert (draft.id, draft.act, draft.node, draft.by, draft.at) == (id_, "key_trust", "P1", DRAFTER, world.now)
    assert (draft.fingerprint, draft.serial, draft.subject) == (theirs.fingerprint, theirs.serial, theirs.subject)
    entry = approve(home, id_, SECOND)
    assert Registry.load(home).certificates("P1") == (theirs,)
    assert pending(home) == () and not (home / f"drafts/{id_}").exists()
    assert (entry["actor"], entry["act"], entry["subject"]) == (SECOND, "key_approve", f"P1 {id_}")
    assert entry["detail"]["change"] == "key_trust" and entry["detail"]["drafted_by"] == DRAFTER
    assert entry["detail"]["fingerprint"] == theirs.fingerprint and entry["detail"]["draft"] == draft.digest
    assert json.dumps(entry)
    assert draft.entry(DRAFTER, "key_draft")["detail"]["draft"] == draft.digest


@pytest.mark.parametrize("same", [DRAFTER, f" {DRAFTER} ", "张工\n", "", "  ", "\0"])
def test_who_drafts_does_not_approve(home, theirs, same):
    id_ = draft_change(home, Trust("P1", theirs.pem()), DRAFTER)
    with pytest.raises(NotApproved, match="KEY_SECOND_PERSON"):
        approve(home, id_, same)
    assert len(pending(home)) == 1


@pytest.mark.parametrize(("one", "other"), [("Li", "LI"), ("li", "ｌｉ"), ("Li  Wei", "li wei")])
def test_two_ways_of_writing_one_name_are_one_person(home, theirs, one, other):
    id_ = draft_change(home, Trust("P1", theirs.pem()), one)
    with pytest.raises(NotApproved):
        approve(home, id_, other)


@pytest.mark.parametrize("id_", ["00000000", "", "..", "../own", "x", "0" * 9])
def test_a_draft_that_is_not_there(home, id_):
    for act in (approve, reject):
        with pytest.raises(NotApproved):
            act(home, id_, SECOND)


def test_once_approved_it_is_gone(home, theirs):
    id_ = draft_change(home, Trust("P1", theirs.pem()), DRAFTER)
    approve(home, id_, SECOND)
    for act in (approve, reject):
        with pytest.raises(NotApproved):
            act(home, id_, SECOND)


def test_a_new_key(home, world):
    first = load_signer(home, NODE, passphrase=SECRET)
    id_ = draft_change(home, NewKey(NODE, "甲公司", SECRET, starts=world.now + DAY, suite="rsa-sha256"), DRAFTER)
    key = home / f"drafts/{id_}/own/{NODE}.2.key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and b"ENCRYPTED" in key.read_bytes()
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert load_signer(home, NODE, passphrase=SECRET).certificate == first.certificate
    approve(home, id_, SECOND)
    assert stat.S_IMODE((home / f"own/{NODE}.2.key.pem").stat().st_mode) == 0o600
    assert load_signer(home, NODE, passphrase=SECRET, at=world.now).certificate == first.certificate
    later = load_signer(home, NODE, passphrase=SECRET, at=world.now + 2 * DAY)
    assert later.suite == "rsa-sha256" and len(later.sign([b"a"])) == 1


def test_two_drafts_for_one_node_do_not_take_one_place(home):
    ids = [draft_change(home, NewKey(NODE, "甲公司", None, suite="ecdsa-sha256"), DRAFTER) for _ in range(2)]
    for id_ in reversed(ids):
        approve(home, id_, SECOND)
    assert [row.path.name for row in listed(home)] == [f"{NODE}{n}.cert.pem" for n in ("", ".2", ".3")]


def test_a_node_s_first_key_may_be_imported(home, world):
    given = world.signers["rsa-sha256"]
    changed(home, ImportKey("P12", p12(given), SECRET))
    assert load_signer(home, "P12", passphrase=SECRET).certificate == given.certificate
    key, certificate = new_pair("PEM", name="x", passphrase=SECRET, starts=world.now, days=9, suite="ecdsa-sha256")
    changed(home, ImportKey("PEM", key, SECRET, certificate))
    assert len(load_signer(home, "PEM", passphrase=SECRET).sign([b"a"])) == 1
    assert [row.provider for row in listed(home) if row.role == "own"] == ["file", "pkcs12", "file"]


def test_an_import_that_does_not_open_or_fit_is_no_draft(home, world):
    given, other = world.signers["rsa-sha256"], world.signers["rsa-sha512"]
    key = (world.folder / f"own/{NODES['rsa-sha256']}.key.pem").read_bytes()
    for change in (
        ImportKey("N", p12(given), b"wrong"),
        ImportKey("N", b"", SECRET),
        ImportKey("N", key, None, other.certificate.pem()),
        ImportKey("N", key, SECRET, given.certificate.pem()),
        ImportKey("N", key, None, b"no"),
        ImportKey("../N", key, None, given.certificate.pem()),
        UseCard("N", {"provider": "remote", "url": "ws://10.0.0.1:80"}, given.certificate.pem()),
        UseCard("N", {"provider": "file"}, given.certificate.pem()),
        UseCard("N", {"provider": "pkcs11", "module": "m"}, given.certificate.pem()),
        NewKey("N", "x", None, suite="rsa-sha1"),
        NewKey("N", "x", None, suite="rot13"),
        Trust("P1", b""),
        Trust("../P1", given.certificate.pem()),
        Retire(NODE, "00", world.now, "why"),
        Retire(NODE, listed(home)[0].serial, world.now, ""),
    ):
        with pytest.raises((BadKeyFile, KeyUnavailable)):
            draft_change(home, change, DRAFTER)
    assert pending(home) == () and list((home / "drafts").iterdir()) == [home / "drafts/.lock"]


def test_a_card(home, world):
    given = world.signers["rsa-sha256"].certificate
    changed(home, UseCard("P11", {"provider": "pkcs11", "module": "/m.so", "token": "t"}, given.der))
    row = next(row for row in listed(home) if row.node == "P11")
    assert (row.provider, row.encrypted) == ("pkcs11", True)
    with pytest.raises(KeyUnavailable):
        load_signer(home, "P11", passphrase=SECRET)


def test_an_authority_and_its_end(home, world):
    ca = issue(world.now, named(CN="某 CA"), ca=True)
    leaf = issue(world.now, named(CN="P1", O="乙公司"), by=ca).certificate
    entry = changed(home, TrustAuthority("P1", ca.certificate.pem(), OURS))
    assert entry["detail"]["O"] == "乙公司"
    assert Registry.load(home).owner(leaf) == "P1"
    with pytest.raises(BadKeyFile, match="two nodes"):
        draft_change(home, TrustAuthority("P2", ca.certificate.pem(), OURS), DRAFTER)
    with pytest.raises(BadKeyFile):
        draft_change(home, TrustAuthority("P1", leaf.pem(), OURS), DRAFTER)
    entry = changed(home, Retire("P1", ca.certificate.serial, world.now, "不再合作"))
    assert entry["detail"]["why"] == "不再合作" and entry["detail"]["at"] == world.now.isoformat()
    assert Registry.load(home).left_by_authority(leaf, world.now) == world.now
    with pytest.raises(BadKeyFile, match="retired"):
        draft_change(home, Retire("P1", ca.certificate.serial, world.now, "again"), DRAFTER)


def test_what_changed_meanwhile_is_seen_at_approval(home, theirs):
    """One certificate has one owner, also when the other was trusted between draft and approval."""
    first = draft_change(home, Trust("P1", theirs.pem()), DRAFTER)
    second = draft_change(home, Trust("P2", theirs.pem()), DRAFTER)
    approve(home, first, SECOND)
    before = tree(home)
    with pytest.raises(BadKeyFile, match="P1"):
        approve(home, second, SECOND)
    assert tree(home) == before
    with pytest.raises(BadKeyFile):
        draft_change(home, Trust("P1", theirs.pem()), DRAFTER)
    reject(home, second, DRAFTER)


def test_a_draft_that_somebody_touched(home, theirs, world):
    other = world.signers["rsa-sha512"].certificate

    def swap(place):
        next(place.glob("partners/*/*")).write_bytes(other.pem())

    def add(place):
        (place / "own").mkdir()
        (place / f"own/{NODE}.9.cert.pem").write_bytes(other.pem())

    def link(place):
        path = next(place.glob("partners/*/*"))
        path.rename(home / "elsewhere")
        path.symlink_to(home / "elsewhere")

    def escape(place):
        facts = json.loads((place / "draft.json").read_text())
        facts["files"] = {f"../../{name}": digest for name, digest in facts["files"].items()}
        (place / "draft.json").write_text(json.dumps(facts))

    def empty(place):
        (place / "draft.json").write_text("{}")

    for spoil in (swap, add, link, escape, empty):
        id_ = draft_change(home, Trust("P1", theirs.pem()), DRAFTER)
        spoil(home / "drafts" / id_)
        before = {name: data for name, data in tree(home).items() if name != "elsewhere"}
        with pytest.raises(BadKeyFile):
            approve(home, id_, SECOND)
        assert {name: data for name, data in tree(home).items() if name != "elsewhere"} == before
        shutil.rmtree(home / "drafts" / id_)


@pytest.mark.parametrize("ends", ["approved", "rejected"])
def test_an_approval_that_a_crash_cuts_short(home, monkeypatch, ends):
    """The certificate comes last: before it the change is not there, and it can be approved again or taken back."""
    before = tree(home)
    id_ = draft_change(home, NewKey(NODE, "甲公司", None, suite="ecdsa-sha256"), DRAFTER)
    lay = drafts._lay
    monkeypatch.setattr(drafts, "_lay", lambda source, target: lay(source, target) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        approve(home, id_, SECOND)
    assert [row.path.name for row in listed(home)] == [f"{NODE}.cert.pem"]
    monkeypatch.undo()
    if ends == "approved":
        approve(home, id_, SECOND)
        assert [row.path.name for row in listed(home)] == [f"{NODE}.cert.pem", f"{NODE}.2.cert.pem"]
        assert len(load_signer(home, NODE).sign([b"a"])) == 1
    else:
        reject(home, id_, DRAFTER)
        assert tree(home) == before


def test_a_rejected_key_is_gone(home):
    before = tree(home)
    id_ = draft_change(home, NewKey(NODE, "甲公司", None, suite="ecdsa-sha256"), DRAFTER)
    entry = reject(home, id_, SECOND, "不需要")
    assert entry["act"] == "key_reject" and entry["detail"]["why"] == "不需要"
    assert tree(home) == before and not list(home.rglob("*.2.key.pem"))


def test_what_a_crash_left_before_it_was_a_draft_goes(home, theirs):
    left = home / "drafts/.0badc0de/own"
    left.mkdir(parents=True)
    (left / "x.key.pem").write_text("secret")
    draft_change(home, Trust("P1", theirs.pem()), DRAFTER)
    assert not left.exists() and len(pending(home)) == 1


def test_the_first_keys_need_nobody(home, theirs):
    assert trust(home, "P1", theirs.pem()) == theirs
    assert pending(home) == ()


def test_names_with_line_ends_are_one_line(home, theirs):
    id_ = draft_change(home, Trust("P1", theirs.pem()), "张\n工")
    assert read_draft(home, id_).by == "张 工"
    assert approve(home, id_, "李\n工")["actor"] == "李 工"


def test_secrets_stand_in_no_draft_no_entry_and_no_repr(home, world, caplog):
    caplog.set_level(logging.DEBUG)
    key, certificate = new_pair("PEM", name="x", passphrase=SECRET, starts=world.now, days=9, suite="ecdsa-sha256")
    plain = (world.folder / f"own/{NODES['rsa-sha256']}.key.pem").read_bytes()
    told = []
    for change in (
        NewKey(NODE, "甲公司", SECRET, suite="ecdsa-sha256"),
        ImportKey("PEM", key, SECRET, certificate),
        ImportKey("P12", p12(world.signers["rsa-sha256"]), SECRET),
    ):
        told += [repr(change), repr(change.plan(home))]
        id_ = draft_change(home, change, DRAFTER)
        told += [(home / f"drafts/{id_}/draft.json").read_text(), repr(read_draft(home, id_))]
        told.append(repr(approve(home, id_, SECOND)))
    for change in (ImportKey("N", key, b"wrong-canary", certificate), ImportKey("N", plain, SECRET, certificate)):
        with pytest.raises(KeyUnavailable) as failed:
            draft_change(home, change, DRAFTER)
        told += [repr(failed.value), str(failed.value), str(failed.getrepr(style="native"))]
    text = "\n".join([*told, caplog.text]).encode()
    assert not [needle for needle in needles(key, plain) if needle in text]
