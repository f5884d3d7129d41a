"""Notices that ask for data, and workbooks that answer them: what tests of 数据补录 begin with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.drafting.importing import Imported, import_lines
from gateway.intake.declaration import Declaration
from gateway.intake.lines import lines_of
from gateway.submission.draft import DECLARED, Outcome
from gateway.submission.submit import Submitter
from gateway.views.tables import to_xlsx
from mappings.clock import micros, stamp
from mappings.codes import code_list
from mappings.element import Field, Type
from mappings.load import contract
from mappings.parser import parse
from mappings.read import read
from mappings.sample import ENTERPRISE
from parcel.envelope import unwrap
from tests.stories.player import World, world

KIND = contract().kinds["supplement_data"]
LIFE = contract().kinds["supplement"]
TEMPLATES = sorted(KIND.formats)
BUSINESS = "010120241000005175"
NUMBERS = count(1)
HERBS = Path(__file__).parent / "data" / "herbs.xls"
# What an import declaration holds of two lines of goods; 序列号/批号 is no part of it.
GOODS = [
    {"goods_line_no": 1, "entry_goods_name": "冻牛肉", "goods_brand": "无", "first_quantity": "18000", "first_unit": "035"},
    {"goods_line_no": 2, "entry_goods_name": "冻牛肉", "goods_brand": "无", "first_quantity": "17999.89", "first_unit": "035",
     "second_quantity": "900", "second_unit": "011"},
]  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("supplement"), {"begins": ["20250101000000000"]}) as made:
        made.clock.at = micros("20251011080000000")
        yield made


@pytest.fixture
def notice(there: World) -> Any:
    """Opens a notice of its own for each call. -> its number."""

    def opened(template: str, **more: Any) -> str:
        number = f"{next(NUMBERS):032x}"
        content = {
            "notice_no": number, "business_type": "报关单", "business_no": BUSINESS, "supplement_operation": "2",
            "supplement_template": template, "notified_at": stamp(there.clock.at), "marks": "N/M", "goods": GOODS,
            "qualifications": [{"qualification_type": "303", "qualification_no": "HT483249032"}],
            "containers": [{"entry_container_no": "QAZX1106001"}],
        } | more  # fmt: skip
        content = {name: value for name, value in content.items() if value not in ("", [])}
        there.customs.notice("supplement_notice", content, sender=there.home.settings.node, given={})
        there.exchange()
        return number

    return opened


def labels(template: str) -> dict[str, Field]:
    return {field.zh: field for field in lines_of(KIND, template).parts if isinstance(field, Field)}


def example(field: Field) -> str:
    """As a person types it: a code by its name."""
    element = field.element
    return (
        code_list(element.codes).rows[str(element.example)].name if element.type is Type.CODE else str(element.example)
    )


def filled(template: str, rows: int = 2, title: str = "", **changed: Mapping[str, Any]) -> bytes:
    """The template filled with two lines. changed: by the field's id."""
    given = labels(template)
    lines = [
        [number if f.id == "goods_line_no" else changed.get(f.id, example(f)) for f in given.values()]
        for number in range(1, rows + 1)
    ]
    return to_xlsx({title or KIND.formats[template].code: [list(given), *lines]})


def imported(there: World, number: str, data: bytes, name: str = "goods.xlsx", **how: bool) -> Imported:
    there.clock.at += 60_000_000
    return import_lines(there.home, number, data, name, actor="test", **how)


def submitted(there: World, content: Mapping[str, Any], *, draft: bool = False) -> Outcome:
    there.clock.at += 60_000_000
    value = {"kind": KIND.name, "reference": f"R{there.clock.at}", "enterprise": ENTERPRISE, "content": dict(content)}
    [outcome] = Submitter(there.home, actor="test").submit([Declaration("x", value)], draft=draft)
    return outcome


def state(there: World, number: str) -> str:
    [row] = there.home.ledger.find([number])[number]
    return row.state


def kept(there: World, number: str) -> dict[str, Any]:
    """The content of the draft that is kept upon a notice."""
    [row] = there.home.ledger.find([number])[number]
    return dict(json.loads(row.declaration)[DECLARED]["content"])


def sent(there: World, number: str) -> dict[str, Any]:
    """The content of the last message that left for a notice, from its XML."""
    history = there.home.ledger.history(number)
    assert history is not None
    last = [message for message in history.messages if message.direction == "out"][-1]
    body = there.home.ledger.message_body(last.cop_msg_id)
    assert body is not None
    root = parse(unwrap(parse(body)).data)
    assert isinstance(root, etree._Element)
    return dict(read(KIND, root, head_parts=contract().head).content)
