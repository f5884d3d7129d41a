"""README.txt of a bundle: what is what, and how to check it with sha256sum, openssl and xmlsec1 alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ledger.chain import EVENT_FIELDS
from ledger.evidence import Dossier

if TYPE_CHECKING:
    from gateway.evidence.papers import Paper

_SM2 = "sm2-sm3"


def readme(found: Dossier, papers: Sequence[Paper], certificates: Mapping[str, str], own: tuple[str, str, str]) -> str:
    """certificates: entry by fingerprint. own: KeyName, entry and suite of the key that seals the manifest."""
    row = found.itself.row
    return _TEXT.format(
        number=row.number,
        kind=row.kind,
        state=row.state,
        manifest=_command("manifest.xml", own[2], own[0], own[1]),
        messages="\n".join(_messages(papers, certificates)) or "    （无 / none）",
        fields=", ".join(EVENT_FIELDS),
        head=found.itself.head or "—",
    )


def _messages(papers: Sequence[Paper], certificates: Mapping[str, str]) -> list[str]:
    serials = {paper.name: paper.line["serial"] for paper in papers if paper.role == "certificate"}
    return [
        _command(paper.name, paper.line["suite"], serials[entry], entry, zipped=paper.data.startswith(b"PK"))
        for paper in papers
        if paper.line.get("seal") == "holds" and (entry := certificates.get(paper.line["certificate"], ""))
    ]


def _command(entry: str, suite: str, serial: str, certificate: str, *, zipped: bool = False) -> str:
    if suite.startswith(_SM2):
        return f"    # {entry}: SM2, {certificate}: 见下 / see below"
    options = f"--enabled-key-data key-name --pubkey-cert-pem:{serial} {certificate}"
    if zipped:
        return f"    $ unzip -p {entry} '*.xml' | xmlsec1 --verify {options} -"
    return f"    $ xmlsec1 --verify {options} {entry}"


_TEXT = """\
证据包 / EVIDENCE  {number}  ({kind}, {state})
================================================================================

本包含个人信息 / HOLDS PERSONAL DATA
  报文为原始字节，未作任何遮盖。电子口岸卡证书（X509Certificate）含持卡人信息，
  请仅交给有权查看者。
  Messages are exact bytes; nothing is masked. Certificates of e-port cards
  (X509Certificate) name their holders: hand this to nobody who may not see them.

内容 / WHAT IS WHAT
  manifest.xml            清单：每个文件的大小与 SHA-256、单证状态与有效性、制作时间；由网关签名
                          every entry with size and sha256, states, validity, when made; sealed by the gateway
  SHA256SUMS              同样的摘要，供 sha256sum 使用 / the same sums for sha256sum
  document/document.json  单证：字段、状态、逐步历史 / the document, its states step by step
  document/declaration-N.json  第 N 版申报原文 / the declaration as given, revision N
  document/events.jsonl   事件链，一行一条 / its events, one a line, each holding the hash of the line before
  related/                所属与所含单证及其事件链 / the document that carries it, those that it carries
  out/                    发出的报文，原始字节 / messages sent, exact bytes
  in/                     收到的报文与技术回执，原始字节 / messages and technical receipts taken in, exact bytes
  attachments/            随附单据，原始字节（zip 报文内亦有）/ attached files, exact bytes (the zips hold them too)
  attempts.json           每次投递尝试 / every attempt to deliver
  certificates/           签名所用证书，仅供阅读：信任与否以您另行取得的证书为准
                          the certificates that sealed, to read only: trust those that you have from elsewhere

核对 / HOW TO CHECK
  用网关 / with the gateway, offline:
    gateway verify F.zip --cert 网关证书.pem --cert 海关证书.pem

  不用网关 / without it, in the unpacked folder:
  1. 没有改动，没有缺失 / nothing changed, nothing missing
    $ sha256sum -c --strict SHA256SUMS
    清单中的 SHA-256 与 SHA256SUMS 一致；包内不应有清单以外的文件（清单自身除外）。
    The sums in manifest.xml are the same, and no file is here that it does not name.

  2. 清单的签名 / the manifest's seal
{manifest}
    先核对该证书确为网关所有 / first compare the certificate with the one that you trust:
    $ for f in certificates/*.pem; do openssl x509 -noout -subject -fingerprint -sha256 -in "$f"; done

  3. 每份报文自己的签名 / each message's own seal
{messages}
    SM2（国密）：xmlsec1 不支持。取 SignedInfo 的规范形式（C14N 1.0，含继承的命名空间）存为 si，
    签名值 base64 解码得 r、s 各 32 字节，编成 DER 序列存为 sig，然后：
    SM2 is not known to xmlsec1. Write the canonical form of SignedInfo (C14N 1.0, with the namespaces that it inherits)
    to si, make a DER sequence of the two 32-byte halves of SignatureValue in sig, then:
      openssl dgst -sm3 -sigopt distid:1234567812345678 -verify key.pem -signature sig si

  4. 事件链 / the chain of events
    每行的 SHA-256（不含换行）等于下一行的最后一个值；最后一行的即链头。
    The sha256 of each line (without its line end) is the last value of the next line; that of the last one is the head:
      {head}
    $ while IFS= read -r line; do printf '%s' "$line" | openssl dgst -sha256; done < document/events.jsonl
    一行的各值 / the values of a line: {fields}

  5. 业务报文 / the business message inside an envelope: base64 of dxp:Data
    $ for f in out/*.xml; do xmllint --xpath "string(//*[local-name()='Data'])" "$f" | base64 -d; done
"""
