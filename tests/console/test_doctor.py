"""`gateway doctor` and what `gateway run` asks of a home before it begins: each trouble is named, with advice."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels import doors
from gateway.health import checks
from mappings.clock import FileClock
from tests.console.conftest import Gateway, there_and_back


def said(gateway: Gateway, *more: str) -> dict[str, str]:
    """code -> level of what the doctor found; status 1 where it is more than a notice."""
    answer = gateway("doctor", "--json", *more)
    value = answer.value
    assert answer.status == (0 if value["healthy"] else 1)
    return {finding["code"]: finding["level"] for finding in value["findings"]}


@pytest.fixture
def worked(gateway: Gateway, home: Path) -> Path:
    """A home in which a document has come to its end."""
    declared = gateway("sample", "blank_certificate_application").out
    assert gateway("submit", "-", stdin=declared).status == 0
    there_and_back(gateway)
    return home


@pytest.fixture(autouse=True)
def on_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever these tests lie: what is said of the machine itself is asked by name below."""
    monkeypatch.setattr(checks, "file_system_kind", lambda _: "ext4")
    monkeypatch.setattr(checks, "ROOM", 0)


def test_a_home_that_is_well(gateway: Gateway, worked: Path) -> None:
    assert said(gateway, "--refold") == {}
    text = gateway("doctor", "--refold").text
    assert text.count("✓") == 12 and "✗" not in text
    assert "conservation" in gateway("--lang", "en", "doctor").text


def test_a_cached_state_that_the_events_do_not_say_is_corrected_and_told(gateway: Gateway, worked: Path) -> None:
    with sqlite3.connect(worked / "gateway.db") as database:
        database.execute("UPDATE document SET state = 'HT' WHERE kind = 'blank_certificate_application'")
    found = gateway("doctor", "--refold", "--json").value["findings"]
    assert [(finding["topic"], finding["level"]) for finding in found] == [
        ("conservation", "alarm"),
        ("refold", "warning"),
    ]
    assert said(gateway, "--refold") == {}  # both are mended, the states and the counters
    states = {row["state"] for row in gateway("status", "--kind", "blank_certificate_application", "--json").value}
    assert states == {"BP"}


@pytest.mark.tampered
def test_a_counter_that_is_wrong_is_told(gateway: Gateway, worked: Path) -> None:
    with sqlite3.connect(worked / "gateway.db") as database:
        database.execute("UPDATE tally SET amount = amount + 1 WHERE topic = 'arrival'")
    (finding,) = gateway("doctor", "--json").value["findings"]
    assert (finding["topic"], finding["code"]) == ("conservation", "SYS_COUNTS")
    gateway("doctor", "--refold")
    assert said(gateway) == {}


@pytest.mark.parametrize("days", [-1, 365])
def test_a_clock_that_jumped_is_told_and_the_work_begins_all_the_same(
    gateway: Gateway, worked: Path, days: int
) -> None:
    FileClock(worked / "customs" / "clock.json").set(offset=days * 86400.0, speed=1.0)
    assert said(gateway).get("SYS_CLOCK") == ("warning" if days < 0 else "notice")
    ran = gateway("run", "--until-idle")
    assert (ran.status, "SYS_CLOCK" in ran.err) == (0, True)


def damage(file: Path) -> None:
    """A page of a table in the middle of the file is overwritten."""
    with file.open("r+b") as database:
        database.seek(file.stat().st_size // 2 // 4096 * 4096)
        database.write(os.urandom(4096))


def test_a_damaged_database_is_refused_at_the_start_with_advice(gateway: Gateway, worked: Path) -> None:
    damage(worked / "gateway.db")
    ran = gateway("run", "--until-idle")
    assert (ran.status, "DB_CORRUPT" in ran.err, "备份" in ran.err) == (2, True, True)
    assert said(gateway) == {"DB_CORRUPT": "alarm"}


@pytest.mark.parametrize(("found", "code"), [("r9999", "DB_NEWER"), ("r0001", "")])
def test_another_schema_is_refused_with_both_versions(gateway: Gateway, worked: Path, found: str, code: str) -> None:
    with sqlite3.connect(worked / "gateway.db") as database:
        (present,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = ?", (found if code else present,))
    ran = gateway("run", "--until-idle")
    assert ran.status == (2 if code else 0)
    if code:
        assert code in ran.err and found in ran.err and present in ran.err
        assert said(gateway) == {code: "alarm"}


def test_a_folder_that_cannot_rename_is_refused_at_the_start(
    gateway: Gateway, worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def across(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(doors, "rename_new", across)
    ran = gateway("run", "--until-idle")
    assert (ran.status, "CONFIG_OUTBOX_FS" in ran.err) == (2, True)
    assert said(gateway)["CONFIG_OUTBOX_FS"] == "alarm"


def test_a_folder_that_is_away_is_told_and_waited_for(gateway: Gateway, worked: Path) -> None:
    road = worked / "channels" / "customs" / "CertOut"
    road.rename(road.with_name("away"))
    assert said(gateway)["CHANNEL_UNAVAILABLE"] == "alarm"
    assert gateway("run", "--until-idle").status == 0


@pytest.fixture
def few_handles() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_few_handles_little_room_and_a_doubtful_disk_are_told(
    gateway: Gateway, worked: Path, few_handles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ROOM", 1 << 60)
    monkeypatch.setattr(checks, "file_system_kind", lambda _: "nfs4")
    assert said(gateway) == {"SYS_HANDLES": "warning", "SYS_SPACE": "warning", "SYS_FILES": "warning"}


def test_keys_that_others_may_read_and_a_key_that_is_gone(gateway: Gateway, worked: Path) -> None:
    (worked / "keys").chmod(0o755)
    assert said(gateway) == {"SYS_RIGHTS": "warning"}
    (worked / "keys").chmod(0o700)
    for file in (worked / "keys" / "own").iterdir():
        file.unlink()
    assert said(gateway) == {"SIGN_KEY_UNAVAILABLE": "alarm"}


def test_what_was_given_up_and_what_waits_long_is_told(gateway: Gateway, worked: Path) -> None:
    with sqlite3.connect(worked / "gateway.db") as database:
        database.execute("UPDATE outbox SET parked = 'CHANNEL_CONFLICT', standing = 'parked' WHERE id = 1")
    assert said(gateway) == {"SYS_QUEUE": "warning"}


def test_no_home_is_a_finding_too(gateway: Gateway, tmp_path: Path) -> None:
    answer = gateway("doctor", "--home", tmp_path, "--json")
    assert (answer.status, answer.value["findings"][0]["code"]) == (1, "SYS_HOME")


def test_the_kind_of_a_file_system_is_that_of_its_nearest_mount() -> None:
    from importlib import reload

    fresh = reload(checks)  # the fixture above has replaced it
    assert fresh.file_system_kind(Path("/proc/self")) == "proc"
