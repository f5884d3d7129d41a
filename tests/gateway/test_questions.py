"""The same content under a new reference is held, as a draft, until a person answers (reliability P5); drafts are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.setup import NewHome, make_home
from gateway.submission.answering import delete, delete_all, send
from gateway.submission.submit import Submitter
from mappings.clock import SetClock
from mappings.sample import ENTERPRISE, sample
from tests.gateway.conftest import declared

APPLICATION = "certificate_application"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Home]:
    make_home(NewHome(tmp_path / "home", ENTERPRISE, "测试企业"), passphrase=None).close()
    home = Home(tmp_path / "home", passphrase=lambda _: None)
    home.__dict__["clock"] = SetClock(home.clock.now())
    yield home
    home.close()


def _submit(home: Home, reference: str, *, seed: int = 1, **how: bool) -> tuple[str, str]:
    (outcome,) = Submitter(home, actor="甲").submit(
        [declared(home, APPLICATION, seed=seed, reference=reference)], **how
    )
    return outcome.outcome, outcome.number


@pytest.fixture
def held(house: Home) -> str:
    """The number of a declaration whose content was declared before."""
    outcome, _ = _submit(house, "ONE")
    assert outcome == "accepted"
    outcome, number = _submit(house, "TWO")
    assert outcome == "held"
    return number


def test_what_is_held_goes_with_its_files(house: Home) -> None:
    for reference in ("ONE", "TWO"):
        value = sample(house.contract.kinds[APPLICATION], seed=1, reference=reference, attachments=True)
        (outcome,) = Submitter(house, actor="甲").submit([Declaration("memory", value)])
    assert outcome.outcome == "held"
    assert send(house, outcome.number, actor="甲", why="两份").outcome == "revised"
    (message,) = house.ledger.history(outcome.number).messages
    (first,) = house.ledger.history(house.ledger.documents(reference="ONE")[0].number).messages
    names = house.ledger.attached([message.id, first.id])
    assert names[message.id] and names[message.id] == names[first.id]


def _queued(home: Home) -> int:
    return sum(home.ledger.counts().stages.values())


def test_what_is_held_is_a_draft_that_leaves_for_nobody(house: Home, held: str) -> None:
    (asked,) = house.ledger.questions()
    (first,) = house.ledger.documents(reference="ONE", kind=APPLICATION)
    assert (asked.number, asked.reference, asked.code, asked.first) == (held, "TWO", "MSG_REPEAT", first.number)
    assert [row.state for row in house.ledger.documents(number=held)] == ["S"] and _queued(house) == 1
    assert _submit(house, "TWO") == ("held", held)  # asked once, however often it is declared
    assert len(house.ledger.questions()) == 1


def test_answered_with_send_it_goes_as_it_was_given(house: Home, held: str) -> None:
    outcome = send(house, held, actor="小王", why="两批货")
    assert (outcome.outcome, outcome.number, outcome.state) == ("revised", held, "D")
    assert house.ledger.questions() == [] and _queued(house) == 2
    assert [(e.actor, e.act, e.subject, e.detail["answer"]) for e in house.ledger.audit_rows()] == [
        ("小王", "answer", held, "send")
    ]
    assert _submit(house, "TWO") == ("duplicate", held)
    with pytest.raises(GatewayError, match="BIZ_UNKNOWN"):
        send(house, held, actor="小李", why="")


def test_meant_twice_can_be_said_at_once_and_ends_the_question(house: Home, held: str) -> None:
    assert _submit(house, "TWO", repeat=True) == ("revised", held)
    assert house.ledger.questions() == [] and _queued(house) == 2


def test_answered_with_discard_it_is_gone_from_the_lists_and_kept(house: Home, held: str) -> None:
    assert delete(house, held, actor="小王", why="重复")
    assert house.ledger.questions() == [] and house.ledger.documents(number=held) == []
    history = house.ledger.history(held)
    assert history is not None and history.document.declaration
    assert not delete(house, held, actor="小李", why="")
    assert [(e.act, e.subject) for e in house.ledger.audit_rows()] == [("delete", held)]
    assert _submit(house, "TWO")[0] == "refused"  # its reference stands for what was thrown away
    assert house.ledger.counts().documents[APPLICATION, "deleted"] == 1


def test_what_was_thrown_away_raises_no_question(house: Home) -> None:
    _, number = _submit(house, "DRAFT", draft=True)
    assert delete(house, number, actor="小王", why="")
    assert _submit(house, "NEW")[0] == "accepted"


def test_after_a_day_nobody_is_asked(house: Home) -> None:
    _submit(house, "ONE")
    house.clock.tick(timedelta(hours=25))  # type: ignore[attr-defined]
    assert _submit(house, "TWO")[0] == "accepted"


def test_what_was_sent_is_not_deleted(house: Home) -> None:
    _, number = _submit(house, "ONE")
    assert not delete(house, number, actor="小王", why="")
    assert [row.state for row in house.ledger.documents(number=number)] == ["D"]
    with pytest.raises(GatewayError, match="BIZ_UNKNOWN"):
        delete(house, "A20990000000000001", actor="小王", why="")


def test_several_are_deleted_all_or_none_and_every_objection_is_told(house: Home) -> None:
    drafts = [_submit(house, name, draft=True)[1] for name in ("D1", "D2")]
    _, sent = _submit(house, "SENT", repeat=True)
    told = delete_all(house, [*drafts, sent, "nobody's", drafts[0]], actor="小王", why="")
    assert [(each.number, each.done, each.refused and each.refused.code) for each in told] == [
        (drafts[0], False, None), (drafts[1], False, None), (sent, False, "DELETE_STATE"), ("nobody's", False, "BIZ_UNKNOWN"),
    ]  # fmt: skip
    assert len(house.ledger.documents(kind=APPLICATION)) == 3
    assert [each.done for each in delete_all(house, drafts, actor="小王", why="")] == [True, True]
    assert [row.number for row in house.ledger.documents(kind=APPLICATION)] == [sent]
    assert [(e.act, e.subject) for e in house.ledger.audit_rows()] == [("delete", number) for number in drafts]
    with pytest.raises(GatewayError) as nothing:
        delete_all(house, [], actor="小王", why="")
    assert nothing.value.zh == "请至少选择一条数据！"


def test_two_of_one_batch_with_the_same_content_are_not_both_sent(house: Home) -> None:
    twins = [declared(house, APPLICATION, seed=1, reference=reference) for reference in ("ONE", "TWO", "ONE")]
    outcomes = Submitter(house, actor="甲").submit(twins)
    assert [outcome.outcome for outcome in outcomes[:2]] == ["accepted", "held"] and _queued(house) == 1
    assert outcomes[1].faults[0].found == "ONE"
