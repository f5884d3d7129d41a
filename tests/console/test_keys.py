"""Keys change by two people: one drafts, another approves; both stand in the audit chain. PINs and passphrases come by name."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mappings.sample import ENTERPRISE
from signing.folder import read_certificate
from signing.keys import load_signer, make_own
from signing.partners import rule_text
from tests.console.conftest import Answer, Gateway

NODE = f"DXPENT{ENTERPRISE}"
WORDS = "correct horse battery"
PIN, WRONG = "135790", "864201"


@pytest.fixture
def secrets(tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file a key."""
    place = tmp_path / "secrets"
    place.mkdir()
    for name in (NODE, f"{NODE}.2", f"{NODE}.3"):
        (place / name).write_text(f"{WORDS} {name}\n", encoding="utf-8")
    monkeypatch.setenv("GATEWAY_KEY_PASSPHRASE_FILE", str(place))
    return place


@pytest.fixture
def real(gateway: Gateway, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose keys are locked, and whose settings want two accounts."""
    path = tmp_path / "real"
    assert gateway("init", path, "--enterprise", ENTERPRISE, "--name", "测试企业").status == 0
    monkeypatch.setenv("GATEWAY_HOME", str(path))
    return path


def asked(answer: Answer) -> Any:
    assert answer.status == 0, answer.err or answer.text
    return answer.value


def own(gateway: Gateway) -> list[dict[str, Any]]:
    return [key for key in asked(gateway("keys", "list", "--json")) if key["role"] == "own"]


def test_a_new_key_is_drafted_by_one_and_approved_by_another(gateway: Gateway, home: Path, secrets: Path) -> None:
    drafted = ("keys", "new", NODE, "--name", "测试企业", "--suite", "sm2-sm3", "--by", "first", "--json")
    draft = asked(gateway(*drafted))
    assert [row["id"] for row in asked(gateway("keys", "pending", "--json"))] == [draft["id"]]
    refused = gateway("keys", "approve", draft["id"], "--by", "first", "--json")
    assert refused.status == 2 and refused.value["error"]["code"] == "KEY_SECOND_PERSON"
    assert len(own(gateway)) == 1
    asked(gateway("keys", "approve", draft["id"], "--by", "second", "--json"))
    assert [key["suite"] for key in own(gateway)] == ["rsa-sha256", "sm2-sm3"]
    assert asked(gateway("keys", "pending", "--json")) == []
    acts = [entry["act"] for entry in asked(gateway("audit", "list", "--json"))]
    assert acts[-2:] == ["key_draft", "key_approve"]


def test_one_account_is_one_person_unless_the_settings_say_otherwise(
    gateway: Gateway, real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = asked(gateway("keys", "new", NODE, "--name", "测试企业", "--by", "first", "--json"))
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")  # what an environment says of its user counts nothing
    refused = gateway("keys", "approve", draft["id"], "--by", "second", "--json")
    assert refused.value["error"]["code"] == "KEY_SECOND_PERSON" and "same_account" in refused.value["error"]["en"]
    assert len(own(gateway)) == 1
    settings = real / "gateway.toml"
    text = settings.read_text(encoding="utf-8")
    assert "same_account = false" in text
    settings.write_text(text.replace("same_account = false", "same_account = true"), encoding="utf-8")
    asked(gateway("keys", "approve", draft["id"], "--by", "second", "--json"))
    last = asked(gateway("audit", "list", "--json"))[-1]
    me = pwd.getpwuid(os.getuid()).pw_name
    assert (last["actor"], last["detail"]["account"], last["detail"]["drafted_account"]) == ("second", me, me)


def test_another_account_may_approve(gateway: Gateway, real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = asked(gateway("keys", "new", NODE, "--name", "测试企业", "--by", "first", "--json"))
    monkeypatch.setattr("console.cli.keys.account", lambda: "another")
    asked(gateway("keys", "approve", draft["id"], "--by", "second", "--json"))
    assert len(own(gateway)) == 2


def test_a_draft_is_turned_down_and_leaves_nothing(gateway: Gateway, home: Path, secrets: Path) -> None:
    draft = asked(gateway("keys", "new", NODE, "--name", "测试企业", "--by", "first", "--json"))
    asked(gateway("keys", "reject", draft["id"], "--by", "second", "--why", "not now", "--json"))
    assert asked(gateway("keys", "pending", "--json")) == []
    assert len(own(gateway)) == 1


def test_a_partner_is_trusted_and_retired_by_two_at_business_time(gateway: Gateway, home: Path) -> None:
    pem = next((home / "keys" / "own").glob("*.cert.pem"))
    draft = gateway("keys", "trust", "DXPEDC0000000009", pem, "--by", "first", "--json")
    assert draft.value["error"]["code"] == "KEY_FILE"  # one certificate speaks for one node
    asked(gateway("customs", "tick", "3d", "--json"))
    (partner,) = [k for k in asked(gateway("keys", "list", "--json")) if k["role"] == "partner"]
    retiring = ("keys", "retire", partner["node"], partner["serial"], "--why", "replaced", "--by", "first", "--json")
    asked(gateway("keys", "approve", asked(gateway(*retiring))["id"], "--by", "second", "--json"))
    assert asked(gateway("keys", "expiring", "--json")) == []
    (partner,) = [k for k in asked(gateway("keys", "list", "--json")) if k["role"] == "partner"]
    ahead = datetime.fromisoformat(partner["retired"]) - datetime.now(UTC)
    assert timedelta(days=2, hours=23) < ahead < timedelta(days=3, hours=1)


def test_what_ends_is_told_at_business_time_in_every_place(gateway: Gateway, home: Path) -> None:
    assert {key["ending"] for key in asked(gateway("keys", "list", "--json"))} == {""}
    for more, level, code in (
        ("1070d", "notice", "KEY_ENDS"),
        ("20d", "warning", "KEY_ENDS"),
        ("4d", "alarm", "KEY_ENDS"),
        ("2d", "expired", "KEY_ENDED"),
    ):
        asked(gateway("customs", "tick", more, "--json"))
        assert {key["ending"] for key in asked(gateway("keys", "list", "--json"))} == {level}
        told = [(each["level"], each["code"]) for each in asked(gateway("board", "--json"))["keys"]]
        assert told == [("alarm" if level == "expired" else level, code)] * 2  # ours and customs'
    assert gateway("keys", "expiring").status == 1
    assert "keys 密钥 2: Ended 20" in gateway("board", "--once", "--lang", "en").text
    sealed = next(iter((home / "keys" / "own").glob("*.cert.pem")))
    assert read_certificate(sealed).not_after > datetime.now(UTC), "the machine's own clock says nothing of it"


def test_a_key_that_starts_later_waits_for_its_day_and_has_a_passphrase_of_its_own(
    gateway: Gateway, real: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    draft = asked(gateway("keys", "new", NODE, "--name", "测试企业", "--starts", starts, "--by", "first", "--json"))
    monkeypatch.setattr("console.cli.keys.account", lambda: "another")
    asked(gateway("keys", "approve", draft["id"], "--by", "second", "--json"))
    first, second = own(gateway)
    assert second["not_before"][:10] in (starts, str(datetime.fromisoformat(starts).date() - timedelta(days=1)))
    for name, key in ((NODE, first), (f"{NODE}.2", second)):
        path = real / "keys" / "own" / f"{name}.key.pem"
        assert b"ENCRYPTED" in path.read_bytes() and key["file"].endswith(f"{name}.cert.pem")
    assert signed_with(gateway, real) == first["serial"]
    (real / "customs").mkdir()
    (real / "customs" / "clock.json").write_text('{"offset": 1209600, "speed": 1, "since": 0}', encoding="utf-8")
    assert signed_with(gateway, real) == second["serial"]
    assert gateway("keys", "new", NODE, "--name", "x", "--starts", "tomorrow").status == 2


def signed_with(gateway: Gateway, home: Path) -> str:
    """The serial that the next declaration is sealed with, after the worker has had its turn."""
    declared = gateway("sample", "blank_certificate_application", "--reference", str(len(own_messages(home)))).out
    assert gateway("submit", "-", "--repeat", stdin=declared).status == 0
    assert gateway("run", "--until-idle").status == 0
    newest = max(own_messages(home), key=lambda path: path.stat().st_mtime_ns)
    return newest.read_text(encoding="utf-8").partition("<ds:KeyName>")[2].partition("<")[0]


def own_messages(home: Path) -> list[Path]:
    return list(home.glob("channels/customs/CertOut/OutBox/*.xml"))


def test_one_passphrase_file_is_no_card_s_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.passphrase import from_environment

    make_own(tmp_path, NODE, name="x", passphrase=None, now=datetime.now(UTC), suite="ecdsa-sha256")
    file = tmp_path / "words"
    file.write_text(WORDS, encoding="utf-8")
    monkeypatch.setenv("GATEWAY_KEY_PASSPHRASE_FILE", str(file))
    assert from_environment(tmp_path)(NODE) == WORDS.encode()
    (tmp_path / "own" / f"{NODE}.toml").write_text('provider = "remote"\nurl = "ws://127.0.0.1:9"\n')
    assert from_environment(tmp_path)(NODE) is None
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / NODE).write_text(PIN, encoding="utf-8")
    monkeypatch.setenv("GATEWAY_KEY_PASSPHRASE_FILE", str(folder))
    assert from_environment(tmp_path)(NODE) == PIN.encode() and from_environment(tmp_path)("other") is None


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Any]:
    pytest.importorskip("websockets", reason="websockets is missing: pip install customs-gateway[cards]")
    from tests.signing.card_server import Card, running

    folder = tmp_path / "card"
    make_own(folder, NODE, name="测试企业", passphrase=None, now=datetime.now(UTC), suite="rsa-sha256")
    with running(Card(load_signer(folder, NODE))) as card:
        yield card


def test_a_card_becomes_a_node_s_key_and_its_pin_is_never_tried_twice(
    gateway: Gateway, home: Path, card: Any, secrets: Path
) -> None:
    draft = asked(gateway("keys", "card", NODE, "--url", card.url, "--by", "first", "--json"))
    assert draft["fingerprint"] == card.signer.certificate.fingerprint and draft["detail"]["url"] == card.url
    asked(gateway("keys", "approve", draft["id"], "--by", "second", "--json"))
    assert [(key["provider"], key["protected"]) for key in own(gateway)] == [("file", False), ("remote", True)]
    (secrets / f"{NODE}.2").write_text(WRONG, encoding="utf-8")
    declared = gateway("sample", "blank_certificate_application").out
    said = [gateway("submit", "-", stdin=declared), *(gateway("run", "--until-idle") for _ in range(3))]
    assert card.tries == 1 and not own_messages(home)
    assert any("KEY_PIN" in each.err and card.url in each.err for each in said)
    (concern,) = asked(gateway("board", "--json"))["keys"]
    assert (concern["level"], concern["code"]) == ("alarm", "KEY_PIN") and card.url in concern["zh"]
    assert "KEY_PIN" not in gateway("keys", "list").text
    (secrets / f"{NODE}.2").write_text(PIN, encoding="utf-8")
    gateway("run", "--until-idle")
    assert card.tries == 1, "a better PIN waits for a person's word, too"
    assert gateway("keys", "unlock", "ws://127.0.0.1:1", "--json").value["error"]["code"] == "KEY_FILE"
    asked(gateway("keys", "unlock", card.url, "--by", "王工", "--json"))
    asked(gateway("run", "--until-idle", "--json"))
    assert len(own_messages(home)) == 1 and card.signed == 2  # the message, and the anchor
    assert asked(gateway("board", "--json"))["keys"] == []
    entry = [each for each in asked(gateway("audit", "list", "--json")) if each["act"] == "key_pin"]
    assert [(each["actor"], each["subject"]) for each in entry] == [("王工", card.url)]
    everything = [*said, gateway("audit"), gateway("keys", "list"), gateway("board", "--once")]
    assert not [each for each in everything if PIN in each.text + each.err or WRONG in each.text + each.err]


@pytest.mark.parametrize(
    "arguments",
    [(), ("--url", "ws://127.0.0.1:1", "--token", "x", "--module", "y"), ("--module", "m"), ("--token", "t")],
)
def test_a_card_is_a_token_or_a_service(gateway: Gateway, home: Path, arguments: tuple[str, ...]) -> None:
    answer = gateway("keys", "card", NODE, *arguments, "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "USAGE"


def test_a_service_elsewhere_is_refused(gateway: Gateway, home: Path) -> None:
    answer = gateway("keys", "card", NODE, "--url", "ws://192.0.2.1:61232", "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "KEY_FILE"


def test_a_revocation_list_is_taken_from_its_authority_only(gateway: Gateway, home: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tests.signing.test_keys_partners import issue, named
    from tests.signing.test_rotation import crl_of

    now, partner = datetime.now(UTC), "DXPEDC0000000007"
    authority, stranger = (issue(now, named(O=name), ca=True) for name in ("甲机构", "乙机构"))
    leaf = issue(now, named(O="伙伴"), by=authority)
    place = home / "keys" / "partners" / partner
    place.mkdir(parents=True)
    (place / "1.ca.json").write_bytes(rule_text({"O": "伙伴"}))
    (place / "1.ca.pem").write_bytes(authority.certificate.pem())
    for name, by in (("good", authority), ("bad", stranger)):
        crl = crl_of(by.key, by.name, at=now, days=5, revoked=[leaf.certificate.parsed.serial_number])
        (tmp_path / f"{name}.crl").write_bytes(crl.public_bytes(Encoding.PEM))
    refused = gateway("keys", "revoked", partner, tmp_path / "bad.crl", "--json")
    assert refused.status == 2 and refused.value["error"]["code"] == "KEY_FILE"
    told = asked(gateway("keys", "revoked", partner, tmp_path / "good.crl", "--by", "王工", "--json"))
    assert (told["list"], told["revoked"]) == ("1.crl.pem", "1")
    entry = asked(gateway("audit", "list", "--json"))[-1]
    assert (entry["act"], entry["actor"], entry["subject"]) == ("key_revoked", "王工", partner)
