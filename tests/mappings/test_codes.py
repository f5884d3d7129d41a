"""Code lists: the shipped ones are whole, badly made ones are refused at load, naming file and row."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.codes import SHIPPED, BadCodes, Code, code_list, names
from mappings.load import contract

LIST = (
    'zh = "计量单位"\nen = "units"\nfile = "unit.csv"\nclosed = false\ndate = "2026-11-21"\nsource = "ours: a test"\n'
)

# The fourteen offices that the manuals name (domain.md part 11), which overrule the seed list.
OFFICES = {
    "0101": "京机场关",
    "0104": "京西城关",
    "0107": "机场关区",
    "0901": "大连港湾海关本部",
    "0903": "金普海关本部",
    "0908": "大窑湾海关本部",
    "0911": "大连长兴岛海关本部",
    "0915": "庄河海关本部",
    "0917": "旅顺海关本部",
    "0930": "丹东海关本部",
    "0950": "鲅鱼圈海关本部",
    "0960": "大东港海关本部",
    "0980": "鞍山海关本部",
    "2201": "浦江海关",
}


def root(folder: Path, rows: str, lists: str = "[unit]\n" + LIST) -> tuple[Path]:
    (folder / "codes").mkdir()
    (folder / "codes" / "lists.toml").write_text(lists, encoding="utf-8")
    (folder / "codes" / "unit.csv").write_text(rows, encoding="utf-8")
    return (folder,)


@pytest.mark.parametrize("name", names())
def test_every_shipped_list_is_whole(name: str) -> None:
    found = code_list(name)
    assert found.rows
    assert found.zh
    assert found.en
    assert found.source
    assert len(found.date) == 10


def test_every_shipped_file_belongs_to_a_list() -> None:
    folder = Path(str(SHIPPED[0])) / "codes"
    listed = (folder / "lists.toml").read_text(encoding="utf-8")
    strays = [file.name for file in folder.glob("*.csv") if f'"{file.name}"' not in listed]
    assert strays == []


def test_only_lists_that_the_manuals_print_whole_are_closed() -> None:
    assert {name for name in names() if code_list(name).closed} == {
        "ce_format",
        "change_part",
        "collect_mode",
        "confirm_result",
        "eledger_status",  # our own words for the answers that the screens show
        "entry_certificate_class",  # the two boxes of the screen
        "issue_notice_type",  # what the list shows
        "notice_operation",
        "print_mode",
        "print_success",
        "push_mode",
        "template_scope",
        "validity",
    }


def test_the_offices_of_the_manuals_overrule_the_seed_list() -> None:
    offices = code_list("customs_office").rows
    assert {code: offices[code].name for code in OFFICES} == OFFICES


def test_every_code_field_has_its_example_in_its_list() -> None:
    elements = [element for element in contract().dictionary.elements.values() if element.codes]
    assert elements
    assert [e.id for e in elements if e.example not in code_list(e.codes).rows] == []


def test_a_repeated_code_with_a_note_keeps_the_first_row() -> None:
    assert code_list("country").rows["ZAF"] == Code("ZAF", "南非", "South Africa")


def test_codes_keep_their_leading_zeros() -> None:
    assert code_list("unit").rows["035"].name == "千克"


@pytest.mark.parametrize(
    ("name", "given", "first"),
    [
        ("unit", "千克", "035 千克"),
        ("customs_office", "浦江海关", "2201 浦江海关"),
        ("customs_office", "浦江", "2201 浦江海关"),
        ("port", "vir008", "VIR008 圣托马（维尔京群岛(美国)）"),
        ("country", "egypt", "EGY 埃及"),
        ("blank_format", "C51", "C5-1 植物检疫证书"),
    ],
)
def test_nearest_is_found_by_code_and_by_name(name: str, given: str, first: str) -> None:
    assert code_list(name).nearest(given)[0] == first


def test_nearest_gives_no_more_than_asked_for_and_nothing_for_nothing() -> None:
    assert len(code_list("port").nearest("AFG00", n=2)) == 2
    assert code_list("port").nearest("  ") == ()


def test_a_list_is_read_once() -> None:
    assert code_list("port") is code_list("port")


def test_an_unknown_list_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        code_list("no_such_list")


def test_a_later_root_stands_for_an_earlier_one(tmp_path: Path) -> None:
    home = root(tmp_path, "code,name\n035,公斤\n")
    assert code_list("unit", (*SHIPPED, *home)).rows == {"035": Code("035", "公斤", "")}
    assert set(names((*SHIPPED, *home))) == set(names())


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert code_list("unit", root(tmp_path, "\ufeffcode,name\n035,千克\n")).rows.keys() == {"035"}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("", "codes/unit.csv: row 1: the header must begin with code,name"),
        ("name,code\n千克,035\n", "codes/unit.csv: row 1: the header must begin with code,name"),
        ("code,name,name\n035,千克,公斤\n", "codes/unit.csv: row 1: the header must begin with code,name"),
        ("code,name\n035,千克\n,克\n", "codes/unit.csv: row 3: code or name is empty"),
        ("code,name\n035,\n", "codes/unit.csv: row 2: code or name is empty"),
        ("code,name\n 035,千克\n", "codes/unit.csv: row 2: code or name is empty, or the code has blanks"),
        ("code,name\n035,千克\n036,克\n035,公斤\n", "codes/unit.csv: row 4: code '035' stands twice"),
        ("code,name,note\n035,千克,\n035,公斤,\n", "codes/unit.csv: row 3: code '035' stands twice"),
        ("code,name\n035,千克,kg\n", "codes/unit.csv: row 2: 3 values under 2 columns"),
    ],
)
def test_a_badly_made_list_is_refused_with_file_and_row(tmp_path: Path, rows: str, told: str) -> None:
    with pytest.raises(BadCodes) as bad:
        code_list("unit", root(tmp_path, rows))
    assert str(bad.value).startswith(told)


def test_the_same_repetition_with_a_note_is_accepted(tmp_path: Path) -> None:
    rows = "code,name,note\n035,千克,\n035,公斤,the source prints it twice\n"
    assert code_list("unit", root(tmp_path, rows)).rows == {"035": Code("035", "千克", "")}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    roots = root(tmp_path, "", "[unit]\n" + LIST.replace("unit.csv", "lost.csv"))
    with pytest.raises(BadCodes, match=r"^codes/lost\.csv: there is no such file"):
        code_list("unit", roots)


@pytest.mark.parametrize(
    "lists",
    [
        "[unit\n",
        "unit = 1\n",
        "[unit]\n" + LIST.replace("closed = false", 'closed = "no"'),
        "[unit]\n" + LIST + 'rows = "123"\n',
        "[unit]\n" + LIST.replace('date = "2026-11-21"\n', ""),
    ],
)
def test_a_badly_made_table_of_lists_is_refused(tmp_path: Path, lists: str) -> None:
    with pytest.raises(BadCodes, match=r"^codes/lists\.toml: "):
        names(root(tmp_path, "code,name\n", lists))
