"""Every vector of `manifest.csv` against its verdict and code. What they may cost: test_limits.py."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mappings.faults import Refused, table
from mappings.parser import parse, whole_text
from signing.keys import Registry, trust
from signing.verify import verify

HERE = Path(__file__).parent
ROWS = list(csv.DictReader((HERE / "manifest.csv").read_text(encoding="utf-8").splitlines()))
ARRIVED = datetime(2026, 11, 21, tzinfo=UTC)
REGISTERED = {
    "PARTNER-1": ("partner1", "expired", "notyet", "weak1024", "revoked", "no_sig_usage"),
    "PARTNER-2": ("partner2",),
    "PARTNER-EC": ("partner_ec",),
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    return registered(tmp_path_factory.mktemp("keys"))


def registered(folder):
    """The partners of the vectors, in a key folder."""
    for sender, names in REGISTERED.items():
        for name in names:
            trust(folder, sender, (HERE / f"keys/{name}.crt.pem").read_bytes())
    (folder / "partners/PARTNER-1/crl.pem").write_bytes((HERE / "keys/crl.pem").read_bytes())
    return Registry.load(folder)


def judge(row, registry):
    """(verdict, code) of one vector."""
    data = (HERE / row["path"]).read_bytes()
    try:
        if row["category"] == "signature":
            verify(data, registry=registry, at=ARRIVED)
        else:
            parse(data)
    except Refused as refusal:
        assert "—" not in refusal.zh, "a sentence without its evidence"
        return "reject", refusal.code
    return "accept", ""


def fits(row, verdict, code):
    return verdict == row["expected"] and code in row["code"].split("|")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["path"])
def test_vector(row, registry):
    verdict, code = judge(row, registry)
    assert fits(row, verdict, code), f"wanted {row['expected']} {row['code']}, got {verdict} {code}: {row['note']}"


def test_count(registry, capsys):
    right = sum(fits(row, *judge(row, registry)) for row in ROWS)
    with capsys.disabled():
        print(f"\nvectors: {right}/{len(ROWS)}")
    assert right == len(ROWS)


def test_manifest_names_every_file_and_only_codes_of_the_table():
    files = {str(path.relative_to(HERE)) for folder in ("sig", "xml", "enc") for path in (HERE / folder).iterdir()}
    assert {row["path"] for row in ROWS} == files
    assert {code for row in ROWS for code in row["code"].split("|")} - {""} <= table().keys()


def test_a_comment_in_a_value_hides_nothing(registry):
    verified = verify((HERE / "sig/xsw-23-comment-in-text.xml").read_bytes(), registry=registry, at=ARRIVED)
    consignor = next(verified.root.iter("{*}Consignor"))
    assert consignor.text == whole_text(consignor) == "好公司.坏公司"


def test_nothing_is_read_or_fetched_while_judging(registry, monkeypatch):
    """The vectors name files and addresses on purpose. lxml is the only one who could follow them: no network, no DTD."""
    import socket

    def refuse(*_, **__):
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for row in ROWS:
        judge(row, registry)
