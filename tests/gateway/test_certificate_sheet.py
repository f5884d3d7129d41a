"""The preview of a certificate in every state: check sheet, draft, customs' own file; what stands on it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Unanswerable
from gateway.intake.declaration import Declaration
from gateway.submission.submit import Submitter
from gateway.views.certificate_sheet import preview, sheet
from ledger.rows import Attached, DocumentRow, NewArrival, NewEvent, Settlement
from mappings.clock import stamp
from mappings.sample import ENTERPRISE
from mappings.states import What
from papers.sheet.page import CHECK, Part, Sheet, pdf
from tests.gateway.desk import Desk, both_ends

GOOD = "222N01040001195"
HEAD = {"inspection_no": GOOD, "collect_mode": "self_print", "contact_name": "联系人", "contact_mobile": "12200000000"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A draft, one that the enterprise is asked about, one that is issued; a general certificate."""
    with both_ends(tmp_path_factory.mktemp("sheet") / "home") as made:
        submit(made, "eledger_query", {"inspection_no": GOOD}, "Q")
        made.exchange()
        certificate = {"certificate_format": "C1-1.en", "issue_place_en": "BEIJING", "goods": [{"ledger_line_no": 1}]}
        submit(made, "certificate_application", {**HEAD, "certificates": [certificate]}, "DRAFT", draft=True)
        submit(
            made,
            "certificate_application",
            {**HEAD, "certificates": [certificate], "confirm_before_issue": True},
            "ASKED",
        )
        submit(made, "certificate_application", {**HEAD, "certificates": [certificate], "remark": "x"}, "ISSUED")
        made.exchange()
        yield made


def submit(desk: Desk, kind: str, content: dict[str, Any], reference: str, *, draft: bool = False) -> None:
    value = {"kind": kind, "reference": reference, "enterprise": ENTERPRISE, "content": content}
    (outcome,) = Submitter(desk.home, actor="test").submit([Declaration("memory", value)], draft=draft, repeat=True)
    assert outcome.outcome == "accepted", outcome


def row(desk: Desk, reference: str) -> DocumentRow:
    (found,) = desk.home.ledger.documents(reference=reference, kind="certificate")
    return desk.home.ledger.find([found.number])[found.number][0]


@pytest.mark.parametrize(
    ("reference", "state", "mark"), [("DRAFT", "S", "核对单"), ("ASKED", "EW", "草稿"), ("ISSUED", "HP", "证书内容")]
)
def test_the_sort_of_a_preview_is_the_state_s(desk: Desk, reference: str, state: str, mark: str) -> None:
    of = row(desk, reference)
    assert of.state == state
    seen = preview(desk.home, of.number)
    assert (seen.mark, seen.by, seen.name) == (mark, "gateway", f"{of.number}_{mark}.pdf")
    assert seen.data.startswith(b"%PDF-")


def test_all_that_is_known_stands_on_it(desk: Desk) -> None:
    made = sheet(desk.home, row(desk, "ISSUED"))
    said = {label: value for part in made.parts for label, value in part.fields}
    assert made.name == "C1-1检验证书-品质证书（英文证）" and said["证书状态"] == "HP 已签发，待打印"
    assert said["证书编号"].startswith(GOOD) and said["签证地点（英文）"] == "BEIJING"
    assert (said["正本数量"], said["副本数量"], said["领证方式"]) == ("1", "2", "self_print 自助打印")
    assert (said["发货人企业名称"], said["受理机关"]) == ("中国大恒(集团)有限公司", "0104 京西城关")
    goods = next(part for part in made.parts if part.title == "证书货物信息")
    assert dict(zip(goods.head, goods.rows[0], strict=True))["申请重量"] == "10"  # from the e-ledger


def test_once_customs_has_sent_its_file_that_is_the_preview(desk: Desk) -> None:
    of = row(desk, "ISSUED")
    ledger, now = desk.home.ledger, desk.home.clock.now()
    (arrived,) = ledger.arrive([NewArrival("customs/CertOut", "InBox", "Issued_x", b"x")])
    file = Attached("", "证书.pdf", 1, "0" * 64, b"%PDF-1.7 customs' own")
    event = NewEvent(of.enterprise_id, of.number, What.BUSINESS, "HP", stamp(now), f"{now:018d}", "", {}, "")
    key = (of.enterprise_id, of.number)
    ledger.settle([Settlement(arrived.id, "understood", events=(event,), attached=((key, file),))])
    seen = preview(desk.home, of.number)
    assert (seen.by, seen.name, seen.data) == ("customs", "证书.pdf", file.body)


def test_what_has_no_preview(desk: Desk) -> None:
    for number in ("nobody's", row(desk, "DRAFT").parent):
        with pytest.raises(Unanswerable, match="BIZ_UNKNOWN"):
            preview(desk.home, number)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed (Debian: poppler-utils)")
def test_the_sheet_on_paper(tmp_path: Path) -> None:
    parts = (
        Part("基本信息", (("标记号码", "#strong[N/M] $x$"), ("备注", "长" * 400))),
        Part("货物", head=("序号", "名称"), rows=tuple((str(n), f"货物 {n}") for n in range(1, 60))),
        Part("空", ()),
    )
    made = Sheet("C20260000000000001", "C1-1检验证书", "QUALITY CERTIFICATE", parts, "2026-11-21 10:00:00")
    file = tmp_path / "sheet.pdf"
    file.write_bytes(pdf(made, CHECK))
    assert file.read_bytes() == pdf(made, CHECK)
    text = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout
    for said in ("C20260000000000001", "#strong[N/M", "QUALITY CERTIFICATE", "货物 59", "不是证书", "2 / 2"):
        assert said in text.replace("\u200b", ""), said
    assert "空" not in text.split()
