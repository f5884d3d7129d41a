"""Subscriptions at customs' end: who is told of an issued certificate, once, and for how long."""

from datetime import timedelta

import pytest

MOBILE = "12200000000"  # of the applications that the world sends
SUBSCRIPTION, OTHER = "Y20260000000000017", "Y20260000000000018"
DAY = timedelta(days=1)


def subscribe(world, number=SUBSCRIPTION, **content):
    world.send("subscription", {"push_mode": "wechat", "subscribed_mobile": MOBILE, **content}, number)
    world.look()


def cancel(world, number=SUBSCRIPTION):
    world.send("subscription_cancellation", {"subscription_no": number}, number)
    world.look()


def pushed(world):
    return [record for record in world.records if record["number"].startswith("P")]


def issue(world):
    world.apply(count=1)
    world.look()
    world.look(timedelta(minutes=1))


def test_who_has_subscribed_the_mobile_of_the_application_is_told(world):
    subscribe(world)
    issue(world)
    [issued] = [record for record in world.records if record["status"] == "HP"]
    [news] = pushed(world)
    [told] = news["push"]
    assert told == {
        "push_no": "P20260000000000001", "subscription_no": SUBSCRIPTION, "subscribed_mobile": MOBILE,
        "pushed_certificate_no": issued["certificate_no"], "query_code": issued["query_code"], "issue_date": "2026-11-21",
        "pushed_certificate_name": "C2-2健康证书-通用（英文证）",
    }  # fmt: skip
    assert news["sentence"] == f"证书编号[{issued['certificate_no']}]已签发，查询码[{issued['query_code']}]"
    assert "cop_msg_id" not in news


def test_a_year_begins_on_the_day_on_which_it_is_taken(world):
    subscribe(world)
    [taken] = world.records
    assert (taken["subscription_begin"], taken["subscription_end"]) == ("2026-11-21", "2027-11-21")


@pytest.mark.parametrize(
    "content",
    [
        {"subscribed_mobile": "13600006818"},
        {"subscribed_from": "2026-12-01", "subscribed_until": "2026-12-31"},
        {"subscribed_from": "2025-11-01", "subscribed_until": "2026-10-31"},
    ],
    ids=["another mobile", "not begun", "over"],
)
def test_nobody_else_is_told(world, content):
    subscribe(world, **content)
    issue(world)
    assert pushed(world) == [] and world.row(SUBSCRIPTION)["state"] == "YS"


def test_who_has_subscribed_twice_is_told_once(world):
    subscribe(world)
    subscribe(world, OTHER)
    issue(world)
    assert len(pushed(world)) == 1


def test_who_has_cancelled_is_told_nothing_more(world):
    subscribe(world)
    cancel(world)
    assert world.row(SUBSCRIPTION)["state"] == "YX"
    assert [r["cancelled_at"] for r in world.records if r["status"] == "YX"]
    issue(world)
    assert pushed(world) == []
    world.look(DAY * 400)
    assert "YE" not in [status for _, status in world.told()]


def test_a_subscription_ends_on_the_day_after_its_last_and_a_change_moves_that_day(world):
    subscribe(world, subscribed_from="2026-11-21", subscribed_until="2026-12-21")
    world.send(
        "subscription",
        {"push_mode": "wechat", "subscribed_mobile": MOBILE, "subscribed_from": "2026-11-21", "subscribed_until": "2027-01-21"},
        SUBSCRIPTION, submission=1,
    )  # fmt: skip
    world.look(DAY * 32)
    assert world.row(SUBSCRIPTION)["state"] == "YS"
    world.look(DAY * 32)
    assert world.row(SUBSCRIPTION)["state"] == "YE"
    assert [status for _, status in world.told()] == ["YS", "YS", "YE"]
    assert world.records[-1]["sentence"] == f"订阅[{SUBSCRIPTION}]，手机号[{MOBILE}]，已到期"
    issue(world)
    assert pushed(world) == []
