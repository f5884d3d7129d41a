"""`gateway verify`: does a seal, or a bundle of evidence, hold, and whose is it? Offline; only named certificates count."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from cryptography.x509 import CertificateRevocationList
    from rich.console import Console

    from signing.certificate import Certificate
    from signing.registry import Registry

Pems = Annotated[
    list[Path] | None, typer.Option("--cert", metavar="PEM", help="只信任这些证书，可重复 / trust only these.")
]
Lists = Annotated[list[Path] | None, typer.Option("--crl", metavar="PEM", help="吊销列表，可重复 / revocation lists.")]


def verify(
    door: Door,
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="已签名的 XML 或证据包 / a sealed XML file, or evidence."),
    ],
    cert: Pems = None,
    crl: Lists = None,
) -> int:
    """验证签名或证据包 / does the seal of a file hold, or all of a bundle of evidence?"""
    from console.cli import evidence

    registry, data = _registry(door, cert or [], crl or []), file.read_bytes()
    at = datetime.now(UTC) if cert or crl else _business_time(door)
    answer = (
        evidence.checked(door, data, registry) if data.startswith(evidence.ZIP) else _verified(door, data, registry, at)
    )
    door.teller.tell(answer, lambda out: _print(door, out, answer))
    return 0 if answer["valid"] else 1


def _print(door: Door, out: Console, answer: dict[str, Any]) -> None:
    from console.cli import evidence

    out.print(_line(door, answer))
    if "findings" in answer:
        evidence.shown(door, out, answer)


def _business_time(door: Door) -> datetime:
    """Of the home whose certificates are asked."""
    from mappings.clock import moment

    with door.open() as home:
        return moment(home.clock.now())


def _verified(door: Door, data: bytes, registry: Registry, at: datetime) -> dict[str, Any]:
    from mappings.faults import Refused
    from signing.verify import verify as verified

    try:
        found = verified(data, registry=registry, at=at)
    except Refused as refused:
        return {
            "valid": False,
            "signer": "",
            "suite": "",
            "reason": f"{refused.code}: {door.teller.one(refused.zh, refused.en)}",
        }
    return {"valid": True, "signer": found.signer, "suite": found.suite, "reason": ""}


def _registry(door: Door, certificates: list[Path], lists: list[Path]) -> Registry:
    """Of the named certificates, else the home's. Raises BadKeyFile, BadHome."""
    from signing.registry import Registry, read_certificate

    if not certificates and not lists:
        return Registry.load(door.home / "keys")
    read = [read_certificate(path) for path in certificates]
    return Registry.of_rows([(_owner(each), each) for each in read], tuple(_revocations(path) for path in lists))


def _owner(certificate: Certificate) -> str:
    """The node that a certificate is made out to: its common name."""
    from cryptography.x509.oid import NameOID

    names = certificate.parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject


def _revocations(path: Path) -> CertificateRevocationList:
    from cryptography.x509 import load_pem_x509_crl

    from signing.errors import BadKeyFile

    try:
        return load_pem_x509_crl(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadKeyFile(path, f"不是吊销列表 (not a revocation list): {error}") from error


def _line(door: Door, answer: dict[str, Any]) -> str:
    if not answer["valid"]:
        return f"✗ {door.teller.one('无效', 'not valid')}  {answer['reason']}"
    return f"✓ {door.teller.one('有效', 'valid')}  {answer['signer']}  {answer['suite']}"
