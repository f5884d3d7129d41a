"""An operator beside a simulator that runs or does not: what he lays down is performed at the next look."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels import BoxName
from mappings.load import contract
from mappings.sample import sample
from signing.keys import make_own, trust
from simulator.errors import NotDecided
from simulator.house import written
from simulator.moods import MOODS
from simulator.office import Office
from simulator.settings import Registered, load_settings, open_customs

from .conftest import BLANK_NO, CERTIFICATES, CODE, ENTERPRISE, STRANGER, channel, submit

INSPECTION_NO = "222N01040001195"


def test_invalid_is_told_after_the_last_answer(world):
    world.apply("#invalid", count=1)
    world.look()
    told = [p for p in world.business() if p.needs_kind().name == "certificate_status"]
    [record] = [record for parcel in told for record in parcel.content["records"]]
    assert (record["number"], record["status"], record["validity"]) == (CERTIFICATES[0], "HP", "VN")
    assert "cop_msg_id" not in record
    assert max(r["stated_at"] for r in world.records) == record["stated_at"]
    assert world.customs.tools.store.case(ENTERPRISE, CERTIFICATES[0]).facts["validity"] == "VN"


def test_what_was_refused_is_not_set_invalid(world):
    world.apply("#refuse #invalid", count=1)
    world.look()
    assert len(world.business()) == 1


def test_a_mood_without_its_kind_does_nothing(world):
    absent = [mood for mood in MOODS.values() if mood.letter and mood.letter not in contract().kinds]
    if not absent:
        pytest.skip("the contract has the kind of every mood")
    world.apply(f"#{absent[0].said}", count=1)
    world.look()
    assert world.told()[-1] == (CERTIFICATES[0], "HP")
    assert len(world.files()) == 3


@pytest.fixture
def both(home, own_keys):
    submit(home, own_keys)
    customs = open_customs(home / "customs")
    customs.until_idle()
    with Office(home / "customs") as office:
        yield home, customs, office
    customs.close()


def test_issue_on_site(both):
    home, customs, office = both
    number = office.issue(CODE, inspection_no=INSPECTION_NO, format_="C1-1.en")
    customs.until_idle()
    [row] = [row for row in office.statement() if row["number"] == number]
    assert (row["sender"], row["state"], row["certificate_no"]) == (ENTERPRISE, "HP", f"{INSPECTION_NO}001")
    assert number.startswith("C") and len(number) == 18
    assert any(number in entry.name for entry in channel(home).inbox.entries())
    customs.decide(number, "HA")
    customs.until_idle()
    assert office.document(number)["state"] == "HA"


def test_issue_of_a_content_that_its_kind_refuses(both):
    _, _, office = both
    content = sample(contract().kinds["certificate"], seed=3)["content"] | {"originals": 10_000}
    with pytest.raises(NotDecided, match="SIM_CONTENT"):
        office.issue(CODE, inspection_no=INSPECTION_NO, content=content)
    with pytest.raises(NotDecided, match="BIZ_UNKNOWN"):
        office.issue("0000000000", inspection_no=INSPECTION_NO)


def test_notice_of_any_inward_kind(both):
    home, customs, office = both
    before = len(channel(home).inbox.entries())
    office.notify(BLANK_NO, "receipt", given={"sentence": "请补充资料"})
    customs.until_idle()
    assert len(channel(home).inbox.entries()) == before + 1
    assert office.document(BLANK_NO)["state"] == "BP"


def test_notice_is_refused_where_it_cannot_be(both):
    _, _, office = both
    for number, kind, given, code in (
        ("B20260000000000099", "receipt", {}, "BIZ_UNKNOWN"),
        (BLANK_NO, "certificate", {}, "DECL_KIND"),
        (BLANK_NO, "receipt", {"sentense": "x"}, "FIELD_UNKNOWN"),
    ):
        with pytest.raises(NotDecided, match=code):
            office.notify(number, kind, given=given)


def test_a_letter_that_cannot_be_made_is_told_and_stops_nothing(both, capsys):
    home, customs, office = both
    office.notify(BLANK_NO, "receipt", given={"receipt_no": "no number"})
    office.notify(BLANK_NO, "receipt")
    customs.until_idle()
    assert "XSD_INVALID" in capsys.readouterr().err
    assert len(channel(home).inbox.entries()) == 4


def test_queue_and_document(home, own_keys):
    settings = load_settings(home / "customs")
    (home / "customs" / "customs.toml").write_text(written(replace(settings, progress="timed")), encoding="utf-8")
    submit(home, own_keys)
    customs = open_customs(home / "customs")
    customs.until_idle()
    with Office(home / "customs") as office:
        [waiting] = office.queue()
        assert (waiting["number"], waiting["state"]) == (BLANK_NO, "D")
        assert [step["status"] for step in waiting["planned"]] == ["HS", "BP"]
        office.tick(timedelta(hours=3))
        customs.until_idle()
        assert office.queue() == []
        told = office.document(BLANK_NO)
        assert told["content"]["customs_office"] == "2201"
        assert [step["status"] for step in told["steps"]] == ["HS", "BP"]
        assert json.dumps(told)
    customs.close()


def test_reset_forgets_everything(both):
    home, _, office = both
    assert office.reset()["cases"] == 7  # the application, and the forms that were handed out
    assert office.statement() == []
    assert office.reset()["cases"] == 0
    for entry in channel(home).inbox.entries():
        channel(home).inbox.remove(entry.name)


def test_time_goes_ahead_only(both):
    _, _, office = both
    now = office.clock.now()
    office.put(now + 3_600_000_000)
    assert office.clock.now() >= now + 3_600_000_000
    with pytest.raises(NotDecided, match="SIM_CLOCK"):
        office.put(now)


def test_a_certificate_that_is_trusted_later_is_known_without_a_restart(both, tmp_path):
    home, customs, _ = both
    assert STRANGER not in customs.tools.registry.senders()
    make_own(tmp_path / "stranger", STRANGER, name="后来者", passphrase=None, now=datetime.now(UTC))
    trust(home / "customs" / "keys", STRANGER, (tmp_path / "stranger" / "own" / f"{STRANGER}.cert.pem").read_bytes())
    settings = load_settings(home / "customs")
    more = replace(settings, enterprises=(*settings.enterprises, Registered(STRANGER, "0000000009")))
    (home / "customs" / "customs.toml").write_text(written(more), encoding="utf-8")
    customs.until_idle()
    assert STRANGER in customs.tools.registry.senders()
    assert customs.tools.settings.of_node(STRANGER).code == "0000000009"


def test_settings_that_cannot_be_read_leave_the_old_ones(both, capsys):
    home, customs, _ = both
    file = home / "customs" / "customs.toml"
    good = file.read_text(encoding="utf-8")
    file.write_text(good + "\nnonsense = 1\n", encoding="utf-8")
    customs.until_idle()
    customs.until_idle()
    assert capsys.readouterr().err.count("SYS_HOME") == 1
    assert customs.tools.settings.of_node(ENTERPRISE)
    file.write_text(good, encoding="utf-8")
    customs.until_idle()
    assert channel(home).inbox.entries() and not (home / BoxName.FAIL).exists()
