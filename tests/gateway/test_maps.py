"""Intake maps: an ERP's own export becomes declarations, and what is wrong is told at the ERP's own row and column."""

import csv
from pathlib import Path

import pytest

from gateway.intake.files import in_file
from gateway.intake.maps import load, read, reader
from mappings.check import check
from mappings.faults import table
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
