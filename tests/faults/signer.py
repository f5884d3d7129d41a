"""F09-F12: sealing."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.passphrase import VARIABLE
from ledger import Ledger
from mappings.clock import FileClock
from tests.faults.cell import Bench, NotRun, cell, dies_at

YEARS = 20 * 365 * 86400.0  # s: after the end of any certificate here
SOFTHSM = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
TOKEN, PIN = "faults", "135790"
REFUSED = "stage = 'seal' AND error LIKE 'SIGN_KEY_UNAVAILABLE%'"
SEALED = b"SignatureValue>"


def keys(bench: Bench) -> list[Path]:
    return sorted((bench.home / "keys" / "own").glob("*.key.pem"))


def nothing_left_unsealed(bench: Bench) -> None:
    assert bench.files("OutBox") == []
    assert bench.count("outbox", "stage = 'seal'") == len(bench.wanted)


@cell("F09", "signer", "key missing", "SIGN_KEY_UNAVAILABLE, waits, nothing leaves unsigned")
def key_missing(bench: Bench) -> None:
    (key,) = keys(bench)
    key.rename(key.with_suffix(".away"))
    assert bench.submit(2) == 0 and bench.run() == 0
    assert "SIGN_KEY_UNAVAILABLE" in bench.err
    nothing_left_unsealed(bench)
    key.with_suffix(".away").rename(key)


@contextmanager
def card(bench: Bench) -> Iterator[Path]:
    """The home's key lies on a token from here on: the folder that is the reader, with the token in it."""
    module, tool = next((path for path in map(Path, SOFTHSM) if path.exists()), None), shutil.which("softhsm2-util")
    if module is None or tool is None:
        raise NotRun("softhsm2 is missing: apt-get install softhsm2")
    if importlib.util.find_spec("pkcs11") is None:
        raise NotRun("python-pkcs11 is missing: pip install customs-gateway[cards]")
    (key,) = keys(bench)
    node = key.name.removesuffix(".key.pem")
    place, pins = bench.folder / "softhsm", bench.folder / "pins"
    reader = place / "tokens"
    reader.mkdir(parents=True)
    pins.mkdir(mode=0o700)
    (pins / node).write_text(PIN, encoding="ascii")
    (place / "conf").write_text(f"directories.tokendir = {reader}\nobjectstore.backend = file\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(place / "conf"))
        patch.setenv(VARIABLE, str(pins))
        for words in (
            ("--init-token", "--free", "--label", TOKEN, "--so-pin", "24681357", "--pin", PIN),
            ("--import", str(key), "--token", TOKEN, "--label", node, "--id", "A1", "--pin", PIN),
        ):
            subprocess.run([tool, *words], check=True, capture_output=True)
        key.unlink()
        words = f'provider = "pkcs11"\nmodule = "{module}"\ntoken = "{TOKEN}"\n'
        (key.parent / f"{node}.toml").write_text(words, encoding="utf-8")
        yield reader


@cell("F10", "signer", "token pulled out", "as F09, goes on when it is back")
def token_pulled_out(bench: Bench) -> None:
    def at(stage: str) -> int:
        return bench.count("outbox", f"stage = '{stage}'")

    clock = FileClock(bench.home / "customs" / "clock.json")
    with card(bench) as reader:
        away = reader.with_name("away")
        reader.rename(away)
        assert bench.submit(1) == 0 and at("seal") == 1  # nobody can seal it yet
        with bench.running():
            away.rename(reader)
            bench.until(lambda: at("answer") == 1, "the token is there: the worker seals", 60)
            first = bench.files("OutBox")
            reader.rename(away)  # in the middle: the worker has a session open on it
            assert bench.submit(2) == 0 and at("seal") == 2
            before = bench.count("attempt", REFUSED)
            clock.tick(timedelta(minutes=2))  # past this step of the ladder
            bench.until(lambda: bench.count("attempt", REFUSED) >= before + 2, "the worker tries each in vain", 60)
            assert bench.files("OutBox") == first and at("seal") == 2 and at("answer") == 1
            away.rename(reader)
            clock.tick(timedelta(minutes=2))
            bench.until(lambda: at("answer") == 3, "it goes on by itself", 120)
        assert bench.status == 0
        assert all(SEALED in (bench.road / "OutBox" / name).read_bytes() for name in bench.files("OutBox"))
        assert len(bench.files("OutBox")) == 3


@cell("F11", "signer", "certificate has ended", "told, nothing is sealed with it, goes on with a valid one")
def certificate_ended(bench: Bench) -> None:
    clock = FileClock(bench.home / "customs" / "clock.json")
    assert bench.submit(1) == 0
    clock.set(offset=YEARS, speed=1.0)
    levels = bench.codes()
    assert levels.get("KEY_ENDED") == "alarm" or levels.get("SIGN_KEY_UNAVAILABLE") == "alarm", levels
    (new,) = bench.make(1)
    file = bench.folder / "later.json"
    file.write_text(json.dumps(new, ensure_ascii=False), encoding="utf-8")
    assert bench.do("submit", str(file)) == 0
    assert bench.count("outbox", "stage = 'seal'") == 1  # the first was sealed in time
    clock.set(offset=0.0, speed=1.0)


@cell("F12", "signer", "kill between sealing and recording", "sealed again, same id, one file")
def kill_between_sealing_and_recording(bench: Bench) -> None:
    (key,) = keys(bench)
    key.rename(key.with_suffix(".away"))
    assert bench.submit(2) == 0
    key.with_suffix(".away").rename(key)
    before = bench.rows("SELECT cop_msg_id, file_name FROM message ORDER BY id")
    assert bench.run(plant=dies_at(Ledger, "sealed")) < 0
    assert bench.files("OutBox") == []
    assert bench.run() == 0
    assert bench.rows("SELECT cop_msg_id, file_name FROM message WHERE direction = 'out' ORDER BY id") == before
    assert len(bench.files("OutBox")) == 2
