"""Evidence: one zip with the exact bytes, and what another machine finds in it, whole or tampered with."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.evidence.bundle import MANIFEST, bundle
from gateway.evidence.check import Checked, check
from gateway.evidence.manifest import Manifest, read, write
from gateway.home import Home
from mappings.clock import SetClock
from mappings.faults import Refused
from mappings.load import contract
from mappings.parser import parse
from signing.keys import make_own
from signing.registry import Registry
from signing.sign import Signer, seal_document
from tests.gateway.conftest import declared
from tests.gateway.desk import Desk, both_ends

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with both_ends(tmp_path_factory.mktemp("evidence") / "home") as made:
        made.submit(
            declared(made.home, "certificate_application", reference="application"),
            declared(made.home, "blank_certificate_application", reference="blank"),
        )
        made.exchange()
        made.home.clock = SetClock(made.home.clock.now())  # type: ignore[misc]
        yield made


@pytest.fixture(scope="module")
def number(desk: Desk) -> str:
    return desk.home.ledger.documents(reference="application")[0].number


@pytest.fixture(scope="module")
def good(desk: Desk, number: str) -> Files:
    return unzipped(bundle(desk.home, number))


def unzipped(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 21, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def verdict(desk: Desk, files: Files) -> Checked:
    return check(zipped(files), registry=desk.home.registry, contract=contract())


def codes(found: Checked) -> set[str]:
    return {finding.refused.code for finding in found.findings}


def manifest_of(files: Files) -> Manifest:
    root = parse(files[MANIFEST])
    root.remove(root[-1])  # the signature
    return read(root)


def resealed(desk: Desk, files: Files, manifest: Manifest | None = None) -> Files:
    """As somebody who has the gateway's own key would do it: every entry's hash is right again."""
    old = manifest or manifest_of(files)
    entries = tuple(
        replace(e, size=len(files[e.name]), sha256=sha256(files[e.name]).hexdigest())
        for e in old.entries
        if e.name in files
    )
    signer = desk.home.signer(desk.home.settings.node)
    assert signer
    return {**files, MANIFEST: seal_document(write(replace(old, entries=entries)), signer=signer)}


def test_everything_is_there_byte_by_byte(desk: Desk, number: str, good: Files) -> None:
    history = desk.home.ledger.history(number)
    assert history
    for message in history.messages:
        body = desk.home.ledger.message_body(message.id)
        assert body in [data for name, data in good.items() if name.startswith(f"{message.direction}/")]
    (technical,) = [name for name in good if name.startswith("in/") and "Successed_" in name]
    assert b"DxpRep" in good[technical]
    assert good["document/declaration-0.json"].decode() == history.document.declaration
    described = json.loads(good["document/document.json"])
    assert (described["number"], described["state"], described["state_zh"]) == (number, "HS", "海关入库成功")
    assert [step["to"] for step in described["history"]] == ["D", "SS", "HS"]
    assert all(step["brought_by"] in good for step in described["history"][1:])
    related = json.loads(good["related/documents.json"])
    assert {each["relation"] for each in related} == {"carried"} and all(each["head"] for each in related)
    assert [row["result"] for row in json.loads(good["attempts.json"])] == ["delivered"]
    assert sum(name.startswith("certificates/") for name in good) == 2
    assert "个人信息" in good["README.txt"].decode() and "personal data".upper() in good["README.txt"].decode()


def test_a_carried_document_names_its_parent(desk: Desk, number: str) -> None:
    (certificate, *_) = desk.home.ledger.documents(kind="certificate")
    files = unzipped(bundle(desk.home, certificate.number))
    assert [each["relation"] for each in json.loads(files["related/documents.json"])] == ["parent"]
    assert any(number in name for name in files if name.startswith("out/"))
    assert verdict(desk, files).valid


def test_the_same_ledger_and_time_give_the_same_bytes(desk: Desk, number: str) -> None:
    assert bundle(desk.home, number) == bundle(desk.home, number)


def test_no_such_document_and_no_key(desk: Desk, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="BIZ_UNKNOWN"):
        bundle(desk.home, "A20269999999999999")
    with pytest.raises(Refused, match="BIZ_UNKNOWN"):
        bundle(desk.home, number, enterprise="3301234567")
    monkeypatch.setattr(Home, "signer", lambda self, node: None)
    with pytest.raises(Refused, match="SIGN_KEY_UNAVAILABLE"):
        bundle(desk.home, number)


def test_a_whole_bundle_holds(desk: Desk, good: Files) -> None:
    found = verdict(desk, good)
    assert found.findings == [] and found.valid and found.signer == desk.home.settings.node
    assert [(seal.state, seal.signer) for seal in found.seals] == [
        ("holds", "DXPENT1108919038"), ("holds", "DXPEDC0000000001"), ("none", ""),
    ]  # fmt: skip
    assert all(each.whole and each.recomputed for each in found.documents) and len(found.documents) == 3


def test_every_entry_counts(desk: Desk, good: Files) -> None:
    for name in good:
        if name == MANIFEST:
            continue
        assert codes(verdict(desk, {**good, name: good[name] + b" "})) >= {"EVI_CHANGED"}, name
        assert codes(verdict(desk, {n: d for n, d in good.items() if n != name})) >= {"EVI_MISSING"}, name
    assert codes(verdict(desk, {**good, "out/more.xml": b"<x/>"})) == {"EVI_ADDED"}


def test_the_manifest_counts(desk: Desk, good: Files, tmp_path: Path) -> None:
    assert codes(verdict(desk, {n: d for n, d in good.items() if n != MANIFEST})) == {"EVI_FORMAT"}
    changed = good[MANIFEST].replace(b'state="HS"', b'state="BP"', 1)
    assert codes(verdict(desk, {**good, MANIFEST: changed})) == {"SIG_DIGEST"}
    assert codes(verdict(desk, {**good, MANIFEST: b"<x/>"})) == {"EVI_FORMAT"}
    assert codes(verdict(desk, {**good, MANIFEST: write(manifest_of(good))})) == {"SIG_MISSING"}
    stranger = seal_document(write(manifest_of(good)), signer=_stranger(tmp_path))
    assert codes(verdict(desk, {**good, MANIFEST: stranger})) == {"SIG_KEY"}


def _stranger(folder: Path) -> Signer:
    from datetime import UTC, datetime, timedelta

    from signing.keys import load_signer

    make_own(folder, "DXPENT1108919038", name="stranger", passphrase=None, now=datetime.now(UTC) - timedelta(days=1))
    return load_signer(folder, "DXPENT1108919038")


def test_customs_cannot_seal_for_the_gateway(desk: Desk, good: Files) -> None:
    from signing.keys import load_signer

    theirs = load_signer(desk.home.path / "customs" / "keys", desk.home.settings.customs)
    sealed = seal_document(write(manifest_of(good)), signer=theirs)
    assert codes(verdict(desk, {**good, MANIFEST: sealed})) == {"SIG_SENDER"}


def test_only_trusted_certificates_count(desk: Desk, good: Files) -> None:
    own = desk.home.registry.certificates(desk.home.settings.node)
    theirs = desk.home.registry.certificates(desk.home.settings.customs)
    without = check(zipped(good), registry=Registry.of_rows([("gateway", own[0])]), contract=contract())
    assert codes(without) == {"SIG_KEY"} and without.seals[1].state == "refused"
    named = Registry.of_rows([("some name", own[0]), ("other", theirs[0])])
    both = check(zipped(good), registry=named, contract=contract())
    assert both.valid and both.signer == "some name"


@pytest.mark.parametrize("manner", ["change", "delete", "swap", "insert", "cut", "replace"])
def test_six_ways_with_a_chain_that_was_sealed_again(desk: Desk, good: Files, manner: str) -> None:
    lines = good["document/events.jsonl"].splitlines()
    bad = {
        "change": [lines[0], lines[1].replace(b'"2026', b'"2025', 1), lines[2]],
        "delete": [lines[0], lines[2]],
        "swap": [lines[0], lines[2], lines[1]],
        "insert": [lines[0], lines[1], lines[1], lines[2]],
        "cut": lines[:2],
        "replace": _rewritten(lines),
    }[manner]
    files = {**good, "document/events.jsonl": b"".join(line + b"\n" for line in bad)}
    assert codes(verdict(desk, resealed(desk, files))) == {"EVI_CHAIN"}


def _rewritten(lines: list[bytes]) -> list[bytes]:
    """Another history, whole in itself."""
    written, previous = list[bytes](), ""
    for line in lines:
        values = json.loads(line)
        values[4], values[-1] = values[4].replace("2026", "2025"), previous
        written.append(json.dumps(values, ensure_ascii=False).encode())
        previous = sha256(written[-1]).hexdigest()
    return written


def test_a_state_that_does_not_follow(desk: Desk, good: Files) -> None:
    manifest = manifest_of(good)
    told = replace(manifest.documents[0], state="HF")
    files = resealed(desk, good, replace(manifest, documents=(told, *manifest.documents[1:])))
    found = verdict(desk, files)
    assert codes(found) == {"EVI_STATE"} and "HS" in found.findings[0].refused.zh
    history = good["document/document.json"].replace(b'"verdict": "applied"', b'"verdict": "anomaly"', 1)
    assert codes(verdict(desk, resealed(desk, {**good, "document/document.json": history}))) == {"EVI_STATE"}


def test_a_validity_that_does_not_follow(desk: Desk, good: Files) -> None:
    manifest, others = manifest_of(good), "related/documents.json"
    (index, line) = next((n, each) for n, each in enumerate(manifest.documents) if each.kind == "certificate")
    assert line.validity == "V0" and manifest.documents[0].validity == ""  # not issued yet
    lines = [*manifest.documents]
    lines[index] = replace(line, validity="VY")
    related = json.loads(good[others])
    next(each for each in related if each["number"] == line.number)["validity"] = "VY"
    for files in (
        resealed(desk, good, replace(manifest, documents=tuple(lines))),
        resealed(desk, {**good, others: json.dumps(related).encode()}),
    ):
        found = verdict(desk, files)
        assert codes(found) == {"EVI_VALIDITY"} and "V0" in found.findings[0].refused.zh


def test_a_declaration_that_its_event_does_not_bind(desk: Desk, good: Files) -> None:
    own, others = "document/declaration-0.json", "related/documents.json"
    related = json.loads(good[others])
    related[0]["declarations"][0]["given"] += " "
    for changed in ({own: good[own] + b" "}, {others: json.dumps(related).encode()}):
        assert codes(verdict(desk, resealed(desk, {**good, **changed}))) == {"EVI_DECLARED"}


def test_a_kind_that_nobody_knows_is_not_recomputed(desk: Desk, good: Files) -> None:
    manifest = manifest_of(good)
    newer = tuple(replace(each, version=99) for each in manifest.documents)
    found = verdict(desk, resealed(desk, good, replace(manifest, documents=newer)))
    assert found.valid and not any(each.recomputed for each in found.documents)


def test_a_message_under_another_name(desk: Desk, good: Files) -> None:
    manifest = manifest_of(good)

    def renamed(role: str, **more: str) -> Files:
        entries = tuple(replace(e, more={**e.more, **more}) if e.role == role else e for e in manifest.entries)
        return resealed(desk, good, replace(manifest, entries=entries))

    other = "CERTAPP_A20260000000000009_20261121093015123_t-0.xml"
    for bad in (
        renamed("out", file=other),
        renamed("out", copMsgId="x"),
        renamed("in", file=f"Failed_{other[:-4]}_20261121093015.xml", copMsgId="x"),
    ):
        assert "EVI_NAME" in codes(verdict(desk, bad))


def test_a_message_that_was_changed_and_sealed_into_the_manifest(desk: Desk, good: Files) -> None:
    out = next(name for name in good if name.startswith("out/"))
    files = {**good, out: good[out].replace(b"DXPENT1108919038", b"DXPENT1108919039", 1)}
    assert "SIG_DIGEST" in codes(verdict(desk, resealed(desk, files)))


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(1000)])
def test_what_is_no_zip(desk: Desk, data: bytes) -> None:
    found = check(data, registry=desk.home.registry, contract=contract())
    assert codes(found) == {"EVI_FORMAT"} and not found.valid


def test_bytes_beside_the_entries_are_no_bundle(desk: Desk, good: Files) -> None:
    data = zipped(good)
    for bad in (data + b"x", b"x" + data, data[:-1]):
        assert codes(check(bad, registry=desk.home.registry, contract=contract())) == {"EVI_FORMAT"}


@pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is not installed (Debian: xmlsec1)")
def test_the_readmes_own_commands(desk: Desk, number: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle(desk.home, number))) as archive:
        archive.extractall(tmp_path)
    lines = (tmp_path / "README.txt").read_text(encoding="utf-8").splitlines()
    commands = [line.removeprefix("    $ ") for line in lines if line.startswith("    $ ")]
    assert sum("xmlsec1" in command for command in commands) == 3
    done = [
        subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        for command in commands
    ]
    assert [each.returncode for each in done] == [0] * len(commands), [each.stderr for each in done]
    hashes = [line.rpartition(" ")[2] for line in done[-2].stdout.splitlines()]
    events = [json.loads(line) for line in (tmp_path / "document" / "events.jsonl").read_text().splitlines()]
    assert [event[-1] for event in events] == ["", *hashes[:-1]]
    assert hashes[-1] in "\n".join(lines) and number in done[-1].stdout
    out = next((tmp_path / "out").iterdir())
    out.write_bytes(out.read_bytes().replace(b"DXPENT1108919038", b"DXPENT1108919039", 1))
    bad = next(command for command in commands if out.name in command)
    assert subprocess.run(["bash", "-c", bad], cwd=tmp_path, capture_output=True, timeout=60).returncode
