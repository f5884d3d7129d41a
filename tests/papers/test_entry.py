"""The words of an entry certificate as the manuals' two pages have them, and the page that holds every one of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.load import contract
from papers.entry.page import INVALID, PREVIEW, VALID, Mark, pdf
from papers.entry.words import GOODS_LABELS, words
from papers.errors import PaperError

DAY = "2024-10-16"
REQUEST = contract().kinds["entry_certificate_request"]
CARS: dict[str, Any] = json.loads(
    REQUEST.folder.joinpath("stories", "five_cars", "01_declaration.json").read_text(encoding="utf-8")
)["content"]
ORE = {
    "entry_certificate_no": "010120221000003013001", "domestic_consignee_name": "中国大恒(集团)有限公司", "bill_no": "20200316001",
    "issue_date": "2020-03-23",
    "goods": [{"goods_line_no": 1, "entry_goods_name": "铜矿", "origin_country": "ITA", "weight": "1111", "weight_unit": "035"}],
}  # fmt: skip


def test_the_page_of_manual_000_is_said_word_for_word() -> None:
    issued = words({**CARS, "entry_certificate_no": "010120241000003567013", "issue_date": DAY})
    assert issued.boxes == {
        "证书编号": "010120241000003567013", "收货人": "中国大恒(集团)有限公司", "发货人": "111", "品名": "见货物清单",
        "申请数量/重量": "见货物清单", "包装种类及数量": "**1散装", "输出国家或地区": "阿富汗", "合同号": "***",
        "提/运单号": "WI2024082900001",
        "入境口岸": "北京", "入境日期": "2024年07月26日", "标记及号码": "N/M", "证明栏内容": "见货物清单", "备注栏内容": "***",
        "签证日期": "2024年10月16日",
    }  # fmt: skip
    assert [astuple(line) for line in issued.lines] == [
        (str(n), "小轿车", "美国", "***", "**1辆/**1千克", "***") for n in range(1, 6)
    ]
    assert GOODS_LABELS == ("序号", "品名", "产地", "规格", "数/重量", "生产日期")


def test_the_page_of_manual_001_is_said_word_for_word() -> None:
    one = words(ORE)
    assert one.boxes["申请数量/重量"] == "**1111千克" and one.boxes["品名"] == "铜矿"
    assert one.boxes["证明栏内容"] == "上述货物经检验检疫合格评定，予以通关放行。"
    assert [astuple(line) for line in one.lines] == [("1", "铜矿", "意大利", "***", "**/**1111千克", "***")]
    assert not one.listed


def test_a_code_that_no_list_has_is_not_read_as_a_number() -> None:
    assert words({"package_count": 7, "packaging": "77"}).boxes["包装种类及数量"] == "**7(77)"
    assert words({"export_country": "XYZ"}).boxes["输出国家或地区"] == "XYZ"


def test_nothing_at_all_is_three_stars_in_every_box_but_marks_and_the_sentence() -> None:
    said = dict(words({}).boxes)
    assert said.pop("标记及号码") == "N/M" and said.pop("证明栏内容").endswith("予以通关放行。")
    assert set(said.values()) == {"***"}


@given(st.dictionaries(st.sampled_from(sorted(f.id for f in REQUEST.fields)), st.sampled_from(["", " ", None])))
def test_what_is_blank_is_as_good_as_missing(blank: dict[str, Any]) -> None:
    bare = {name: value for name, value in CARS.items() if name not in blank}
    kept = {name: value for name, value in blank.items() if name not in ("package_count", "entry_date")}
    assert words({**bare, **kept}).boxes == words({n: v for n, v in bare.items() if n not in kept}).boxes


def set_text(content: dict[str, Any], mark: Mark, folder: Path) -> str:
    pytest.importorskip("typst", reason="typst is not installed (extra: papers)")
    made = pdf(words(content), mark, date=DAY)
    assert made == pdf(words(content), mark, date=DAY)
    (folder / "c.pdf").write_bytes(made)
    found = subprocess.run(["pdftotext", "-layout", folder / "c.pdf", "-"], capture_output=True, check=True, timeout=60)
    return "".join(found.stdout.decode().replace("\u200b", "").split())


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed (Debian: poppler-utils)")
@pytest.mark.parametrize("mark", [PREVIEW, VALID, INVALID], ids=["preview", "valid", "invalid"])
def test_the_page_holds_every_word_and_says_what_it_is(mark: Mark, tmp_path: Path) -> None:
    said = words(CARS)
    text = set_text(CARS, mark, tmp_path)
    boxes = [
        (label, value)
        for label, value in said.boxes.items()
        if label not in ("证书编号", "证明栏内容", "备注栏内容", "签证日期")
    ]
    assert [label for label, value in boxes if label not in text or value not in text] == []
    assert "货物清单" in text and text.count("**1辆/**1千克") == 5
    assert mark.below.replace(" ", "") in text
    one = set_text(ORE, mark, tmp_path)
    assert "**/**1111千克" in one and "010120221000003013001" in one and "2020年03月23日" in one


def test_a_character_that_the_font_does_not_have_is_told() -> None:
    pytest.importorskip("typst", reason="typst is not installed (extra: papers)")
    with pytest.raises(PaperError, match="U\\+1F600") as told:
        pdf(words({**ORE, "contract_no": "HT\U0001f600"}), PREVIEW, date=DAY)
    assert told.value.code == "PAPER_GLYPH"
    pdf(words({**ORE, "contract_no": "𠮷龘①—"}), PREVIEW, date=DAY)
