"""The board: one look at a home, in 100 columns and 30 lines, in both languages."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from console.cli.panels import drawn
from console.cli.picture import Concern, Line, Picture, Road, Stand
from mappings.load import contract
from tests.console.conftest import Gateway

Sent = Callable[..., list[dict[str, Any]]]
TITLES = (
    "报关网关", "Customs gateway", "发件箱", "Outbox", "收件箱", "Inbox", "单证", "Documents", "逾期", "Overdue",
    "最近变化", "Last changes",
)  # fmt: skip
AT = "2026-11-21T10:00:00.000+08:00"


def fits(text: str) -> bool:
    lines = text.splitlines()
    return len(lines) == 30 and {cell_len(line) for line in lines} == {100}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_board_once(gateway: Gateway, sent: Sent, lang: str) -> None:
    sent("#silent", kinds=("certificate_application", "blank_certificate_application"))
    sent("#badseal #garbage #foreign", kinds=("certificate_application", "blank_certificate_application"))
    gateway("customs", "tick", "2h")
    text = gateway("board", "--once", "--lang", lang).text
    assert fits(text) and all(title in text for title in TITLES)
    assert "SIG_VALUE" in text and "RCP_ORPHAN" in text
    assert ("海关入库成功" if lang == "zh" else "stored") in text


def test_board_of_an_empty_home(gateway: Gateway, home: Path) -> None:
    text = gateway("board", "--once").text
    assert fits(text) and "没有 none" in text and "customs/CertOut" in text


def test_a_channel_that_cannot_be_looked_at(gateway: Gateway, home: Path) -> None:
    (home / "channels" / "customs" / "CertIn" / "InBox").rename(home / "away")
    text = gateway("board", "--once").text
    assert "✗ customs/CertIn CHANNEL_UNAVAILABLE" in text


def test_board_as_json(gateway: Gateway, sent: Sent) -> None:
    sent()
    value = gateway("board", "--json").value
    assert value["home"].endswith("/home") and value["stages"]["answer"] == 0 and value["overdue_count"] == 0
    assert {(s["kind"], s["state"]): s["count"] for s in value["stands"]}[("certificate_application", "HS")] == 1


def crowded() -> Picture:
    """Every state of every kind, and lists that are full."""
    stands = tuple(
        Stand(kind.name, kind.zh, kind.en, state.code, state.zh, state.en, 1000, attention=False)
        for kind in contract().kinds.values()
        for state in (kind.machine.states.values() if kind.machine else ())
    )
    lines = (
        Line("A20260000000000001", "certificate", "ES", "企业确认结果海关入库成功", "confirmation stored", AT, AT),
    ) * 12
    return Picture(
        home="/" + "long" * 60, node="DXPENT1108919038", at=AT, roads=(Road("customs/CertOut", 9999, 9999, 3),) * 6,
        stages=dict.fromkeys(("ask", "seal", "deliver", "answer"), 123456), parked=7, oldest=200000,
        arrivals=dict.fromkeys(("new", "waiting", "held", "quarantined", "understood", "repeat", "discarded"), 123456),
        reasons=tuple((f"REASON_{n}", n) for n in range(20)), stands=stands, overdue_count=12, overdue=lines, recent=lines,
            keys=(Concern("alarm", "KEY_ENDED", "证书已到期。" * 30, "It has ended. " * 30),) * 4,
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kinds", [1, 2, 9])
def test_a_crowded_board_keeps_its_shape(lang: str, kinds: int) -> None:
    picture = crowded()
    chosen = sorted({stand.kind for stand in picture.stands})[:kinds]
    picture = replace(picture, stands=tuple(stand for stand in picture.stands if stand.kind in chosen))
    console = Console(width=100, height=30, file=io.StringIO())
    with console.capture() as drawing:
        console.print(drawn(picture, lang), height=30)
    text = drawing.get()
    assert fits(text)
    if kinds == 1:
        assert all((stand.zh if lang == "zh" else stand.en) in text for stand in picture.stands)
    assert all(
        f"{kind.zh if lang == 'zh' else kind.en}"[:6] in text
        for kind in contract().kinds.values()
        if kind.name in chosen
    )
