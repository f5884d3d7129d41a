"""The page: the certificate's boxes as 001 §6.2.2 has them, and the goods list behind it where there is one.

It is no certificate: neither customs' seal nor a signature is on it, and it says so.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from importlib.resources import files

from papers.entry.words import EMPTY, GOODS_LABELS, Words
from papers.typesetting import typeset

PREVAILS = (
    "以上信息为该《入境货物检验检疫证明》所含信息，证明格式以《入境货物检验检疫证明》电子版或纸质版为准。"  # 000 §2
)
TITLE = "入境货物检验检疫证明"
WIDE, NARROW = 2, 1
_LAYOUT = (
    ("收货人", WIDE), ("发货人", WIDE), ("品名", NARROW), ("申请数量/重量", NARROW), ("包装种类及数量", NARROW), ("输出国家或地区", NARROW),
    ("合同号", NARROW), ("标记及号码", NARROW), ("提/运单号", WIDE), ("入境口岸", WIDE), ("入境日期", WIDE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written across the page and below it. across: 预览, 无效, or "" for nothing."""

    across: str
    below: str


PREVIEW = Mark("预览", "本页为预览，尚未签发，不作证明使用。")
VALID = Mark("", PREVAILS)
INVALID = Mark("无效", PREVAILS)


def pdf(said: Words, mark: Mark, *, date: str) -> bytes:
    """date: YYYY-MM-DD, of the page. Raises PaperError."""
    data = {
        "title": TITLE,
        "number": said.number,
        "rows": [[label, said.boxes[label], span] for label, span in _LAYOUT],
        "certified": said.boxes["证明栏内容"],
        "sentence": said.certified,
        "remark": said.boxes["备注栏内容"],
        "issued": said.boxes["签证日期"],
        "labels": list(GOODS_LABELS),
        "lines": [list(astuple(line)) for line in said.lines],
        "listed": said.listed,
        "across": mark.across,
        "below": mark.below,
        "empty": EMPTY,
    }
    return typeset(files("papers.entry").joinpath("page.typ"), data, date=date)
