"""The two ways are inverses: what leaves sealed at one end is read as the same content at the other, or refused with a code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mappings.faults import Refused
from mappings.kind import Direction, Kind
from mappings.load import contract
from mappings.sample import sample
from mappings.write import completed
from parcel.attached import of_sample
from parcel.errors import DeclarationRefused
from parcel.parcel import Parcel
from parcel.way import INWARD, OUTWARD, walk
from signing.keys import load_signer, make_own, trust
from signing.registry import Registry
from signing.sign import Signer
from xsd.explain import Judges
from xsd.store import schema_source

OURS, CUSTOMS, STRANGER = "DXPENT1108919038", "DXPEDC0000000001", "DXPENT9999999999"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONTRACT = contract()
OUT = [kind for kind in CONTRACT.kinds.values() if kind.direction is Direction.OUT]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for node in (OURS, STRANGER):
        make_own(folder, node, name="test", passphrase=None, now=NOW)
    return folder


@pytest.fixture(scope="module")
def signer(keys: Path) -> Signer:
    return load_signer(keys, OURS)


@pytest.fixture(scope="module")
def tools(keys: Path, signer: Signer) -> dict[str, Any]:
    return {
        "contract": CONTRACT,
        "judges": Judges(schema_source(CONTRACT), both=True),
        "signer": signer,
        "registry": Registry.load(keys),
        "senders": {OURS},
        "addressees": {CUSTOMS},
        "at": NOW,
    }


def parcel(kind: Kind, seed: int = 0) -> Parcel:
    content, attachments = of_sample(kind, sample(kind, seed=seed)["content"])
    count = len(content[kind.carries.name]) if kind.carries else 0
    return Parcel(
        name=f"{kind.type}_A20260000000000001_20260301080000000_t-0.{'zip' if attachments else 'xml'}",
        kind=kind,
        number="A20260000000000001",
        enterprise="1108919038",
        reference=f"R-{seed}",
        stated_at="20260301080000000",
        created="2026-03-01T08:00:00.000+08:00",
        cop_msg_id=f"{OURS}2026030108000000000000000{seed:02d}",
        sender=OURS,
        receiver=CUSTOMS,
        content=content,
        attachments=attachments,
        carried=tuple(f"C2026{index:013d}" for index in range(count)),
    )


def arriving(sealed: Parcel) -> Parcel:
    return Parcel(name=sealed.name, data=sealed.data)


@pytest.mark.parametrize("kind", OUT, ids=lambda kind: kind.name)
def test_what_leaves_arrives(kind: Kind, tools: dict[str, Any]) -> None:
    going = [parcel(kind, seed) for seed in range(6)]
    sealed, refused = walk(OUTWARD, going, tools)
    assert refused == []
    arrived, turned_away = walk(INWARD, [arriving(p) for p in sealed], tools)
    assert turned_away == []
    for sent, came in zip(sealed, arrived, strict=True):
        whole = completed(kind, sent.content, number=sent.number, carried=sent.carried, facts={})
        assert (came.content, came.number, came.reference, came.cop_msg_id) == (
            whole,
            sent.number,
            sent.reference,
            sent.cop_msg_id,
        )


@pytest.fixture
def sealed(tools: dict[str, Any]) -> Iterator[Parcel]:
    yield walk(OUTWARD, [parcel(CONTRACT.kinds["blank_certificate_application"])], tools)[0][0]


def refusal(data: bytes, tools: dict[str, Any]) -> Refused:
    done, refused = walk(INWARD, [Parcel(name="x", data=data)], tools)
    assert done == []
    return refused[0][1]


def test_a_stranger_is_no_sender_though_its_seal_is_good(tools: dict[str, Any], keys: Path) -> None:
    foreign = replace(parcel(CONTRACT.kinds["blank_certificate_application"]), sender=STRANGER)
    theirs, _ = walk(OUTWARD, [foreign], {**tools, "signer": load_signer(keys, STRANGER)})
    assert refusal(theirs[0].data, tools).code == "MSG_SENDER"


def test_a_good_seal_of_somebody_else_is_refused(tools: dict[str, Any], keys: Path) -> None:
    forged, _ = walk(
        OUTWARD,
        [parcel(CONTRACT.kinds["blank_certificate_application"])],
        {**tools, "signer": load_signer(keys, STRANGER)},
    )
    assert refusal(forged[0].data, tools).code == "SIG_SENDER"


def test_a_message_for_somebody_else_is_refused(sealed: Parcel, tools: dict[str, Any]) -> None:
    assert refusal(sealed.data, {**tools, "addressees": {"DXPEDC9999999999"}}).code == "MSG_ADDRESSEE"


def test_an_unknown_version_names_the_one_that_is_known(sealed: Parcel, tools: dict[str, Any]) -> None:
    def aged(p: Parcel) -> Parcel:
        return replace(p, payload=p.payload.replace(b"blankapp:1", b"blankapp:9"))

    way = (*OUTWARD[:2], aged, *OUTWARD[3:])
    newer, _ = walk(way, [parcel(CONTRACT.kinds["blank_certificate_application"])], tools)
    reason = refusal(newer[0].data, tools)
    assert (reason.code, reason.evidence["want"]) == ("MSG_VERSION", 1)


def test_one_wrong_declaration_is_told_whole_and_stops_no_other(tools: dict[str, Any]) -> None:
    kind = CONTRACT.kinds["blank_certificate_application"]
    wrong = replace(parcel(kind, 1), content={"lines": [{"quantity": 0}]})
    done, refused = walk(OUTWARD, [parcel(kind, 0), wrong, parcel(kind, 2)], tools)
    assert [p.reference for p in done] == ["R-0", "R-2"]
    reason = refused[0][1]
    assert isinstance(reason, DeclarationRefused)
    assert {f.code for f in reason.faults} == {"FIELD_MISSING", "FIELD_RANGE"}


def test_what_nobody_foresaw_is_tried_three_times_and_parked_alone(tools: dict[str, Any]) -> None:
    tries: list[str] = []

    def station(p: Parcel) -> Parcel:
        if p.reference == "R-1":
            tries.append(p.reference)
            raise ZeroDivisionError("planted")
        return p

    done, refused = walk((station,), [parcel(OUT[0], 0), parcel(OUT[0], 1), parcel(OUT[0], 2)], tools)
    assert ([p.reference for p in done], len(tries), refused[0][1].code) == (["R-0", "R-2"], 3, "POISON")
    assert "ZeroDivisionError: planted" in refused[0][1].reason


def test_a_passing_mishap_is_forgotten(tools: dict[str, Any]) -> None:
    seen: list[str] = []

    def station(p: Parcel) -> Parcel:
        seen.append(p.reference)
        if len(seen) == 1:
            raise OSError("planted")
        return p

    done, refused = walk((station,), [parcel(OUT[0], 0)], tools)
    assert (len(done), refused) == (1, [])


def test_partners_are_trusted_by_certificate(keys: Path, tmp_path: Path, sealed: Parcel, tools: dict[str, Any]) -> None:
    trust(tmp_path, OURS, (keys / "own" / f"{OURS}.cert.pem").read_bytes())
    done, _ = walk(INWARD, [arriving(sealed)], {**tools, "registry": Registry.load(tmp_path)})
    assert done[0].signer == OURS
