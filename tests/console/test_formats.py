"""A certificate format of a home: the tutorial as it is printed, what is refused, and the candidates that are none."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path

import pytest

from mappings.load import contract
from tests.console.conftest import Gateway, there_and_back

TUTORIAL = Path(__file__).parents[2] / "docs" / "how-to" / "new-format.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")) if name == language]


@pytest.fixture
def hops(home: Path, tmp_path: Path) -> Path:
    (text,) = blocks("toml")
    file = tmp_path / "hops.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_stranger_follows_the_tutorial(gateway: Gateway, hops: Path, home: Path) -> None:
    said = [line[2:] for block in blocks("console") for line in block.splitlines()]
    assert len(said) == 6
    for line in said:
        command, _, redirected = line.partition(" > ")
        answer = gateway(*shlex.split(command)[1:])
        assert answer.status == 0, (line, answer.text, answer.err)
        if redirected:
            Path(redirected).write_bytes(answer.out)
    there_and_back(gateway)
    certificates = gateway("status", "--kind", "certificate", "--json").value
    assert {row["state"] for row in certificates} == {"EW"}  # a full sample asks for a draft
    row = next(row for row in gateway("formats", "list", "--json").value if row["id"] == "C1-4.en")
    assert (row["origin"], row["shown"], row["fields"]) == ("home", "own", 4)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "C1-4.en"', 'id = "C1-1.en"', "already"),
        ('id = "C1-4.en"', 'id = "../out"', "no name for a file"),
        ('id = "C1-4.en"', 'id = "4 eins"', "a letter first"),
        ('certificate_class = "99"', 'certificate_class = "77"', "required_document_codes"),
        ('"plain_a4"', '"papyrus"', "print_modes"),
        ('fields = "own"', 'fields = "guessed"', "shown, family"),
        ('use = "issue_date"', 'use = "issue_day"', "issue_day"),
        ('use = "issue_date"', 'use = "certify_text_en"', "stands twice"),
        ("version = 1", "version = 1\ncolour = 3", "colour"),
        ("version = 1", "version = ", "TOML"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(
    gateway: Gateway, hops: Path, home: Path, old: str, new: str, told: str
) -> None:
    text = hops.read_text(encoding="utf-8")
    assert old in text
    hops.write_text(text.replace(old, new, 1), encoding="utf-8")
    answer = gateway("formats", "add", hops, "--json")
    assert answer.status == 2  # set up badly
    assert answer.value["error"]["code"] == "FORMAT_BAD" and told in answer.value["error"]["zh"]
    assert not (home / "contract").exists()


def test_one_that_is_there_is_not_written_over(gateway: Gateway, hops: Path) -> None:
    assert gateway("formats", "add", hops).status == 0
    assert gateway("formats", "add", hops, "--json").value["error"]["code"] == "FORMAT_BAD"


def test_the_product_has_the_formats_that_the_manuals_name_and_says_what_it_knows_of_them() -> None:
    formats = contract().kinds["certificate"].formats
    assert len([id_ for id_ in formats if not id_.startswith("Ce-")]) == 16
    assert {id_ for id_ in formats if id_.startswith("Ce-")} == {"Ce-1", "Ce-2", "Ce-3"}
    assert {f.shown for f in formats.values()} == {
        "shown", "family", "cut at 1067", "cut at 2741", "cut at 2887", "cut at 2959",
    }  # fmt: skip


def test_candidates_are_names_with_a_status(gateway: Gateway) -> None:
    rows = gateway("formats", "list", "--candidates", "--json").value
    assert {row["status"] for row in rows} == {"verified", "inferred"} and len(rows) == 94


TEMPLATE = """
id = "pet-food"
code = "进口宠物食品"
zh = "入境检验检疫证明（进口宠物食品）"
en = "Imported pet food"
fields = "own"
version = 1
valid_from = "2026-01-01"
dates = "ours: a template of this test alone"
source = "ours: a template of this test alone"

[[group]]
name = "goods"
zh = "商品信息"
en = "goods"
wrapper = "Goods"
element = "GoodsItem"
min = 1
max = 0
source = "ours: a template of this test alone"

  [[group.field]]
  use = "entry_goods_name"
  required = true

  [[group.field]]
  use = "entry_shelf_life"
"""


def test_a_home_adds_a_template_of_its_own(gateway: Gateway, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "pet-food.toml"
    file.write_text(TEMPLATE, encoding="utf-8")
    told = gateway("formats", "add", file, "--kind", "supplement_data", "--json")
    assert (told.status, told.value["id"], told.value["fields"]) == (0, "pet-food", 2), told.err
    assert gateway("template", "supplement_data", "--format", "pet-food", "-o", tmp_path / "a.xlsx").status == 0
    sampled = gateway("sample", "supplement_data", "--format", "pet-food")
    assert sampled.status == 0 and b"pet-food" in sampled.out
    for right, wrong in (
        ('dates = "ours: a template of this test alone"\n', ""),
        ('"2026-01-01"', '"2026-13-01"'),
        ("valid_from", 'successor = "food"\nvalid_from'),
        ('name = "goods"', 'name = "notice_no"'),
        ("进口宠物食品", "进口食品"),
    ):
        file.write_text(TEMPLATE.replace("pet-food", "other").replace(right, wrong), encoding="utf-8")
        assert gateway("formats", "add", file, "--kind", "supplement_data").status == 2, wrong
    assert gateway("formats", "add", file, "--kind", "receipt").status == 2


def test_a_format_as_a_word_document(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "模板.docx"
    assert gateway("formats", "word", "TR-petfood.en", "-o", file, "--json").value["format"] == "TR-petfood.en"
    with zipfile.ZipFile(file) as package:
        assert "1.1 发货人名称" in package.read("word/document.xml").decode()
    assert gateway("formats", "word", "XX", "--json").value["error"]["code"] == "FORMAT_UNKNOWN"
