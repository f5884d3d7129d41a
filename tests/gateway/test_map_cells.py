"""What a cell and a JSON record become, and what holds for any table."""

import csv
import io
import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.intake.maps import read
from tests.gateway.test_maps import (
    BY_ROW,
    GROUPED,
    HEADER,
    all_faults,
    brief,
    made,
    read_text,
)

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
    assert len(read(by_row, as_csv(rows).encode("gb18030"), "x")) == 20_000
