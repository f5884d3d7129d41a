"""Who sends through a home, by commands."""

from __future__ import annotations

from pathlib import Path

from tests.console.conftest import Gateway


def test_added_listed_paused_resumed(gateway: Gateway, home: Path) -> None:
    added = gateway("relay", "add", "first", "--enterprise", "4401987654", "--name", "代发企业", "--quota", 5, "--json")
    assert added.status == 0 and added.value["node"] == "DXPENT4401987654"
    assert (home / "relay/first/CertOut/OutBox").is_dir()
    assert not (home / "keys/own/DXPENT4401987654.key.pem").exists()  # it seals for itself
    for word, why in (("pause", "欠费"), ("resume", "")):
        assert gateway("relay", word, "first", "--why", why or "-").status == 0
        assert gateway("relay", word, "first", "--why", why or "-").status == 1
        (row,) = gateway("relay", "list", "--json").value
        assert (bool(row["paused_at"]), row["why"]) == (word == "pause", why)
        assert (row["enterprise"], row["quota"], row["sent_today"], row["waiting"]) == ("4401987654", 5, 0, 0)
    assert "欠费" not in gateway("relay", "list").text and "每日限额" in gateway("relay", "list").text
    assert gateway("run", "--until-idle").status == 0


def test_nobody_is_registered_twice(gateway: Gateway, home: Path) -> None:
    for name, code in (("first", "1108919038"), ("No Name", "4401987654")):
        answer = gateway("relay", "add", name, "--enterprise", code, "--name", "x")
        assert answer.status == 2 and "SYS_HOME" in answer.err
    assert gateway("relay", "pause", "nobody", "--why", "x").status == 2
