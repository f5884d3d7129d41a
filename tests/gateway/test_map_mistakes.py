"""Intake maps that are not well made say all their mistakes; drafts of maps are maps."""

import json
import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.intake.maps import BadMap, draft, load, read
from mappings.faults import Refused
from mappings.load import contract
from tests.gateway.test_maps import BY_ROW, ERP, HEAD, brief, made

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
