"""A question about an e-ledger that fails, or is not answered, is asked again in its time, a bounded number of times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.submission.asking import TRIES
from gateway.submission.submit import Submitter
from ledger.rows import DocumentRow, NewArrival, NewEvent, Settlement
from mappings.clock import stamp
from mappings.sample import ENTERPRISE
from mappings.states import What
from tests.gateway.desk import Desk, both_ends
from tests.gateway.test_eledger import GOOD, application, submit, told

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with both_ends(tmp_path / "home") as made:
        object.__setattr__(made.home.settings, "eledger", "ask")
        yield made


def questions(desk: Desk) -> list[DocumentRow]:
    return desk.home.ledger.documents(kind="eledger_query")


def states(desk: Desk) -> list[str]:
    return [row.state for row in questions(desk)]


def work(desk: Desk, after: timedelta = timedelta(0)) -> None:
    """Our end alone, some time later; customs sleeps."""
    desk.home.clock.tick(after)  # type: ignore[attr-defined]
    while desk.worker.look().changed:
        pass


def fail(desk: Desk) -> None:
    """Customs cannot store the last question."""
    last = questions(desk)[-1]
    ledger, now = desk.home.ledger, desk.home.clock.now()
    (arrived,) = ledger.arrive([NewArrival("customs/CertOut", "InBox", f"Receipt_{last.number}", last.number.encode())])
    event = NewEvent(last.enterprise_id, last.number, What.BUSINESS, "HF", stamp(now), f"{now:018d}", "", {}, "")
    ledger.settle([Settlement(arrived.id, "understood", events=(event,))])


def test_asked_again_after_a_wait_that_grows_and_answered_in_the_end(desk: Desk) -> None:
    (outcome,) = submit(desk, application())
    for asked, wait in ((1, MINUTE), (2, 10 * MINUTE), (3, HOUR)):
        work(desk)
        fail(desk)
        work(desk, wait - MINUTE / 2)
        assert len(questions(desk)) == asked, "too early"
        work(desk, MINUTE)
        assert len(questions(desk)) == asked + 1
    assert states(desk)[:3] == ["HF"] * 3
    assert len(questions(desk)) == TRIES
    attempts = desk.home.ledger.history(outcome.number).attempts  # type: ignore[union-attr]
    assert {row.stage for row in attempts} == {"ask"} and "第 2 次查询" in " ".join(row.error for row in attempts)
    desk.exchange()
    assert desk.home.ledger.documents(number=outcome.number)[0].state == "HS"


def test_after_four_it_is_given_up_in_words_and_a_new_submission_asks_anew(desk: Desk) -> None:
    (outcome,) = submit(desk, application())
    for _ in range(TRIES):
        work(desk)
        fail(desk)
        work(desk, 2 * HOUR)
    assert states(desk) == ["HF"] * TRIES
    rows = {row.kind: row for row in desk.home.ledger.documents() if row.kind != "eledger_query"}
    assert {row.state for row in rows.values()} == {"SF"}
    facts = rows["certificate_application"].facts
    assert facts["refused_code"] == "FACT_UNANSWERED" and facts["refused_at"] == "/content/inspection_no"
    assert f"电子底账 {GOOD} 已查询 4 次" in facts["refused_zh"] and "海关入库失败" in facts["refused_zh"]
    results = sorted((desk.home.path / "results" / ENTERPRISE).glob(f"{outcome.number}_*.json"))
    assert "FACT_UNANSWERED" in json.dumps(json.loads(results[-1].read_bytes()))
    work(desk, timedelta(days=2))
    assert len(questions(desk)) == TRIES  # nobody waits: nobody asks
    (again,) = Submitter(desk.home, actor="test").submit([application()], repeat=True)
    assert (again.outcome, told(again)) == ("revised", [])
    assert len(questions(desk)) == TRIES + 1
    desk.exchange()
    assert desk.home.ledger.documents(number=outcome.number)[0].state == "HS"


def test_a_question_without_an_answer_is_asked_again_and_one_that_has_not_left_is_waited_for(desk: Desk) -> None:
    submit(desk, application())
    desk.home.ledger.steer("customs", "pause", actor="test", why="")
    work(desk, 5 * HOUR)
    work(desk, 5 * HOUR)
    assert states(desk) == ["D"]
    desk.home.ledger.steer("customs", "resume", actor="test", why="")
    work(desk)
    assert states(desk) == ["D"]
    work(desk, HOUR)
    assert states(desk) == ["D", "D"]  # the first was delivered and is overdue, so there is another
    desk.exchange()
    assert {row.state for row in desk.home.ledger.documents(kind="certificate_application")} == {"HS"}


def test_those_who_wait_for_one_number_ask_once_between_them(desk: Desk) -> None:
    submit(desk, *(application(reference=f"R{n}", marks=f"N/M {n}") for n in range(3)))
    work(desk)
    fail(desk)
    work(desk, 2 * MINUTE)
    assert len(questions(desk)) == 2
    desk.exchange()
    assert {row.state for row in desk.home.ledger.documents(kind="certificate_application")} == {"HS"}
