"""Customs' folder: made, opened, run as a process, and worked by an operator beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from channels import BoxName
from mappings.clock import SystemClock, stamp
from simulator.errors import BadCustoms, NotDecided
from simulator.house import written
from simulator.office import Office
from simulator.settings import load_settings, make_customs, open_customs, own_certificate

from .conftest import BLANK_NO, channel, submit

ROOT = Path(__file__).parents[2]


def run(*arguments, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, **more
    )


def test_settings_are_read_as_written(home):
    settings = load_settings(home / "customs")
    assert settings.enterprises[0].name == '示例 "公司" \\ 一'
    assert settings.channels[0].root == "../channels/customs"
    assert written(settings) == (home / "customs" / "customs.toml").read_text(encoding="utf-8")
    assert own_certificate(home / "customs").startswith(b"-----BEGIN CERTIFICATE")
    assert {p.name for p in (home / "customs").iterdir()} >= {"customs.toml", "customs.db", "keys", "clock.json"}


def test_bad_settings_name_file_and_key(home):
    file = home / "customs" / "customs.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"immediate"', '"soon"'), encoding="utf-8")
    with pytest.raises(BadCustoms, match=r"customs.toml: key 'progress'"):
        load_settings(home / "customs")
    with pytest.raises(BadCustoms, match=r"customs\.toml"):
        load_settings(home)
    with pytest.raises(BadCustoms):
        make_customs(home / "customs", enterprises=[], channel_root=home, now=0)


def test_until_idle_as_a_process(home, own_keys):
    submit(home, own_keys)
    done = run("-m", "simulator", "--home", str(home), "--until-idle", timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [entry.name.split("_")[0] for entry in channel(home).inbox.entries()].count("Receipt") == 2
    with Office(home / "customs") as office:
        rows = [row for row in office.statement() if row["kind"] != "blank_form"]
        assert [(row["number"], row["state"], row["effects"]) for row in rows] == [(BLANK_NO, "BP", 1)]


def test_served_until_it_is_asked_to_stop(home, own_keys):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "simulator", "--home", str(home)], cwd=ROOT, env=environment)
    try:
        _wait((home / "customs" / "simulator.lock").exists)
        submit(home, own_keys)
        _wait(lambda: len(channel(home).inbox.entries()) == 3)
        second = run("-m", "simulator", "--home", str(home), "--until-idle", timeout=60)
        assert second.returncode == 2
        assert "SYS_LOCKED" in second.stderr
        with Office(home / "customs") as office:
            office.decide(BLANK_NO, "HF", reason="库存不足")
        _wait(lambda: len(channel(home).inbox.entries()) == 4)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


def _wait(done, seconds=30):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_not_a_home(tmp_path):
    done = run("-m", "simulator", "--home", str(tmp_path), timeout=60)
    assert done.returncode == 2
    assert "SYS_HOME" in done.stderr or "CHANNEL" in done.stderr


def test_nothing_heavy_is_imported():
    code = "import sys, json, simulator.__main__; print(json.dumps(sorted(m.partition('.')[0] for m in sys.modules)))"
    loaded = set(json.loads(run("-c", code, timeout=60).stdout))
    heavy = {"sqlalchemy", "alembic", "fastapi", "typst", "typer", "rich", "paramiko"}
    assert not loaded & (heavy | {"ledger", "outbox", "inbox", "gateway", "console"})


def test_tick_brings_what_takes_its_time(home, own_keys):
    file = home / "customs" / "customs.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"immediate"', '"timed"'), encoding="utf-8")
    submit(home, own_keys)
    customs = open_customs(home / "customs")
    customs.until_idle()
    with Office(home / "customs") as office:
        assert office.statement()[0]["state"] == "D"
        office.tick(timedelta(hours=3))
        customs.until_idle()
        assert office.statement()[0]["state"] == "BP"
        office.run_at(60.0)
    clock = json.loads((home / "customs" / "clock.json").read_text(encoding="utf-8"))
    assert clock["speed"] == 60.0
    assert clock["offset"] == pytest.approx(3 * 3600, abs=5)
    customs.close()


def test_decisions_name_what_is_here(home, own_keys):
    submit(home, own_keys)
    customs = open_customs(home / "customs")
    customs.until_idle()
    with pytest.raises(NotDecided, match="BIZ_UNKNOWN"):
        customs.decide("B20260000000000099", "HS")
    with pytest.raises(NotDecided, match="RCP_CODE"):
        customs.decide(BLANK_NO, "HP")
    customs.close()


def test_folder_boxes_hold_what_the_client_writes(home, own_keys):
    submit(home, own_keys)
    customs = open_customs(home / "customs")
    customs.until_idle()
    root = home / "channels" / "customs" / "CertOut"
    [day] = [p.name for p in (root / "SentBox").iterdir()]
    assert day == stamp(SystemClock().now())[:8]
    assert not list((root / "OutBox").iterdir())
    assert not list((root / BoxName.FAIL).iterdir())
    customs.close()
