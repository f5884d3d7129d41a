"""`gateway entry`: from a draft to the certificate at the terminal, and customs' own hand."""

from __future__ import annotations

import json
from pathlib import Path

from mappings.load import contract
from mappings.sample import ENTERPRISE, sample
from tests.console.conftest import Gateway

DECLARATION = "010120241000005175"


def test_a_request_is_saved_previewed_sent_and_its_certificate_had(
    gateway: Gateway, home: Path, tmp_path: Path
) -> None:
    declared = sample(contract().kinds["entry_certificate_request"])
    (tmp_path / "request.json").write_text(json.dumps(declared, ensure_ascii=False), encoding="utf-8")
    [saved] = gateway("submit", "request.json", "--draft", "--json").value
    assert saved["state"] == "S"
    told = gateway("entry", "preview", saved["number"], "--json").value
    assert (tmp_path / told["file"]).read_bytes().startswith(b"%PDF-") and told["by"] == "gateway"
    gateway("submit", "request.json")
    for _ in range(3):
        gateway("run", "--until-idle")
        gateway("simulate", "--until-idle")
    [row] = gateway(
        "query", "entry_certificates", "--filter", f"报关单号={declared['content']['declaration_no']}", "--json"
    ).value["rows"]
    number = row["number"]
    page = gateway("entry", "show", number).text
    assert f"证书编号: {number}" in page and "电子版或纸质版为准" in page
    assert gateway("entry", "show", number, "--json").value["request"] == saved["number"]
    gateway("entry", "pdf", number, "-o", tmp_path / "c.pdf")
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF-")
    unsaved = gateway("entry", "preview", "V20260000000009999", "--json")
    assert unsaved.status == 2 and unsaved.value["error"]["zh"].startswith("预览前,请先暂存报关单数据。")


def test_customs_issues_for_a_declaration_that_nobody_sent_here(gateway: Gateway, home: Path) -> None:
    number = gateway("customs", "issue", ENTERPRISE, DECLARATION, "--json").value["number"]
    assert number == f"{DECLARATION}001"
    gateway("simulate", "--until-idle")
    gateway("run", "--until-idle")
    assert gateway("entry", "show", number, "--json").value["note"]["code"] == "ENTRY_UNASKED"
    gateway("customs", "decide", number, "VN")
    gateway("simulate", "--until-idle")
    gateway("run", "--until-idle")
    refused = gateway("entry", "pdf", number, "--json")
    assert refused.value["error"]["code"] == "ENTRY_INVALID"
    assert gateway("entry", "show", number, "--json").value["validity_zh"] == "无效"
