"""What a kind says of attachments is read strictly, listed in messages, and judged by class."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from mappings.attaching import AttachedClass
from mappings.check import check
from mappings.kind import Direction
from mappings.load import contract, load
from mappings.rules import judge
from mappings.sample import sample, unfit
from mappings.table import BadKind
from tests.architecture.test_new_kind import write_kind

APPLICATION = contract().kinds["certificate_application"]
FILE = {"file_name": "a.pdf", "file_size": 9, "file_sha256": "0" * 64, "page_count": 1}


def told(attachments: list[dict[str, Any]], **more: Any) -> list[tuple[str, str]]:
    content = sample(APPLICATION, seed=0)["content"] | {"attachments": attachments} | more
    return [(fault.code, fault.path) for fault in check(APPLICATION, content).faults]


def test_one_class_has_one_file_and_other_classes_of_the_list_may_come() -> None:
    letter = {**FILE, "class_code": "10000005"}
    assert told([letter, {**FILE, "class_code": "00000001"}]) == []
    assert told([letter, {**letter, "file_name": "b.pdf"}]) == [
        ("ATT_CLASS_TWICE", "/content/attachments/1/class_code")
    ]
    assert told([{**FILE, "class_code": "99999999"}]) == [("ATT_CLASS", "/content/attachments/0/class_code")]


def test_a_certificate_takes_marks_once_and_material_as_often_as_needed() -> None:
    content = sample(APPLICATION, seed=0)["content"]
    marks, material = {**FILE, "class_code": "MARKS"}, {**FILE, "class_code": "MATERIAL"}
    certificates = [{**content["certificates"][0], "attachments": [marks, material, material, marks]}]
    assert told([], certificates=certificates) == [
        ("ATT_CLASS_TWICE", "/content/certificates/0/attachments/3/class_code")
    ]


def test_an_agent_attaches_the_letter_of_attorney() -> None:
    other = {"consignor_uscc": "91210200MA0QCHXX11", "consignor_customs_code": "2102961234"}
    assert told([], **other) == [("BIZ_ATTACHMENT", "/content/attachments")]
    assert told([{**FILE, "class_code": "00000001"}], **other) == [("BIZ_ATTACHMENT", "/content/attachments")]
    assert told([{**FILE, "class_code": "10000005"}], **other) == []


@pytest.mark.parametrize("kind", [k for k in contract().messages if k.direction is Direction.OUT], ids=lambda k: k.name)
def test_samples_with_attachments_are_valid(kind: Any) -> None:
    for seed in range(5):
        assert unfit(kind, sample(kind, seed=seed, attachments=True)) == ()


def test_size_and_digest_are_taken_from_the_file_and_so_are_required() -> None:
    assert ("FIELD_MISSING", "/content/attachments/0/file_sha256") in told(
        [{"class_code": "10000005", "file_name": "a.pdf"}]
    )


TABLE = """
[attachments]
zh = "随附单据"
en = "attached documents"
source = "ours: a kind of this test alone"
"""
MISTAKES = {
    "unknown key 'mots'": "mots = 3\n",
    "no class '12345678'": '[[attachments.class]]\ncode = "12345678"\n',
    "no file ending": '[[attachments.class]]\ncode = "10000005"\nsuffixes = ["exe"]\n',
    "none of its classes": 'default = "10000005"\n',
    "stands beside classes": "others = true\n",
    "at most as large as its file": "file_kb = 100\n",
}


@pytest.mark.parametrize(("problem", "text"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_in_the_table_is_told_with_its_place(tmp_path: Path, problem: str, text: str) -> None:
    with pytest.raises(BadKind, match=problem):
        _loaded(tmp_path, TABLE + text)


def test_a_kind_of_a_home_has_its_own_limits(tmp_path: Path) -> None:
    more = 'most = 10\nmin = 1\npage_kb = 200\n[[attachments.class]]\ncode = "MATERIAL"\nmost = 0\nrequired = true\n'
    kind = _loaded(tmp_path, TABLE + more)
    assert (kind.attaching.page_bytes, kind.groups[-1].max, kind.groups[-1].min) == (200 << 10, 10, 1)
    assert kind.attaching.named("MATERIAL") == AttachedClass(
        "MATERIAL", "随附材料", "accompanying material", required=True, most=0
    )
    assert unfit(kind, sample(kind)) == ()
    lacking = sample(kind)["content"]
    del lacking["attachments"]
    assert {fault.code for fault in check(kind, lacking).faults} == {"GROUP_MIN"}
    assert {fault.code for fault in judge(kind, lacking)} == {"ATT_REQUIRED"}


def test_where_no_class_is_asked_for_none_may_be_given(tmp_path: Path) -> None:
    kind = _loaded(tmp_path, TABLE)
    content = sample(kind)["content"]
    for given, code in ((FILE, []), ({**FILE, "class_code": "10000005"}, ["ATT_CLASS"])):
        assert [fault.code for fault in check(kind, {**content, "attachments": [given]}).faults] == code


def _loaded(folder: Path, text: str) -> Any:
    write_kind(folder)
    file = folder / "kinds" / "seal_application" / "kind.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return load((files("mappings"), folder)).kinds["seal_application"]
