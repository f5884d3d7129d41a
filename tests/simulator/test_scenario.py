"""Scenario files: the examples of the how-to are played, and every mistake is told with file and key."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from mappings.load import contract
from simulator.errors import BadScenario
from simulator.office import Office
from simulator.scenario import load_scenario
from simulator.settings import open_customs

from .conftest import BLANK_NO, CERTIFICATES, application, channel, submit

DOC = Path(__file__).parents[2] / "docs" / "how-to" / "scenario.md"
EXAMPLES = dict(
    re.findall(r"^## ([^\n]+)\n(?:(?!^## ).*?)```toml\n(.*?)```", DOC.read_text(encoding="utf-8"), re.S | re.M)
)
HOUR = timedelta(hours=1)


@pytest.fixture
def play(make_world, tmp_path):
    def made(example, **settings):
        file = tmp_path / "scenario.toml"
        file.write_text(EXAMPLES[example], encoding="utf-8")
        world = make_world(**settings)
        world.customs = world.another(scenario=load_scenario(file, contract()))
        return world

    return made


def statement_of(home):
    with Office(home / "customs") as office:
        return office.statement()


def numbers(count):
    return [f"B2026{n:013d}" for n in range(1, count + 1)]


def test_every_example_is_read_and_played(tmp_path):
    played = re.findall(r'(?:play\(|EXAMPLES\[)"([^"]+)"', Path(__file__).read_text(encoding="utf-8"))
    assert set(played) == set(EXAMPLES)


def test_every_third(play):
    world = play("Every third application is returned")
    world.apply(count=3)
    world.look()
    assert [world.row(n)["state"] for n in CERTIFICATES] == ["HP", "HP", "HT"]


def test_remarks_and_order_of_rules(play):
    world = play("A rush remark goes quickly, everything else waits two hours")
    world.apply_blank("急件：展会用", number=numbers(2)[0])
    world.apply_blank("普通", number=numbers(2)[1])
    world.look()
    assert {number for number, _ in world.told()} == {numbers(2)[0]}
    assert len(world.told()) == 6
    world.look(2 * HOUR)
    assert [status for number, status in world.told() if number == numbers(2)[1]] == ["HS", "BP"]


def test_the_remark_goes_before_the_scenario(play):
    world = play("A rush remark goes quickly, everything else waits two hours")
    world.apply_blank("#refuse")
    world.look()
    assert world.told() == [(BLANK_NO, "HF")]


def test_steps(play):
    world = play("Answers step by step")
    for number in numbers(3):
        world.apply_blank(number=number)
    world.look()
    first, second, third = numbers(3)
    assert [world.row(n)["state"] for n in (first, second, third)] == ["BP", "D", "BP"]
    seen = []
    for _ in range(5):
        world.look(18 * HOUR)
        seen.append(world.row(second)["state"])
    assert seen == ["HS", "BA", "BA", "BA", "BP"]
    stated = [r["stated_at"] for r in world.records if r["number"] == second]
    assert stated == ["20261121094015123", "20261122094015123", "20261124094015123"]


def test_a_share_is_the_same_in_every_order(play, tmp_path):
    ends = []
    for order in (1, -1):
        world = play("A share, by the seed", file=f"{order}.db")
        for n in range(1, 25)[::order]:
            content = {"certificates": [{"certificate_format": "C2-2.en"}]}
            world.send("certificate_application", application() | content, f"A2026{n:013d}", (f"C2026{n:013d}",))
        world.look()
        ends.append({row["number"]: row["state"] for row in world.customs.statement()})
    assert ends[0] == ends[1]
    refused = sum(state == "HF" for number, state in ends[0].items() if number.startswith("A"))
    assert 1 <= refused <= 12


def test_acts(play):
    world = play("Acts")
    world.apply(count=1)
    world.look()
    assert world.row(CERTIFICATES[0])["state"] == "EW"
    world.confirm(CERTIFICATES[0])
    world.look(HOUR)
    assert world.told()[-1] == (CERTIFICATES[0], "EF")
    assert "发货人地址与电子底账不符" in world.records[-1]["sentence"]
    world.confirm(CERTIFICATES[0], submission=1)
    world.look(HOUR)
    assert world.row(CERTIFICATES[0])["state"] == "HP"


def test_a_broken_rule_goes_before_the_scenario(play):
    world = play("Answers step by step")
    world.apply_blank(number=numbers(2)[0])
    world.apply_blank(number=numbers(2)[1], enterprise="1108919039")
    world.look()
    assert world.row(numbers(2)[1])["state"] == "HF"


def test_counts_survive_a_restart(play):
    world = play("Answers step by step")
    world.apply_blank(number=numbers(3)[0])
    world.look()
    world.customs = world.another(scenario=world.customs.tools.scenario)
    world.apply_blank(number=numbers(3)[1])
    world.look()
    assert world.row(numbers(3)[1])["state"] == "D"


def test_a_wire_that_misbehaves(home, own_keys, tmp_path):
    """Cut, full, torn, late: in the end every answer lies in the InBox once, and every message had one effect."""
    file = tmp_path / "scenario.toml"
    file.write_text(EXAMPLES["A wire that misbehaves"], encoding="utf-8")
    customs = open_customs(home / "customs", scenario=file)
    for n in range(1, 13):
        submit(home, own_keys, number=f"B2026{n:013d}", serial=n)
    for _ in range(40):
        customs.until_idle()
    planted = {one.what for one in customs._wire[0].planted}
    assert len(planted) >= 4
    customs.close()
    assert [(row["state"], row["effects"]) for row in statement_of(home) if row["kind"].endswith("_application")] == [
        ("BP", 1)
    ] * 12
    names = [entry.name for entry in channel(home).inbox.entries()]
    assert len(names) == len(set(names)) == 36
    assert not list((home / "channels" / "customs" / "CertOut" / "OutBox").iterdir())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[rule]]\nmoods = ['x']", r"rule\[0\]: key 'moods': 'x' is no mood"),
        ("[[rule]]\nmoods = ['twice']\nmood = 1", r"rule\[0\]: unknown key 'mood'"),
        ("[[rule]]\nkind = 'nokind'\nmoods = ['twice']", r"rule\[0\]: key 'kind': 'nokind' is none of"),
        ("[[rule]]\nkind = 'receipt'\nmoods = ['twice']", r"key 'kind': 'receipt' is none of"),
        ("[[rule]]\nkind = 'certificate'", "has 'moods' or 'answer'"),
        ("[[rule]]\n[[rule.answer]]\nstatus = 'HS'", "needs 'kind'"),
        (
            "[[rule]]\nkind = 'certificate'\n[[rule.answer]]\nstatus = 'ZZ'",
            r"answer\[0\]: key 'status': 'ZZ' is no state",
        ),
        ("[[rule]]\nkind = 'certificate'\n[[rule.answer]]\nstatus = 'HS'\nafter = 'soon'", r"key 'after'"),
        ("[[rule]]\nevery = 0\nmoods = ['twice']", "key 'every' must be 1 at least"),
        ("[[rule]]\nchance = 2\nmoods = ['twice']", "key 'chance'"),
        ("[wire]\ncutt = 0.1", r"\[wire\]: unknown key 'cutt'"),
        ("[wire]\ncut = 2", r"\[wire\]: key 'cut' must be between 0 and 1"),
        ("rules = []", "unknown key 'rules'"),
        ("[[rule]", "scenario.toml: "),
    ],
)
def test_mistakes_are_told_with_file_and_key(tmp_path, text, told):
    file = tmp_path / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(
        BadScenario, match=rf"SIM_SCENARIO: .*scenario\.toml: .*{told}" if "scenario" not in told else told
    ):
        load_scenario(file, contract())


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadScenario, match="SIM_SCENARIO"):
        load_scenario(tmp_path / "none.toml", contract())
