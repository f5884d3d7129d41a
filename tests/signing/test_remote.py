"""The remote signer against a card service: PIN, light, pace, drops, and where a PIN may go at all."""

import logging
import threading
import time
from contextlib import contextmanager

import pytest

pytest.importorskip("websockets", reason="websockets is missing: pip install customs-gateway[cards]")

from signing import remote, remote_url
from signing.errors import BadKeyFile, KeyUnavailable
from signing.key_errors import PinStopped
from signing.keys import Registry, load_signer, make_own
from signing.pin import allow_pin, stopped_pins
from signing.rotation import KeyRing
from signing.sign import seal_document
from signing.verify import verify
from tests.signing.card_server import Card, running
from tests.signing.conftest import DXP

PIN = b"135790"
WRONG = b"864201"
TIMEOUT = 0.6


@pytest.fixture(params=["rsa-sha256", "ecdsa-sha256", "sm2-sm3"])
def card(request, world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    make_own(folder, "N1", name="甲公司", passphrase=None, now=world.now, suite=request.param)
    with running(Card(load_signer(folder, "N1"))) as card:
        yield card


@pytest.fixture
def rsa_card(world):
    with running(Card(world.signers["rsa-sha256"])) as card:
        yield card


def settle(folder, card):
    """A key folder whose node has its key on this card."""
    own, node = folder / "own", card.signer.node_id
    own.mkdir(mode=0o700, exist_ok=True)
    (own / f"{node}.cert.pem").write_bytes(card.signer.certificate.pem())
    (own / f"{node}.toml").write_text(f'provider = "remote"\nurl = "{card.url}"\ntimeout = {TIMEOUT}\n')
    return folder


def opened(folder, card, pin=PIN):
    return load_signer(settle(folder, card), card.signer.node_id, passphrase=pin)


@contextmanager
def no_thread_left():
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(2)
    left = [each.name for each in threading.enumerate() if each not in before]
    assert not left


def test_it_seals_what_everybody_verifies(card, tmp_path, world):
    signer = opened(tmp_path, card)
    assert (signer.node_id, signer.key_name) == (card.signer.node_id, card.signer.key_name)
    sealed = seal_document(DXP, signer=signer)
    verified = verify(sealed, registry=Registry.load(tmp_path), at=world.now)
    assert (verified.signer, verified.suite) == ("N1", signer.suite)
    assert card.tries == card.signed == 1


def test_the_pin_is_shown_for_signing_only(rsa_card, tmp_path):
    opened(tmp_path, rsa_card)
    assert (rsa_card.connections, rsa_card.tries) == (1, 0)
    assert remote.fetch_certificate(rsa_card.url) == rsa_card.signer.certificate
    assert rsa_card.tries == 0


def test_a_wrong_pin_is_never_tried_twice_by_itself(rsa_card, tmp_path):
    signer = opened(tmp_path, rsa_card, WRONG)
    for _ in range(3):
        with pytest.raises(PinStopped, match="KEY_PIN"):
            signer.sign([b"a", b"b"])
    assert rsa_card.tries == 1
    for pin in (WRONG, PIN):  # a restart, with whatever PIN: a person acts first
        with pytest.raises(PinStopped):
            opened(tmp_path, rsa_card, pin)
    assert rsa_card.tries == 1
    assert list(stopped_pins(tmp_path)) == [rsa_card.url]
    entry = allow_pin(tmp_path, rsa_card.url, "王工")
    assert entry == {"actor": "王工", "act": "key_pin", "subject": rsa_card.url, "detail": {"outcome": "refused"}}
    assert len(opened(tmp_path, rsa_card).sign([b"a"])) == 1
    assert not stopped_pins(tmp_path)
    with pytest.raises(BadKeyFile):
        allow_pin(tmp_path, rsa_card.url, "王工")


def test_a_ring_asks_anew_when_a_person_has_let_it_and_never_shows_the_refused_one_again(rsa_card, tmp_path):
    given, asked = [WRONG], []

    def passphrase(name):
        asked.append(name)
        return given[0]

    ring = KeyRing(settle(tmp_path, rsa_card), passphrase=passphrase)
    node = rsa_card.signer.node_id
    with pytest.raises(PinStopped):
        ring.signer(node).sign([b"a"])
    for _ in range(3):
        with pytest.raises(PinStopped):
            ring.signer(node)
    assert asked == [node], "nobody is asked while the PIN is at rest"
    allow_pin(tmp_path, rsa_card.url, "王工")
    with pytest.raises(KeyUnavailable, match="still the one that was refused"):
        ring.signer(node)
    given[0] = PIN
    assert len(ring.signer(node).sign([b"a"])) == 1
    assert rsa_card.tries == 2 and len(asked) == 3


def test_a_pin_whose_first_answer_is_lost_awaits_a_person(rsa_card, tmp_path):
    rsa_card.moods.add("drop")
    signer = opened(tmp_path, rsa_card)
    with pytest.raises(KeyUnavailable, match="SIGN_KEY_UNAVAILABLE"):
        signer.sign([b"a"])
    rsa_card.moods.clear()
    for again in (signer.sign, lambda _: opened(tmp_path, rsa_card)):
        with pytest.raises(PinStopped, match="没有得到回答"):
            again([b"a"])
    assert rsa_card.tries == 1, "nobody knows whether it was wrong"
    allow_pin(tmp_path, rsa_card.url, "王工")
    assert len(signer.sign([b"a"])) == 1


def test_a_pin_that_held_survives_a_drop_and_the_list_goes_on_where_it_broke(rsa_card, tmp_path):
    signer = opened(tmp_path, rsa_card)
    signer.sign([b"0"])
    rsa_card.drop_after = 3
    with pytest.raises(KeyUnavailable, match="SIGN_KEY_UNAVAILABLE"):
        signer.sign([b"a", b"b", b"c", b"d"])
    assert rsa_card.signed == 3
    rsa_card.drop_after = None
    assert len(signer.sign([b"a", b"b", b"c", b"d"])) == 4
    assert rsa_card.signed == 5, "a and b were not signed again"


def test_a_card_that_changes_its_pin_stops_a_pin_that_held(rsa_card, tmp_path):
    signer = opened(tmp_path, rsa_card)
    signer.sign([b"0"])
    rsa_card.pin = "222222"
    for _ in range(2):
        with pytest.raises(PinStopped):
            signer.sign([b"a"])
    assert rsa_card.tries == 2


def test_light_off_costs_no_pin_and_comes_back(rsa_card, tmp_path):
    rsa_card.moods.add("light_off")
    with pytest.raises(KeyUnavailable, match="50070"):
        opened(tmp_path, rsa_card)
    rsa_card.moods.clear()
    signer = opened(tmp_path, rsa_card)
    rsa_card.moods.add("light_off")
    with pytest.raises(KeyUnavailable, match="50070"):
        signer.sign([b"a"])
    assert rsa_card.tries == 0 and not stopped_pins(tmp_path)
    rsa_card.moods.clear()
    assert len(signer.sign([b"a"])) == 1


def test_a_light_that_goes_off_between_certificate_and_pin(rsa_card, tmp_path, monkeypatch):
    signer = opened(tmp_path, rsa_card)
    monkeypatch.setattr(rsa_card, "_sign", lambda _: (False, [], ["打开读卡器失败：错误码=50200"]))
    with pytest.raises(KeyUnavailable, match="50200"):
        signer.sign([b"a"])
    monkeypatch.undo()
    assert len(signer.sign([b"a"])) == 1, "the reader failed, not the PIN"


@pytest.mark.parametrize("mood", ["silent", "chatter"])
def test_no_answer_ends_in_time_and_leaves_no_thread(rsa_card, tmp_path, mood):
    signer = opened(tmp_path, rsa_card)
    signer.sign([b"0"])
    rsa_card.moods.add(mood)
    began = time.monotonic()
    with no_thread_left(), pytest.raises(KeyUnavailable, match="TimeoutError"):
        signer.sign([b"a"])
    assert time.monotonic() - began < TIMEOUT + 2
    rsa_card.moods.clear()
    assert len(signer.sign([b"a"])) == 1


def test_a_service_that_is_away_comes_back(world, tmp_path):
    card = Card(world.signers["rsa-sha256"])
    with running(card):
        signer, port = opened(tmp_path, card), int(card.url.rpartition(":")[2])
        signer.sign([b"0"])
    with no_thread_left(), pytest.raises(KeyUnavailable, match="ConnectionRefusedError"):
        signer.sign([b"a"])
    with running(card, port=port):
        assert len(signer.sign([b"a"])) == 1


def test_another_card_in_the_reader(rsa_card, tmp_path, world):
    signer = opened(tmp_path, rsa_card)
    rsa_card.signer = world.signers["rsa-sha512"]
    with pytest.raises(KeyUnavailable, match="另一张卡"):
        signer.sign([b"a"])
    assert rsa_card.tries == 0


def test_a_value_that_does_not_hold_never_leaves(rsa_card, tmp_path):
    signer = opened(tmp_path, rsa_card)
    rsa_card.moods.add("forge")
    with pytest.raises(KeyUnavailable, match="did not make"):
        signer.sign([b"a"])


def test_four_a_second_are_measured_and_told(world, tmp_path):
    with running(Card(world.signers["rsa-sha256"], each=0.25)) as card:
        signer = opened(tmp_path, card)
        assert signer.estimate(8) == pytest.approx(2)
        began = time.monotonic()
        signer.sign([b"%d" % number for number in range(6)])
        took = time.monotonic() - began
        assert took >= 1.5
        assert signer.pace == pytest.approx(0.25, rel=0.3)
        assert signer.estimate(100) == pytest.approx(25, rel=0.3)


def test_lists_of_many_threads_stand_in_line(world, tmp_path):
    with running(Card(world.signers["rsa-sha256"], each=0.05)) as card:
        signer, done = opened(tmp_path, card), []
        threads = [threading.Thread(target=lambda: done.extend(signer.sign([b"a", b"b"]))) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
        assert signer.estimate(1) > signer.pace * 3
        for thread in threads:
            thread.join(5)
        assert len(done) == 8 and card.signed == 8
        assert signer.estimate(0) == 0


@pytest.mark.parametrize(
    "url",
    [
        "ws://192.168.1.5:61232", "ws://example.com:61232", "ws://localhost:61232", "ws://0.0.0.0:61232",
        "wss://127.0.0.1:61232", "http://127.0.0.1:61232", "ws://127.0.0.1", "ws://127.0.0.1@10.0.0.1:80",
        "ws://10.0.0.1#@127.0.0.1:80", "ws://u:p@127.0.0.1:61232", "ws://[::ffff:10.0.0.1]:80", "ws://127.1:80",
        "ws://2130706433:80", "ws://127.0.0.1:99999", "", "127.0.0.1:61232",
    ],
)  # fmt: skip
def test_a_pin_goes_to_this_machine_only(url, world, tmp_path):
    with pytest.raises(BadKeyFile, match="url"):
        remote.fetch_certificate(url)
    card = Card(world.signers["rsa-sha256"], url=url)
    with pytest.raises(KeyUnavailable, match="url"):
        opened(tmp_path, card)


def test_addresses_of_this_machine():
    assert remote_url.loopback("ws://127.0.0.1:61232", "").port == 61232
    assert remote_url.loopback("ws://[::1]:61232", "").host == "::1"
    assert remote_url.loopback("ws://127.8.9.1:1", "").host == "127.8.9.1"


def test_neither_redirect_nor_proxy_leads_it_elsewhere(world, tmp_path, monkeypatch):
    with running(Card(world.signers["rsa-sha256"])) as other, running(Card(other.signer), elsewhere=other.url) as card:
        with no_thread_left(), pytest.raises(KeyUnavailable):
            opened(tmp_path, card)
        assert other.connections == 0
        for name in ("http_proxy", "ws_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert len(opened(tmp_path, other).sign([b"a"])) == 1


def test_the_pin_stands_nowhere(rsa_card, tmp_path, caplog, capfd):
    """Errors, repr, logs of every library at DEBUG, files: also where the service repeats it."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("websockets").setLevel(logging.DEBUG)
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)  # the card's own end may know it
    rsa_card.moods.add("echo")
    signer = opened(tmp_path, rsa_card, WRONG)
    told = [repr(signer), str(signer)]
    for _ in range(2):
        with pytest.raises(PinStopped) as stopped:
            signer.sign([b"a"])
        told += [str(stopped.value), repr(stopped.value), stopped.value.en, repr(stopped.getrepr(style="long"))]
        told += [str(stopped.getrepr(style="native"))]
    told += [caplog.text, *capfd.readouterr()]
    told += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert rsa_card.tries == 1
    assert not [text for text in told if WRONG.decode() in text]


@pytest.mark.parametrize("pin", [None, b"", b"\xff\xfe"])
def test_no_pin_no_question(rsa_card, tmp_path, pin):
    with pytest.raises(KeyUnavailable, match="PIN"):
        opened(tmp_path, rsa_card, pin)
    assert rsa_card.connections == 0


def test_a_card_service_signs_text(rsa_card, tmp_path):
    with pytest.raises(KeyUnavailable, match="text only"):
        opened(tmp_path, rsa_card).sign([b"\xff"])
    assert rsa_card.tries == 0 and not stopped_pins(tmp_path)


@pytest.mark.parametrize(
    "args", [None, [], {"Result": "true", "Data": ["x"]}, {"Result": True}, {"Result": True, "Data": ["%%"]}]
)
def test_answers_that_are_none(rsa_card, tmp_path, monkeypatch, args):
    from signing.card_service import CardService

    signer = opened(tmp_path, rsa_card)
    signer.sign([b"0"])
    real = CardService._answers

    def odd(service):
        for each in real(service):
            yield each if each["_method"] != "cus-sec_SpcSignDataAsPEM" else {**each, "_args": args}

    monkeypatch.setattr(CardService, "_answers", odd)
    with pytest.raises(KeyUnavailable):
        signer.sign([b"a"])


def test_without_the_extra_it_says_what_to_install(rsa_card, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "websockets.sync.client", None)
    with pytest.raises(KeyUnavailable, match=r"customs-gateway\[cards\]"):
        opened(tmp_path, rsa_card)
