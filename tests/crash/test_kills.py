"""Kills lose nothing and do nothing twice; the planted mistakes are caught, so the loop can see."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.crash.kills import loop, nothing, refolded
from tests.crash.mistakes import MISTAKES
from tests.faults.ends import Ends, declaration, fast, fresh
from tests.faults.questions import Answers, ask


@pytest.mark.slow
def test_kills_lose_nothing_and_repeat_nothing() -> None:
    outcome = loop(24, seed=1)
    assert outcome.clean, outcome
    assert (outcome.kills, outcome.acknowledged, outcome.documents) == (24, 120, 120)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(dir=fast()))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_caught(name: str, place: Path) -> None:
    """Killed in the middle of its window; without the mistake the same kill does no harm."""
    answers = life(place / "mistaken", MISTAKES[name].plant, submitting=MISTAKES[name].submitting)
    assert answers.documents == 3 and not answers.clean


def test_the_same_scenes_without_a_mistake_are_clean(place: Path) -> None:
    for submitting in (False, True):
        answers = life(place / str(submitting), lambda _: None, submitting=submitting)
        assert answers.documents == 3 and answers.clean, answers.wrong


def life(folder: Path, plant: Callable[[Callable[[], None]], None], *, submitting: bool) -> Answers:
    """One life of three declarations, in which each command that comes into the mistake's window dies there."""
    folder.mkdir()
    ends = Ends(fresh(folder / "home"), plant=partial(plant, die))
    wanted = [declaration(index) for index in range(3)]
    if submitting:
        ends.submit(wanted)
        ends = Ends(ends.home, plant=partial(plant, nothing))
    else:
        Ends(ends.home).submit(wanted)
    for words in (("run", "--once"), ("simulate", "--until-idle"), ("run", "--once"), ("simulate", "--until-idle")):
        ends.finish(*words)
    still = Ends(ends.home, plant=partial(plant, nothing))
    still.rest(wanted)
    answers = ask(still.home, still.acknowledged)
    answers.twice += refolded(still.home).twice
    return answers


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
