"""F09-F12: sealing."""

from __future__ import annotations

import json
from pathlib import Path

from ledger import Ledger
from mappings.clock import FileClock
from tests.faults.cell import Bench, NotRun, cell, dies_at

YEARS = 20 * 365 * 86400.0  # s: after the end of any certificate here


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


@cell("F10", "signer", "token pulled out", "as F09, goes on when it is back")
def token_pulled_out(bench: Bench) -> None:
    raise NotRun("no home with a card in this bench; tests/signing/test_pkcs11.py pulls the token itself")


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
