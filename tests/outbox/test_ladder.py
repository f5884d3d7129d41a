"""The ladder of retries and a channel's breaker."""

from __future__ import annotations

import pytest

from channels import ChannelError
from outbox.breaker import FAILURES, Breaker
from outbox.retry import LADDER, SECOND, deferral, next_try
from signing.errors import KeyUnavailable

GONE = ChannelError("CHANNEL_UNAVAILABLE", detail="断线")


def test_the_steps_of_the_ladder() -> None:
    steps = [(next_try(GONE, attempts=n, now=0) or 0) // SECOND for n in range(len(LADDER))]
    assert steps == [2, 10, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert next_try(GONE, attempts=len(LADDER), now=0) is None


def test_after_the_last_step_it_is_a_dead_letter_with_its_last_cause() -> None:
    told = deferral(7, GONE, attempts=len(LADDER), now=0)
    assert (told.next_due, told.standing, told.error) == (None, "dead", GONE.reason)


def test_a_lasting_cause_parks_at_once() -> None:
    told = deferral(7, ChannelError("CHANNEL_CONFLICT", name="a.xml"), attempts=0, now=0)
    assert (told.next_due, told.standing) == (None, "parked")


def test_a_denied_permission_counts_as_lasting_after_three_tries() -> None:
    denied = ChannelError("CHANNEL_DENIED", host="h", user="u", path="/OutBox", detail="permission denied")
    told = [deferral(7, denied, attempts=n, now=0) for n in range(3)]
    assert [each.next_due is None for each in told] == [False, False, True]
    assert told[-1].standing == "dead" and "/OutBox" in told[-1].error and "u" in told[-1].error


def test_an_unknown_outcome_is_a_standing_of_its_own() -> None:
    assert deferral(7, ChannelError("CHANNEL_UNCONFIRMED", name="a.xml"), attempts=0, now=0).standing == "unconfirmed"


def test_a_key_that_is_away_waits() -> None:
    assert deferral(7, KeyUnavailable("x"), attempts=0, now=0).next_due == 2 * SECOND


def test_the_breaker_opens_after_some_failures_in_a_row_and_tries_one_file_then() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker = breaker.failed(0)
    assert breaker.phase(0) == "closed" and breaker.room(0, 64) == 64
    breaker = breaker.failed(0)
    assert breaker.phase(0) == "open" and breaker.room(0, 64) == 0
    assert breaker.phase(10 * SECOND) == "half_open" and breaker.room(10 * SECOND, 64) == 1
    assert breaker.succeeded() == Breaker()


def test_each_opening_is_longer_than_the_one_before() -> None:
    breaker, now, waits = Breaker(), 0, []
    for _ in range(FAILURES - 1):
        breaker = breaker.failed(now)
    for _ in range(10):
        breaker = breaker.failed(now)
        assert breaker.retry_at is not None
        waits.append((breaker.retry_at - now) // SECOND)
        now = breaker.retry_at
    assert waits == [10, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_late_failures_of_one_batch_are_one_opening() -> None:
    breaker = Breaker()
    for _ in range(64):
        breaker = breaker.failed(0)
    assert (breaker.openings, breaker.failures, breaker.retry_at) == (1, 64, 10 * SECOND)


@pytest.mark.parametrize("breaker", [Breaker(), Breaker(9, 3, 10**9)])
def test_a_restart_tries_at_once(breaker: Breaker) -> None:
    assert breaker.at_start(5).room(5, 64) >= 1
