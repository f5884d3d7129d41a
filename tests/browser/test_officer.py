"""A person plays the customs officer: the queue, a declaration as a form, accept, return with a reason, issue, move the clock.

`PICTURES=docs/pictures pytest tests/browser/test_officer.py` takes the pictures of the docs again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed (extra: web)")

from console.cli.make import demo_home
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.submit import Submitter
from gateway.worker import Worker
from mappings.sample import sample
from simulator.face.app import serving
from simulator.settings import open_customs


@dataclass
class Desk:
    home: Home
    address: str

    def submit(self, kind: str, reference: str, seed: int = 0) -> str:
        value = sample(self.home.contract.kinds[kind], seed=seed, reference=reference)
        (outcome,) = Submitter(self.home, actor="test").submit([Declaration("memory", value)])
        assert outcome.outcome == "accepted", outcome
        self.move()
        return outcome.number

    def move(self) -> None:
        """Everything that can move moves."""
        Worker(self.home).until_idle()
        customs = open_customs(self.home.path / "customs")
        customs.until_idle()
        customs.close()
        Worker(self.home).until_idle()

    def state(self, number: str) -> str:
        return self.home.ledger.documents(number=number)[0].state


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    home = demo_home(tmp_path / "home", progress="manual")
    with serving(home.path / "customs", port=0) as address:
        yield Desk(home, address)
    home.close()


def picture(page: Any, name: str) -> None:
    """Only when the docs want new ones."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_an_officer_accepts(desk: Desk, page: Any) -> None:
    number = desk.submit("certificate_application", "OFFICER-1")
    page.goto(desk.address)
    assert "token" not in page.url
    picture(page, "officer-queue")
    page.get_by_role("link", name=number).click()
    assert page.get_by_role("heading", name="申报内容").is_visible()
    assert page.get_by_text("检验检疫编号").first.is_visible()
    picture(page, "officer-document")
    page.get_by_role("button", name="海关入库成功").click()
    desk.move()
    assert desk.state(number) == "HS"
    page.reload()
    assert page.get_by_text("海关入库成功").first.is_visible()


def test_an_officer_returns_with_a_reason(desk: Desk, page: Any) -> None:
    number = desk.submit("blank_certificate_application", "OFFICER-2")
    page.goto(desk.address)
    page.get_by_role("link", name=number).click()
    refuse = page.locator("form", has=page.get_by_role("button", name="海关入库失败"))
    refuse.get_by_role("button").click()  # the reason is required: the browser keeps the form
    assert page.url.endswith(number) and desk.state(number) == "SS"
    refuse.locator("input[name=reason]").fill("缺少签字委托书")
    refuse.get_by_role("button").click()
    desk.move()
    assert desk.state(number) == "HF"
    history = desk.home.ledger.history(number)
    assert history is not None and "缺少签字委托书" in history.events[-1].sentence


def test_an_officer_issues_on_site_and_moves_the_clock(desk: Desk, page: Any) -> None:
    page.goto(desk.address)
    assert page.get_by_text("没有待办的单证").is_visible()
    before = page.locator("time").inner_text()
    page.get_by_role("button", name="+1d").click()
    assert page.locator("time").inner_text() > before
    page.get_by_label("检验检疫编号").fill("225N01040002194")
    page.get_by_role("button", name="出证").click()
    assert page.locator("strong").inner_text().startswith("C")


def test_it_can_be_used_by_keyboard_on_a_narrow_screen(desk: Desk, page: Any) -> None:
    number = desk.submit("blank_certificate_application", "OFFICER-3")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(desk.address)
    page.get_by_role("link", name=number).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{number}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
