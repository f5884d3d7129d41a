"""`gateway channels`, `pause`, `drain`, `resume`, `queue`, `retry`, `resend`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.conftest import Gateway

SAMPLE = ("sample", "blank_certificate_application")


def _submit(gateway: Gateway, reference: str, *options: str, seed: int = 1) -> str:
    declared = gateway(*SAMPLE, "--seed", seed, "--reference", reference, "--remark", "#silent")
    (told,) = gateway("submit", "-", "--json", *options, stdin=declared.out).value
    return str(told["number"])


def test_a_channel_is_paused_shown_and_resumed(gateway: Gateway, home: Path) -> None:
    assert gateway("run", "--until-idle").status == 0
    (row,) = gateway("channels", "--json").value
    assert (row["channel"], row["mode"], row["breaker"], row["queued"], row["age"]) == (
        "customs",
        "open",
        "closed",
        0,
        None,
    )
    assert row["looked_at"]
    assert gateway("pause", "customs", "--why", "检修").status == 0
    assert gateway("pause", "customs").status == 1
    number = _submit(gateway, "R-1")
    gateway("run", "--until-idle")
    (row,) = gateway("channels", "--json").value
    assert (row["mode"], row["reason"], row["queued"]) == ("paused", "检修", 1) and row["age"] >= 0
    assert [each["number"] for each in gateway("queue", "--json").value] == [number]
    assert gateway("resume", "customs").status == 0
    gateway("run", "--until-idle")
    assert gateway("queue", "--json").value == []
    acts = [entry["act"] for entry in gateway("audit", "list", "--json").value if "customs" in entry["subject"]]
    assert acts == ["pause", "resume"]
    assert "已暂停" not in gateway("channels").text and "开通" in gateway("channels").text


def test_an_unknown_channel_is_a_mistake_of_the_caller(gateway: Gateway, home: Path) -> None:
    for act in ("pause", "drain", "resume"):
        assert gateway(act, "nowhere").status == 2


def test_what_was_given_up_is_shown_with_its_cause_and_tried_again(gateway: Gateway, home: Path) -> None:
    number = _submit(gateway, "R-1")
    (name,) = [each["file"] for each in gateway("queue", "--json").value]
    (home / "channels" / "customs" / "CertOut" / "OutBox" / name).write_bytes(b"<foreign/>")
    gateway("run", "--until-idle")
    (row,) = gateway("queue", "--json").value
    assert (row["number"], row["standing"], row["standing_zh"]) == (number, "parked", "已搁置")
    assert row["error"].startswith("CHANNEL_CONFLICT")
    assert "已搁置" in gateway("queue").text and gateway("queue", "--standing", "dead", "--json").value == []
    (home / "channels" / "customs" / "CertOut" / "OutBox" / name).unlink()
    assert gateway("retry", number, "--why", "已移走").status == 0
    gateway("run", "--until-idle")
    assert gateway("queue", "--json").value == [] and gateway("retry").status == 1
    assert gateway("retry", "B20990000000000001").status == 2


def test_a_message_is_sent_again_as_it_was_once(gateway: Gateway, home: Path) -> None:
    number = _submit(gateway, "R-1")
    gateway("run", "--until-idle")
    (sent,) = (home / "channels" / "customs" / "CertOut" / "OutBox").glob("*.xml")
    before = sent.read_bytes()
    sent.unlink()
    (told,) = gateway("resend", number, "--why", "对方未收到", "--json").value
    assert told["outcome"] == "queued"
    assert gateway("resend", number).status == 1
    gateway("run", "--until-idle")
    assert sent.read_bytes() == before
    (told,) = gateway("resend", number, "--json").value
    assert told["outcome"] == "just_now"
    assert "resend" in [entry["act"] for entry in gateway("audit", "list", "--json").value]


def test_many_are_sent_again_by_a_filter(gateway: Gateway, home: Path) -> None:
    numbers = [_submit(gateway, f"R-{n}", "--repeat", seed=n) for n in range(3)]
    gateway("run", "--until-idle")
    rows = gateway("resend", "--state", "D", "--json").value
    assert [(row["number"], row["outcome"]) for row in rows] == [(number, "queued") for number in numbers]
    assert gateway("resend", "--overdue", "--json").value == []


@pytest.mark.parametrize("arguments", [("resend",), ("resend", "B20990000000000001", "--overdue")])
def test_what_is_to_be_sent_again_is_named_or_filtered(
    gateway: Gateway, home: Path, arguments: tuple[str, ...]
) -> None:
    assert gateway(*arguments).status == 2
