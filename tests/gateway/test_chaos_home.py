"""A home whose channel misbehaves on purpose: everything ends as it should, and nothing has two effects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from channels.chaos import Chances, Mishap
from gateway.errors import BadHome
from gateway.home import Home
from gateway.settings import load_settings
from gateway.worker import Worker
from simulator.house import FILE, written
from simulator.house import load_settings as load_customs
from simulator.settings import open_customs
from tests.gateway.conftest import declared
from tests.gateway.desk import both_ends

BLANK = "blank_certificate_application"
ROOT = 'root = "channels/customs"\n'


def misbehave(home: Path, chances: str) -> None:
    file = home / "gateway.toml"
    text = file.read_text(encoding="utf-8")
    assert ROOT in text
    file.write_text(text.replace(ROOT, f"{ROOT}chaos = {{{chances}}}\n"), encoding="utf-8")


def test_mishaps_delay_and_neither_lose_nor_repeat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with both_ends(tmp_path / "home") as desk:
        misbehave(
            desk.home.path, "seed = 1, late = 0.2, twice = 0.2, torn = 0.2, shuffled = 0.5, cut = 0.2, full = 0.1"
        )
        home = Home(desk.home.path, passphrase=lambda: None)
        worker = Worker(home)
        assert "chaos" in capsys.readouterr().err
        numbers = desk.submit(*(declared(desk.home, BLANK, seed=n, reference=f"C-{n}") for n in range(5)))
        for _ in range(200):
            worker.look()
            desk.customs.look()
            home.ledger.steer("customs", "resume", actor="test")  # no breaker and no ladder between two looks
            home.ledger.retry(actor="test")
            if set(desk.states().values()) == {"BP"} and not desk.customs.look():
                break
        assert desk.states() == dict.fromkeys(numbers, "BP")
        effects = {row["number"]: row["effects"] for row in desk.customs.statement()}
        assert {number: effects[number] for number in numbers} == dict.fromkeys(numbers, 1)
        home.close()


def test_customs_end_may_misbehave_too(tmp_path: Path) -> None:
    """Receipts late, twice, by half and in any order: the half ones are kept aside, and every document ends as it should."""
    with both_ends(tmp_path / "home") as desk:
        folder = desk.home.path / "customs"
        settings = load_customs(folder)
        chances = Chances(seed=3, late=0.3, twice=0.3, torn=0.2, shuffled=0.5)
        roads = tuple(replace(road, chaos=chances) for road in settings.channels)
        (folder / FILE).write_text(written(replace(settings, channels=roads)), encoding="utf-8")
        assert load_customs(folder).channels == roads, "what is written is read"
        desk.customs.close()
        desk.customs = open_customs(folder)
        numbers = desk.submit(*(declared(desk.home, BLANK, seed=n, reference=f"D-{n}") for n in range(5)))
        for _ in range(60):
            desk.exchange()
            if set(desk.states().values()) == {"BP"}:
                break
        assert desk.states() == dict.fromkeys(numbers, "BP")
        effects = {row["number"]: row["effects"] for row in desk.customs.statement()}
        assert {number: effects[number] for number in numbers} == dict.fromkeys(numbers, 1)


def test_chances_are_read_strictly(tmp_path: Path) -> None:
    with both_ends(tmp_path / "home") as desk:
        plain = (desk.home.path / "gateway.toml").read_text(encoding="utf-8")
        misbehave(desk.home.path, ", ".join(["seed = 7", *(f"{what.value} = 0.5" for what in Mishap)]))
        wanted = Chances(7, **{what.value: 0.5 for what in Mishap})  # type: ignore[arg-type]
        assert load_settings(desk.home.path).channels["customs"].chaos == wanted
        for bad, told in (
            ("late = 1.5", "key 'late': 1.5 is no chance"),
            ("lates = 0.5", "unknown key 'lates'"),
            ("cut = 'x'", "must be float"),
        ):
            (desk.home.path / "gateway.toml").write_text(plain, encoding="utf-8")
            misbehave(desk.home.path, bad)
            with pytest.raises(BadHome) as refused:
                load_settings(desk.home.path)
            assert told in str(refused.value.evidence["detail"])
