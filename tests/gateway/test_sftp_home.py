"""A home whose channel is an SFTP server: everything that holds for a folder holds there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from gateway.errors import BadHome
from gateway.lanes.settings import SftpSettings
from gateway.settings import load_settings
from tests.gateway.conftest import declared
from tests.gateway.desk import Desk, both_ends

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sshd import Sshd

BLANK = "blank_certificate_application"


@pytest.fixture
def desk(tmp_path: Path, sshd: Sshd) -> Iterator[Desk]:
    with both_ends(tmp_path / "home", sshd=sshd) as both:
        yield both


def files(desk: Desk, box: str) -> list[str]:
    return sorted(path.name for path in (desk.road / box).rglob("*") if path.is_file())


def test_declarations_go_to_customs_and_come_back_as_states(desk: Desk, sshd: Sshd) -> None:
    numbers = desk.submit(*(declared(desk.home, BLANK, seed=n, reference=f"S-{n}") for n in range(5)))
    desk.exchange()
    assert desk.states() == dict.fromkeys(numbers, "BP")
    assert (files(desk, "OutBox"), files(desk, "InBox"), files(desk, "FailBox")) == ([], [], [])
    assert len(files(desk, "SentBox")) == 5
    assert sshd.logins() == 1, "one long-lived connection"


def test_a_server_that_is_away_loses_nothing_and_is_used_when_it_is_back(desk: Desk, sshd: Sshd) -> None:
    desk.worker.look()
    sshd.stop()
    (number,) = desk.submit(declared(desk.home, BLANK))
    assert desk.worker.look().delivered == 0
    assert files(desk, "OutBox") == []
    sshd.start()
    desk.home.ledger.make_due("deliver")
    desk.home.wires.link("customs").resume()
    desk.exchange()
    assert desk.states() == {number: "BP"}


SETTINGS = """\
[node]
id = "DXPENT1108919038"
customs = "DXPEDC0000000001"
[channels.customs]
kind = "sftp"
host = "sftp.example.cn"
user = "enterprise"
key = "keys/sftp_client"
known_hosts = "/etc/gateway/known_hosts"
root = "/exchange"
routes = ["CertOut"]
"""


def loaded(folder: Path, text: str):
    (folder / "gateway.toml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def test_what_is_not_said_has_its_usual_value(tmp_path: Path) -> None:
    channel = loaded(tmp_path, SETTINGS).channels["customs"]
    assert channel.sftp == SftpSettings("sftp.example.cn", "enterprise", "keys/sftp_client", "/etc/gateway/known_hosts")
    assert (channel.sftp.port, channel.sftp.sessions, channel.writer) == (22, 2, "renames")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('host = "sftp.example.cn"\n', "", "key 'host' is missing"),
        ('user = "', 'sessions = 5\nuser = "', "key 'sessions': 5 is not among 1 to 4"),
        ('user = "', 'port = 70000\nuser = "', "key 'port': 70000 is no port"),
        ('kind = "sftp"', 'kind = "ftp"', "key 'kind': 'ftp' is none of folder, sftp"),
        ('kind = "sftp"', 'kind = "folder"', "unknown key"),
        ('user = "', 'password = "x"\nuser = "', "unknown key 'password'"),
    ],
)
def test_settings_are_read_strictly(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(BadHome) as refused:
        loaded(tmp_path, SETTINGS.replace(old, new))
    assert told in str(refused.value.evidence["detail"])
