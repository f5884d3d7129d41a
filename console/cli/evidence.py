"""`gateway evidence`: one zip that proves what became of a document; `gateway verify` tells of such a zip here too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.evidence.check import Checked, Finding
    from signing.registry import Registry

ZIP = b"PK\x03\x04"
PRIVATE = 0o600  # it holds certificates of persons, unmasked
SHOWN = 20  # findings


def evidence(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="统一编号 / number.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F.zip", help="写入此文件 / write it here.")],
    enterprise: Annotated[str, typer.Option("--enterprise", help="企业 / enterprise.")] = "",
) -> None:
    """导出一份单证的证据包 / one document's evidence as one sealed zip."""
    import os
    from hashlib import sha256

    from gateway.evidence.bundle import bundle

    with door.open() as home:
        data = bundle(home, number, enterprise=enterprise)
    fresh = output.with_name(f".{output.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    fresh.replace(output)
    told = {"number": number, "file": str(output), "size": len(data), "sha256": sha256(data).hexdigest()}
    personal = door.teller.one(
        "内含未遮盖的个人信息，请妥善保管。", "It holds personal data, unmasked: keep it with care."
    )
    door.teller.tell(told, lambda out: out.print(f"✓ {told['file']}  {told['size']}  {told['sha256']}\n  {personal}"))


def checked(door: Door, data: bytes, registry: Registry) -> dict[str, Any]:
    """The answer of `gateway verify` for a bundle."""
    from gateway.evidence.check import check
    from mappings.clock import iso

    found = check(data, registry=registry, contract=door.contract())
    manifest = found.manifest
    return {
        "valid": found.valid,
        "signer": found.signer,
        "suite": found.suite,
        "reason": _reason(door, found.findings[0]) if found.findings else "",
        "number": manifest.documents[0].number if manifest else "",
        "made_at": iso(manifest.made) if manifest else "",
        "entries": len(manifest.entries) if manifest else 0,
        "seals": [
            {"entry": s.entry, "state": s.state, "signer": s.signer, "suite": s.suite, "reason": s.reason}
            for s in found.seals
        ],
        "documents": _documents(found),
        "findings": [
            {"code": f.refused.code, "entry": f.entry, "zh": f.refused.zh, "en": f.refused.en} for f in found.findings
        ],
    }


def _documents(found: Checked) -> list[dict[str, Any]]:
    return [
        {
            "number": each.number, "relation": each.relation, "kind": each.kind, "version": each.version,
            "state": each.state, "validity": each.validity, "events": each.events, "chain": each.whole, "recomputed": each.recomputed,
        }
        for each in found.documents
    ]  # fmt: skip


def _reason(door: Door, finding: Finding) -> str:
    """Begins with the code; the entry behind it."""
    refused = finding.refused
    place = f" [{finding.entry}]" if finding.entry else ""
    return f"{refused.code}: {door.teller.one(refused.zh, refused.en)}{place}"


def shown(door: Door, out: Console, answer: dict[str, Any]) -> None:
    """A bundle's answer for people, below its first line."""
    one = door.teller.one
    seals, documents = answer["seals"], answer["documents"]
    holding = sum(seal["state"] == "holds" for seal in seals)
    whole = sum(each["chain"] for each in documents)
    again = sum(each["recomputed"] for each in documents)
    words = (
        one(f"清单文件 {answer['entries']}", f"{answer['entries']} entries"),
        one(f"签名成立 {holding}/{len(seals)}", f"{holding}/{len(seals)} seals hold"),
        one(f"事件链完整 {whole}/{len(documents)}", f"{whole}/{len(documents)} chains whole"),
        one(f"状态重算 {again}/{len(documents)}", f"{again}/{len(documents)} states recomputed"),
    )
    if documents:
        out.print(f"  {answer['number']}  {answer['made_at']}  " + one("，", ", ").join(words))
    left = [each["number"] for each in documents if not each["recomputed"]]
    if left:
        out.print(
            one("  未重算（不认识的种类或版本）：", "  not recomputed (kind or version unknown): ") + " ".join(left)
        )
    for finding in answer["findings"][:SHOWN]:
        out.print(f"  ✗ {finding['code']}: {one(finding['zh'], finding['en'])}  {finding['entry']}")
    if len(answer["findings"]) > SHOWN:
        out.print(f"  … {len(answer['findings'])}")
