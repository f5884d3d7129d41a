"""What a plain script does to answer blank applications: no rules, no moods, no plans, no repeats, no operator.

Reads a file, checks its seal and schema, answers with one technical and two sealed business receipts, moves the file away,
and notes it in SQLite (WAL, FULL), 64 files a transaction: the same durable work that customs' end does.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sqlite3
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

DS = "{http://www.w3.org/2000/09/xmldsig#}"
DXP = "{http://www.chinaport.gov.cn/dxp}"
BATCH = 64
RECEIPT = (
    '<Receipt xmlns="urn:customs-gateway:receipt:1"><Records><Record><Number>{number}</Number>'
    "<ReceiptNo>{serial:018d}</ReceiptNo><Status>{status}</Status></Record></Records></Receipt>"
)
ENVELOPE = '<dxp:DxpMsg xmlns:dxp="http://www.chinaport.gov.cn/dxp" ver="1.0"><dxp:Data>{data}</dxp:Data></dxp:DxpMsg>'
INFO = '<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:DigestValue>{digest}</ds:DigestValue></ds:SignedInfo>'


class PlainCustoms:
    """root: the business folder with its four boxes."""

    def __init__(self, root: Path, key: Path, partner: Path, schema: Path) -> None:
        self.root = root
        loaded = serialization.load_pem_private_key(key.read_bytes(), None)
        self.sign = lambda data: loaded.sign(data, PKCS1v15(), hashes.SHA256())
        self.partner = x509.load_pem_x509_certificate(partner.read_bytes()).public_key()
        self.schema = etree.XMLSchema(etree.parse(schema))
        self.db = sqlite3.connect(root / "plain.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("CREATE TABLE taken (name TEXT PRIMARY KEY, number TEXT)")
        self.serial = 0

    def answer(self) -> None:
        names = sorted(path.name for path in (self.root / "OutBox").iterdir())
        (self.root / "SentBox" / "20261121").mkdir(parents=True, exist_ok=True)
        for start in range(0, len(names), BATCH):
            self.db.execute("BEGIN IMMEDIATE")
            for name in names[start : start + BATCH]:
                self.db.execute("INSERT INTO taken VALUES (?, ?)", (name, self.one(name)))
            self.db.execute("COMMIT")

    def one(self, name: str) -> str:
        source = self.root / "OutBox" / name
        payload = base64.b64decode(self.verified(source.read_bytes()).findtext(f"{DXP}Data") or "")
        tree = etree.fromstring(payload)
        self.schema.assertValid(tree)
        number = str(tree[0][0].text)
        self.put(f"Successed_{name}", f"<DxpRep><ReturnCode>0</ReturnCode><Name>{name}</Name></DxpRep>".encode())
        for status in ("HS", "BP"):
            self.serial += 1
            self.put(f"Receipt_{number}_{self.serial:020d}.xml", self.sealed(number, status))
        source.rename(self.root / "SentBox" / "20261121" / name)
        return number

    def verified(self, data: bytes) -> etree._Element:
        root = etree.fromstring(data)
        signature = root.find(f"{DS}Signature")
        assert signature is not None
        info = signature[0]
        signed = etree.tostring(info, method="c14n")
        value = base64.b64decode(signature.findtext(f"{DS}SignatureValue") or "")
        self.partner.verify(value, signed, PKCS1v15(), hashes.SHA256())
        digest = info.findtext(f"{DS}Reference/{DS}DigestValue") or ""
        root.remove(signature)
        assert base64.b64decode(digest) == hashlib.sha256(etree.tostring(root, method="c14n")).digest()
        return root

    def sealed(self, number: str, status: str) -> bytes:
        payload = RECEIPT.format(number=number, serial=self.serial, status=status).encode()
        text = ENVELOPE.format(data=base64.b64encode(payload).decode())
        info = INFO.format(digest=base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())
        value = base64.b64encode(self.sign(info.encode())).decode()
        return text.replace("</dxp:DxpMsg>", f"{info}<Value>{value}</Value></dxp:DxpMsg>").encode()

    def put(self, name: str, data: bytes) -> None:
        temp = self.root / "InBox" / f"{name}.tmp"
        with temp.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temp.rename(self.root / "InBox" / name)
