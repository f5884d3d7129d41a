"""The guard of a PIN by itself: crashes, two processes, a disk that is full; and the queue before a slow card."""

import multiprocessing
import os
import threading
import time

import pytest

from signing import lock
from signing.errors import KeyUnavailable
from signing.key_errors import PinStopped
from signing.pin import PinGuard, PinNotJudged, PinRefused, Stopped, allow_pin, stopped_pins
from signing.rate import GUESS, Queue

CARD = "ws://127.0.0.1:61232"
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own").mkdir()
    return tmp_path


def guard(folder, patience=1.0):
    return PinGuard(folder / "own", CARD, patience=patience)


def show(each, outcome=None):
    with each.shown():
        if outcome:
            raise outcome


def test_a_pin_that_holds_leaves_no_note(folder):
    each = guard(folder)
    for _ in range(2):
        show(each)
    assert not stopped_pins(folder)


@pytest.mark.parametrize("outcome", [ConnectionError(), KeyUnavailable("x"), KeyboardInterrupt(), MemoryError()])
def test_whatever_ends_the_first_time_without_an_answer_stops_it(folder, outcome):
    with pytest.raises(type(outcome)):
        show(guard(folder), outcome)
    with pytest.raises(PinStopped, match="没有得到回答"):
        show(guard(folder))
    assert stopped_pins(folder) == {
        CARD: Stopped("上一次没有得到回答 (the last time brought no answer)", refused=False)
    }


def test_a_process_that_is_killed_while_it_asks(folder):
    def die():
        with guard(folder).shown():
            os._exit(9)

    process = FORK.Process(target=die)
    process.start()
    process.join(10)
    assert process.exitcode == 9
    with pytest.raises(PinStopped):
        show(guard(folder))


def test_a_card_that_was_not_there_costs_nothing(folder):
    each = guard(folder)
    with pytest.raises(PinNotJudged):
        show(each, PinNotJudged("away"))
    show(each)


def test_a_refusal_after_it_has_held(folder):
    each = guard(folder)
    show(each)
    with pytest.raises(PinStopped, match="错误码"):
        show(each, PinRefused("错误码=1"))
    for one in (each, guard(folder)):
        with pytest.raises(PinStopped, match="错误码"):
            one.check()
    allow_pin(folder, CARD, "王工")
    show(each)


def test_only_the_first_of_two_processes_shows_a_wrong_pin(folder):
    shown = FORK.Value("i", 0)

    def ask():
        try:
            with guard(folder, patience=10).shown():
                with shown.get_lock():
                    shown.value += 1
                time.sleep(0.2)
                raise PinRefused("no")
        except PinStopped:
            os._exit(7)

    processes = [FORK.Process(target=ask) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [7] * 4
    assert shown.value == 1


def test_one_that_holds_waits_for_another_s_first_time_instead_of_stopping(folder):
    held, other = guard(folder), guard(folder)
    show(held)
    inside, go = threading.Event(), threading.Event()

    def first():
        with other.shown():
            inside.set()
            go.wait(5)

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(5)
    threading.Timer(0.2, go.set).start()
    show(held)
    thread.join()


def test_patience_ends(folder):
    with (
        lock.held(next(iter([guard(folder)._note.with_suffix(".lock")])), 1),
        pytest.raises(PinNotJudged, match="busy"),
    ):
        show(guard(folder, patience=0.1))


def test_no_note_no_pin(tmp_path):
    """A folder that cannot be written to: the PIN is not shown at all."""
    shown = []
    with pytest.raises(PinNotJudged), PinGuard(tmp_path / "away", CARD, patience=0.1).shown():
        shown.append(1)
    assert not shown


def test_a_note_that_cannot_be_read_stops_too(folder):
    each = guard(folder)
    each._note.write_text("{")
    with pytest.raises(PinStopped):
        show(each)
    assert len(stopped_pins(folder)) == 1


# --- the queue ---


def test_before_anything_is_measured_four_a_second_are_assumed():
    assert Queue(CARD, timeout=1).estimate(8) == 8 * GUESS == 2


def test_it_measures_and_tells_how_long():
    ticks = iter([0.0, 0.5, 1.0, 1.5, 2.0, 4.0])
    queue = Queue(CARD, timeout=5, clock=lambda: next(ticks))
    for _ in range(2):
        with queue.measured():
            pass
    assert queue.estimate(10) == 5
    with pytest.raises(RuntimeError), queue.measured():
        raise RuntimeError
    with queue.turn(4):
        assert queue.estimate(10) == 7, "those before it count"
    assert queue.estimate(10) == 5


def test_a_card_that_grows_slow_is_noticed():
    now = [0.0]
    queue = Queue(CARD, timeout=5, clock=lambda: now[0])
    for took in [0.25] * 10 + [1.0] * 12:
        with queue.measured():
            now[0] += took
    assert 0.9 < queue.each <= 1


def test_nobody_waits_for_ever():
    queue = Queue(CARD, timeout=0.05)
    began = time.monotonic()
    with queue.turn(2), pytest.raises(KeyUnavailable, match="behind 2"), queue.turn(1):
        pass
    assert time.monotonic() - began < 2
    assert queue.estimate(0) == 0
    with queue.turn(1):
        pass
