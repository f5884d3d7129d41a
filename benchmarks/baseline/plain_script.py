"""The plain script: lxml and python-xmlsec, key parsed once, schema compiled once, one SQLite row and one fsync a message."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import xmlsec
from lxml import etree

DXP = "http://www.chinaport.gov.cn/dxp"


class PlainScript:
    """declarations in, sealed files in a folder and rows in a database out; nothing is remembered of references or states."""

    def __init__(self, folder: Path, key: Path, certificate: Path, schema: Path, namespace: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.schema = etree.XMLSchema(etree.parse(str(schema)))
        self.key = xmlsec.Key.from_file(str(key), xmlsec.KeyFormat.PEM)
        self.key.load_cert_from_file(str(certificate), xmlsec.KeyFormat.PEM)
        self.namespace = namespace
        self.database = sqlite3.connect(folder / "plain.db", isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute("CREATE TABLE message (number TEXT PRIMARY KEY, reference TEXT, file TEXT, body BLOB)")

    def submit(self, lines: list[str]) -> None:
        for serial, line in enumerate(lines):
            declaration = json.loads(line)
            number = f"B2026{serial:013d}"
            payload = self.payload(declaration, number)
            if not self.schema.validate(payload):
                raise ValueError(self.schema.error_log[0])
            body = self.sealed(etree.tostring(payload, xml_declaration=True, encoding="UTF-8"), number)
            name = f"BLANKAPP_{number}_20260101000000000_t-0.xml"
            self.database.execute(
                "INSERT INTO message VALUES (?, ?, ?, ?)", (number, declaration["reference"], name, body)
            )
            self.publish(name, body)

    def payload(self, declaration: dict[str, Any], number: str) -> etree._Element:
        root = etree.Element(f"{{{self.namespace}}}BlankCertificateApplication", nsmap={None: self.namespace})

        def put(parent: etree._Element, name: str, text: object = None) -> etree._Element:
            element = etree.SubElement(parent, f"{{{self.namespace}}}{name}")
            element.text = None if text is None else str(text)
            return element

        head = put(root, "Head")
        for name, text in (("Number", number), ("EnterpriseCode", declaration["enterprise"]), ("Reference", declaration["reference"]),
                           ("Submission", 0), ("StatedAt", "20260101000000000")):  # fmt: skip
            put(head, name, text)
        content = declaration["content"]
        put(root, "CustomsOffice", content["customs_office"])
        if content.get("remark"):
            put(root, "Remark", content["remark"])
        lines = put(root, "Lines")
        for line in content["lines"]:
            item = put(lines, "Line")
            put(item, "BlankFormat", line["blank_format"])
            put(item, "Quantity", line["quantity"])
        return root

    def sealed(self, payload: bytes, number: str) -> bytes:
        root = etree.Element(f"{{{DXP}}}DxpMsg", nsmap={"dxp": DXP}, ver="1.0")
        info = etree.SubElement(root, f"{{{DXP}}}TransInfo")
        etree.SubElement(info, f"{{{DXP}}}CopMsgId").text = number
        etree.SubElement(info, f"{{{DXP}}}SenderId").text = "DXPENT1108919038"
        receivers = etree.SubElement(info, f"{{{DXP}}}ReceiverIds")
        etree.SubElement(receivers, f"{{{DXP}}}ReceiverId").text = "DXPEDC0000000001"
        etree.SubElement(info, f"{{{DXP}}}CreatTime").text = "2026-01-01T00:00:00+08:00"
        etree.SubElement(info, f"{{{DXP}}}MsgType").text = "BLANKAPP"
        etree.SubElement(root, f"{{{DXP}}}Data").text = base64.b64encode(payload).decode()
        node = xmlsec.template.create(root, xmlsec.Transform.C14N, xmlsec.Transform.RSA_SHA256, ns="ds")
        root.append(node)
        reference = xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri="")
        xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
        data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(node))
        xmlsec.template.x509_data_add_certificate(data)
        context = xmlsec.SignatureContext()
        context.key = self.key
        context.sign(node)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def publish(self, name: str, body: bytes) -> None:
        temporary = self.folder / f"{name}.Temp"
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
