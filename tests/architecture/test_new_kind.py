"""A kind is one folder of data: schema, both judges, samples and states come with it, without an engine line."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from gateway.intake.declaration import Declaration
from mappings.check import check
from mappings.load import Contract, load
from mappings.parser import parse
from mappings.read import read
from mappings.sample import sample, sample_breaking, unfit
from mappings.states import Event, What, fold
from mappings.table import BadKind
from mappings.write import write
from tests.gateway.desk import both_ends
from xsd.explain import Judges
from xsd.store import schema_source

KIND = """
name = "seal_application"
zh = "印章申请"
en = "seal application"
type = "SEALAPP"
version = 1
direction = "out"
biz = "CertOut"
root = "SealApplication"
number = "Y"
source = "ours: a kind of this test alone"

[[field]]
use = "customs_office"
required = true
[[field]]
use = "seal_text"
[[field]]
use = "remark"
"""
STATES = """
start = "S"
[[state]]
code = "S"
zh = "暂存"
en = "draft"
permits = ["edit", "submit"]
[[state]]
code = "D"
zh = "已提交"
en = "submitted"
within = "30m"
[[state]]
code = "HS"
zh = "海关入库成功"
en = "stored"
final = true
[[move]]
on = "submit"
from = ["S"]
to = "D"
by = "enterprise"
[[move]]
on = "HS"
from = ["D"]
to = "HS"
by = "customs"
"""
RECEIPTS = """
happy = ["HS"]
[[receipt]]
code = "HS"
kind = "receipt"
sentence = "编号[{number}]，海关入库成功"
en = "Number [{number}]: stored."
source = "ours: a kind of this test alone"
[moods]
silent = "D"
"""
RULES = """
[[rule]]
code = "SEALAPP-R-01"
check = "required_when"
when = { customs_office = ["2201"] }
of = ["seal_text"]
zh = "浦江海关的印章申请须写明印文！"
en = "A seal application at this office must give the text of the seal."
source = "ours: a kind of this test alone"
ok = { customs_office = "2201", seal_text = "检验检疫" }
bad = { customs_office = "2201" }
"""
DICTIONARY = """
[seal_text]
zh = "印文"
en = "text of the seal"
element = "SealText"
type = "text"
max = 20
example = "检验检疫"
source = "ours: a kind of this test alone"
"""
NUMBERS = """
[seal_application_no]
zh = "印章申请编号"
en = "number of a seal application"
pattern = "Y[0-9]{17}"
example = "Y20260000000000001"
series = "Y"
source = "ours: a kind of this test alone"
"""


def write_kind(root: Path) -> None:
    """The folder of data, and nothing else."""
    folder = root / "kinds" / "seal_application"
    folder.mkdir(parents=True)
    (root / "dictionary").mkdir()
    for name, text in {"kind": KIND, "states": STATES, "receipts": RECEIPTS, "rules": RULES}.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    (root / "dictionary" / "seal.toml").write_text(DICTIONARY, encoding="utf-8")
    (root / "numbers.toml").write_text(NUMBERS, encoding="utf-8")


@pytest.fixture
def extended(tmp_path: Path) -> Contract:
    write_kind(tmp_path)
    return load((files("mappings"), tmp_path))


def test_its_messages_pass_both_judges_and_come_back(extended: Contract) -> None:
    kind = extended.kinds["seal_application"]
    judges = Judges(schema_source(extended), both=True)
    head = {
        "number": "Y20260000000000001",
        "enterprise_code": "1108919038",
        "submission": 0,
        "stated_at": "20260101000000000",
    }
    for seed in range(10):
        content = check(kind, sample(kind, seed=seed)["content"]).content
        root = parse(write(kind, head, content, head_parts=extended.head))
        judges.judge(kind, root)
        assert read(kind, root, head_parts=extended.head).content == content


def test_its_rule_is_asked_and_its_sample_breaks_it(extended: Contract) -> None:
    kind = extended.kinds["seal_application"]
    assert unfit(kind, sample_breaking(kind, "SEALAPP-R-01")) == ("SEALAPP-R-01",)


def test_its_life_is_folded(extended: Contract) -> None:
    machine = extended.kinds["seal_application"].needs_machine()
    act = Event("1", What.ACT, "submit", "20260101000000000", 1, message="M")
    assert fold(machine, [act, Event("2", What.BUSINESS, "HS", "20260101000001000", 2, "R", "M")]).state == "HS"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("kind.toml", 'use = "seal_text"', 'use = "seal_txt"', "no data element 'seal_txt'"),
        ("kind.toml", 'root = "SealApplication"', 'rot = "SealApplication"', "unknown key 'rot'"),
        ("kind.toml", "ours: a kind of this test alone", "manual 002 §9.9", "no section 9.9"),
        ("states.toml", 'to = "HS"', 'to = "HX"', "unknown state 'HX'"),
        ("states.toml", 'from = ["D"]', 'from = ["HS"]', "cannot be reached"),
        ("states.toml", 'on = "HS"', 'on = "HF"', "a status code is the code of the state it leads to"),
        ("rules.toml", '"required_when"', '"must_have"', "no predicate"),
        ("receipts.toml", 'kind = "receipt"', 'kind = "certificate"', "no inward kind"),
    ],
)
def test_a_mistake_in_its_data_is_told_with_file_and_key(
    tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    write_kind(tmp_path)
    path = tmp_path / "kinds" / "seal_application" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadKind, match=says) as bad:
        load((files("mappings"), tmp_path))
    assert file in bad.value.place


def test_a_file_that_nobody_would_read_is_refused(tmp_path: Path) -> None:
    write_kind(tmp_path)
    (tmp_path / "kinds" / "seal_application" / "rule.toml").write_text("", encoding="utf-8")
    with pytest.raises(BadKind, match="unknown file"):
        load((files("mappings"), tmp_path))


def test_a_kind_of_the_home_goes_to_customs_and_comes_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_kind(home / "contract")
    with both_ends(home) as desk:
        kind = desk.home.contract.kinds["seal_application"]
        (number,) = desk.submit(Declaration("memory", sample(kind, seed=1)))
        desk.exchange()
        assert number.startswith("Y")
        assert desk.states() == {number: "HS"}
        (event,) = [e for e in desk.home.ledger.history(number).events if e.code == "HS"]
        assert event.sentence == f"编号[{number}]，海关入库成功"


def test_a_kind_of_the_home_is_known_to_the_command(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    gateway("init", "--demo", "--home", home)
    write_kind(tmp_path / "home" / "contract")
    assert "seal_application" in {kind["name"] for kind in json.loads(gateway("kinds", "--home", home, "--json"))}
    declaration = gateway("sample", "seal_application", "--seed", "1", "--home", home)
    (outcome,) = json.loads(gateway("submit", "-", "--home", home, "--json", given=declaration))
    assert (outcome["outcome"], outcome["number"][0]) == ("accepted", "Y")


def gateway(*arguments: str, given: str = "") -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "console.cli.main", *arguments], input=given, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
