"""Our simulator conforms; three that are planted wrong are each named by what they do wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.cli.make import demo_home
from gateway.conformance.play import Player
from gateway.conformance.stories import stories
from gateway.conformance.verdict import WORDS, Finding, Verdict
from gateway.home import Home
from mappings.load import contract
from simulator import message, record
from simulator.settings import open_customs
from simulator.store import Store


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = demo_home(tmp_path / "home")
    yield made
    made.close()


@contextmanager
def customs_at_work(home: Home) -> Iterator[None]:
    """The simulator, looking by itself until the story is over."""
    stop, failed = threading.Event(), list[BaseException]()

    def work() -> None:
        customs = open_customs(home.path / "customs")
        try:
            while not stop.is_set():
                if not customs.look():
                    stop.wait(0.02)
        except BaseException as error:  # noqa: BLE001  told below, in the test's own thread
            failed.append(error)
        finally:
            customs.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=30)
    assert not failed, failed


def played(home: Home, *, limit: float, only: Callable[[str], bool] = lambda _: True) -> dict[str, Verdict]:
    player = Player(home, "customs", limit=limit)
    with customs_at_work(home), pytest.MonkeyPatch.context() as patch:
        from gateway.conformance import play

        patch.setattr(
            play, "stories", lambda c, happy_only: [s for s in stories(c, happy_only=happy_only) if only(s.name)]
        )
        return {story.name: verdict for story, verdict in player.play()}


def findings(verdicts: dict[str, Verdict]) -> set[Finding]:
    return {difference.finding for verdict in verdicts.values() for difference in verdict.differences}


def every_sort(name: str) -> bool:
    """A kind that carries documents in every fate, and every other in its happy one; `gateway conform` plays them all."""
    kind, _, fate = name.partition("/")
    return kind == "certificate_application" or fate in ("happy", "again", "conflict")


def test_our_simulator_conforms(home: Home) -> None:
    verdicts = played(home, limit=30, only=every_sort)
    assert {name: [d.en for d in v.differences] for name, v in verdicts.items() if not v.ok} == {}
    fates = {name.partition("/")[2] for name in verdicts}
    assert {"happy", "refuse", "return", "confirm", "again", "conflict"} <= fates
    assert {name.partition("/")[0] for name in verdicts} == {story.kind.name for story in stories(contract())}


def happy_blank(name: str) -> bool:
    return name == "blank_certificate_application/happy"


def test_one_that_echoes_nothing_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_echo", lambda cause: {})
    assert findings(played(home, limit=3, only=happy_blank)) == {Finding.ECHO}


def test_one_that_names_its_files_wrongly_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    named = message.file_name
    monkeypatch.setattr(
        message, "file_name", lambda *given, **more: named(*given, **more).replace("Receipt_", "Reply-")
    )
    assert Finding.NAME in findings(played(home, limit=3, only=happy_blank))


def test_one_that_does_not_seal_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "seal", lambda wrapped, signer: wrapped)
    found = findings(played(home, limit=3, only=happy_blank))
    assert Finding.SEAL in found and Finding.MISSING in found


def test_one_that_forgets_what_it_answered_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "answer_again", lambda self, row: None)
    assert Finding.AGAIN in findings(played(home, limit=3, only=lambda name: name.endswith("/again")))


def test_one_that_never_looks(home: Home) -> None:
    verdicts: dict[str, Any] = {s.name: v for s, v in Player(home, "customs", limit=0.2).play(happy_only=True)}
    assert all(Finding.NOT_TAKEN in {d.finding for d in v.differences} for v in verdicts.values())


def test_every_finding_has_its_words() -> None:
    assert set(WORDS) == set(Finding) and all(zh and en for zh, en in WORDS.values())
    assert len({story.name for story in stories(contract())}) == len(stories(contract()))
