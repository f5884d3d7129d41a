"""A home whose channel misbehaves on purpose: everything ends as it should, and nothing has two effects."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.chaos import Chances, Mishap
from gateway.errors import BadHome
from gateway.home import Home
from gateway.settings import load_settings
from gateway.worker import Worker
from tests.gateway.conftest import declared
from tests.gateway.desk import both_ends

BLANK = "blank_certificate_application"
ROOT = 'root = "channels/customs"\n'


def misbehave(home: Path, chances: str) -> None:
    file = home / "gateway.toml"
    text = file.read_text(encoding="utf-8")
    assert ROOT in text
    file.write_text(text.replace(ROOT, f"{ROOT}chaos = {{{chances}}}\n"), encoding="utf-8")


@pytest.mark.parametrize("seed", [1, 2])
def test_mishaps_delay_and_neither_lose_nor_repeat(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with both_ends(tmp_path / "home") as desk:
        misbehave(
            desk.home.path, f"seed = {seed}, late = 0.2, twice = 0.2, torn = 0.2, shuffled = 0.5, cut = 0.2, full = 0.1"
        )
        home = Home(desk.home.path, passphrase=lambda: None)
        worker = Worker(home)
        assert "chaos" in capsys.readouterr().err
        numbers = desk.submit(*(declared(desk.home, BLANK, seed=n, reference=f"C-{n}") for n in range(12)))
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
