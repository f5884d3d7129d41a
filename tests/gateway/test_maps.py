"""Intake maps: an ERP's own export becomes declarations, and what is wrong is told at the ERP's own row and column."""

import csv
import io
import json
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.intake.files import in_file
from gateway.intake.maps import BadMap, draft, load, read, reader
from mappings.check import check
from mappings.faults import Refused, table
from mappings.load import contract

ROOT = Path(__file__).parents[2]
ERP = ROOT / "examples/erp"
VECTORS = ROOT / "tests/vectors_csv"

HEAD = """
kind = "blank_certificate_application"
[reference]
column = "单据号"
[enterprise]
constant = "1108919038"
"""
BY_ROW = (
    HEAD
    + """
[fields]
customs_office = { constant = "0101" }
remark = "摘要"
[groups.lines.fields]
blank_format = "证书"
quantity = "份数"
"""
)
GROUPED = BY_ROW + '[rows]\nkey = "单据号"\n'
HEADER = "单据号,证书,份数,摘要\n"


def made(tmp_path, toml, name="erp"):
    (tmp_path / f"{name}.toml").write_text(toml, encoding="utf-8")
    return load(tmp_path, name, contract=contract())


def read_text(tmp_path, toml, text, encoding="utf-8"):
    return read(made(tmp_path, toml), text.encode(encoding), "export.csv")


def all_faults(declaration):
    """What `check` would tell: the reading's faults, else those of the content, each at its place."""
    if declaration.faults:
        return list(declaration.told(declaration.faults))
    kind = contract().kinds[declaration.value["kind"]]
    return list(declaration.told(check(kind, declaration.value["content"]).faults))


def brief(declarations):
    return [(fault.code, fault.path) for declaration in declarations for fault in all_faults(declaration)]


def read_example(name, map_name):
    return in_file(ERP / name, contract=contract(), mapped=reader(ERP, map_name, contract()))


# The examples


def test_an_erp_export_becomes_declarations_without_a_line_of_python():
    found = read_example("blank-forms.csv", "blank-forms")
    assert brief(found) == []
    assert [d.reference for d in found] == ["LY-2026-0117", "LY-2026-0118", "LY-2026-0119", "LY-2026-0120"]
    assert found[0].value == {
        "kind": "blank_certificate_application",
        "reference": "LY-2026-0117",
        "enterprise": "1108919038",
        "content": {
            "customs_office": "0101",
            "remark": "关务部：十二月备用",
            "lines": [
                {"blank_format": "C1-1", "quantity": 11},
                {"blank_format": "C5-1", "quantity": 6},
                {"blank_format": "C2-2", "quantity": 4},
            ],
        },
    }


def test_faults_name_the_erps_own_row_and_column():
    assert brief(read_example("blank-forms-broken.csv", "blank-forms")) == [
        ("FIELD_CODE", "row 4 · 证书类型"),
        ("IMP_PARTIAL", "rows 3, 5"),
        ("FIELD_TYPE", "row 6 · 份数"),
        ("FIELD_CODE", "row 8 · 关区"),
        ("IMP_TYPE", "row 8 · 份数"),
        ("FIELD_RANGE", "row 10 · 份数"),
        ("BLANKAPP-R-23", "row 10 · 证书类型"),
    ]


def test_certificates_with_their_goods_from_one_flat_table():
    found = read_example("exit-certificates.csv", "exit-certificates")
    assert brief(found) == []
    first = found[0].value["content"]["certificates"]
    assert [(c["certificate_format"], [g["weight"] for g in c["goods"]]) for c in first] == [
        ("C1-1.en", ["12400.50", "3000"]),
        ("C2-2.en", ["12400.50"]),
    ]
    assert found[1].value["content"]["certificates"][0]["goods"][0]["hs_code"] == "0203290010"
    assert "issue_date" not in found[1].value["content"]["certificates"][0], "C3-1 has no such field"
    assert found[2].value["content"]["collect_mode"] == "self_print", "the default"
    assert found[0].locate("/content/certificates/0/goods/1/weight") == "row 3 · 净重"


@pytest.mark.parametrize(
    "row",
    list(csv.DictReader((VECTORS / "manifest.csv").read_text(encoding="utf-8").splitlines())),
    ids=lambda r: r["path"],
)
def test_vector(row):
    found = in_file(VECTORS / row["path"], contract=contract(), mapped=reader(VECTORS, "vectors", contract()))
    codes = {fault.code for declaration in found for fault in all_faults(declaration)}
    assert ("reject" if codes else "accept") in row["expected"].split("|")
    assert codes <= {row["code"]}
    assert codes <= table().keys()


def test_the_how_to_shows_a_map_that_loads(tmp_path):
    page = (ROOT / "docs/how-to/intake-map.md").read_text(encoding="utf-8")
    toml = page.partition("```toml\n")[2].partition("```")[0]
    assert made(tmp_path, toml).kind.name == "blank_certificate_application"
    for spec in ("date", "thousands", "half_width", "strip", "upper", "split", "optional", "shared", "if_format_has"):
        assert f"`{spec}`" in page


# Maps that are not well made


def test_all_mistakes_of_a_map_at_once(tmp_path):
    with pytest.raises(BadMap) as bad:
        made(
            tmp_path,
            HEAD
            + """
wrong = 1
[source]
header_row = 0
colour = "red"
[fields]
custom_office = "关区"
customs_no = "海关号"
remark = { column = "摘要", constant = "x" }
[groups.lines.fields]
blank_format = { column = "数", codes = "none" }
quantity = { constant = 1000 }
[groups.goods.fields]
[codes.unused]
a = "b"
""",
        )
    told = "\n".join(bad.value.problems)
    for place in (
        "unknown key 'wrong'",
        "[source]: delimiter",
        "unknown key 'colour'",
        "[fields] custom_office: 没有此字段，最接近的：customs_office",
        "[fields] customs_no: 「申请单海关编号」不由企业填写",
        "[fields] remark: 应有且只有",
        "[fields] customs_office: 必填项「申报关区」没有来源",
        "[groups.lines.fields] blank_format: [codes] 中没有 none",
        "[groups.lines.fields] quantity constant: 申请数量：应在 1 与 999 之间",
        "[groups.goods]: 没有此组",
        "[codes.unused]: 没有字段使用",
    ):
        assert place in told, place
    assert bad.value.code == "MAP_BAD" and "erp.toml" in bad.value.zh


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("kind = 1\n", "key 'kind' must be str"),
        ("kind = \n", "not TOML"),
        ('kind = "receipt"\n', "没有可申报的种类"),
        ('kind = "blank_certificate_application"\n', "key 'reference' is missing"),
        ('kind = "blank_certificate_application"\n', "[groups.lines]: 必填的组"),
        (BY_ROW.replace('"摘要"', '"份数"'), "不止一次"),
        (BY_ROW.replace('"0101"', '"0101x"'), "customs_office constant"),
        (BY_ROW.replace('"份数"', '{ column = "份数", date = "excel" }'), "date 只用于日期"),
        (BY_ROW.replace('"摘要"', '{ column = "摘要", thousands = true }'), "thousands 只用于数字"),
        (BY_ROW.replace('"摘要"', "{ join = [] }"), ""),
        (BY_ROW.replace('"摘要"', '{ column = "摘要", split = "/", part = 0 }'), "part 从 1 起"),
        (BY_ROW.replace('"摘要"', "{ column = 3 }"), "column 应是"),
        (BY_ROW.replace('"证书"', '{ column = "证书", codes = "x" }') + '[codes]\nx = "../x.csv"', "旁的 CSV"),
        (BY_ROW.replace('"证书"', '{ column = "证书", codes = "x" }') + '[codes]\nx = "x.csv"', "读不出"),
        (
            BY_ROW.replace("[groups.lines.fields]", '[groups.lines]\npath = "x"\n[groups.lines.fields]'),
            "path 只用于 JSON",
        ),
    ],
)
def test_a_bad_map_names_its_key(tmp_path, toml, says):
    with pytest.raises(BadMap) as bad:
        made(tmp_path, toml)
    assert any(says in problem for problem in bad.value.problems), bad.value.problems


def test_a_format_that_does_not_exist(tmp_path):
    toml = (ERP / "exit-certificates.toml").read_text(encoding="utf-8").replace("C2-2.en", "C2-2.xx")
    with pytest.raises(BadMap, match=r"codes.formats.*C2-2.xx"):
        made(tmp_path, toml)


@pytest.mark.parametrize("name", ["nothing", "../erp", ""])
def test_no_such_map(tmp_path, name):
    made(tmp_path, BY_ROW)
    with pytest.raises(BadMap, match="erp"):
        load(tmp_path, name, contract=contract())


# Files that are not well made


@pytest.mark.parametrize(
    ("rows", "want"),
    [
        ("", [("IMP_EMPTY", "")]),
        ("A1,C1-1,1,\n", []),
        ("A1,C1-1,1\nA2,C1-1,1,\nA3,C1-1,1,x,y\n", [("IMP_ROW", "row 2"), ("IMP_ROW", "row 4")]),
        ('A1,C1-1,1,\nA2,"C1-1,1,\n', [("IMP_ROW", "row 3")]),
        ('A1,"C1-1"x,1,\n', [("IMP_ROW", "row 2")]),
        ("A1,C1-1,1,\n" + HEADER + "A2,C1-1,1,\n", [("IMP_ROW", "row 3")]),
        ("A1,C1-1,1,a\0b\n", [("IMP_ENCODING", "row 2 · 摘要")]),
        ("2.0223E+17,C1-1,1,\n", [("IMP_TYPE", "row 2 · 单据号")]),
        ("A1,C1-1,１０,\n", [("IMP_TYPE", "row 2 · 份数")]),
        ("A1,C1-1,=1+1,\n", [("IMP_FORMULA", "row 2 · 份数")]),
        ("A1,#N/A,1,\n", [("IMP_TYPE", "row 2 · 证书")]),
        ('A1,C1-1,"1,000",\n', [("IMP_TYPE", "row 2 · 份数")]),
        ("A1,C1-1,-1,\n", [("FIELD_RANGE", "row 2 · 份数")]),
        ("A1,C1-1,1.5,\n", [("FIELD_TYPE", "row 2 · 份数")]),
        ("A1,C1-1,,\n", [("FIELD_MISSING", "row 2 · 份数")]),
        ("A1,C1-1,1,\nA2,C1-1,1,\nA1,C5-1,1,\n", [("IMP_ROW", "row 2 · 单据号"), ("IMP_ROW", "row 4 · 单据号")]),
        ("\n,,,\nA1,C1-1,x,\n", [("FIELD_TYPE", "row 4 · 份数")]),
    ],
)
def test_every_bad_row_is_told_and_the_good_stand_alone(tmp_path, rows, want):
    found = read_text(tmp_path, BY_ROW, HEADER + rows)
    assert brief(found) == want
    assert all("—" not in fault.zh for d in found for fault in d.faults), "a sentence without its evidence"


def test_prose_is_kept_as_it_is_and_a_text_that_excel_was_kept_from_is_read(tmp_path):
    rows = 'A1,"=""C1-1""",1.00,=cmd|calc\nA2,C1-1,1,1E+02\nA3,C1-1,1,#N/A\n'
    found = read_text(tmp_path, BY_ROW, HEADER + rows)
    assert brief(found) == []
    assert [d.value["content"]["remark"] for d in found] == ["=cmd|calc", "1E+02", "#N/A"]
    assert found[0].value["content"]["lines"] == [{"blank_format": "C1-1", "quantity": 1}]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("", [("IMP_EMPTY", "")]),
        ("单据号,证书,份 数\nA1,C1-1,1\n", [("IMP_HEADER", "row 1 · 摘要"), ("IMP_HEADER", "row 1 · 份数")]),
        ("单据号,证书,份数,摘要,份数\nA1,C1-1,1,,2\n", [("IMP_HEADER", "row 1 · 份数")]),
        (HEADER.replace(",", ";") + "A1;C1-1;1;\n", [("IMP_HEADER", "row 1")]),
    ],
)
def test_a_header_that_does_not_fit(tmp_path, text, want):
    found = read_text(tmp_path, BY_ROW, text)
    assert sorted(brief(found)) == sorted(want)


def test_the_other_delimiter_is_named(tmp_path):
    (found,) = read_text(tmp_path, BY_ROW, HEADER.replace(",", ";"))
    assert "';'" in found.faults[0].zh
    assert (
        brief(read_text(tmp_path, BY_ROW + '[source]\ndelimiter = ";"', (HEADER + "A1,C1-1,1,\n").replace(",", ";")))
        == []
    )


def test_encodings(tmp_path):
    text = HEADER + "A1,C1-1,1,联通\nA2,C1-1,1,漢字・①\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        found = read_text(tmp_path, BY_ROW, text, encoding)
        assert [d.value["content"]["remark"] for d in found] == ["联通", "漢字・①"], encoding
    assert brief(read_text(tmp_path, BY_ROW, text, "utf-16")) == [("IMP_ENCODING", "")]


def test_mixed_encodings_are_told_at_the_row(tmp_path):
    map_ = made(tmp_path, BY_ROW)
    good, strange = "A1,C1-1,1,申请十二月备用\n", "A2,C1-1,1,申请十二月备用\n"
    for one, other in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        found = read(
            map_, (HEADER + good).encode(one) + strange.encode(other) + good.replace("A1", "A3").encode(one), "x"
        )
        assert [(code, path.partition(" · ")[0]) for code, path in brief(found)] == [("IMP_ENCODING", "row 3")]
        assert [d.reference for d in found if not d.faults] == ["A1", "A3"]


# Rows that belong together


def test_a_document_is_taken_whole_or_not_at_all(tmp_path):
    rows = "A1,C1-1,1,\nA1,C5-1,1\nA2,C1-1,1,\nA1,C2-1,1.0E+10,\n"
    found = read_text(tmp_path, GROUPED, HEADER + rows)
    assert brief(found) == [
        ("IMP_ROW", "row 3"),
        ("IMP_TYPE", "row 5 · 份数"),
        ("IMP_PARTIAL", "row 2"),
    ]
    told = found[0].faults[-1]
    assert "第 3、5 行有误" in told.zh and "第 2 行" in told.zh and "rows 3, 5" in told.en
    assert found[1].reference == "A2" and not found[1].faults


@pytest.mark.parametrize("stray", [",C5-1,1,\n", "x\0,C5-1,1,\n"])
def test_a_row_of_an_unknown_document_stops_every_document_of_the_file(tmp_path, stray):
    found = read_text(tmp_path, GROUPED, HEADER + "A1,C1-1,1,\n" + stray + "A2,C1-1,1,\n")
    assert [[fault.code for fault in d.faults][-1:] for d in found][1:] == [["IMP_PARTIAL"], ["IMP_PARTIAL"]]
    assert found[0].faults[0].path.startswith("row 3")


def test_blank_may_mean_as_above(tmp_path):
    found = read_text(tmp_path, GROUPED + "fill_down = true\n", HEADER + "A1,C1-1,1,x\n,C5-1,2,\nA2,C1-1,1,\n")
    assert brief(found) == [] and [len(d.value["content"]["lines"]) for d in found] == [2, 1]


def test_one_document_has_one_head(tmp_path):
    found = read_text(tmp_path, GROUPED, HEADER + "A1,C1-1,1,甲\nA1,C5-1,1,\nA1,C2-1,1,乙\n")
    assert brief(found) == [("IMP_ROW", "row 4 · 摘要"), ("IMP_PARTIAL", "rows 2-3")]
    assert "与第 2 行的「甲」不一致" in found[0].faults[0].zh


def test_reading_and_contents_faults_are_told_together(tmp_path):
    (found,) = read_text(tmp_path, GROUPED, HEADER + "A1,C1-1,=A2,\nA1,C1-1,,\nA1,C9-9,1000,\n")
    assert {("IMP_FORMULA", "row 2 · 份数"), ("FIELD_MISSING", "row 3 · 份数"), ("FIELD_RANGE", "row 4 · 份数")} <= set(
        brief([found])
    )


def test_where_everything_stands(tmp_path):
    toml = GROUPED.replace('"摘要"', '{ join = ["摘要", "部门"], default = "无" }')
    (found,) = read_text(tmp_path, toml, "单据号,部门,证书,份数,摘要\nA1,,C1-1,1,\nA1,,C5-1,2,\n")
    assert found.value["content"]["remark"] == "无"
    for path, place in {
        "": "rows 2-3",
        "/kind": "erp.toml · kind",
        "/reference": "row 2 · 单据号",
        "/enterprise": "erp.toml · [enterprise]",
        "/content": "rows 2-3",
        "/content/customs_office": "erp.toml · [fields] customs_office",
        "/content/remark": "erp.toml · [fields] remark default",
        "/content/lines": "rows 2-3",
        "/content/lines/1": "row 3",
        "/content/lines/1/quantity": "row 3 · 份数",
        "/content/lines/1/unheard": "row 3",
    }.items():
        assert found.locate(path) == place
    assert found.locate(found.locate("/reference")) == "row 2 · 单据号", "what is told stays told"


# What a cell becomes


GOODS = ("weight", "package_count", "hs_code")
CERTIFICATE = """
kind = "certificate_application"
[reference]
column = "号"
[enterprise]
constant = "1108919038"
[fields]
inspection_no = { constant = "222N01040001195" }
collect_mode = { constant = "self_print" }
contact_name = { constant = "单证岗" }
contact_mobile = { constant = "12200000000" }
[groups.certificates.fields]
certificate_format = { constant = "C1-1.en" }
originals = "正本"
"""


def one_field(tmp_path, field, spec, cell):
    """The value of a field of a certificate or of its goods, or the codes of what is wrong."""
    where = "[groups.certificates.groups.goods.fields]\n" if field in GOODS else ""
    out = io.StringIO()
    csv.writer(out).writerows([["号", "正本", "格", "甲", "乙"], ["A1", "1", cell, "x", "y"]])
    (found,) = read_text(tmp_path, f"{CERTIFICATE}{where}{field} = {spec}\n", out.getvalue())
    if faults := all_faults(found):
        return [fault.code for fault in faults]
    item = found.value["content"]["certificates"][0]
    return (item["goods"][0] if field in GOODS else item)[field]


@pytest.mark.parametrize(
    ("field", "options", "cell", "want"),
    [
        ("issue_date", "", "2026/1/5", "2026-01-05"),
        ("issue_date", "", "2026-01-05 00:00:00", "2026-01-05"),
        ("issue_date", "", "2026-01-05T08:30:00.000", "2026-01-05"),
        ("issue_date", "", "20260105", "2026-01-05"),
        ("issue_date", "", "2026.1.5", "2026-01-05"),
        ("issue_date", "", "2026年1月5日", "2026-01-05"),
        ("issue_date", "", "2026/1-5", ["IMP_TYPE"]),
        ("issue_date", "", "2026/2/30", ["IMP_TYPE"]),
        ("issue_date", "", "5/1/2026", ["IMP_TYPE"]),
        ("issue_date", "", "46027", ["IMP_TYPE"]),
        ("issue_date", 'date = "d/m/y"', "5/1/2026", "2026-01-05"),
        ("issue_date", 'date = "m/d/y"', "1/5/2026", "2026-01-05"),
        ("issue_date", 'date = "excel"', "46027", "2026-01-05"),
        ("issue_date", 'date = "excel"', "46027.5", "2026-01-05"),
        ("issue_date", 'date = "excel"', "2026/1/5", ["IMP_TYPE"]),
        ("weight", "", "10.500", "10.500"),
        ("weight", "", "25.0000000", "25.00000"),
        ("weight", "", "1,234.5", ["IMP_TYPE"]),
        ("weight", "thousands = true", "1,234.5", "1234.5"),
        ("weight", "thousands = true", "12,34.5", ["FIELD_TYPE"]),
        ("weight", "", "１０", ["IMP_TYPE"]),
        ("weight", "half_width = true", "１０．５", "10.5"),
        ("weight", 'strip = ["KG", "千克"]', "10.5 kg", "10.5"),
        ("weight", "", "10.5 kg", ["FIELD_TYPE"]),
        ("weight", 'split = "/"', "10.5/11", "10.5"),
        ("package_count", 'split = "/", part = 2', "10.5/11", 11),
        ("package_count", "", "11.00", 11),
        ("package_count", "", "11.01", ["FIELD_TYPE"]),
        ("package_count", "", "9" * 25, ["FIELD_RANGE"]),
        ("hs_code", "", "0203290010", "0203290010"),
        ("hs_code", "", '="0203290010"', "0203290010"),
        ("hs_code", "", "02\n03", ["IMP_TYPE"]),
        ("hs_code", "", "########", ["IMP_TYPE"]),
        ("marks", "upper = true", "n/m a", "N/M A"),
        ("marks", "", "a\nb", "a\nb"),
        ("marks", 'default = "N/M"', " ", "N/M"),
    ],
)
def test_what_a_cell_becomes(tmp_path, field, options, cell, want):
    assert one_field(tmp_path, field, f'{{ column = "格"{", " if options else ""}{options} }}', cell) == want


def test_joined_columns_and_aliases(tmp_path):
    assert one_field(tmp_path, "marks", '{ join = ["格", "甲", "乙"], separator = "-" }', "") == "x-y"
    assert one_field(tmp_path, "marks", '{ column = ["旧格", "格"] }', "z") == "z"
    assert one_field(tmp_path, "marks", '{ column = ["甲", "格"] }', "z") == ["IMP_HEADER"]
    assert one_field(tmp_path, "marks", '{ column = "丙", optional = true, default = "N/M" }', "z") == "N/M"


# JSON


JSON_MAP = """
kind = "blank_certificate_application"
[source]
form = "json"
records = "data.docs"
[reference]
column = "no"
[enterprise]
column = "head.company"
[fields]
customs_office = "head.office"
[groups.lines]
path = "items"
[groups.lines.fields]
blank_format = "type"
quantity = "count"
"""
RECORD = {"no": "A1", "head": {"company": "1108919038", "office": "0101"}, "items": [{"type": "C1-1", "count": 11}]}


def read_json(tmp_path, *records, toml=JSON_MAP):
    return read_text(tmp_path, toml, json.dumps({"data": {"docs": records}}, ensure_ascii=False))


def test_json_records_with_their_lists(tmp_path):
    (found,) = read_json(tmp_path, RECORD)
    assert found.value["content"] == {"customs_office": "0101", "lines": [{"blank_format": "C1-1", "quantity": 11}]}
    assert found.locate("/content/lines/0/quantity") == "record 1 · items[1] · count"
    assert found.locate("/content/customs_office") == "record 1 · head.office"


def test_json_faults_are_told_at_the_record_and_the_good_stand_alone(tmp_path):
    bad = RECORD | {
        "no": "A2",
        "head": {"company": "1108919038", "office": 101},
        "items": [{"type": "C1-1", "count": "x"}],
    }
    found = read_json(tmp_path, RECORD, bad, 5, RECORD | {"no": "A4", "items": 3}, RECORD | {"no": "A5", "items": []})
    assert brief(found) == [
        ("IMP_TYPE", "record 2 · head.office"),
        ("FIELD_TYPE", "record 2 · items[1] · count"),
        ("IMP_TYPE", "record 3"),
        ("IMP_TYPE", "record 4 · items"),
        ("GROUP_MIN", "record 5"),
    ]


def test_json_lines(tmp_path):
    toml = JSON_MAP.replace('"json"\nrecords = "data.docs"', '"jsonl"')
    lines = [json.dumps(RECORD), "{bad", "", '{"no": "A3", "no": "A3"}', json.dumps(RECORD | {"no": "A4"})]
    found = read_text(tmp_path, toml, "\n".join(lines))
    assert brief(found) == [("IMP_TYPE", "line 2"), ("IMP_TYPE", "line 4")]
    assert [d.reference for d in found if not d.faults] == ["A1", "A4"]


@pytest.mark.parametrize("text", ["[1", '{"data": 1}', '{"data": {"docs": {}}}', "[" * 100_000, '{"data": NaN}'])
def test_json_that_cannot_be_read(tmp_path, text):
    (found,) = read_text(tmp_path, JSON_MAP, text)
    assert found.faults[0].code in ("IMP_TYPE", "IMP_HEADER")


# Drafts


def test_a_draft_of_an_erp_export():
    data = (ERP / "blank-forms.csv").read_bytes()
    text = draft(data, "blank-forms.csv", "blank_certificate_application", contract())
    proposed = tomllib.loads(text)
    assert proposed["source"]["header_row"] == 2
    assert proposed["rows"] == {"key": "单据号", "fill_down": True}
    assert proposed["reference"] == {"column": "单据号"}
    assert proposed["fields"]["customs_office"]["column"] == "关区"
    assert "# quantity = " in text and "「份数」" in text, "not sure, so asked"


def test_a_draft_with_clear_labels_needs_only_the_enterprise(tmp_path):
    text = "单据号,申报关区,空白证书格式,申请数量,备注\nA1,0101,C1-1,11,x\nA1,0101,C5-1,2,x\n"
    proposed = draft(text.encode(), "x.csv", "blank_certificate_application", contract())
    map_ = made(tmp_path, proposed.replace('# constant = "?"', 'constant = "1108919038"'))
    (found,) = read(map_, text.encode(), "x.csv")
    assert brief([found]) == [] and len(found.value["content"]["lines"]) == 2


def test_a_draft_looks_code_names_up():
    text = "单号,报检号,领证方式\nA1,1,自助打印\nA2,2,邮寄\n"
    proposed = draft(text.encode("gb18030"), "x.csv", "certificate_application", contract())
    assert tomllib.loads(proposed)["codes"]["collect_mode"] == {"自助打印": "self_print"}
    assert '# "邮寄" = "?"' in proposed


def test_a_draft_of_json_finds_the_list():
    docs = [{"reference": "A1", "customs office": "0101", "items": [{"blank format": "C1-1", "quantity": 1}]}]
    proposed = tomllib.loads(draft(json.dumps(docs).encode(), "x.json", "blank_certificate_application", contract()))
    assert proposed["source"]["form"] == "json"
    assert proposed["groups"]["lines"]["path"] == "items"
    assert proposed["groups"]["lines"]["fields"]["blank_format"] == "blank format"


def test_a_draft_of_no_kind():
    with pytest.raises(Refused, match="DECL_KIND"):
        draft(b"", "x.csv", "receipt", contract())
    with pytest.raises(Refused, match="IMP_ENCODING"):
        draft("号".encode("utf-16"), "x.csv", "certificate_application", contract())


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(b'"')
@example(b'["\\ud800"]')
@example(b'[{"a\\ud800\\u007f": 1}]')
def test_a_draft_is_always_toml(data):
    try:
        tomllib.loads(draft(data, "任何\n文件\x7f.csv", "certificate_application", contract()))
    except Refused as refused:
        assert refused.code == "IMP_ENCODING"


# Properties


@pytest.fixture(scope="module")
def by_row(tmp_path_factory):
    return made(tmp_path_factory.mktemp("maps"), BY_ROW)


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    return made(tmp_path_factory.mktemp("maps"), GROUPED)


PROSE = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffd"), max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "gb18030"])


def as_csv(rows, quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    csv.writer(out, quoting=quoting).writerows([["单据号", "证书", "份数", "摘要"], *rows])
    return out.getvalue()


@given(st.lists(PROSE, min_size=1, max_size=8), ENCODINGS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@example(["联通"], "gb18030", csv.QUOTE_MINIMAL)
@example(["a\rb\u2028c\x0bd"], "utf-8", csv.QUOTE_ALL)
def test_any_table_comes_back(by_row, texts, encoding, quoting):
    assume(not any(text.strip().startswith('="') for text in texts))
    rows = [[f"A{n}", "C1-1", n, text] for n, text in enumerate(texts, 1)]
    found = read(by_row, as_csv(rows, quoting).encode(encoding), "x")
    assert not [d.faults for d in found if d.faults]
    assert [d.value["content"].get("remark", "") for d in found] == [text.strip() for text in texts]
    assert [d.value["content"]["lines"][0]["quantity"] for d in found] == list(range(1, len(texts) + 1))


LEGAL = PROSE.filter(lambda text: all(c >= " " or c in "\t\n\r" for c in text))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans(), LEGAL), min_size=1, max_size=12), ENCODINGS)
def test_locate_names_the_right_row(grouped, rows, encoding):
    """Lines of three documents in any order, with prose of any kind between: every bad cell is found by its place."""
    first = {}
    table_ = []
    for key, bad, text in rows:
        remark = first.setdefault(key, text)
        table_.append([key, "C1-1", "x" if bad else 1, remark])
    found = read(grouped, as_csv(table_).encode(encoding), "x")
    wanted = {f"row {number}" for number, (_, bad, _) in enumerate(rows, 2) if bad}
    told = {f.path.partition(" · ")[0] for d in found for f in all_faults(d) if f.code == "FIELD_TYPE"}
    assert told == wanted
    for declaration in found:
        for index, _ in enumerate(declaration.value["content"]["lines"]):
            place = declaration.locate(f"/content/lines/{index}")
            assert table_[int(place.removeprefix("row ")) - 2][0] == declaration.reference


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(by_row, grouped, data):
    for map_ in (by_row, grouped):
        for start in (b"", HEADER.encode(), HEADER.encode("gb18030")):
            for declaration in read(map_, start + data, "x"):
                assert declaration.faults or declaration.value["content"]


def test_many_rows(by_row):
    rows = [[f"A{n}", "C1-1", "1", "十二月备用"] for n in range(20_000)]
    began = time.perf_counter()
    assert len(read(by_row, as_csv(rows).encode("gb18030"), "x")) == 20_000
    assert time.perf_counter() - began < 10
