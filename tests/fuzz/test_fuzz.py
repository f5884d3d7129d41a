"""Five seconds of changed messages, from a seed that is printed; a minute with `--hypothesis-profile=long`, and by `make fuzz`."""

from __future__ import annotations

import secrets
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mappings.parser import parse
from signing.verify import Verified
from tests.fuzz.mutate import CHANGES
from tests.fuzz.property import Broken, holds, originals
from tests.fuzz.run import case, fuzz, replay
from tests.vectors.own.keys import ENTERPRISE
from tests.vectors.own.world import registry

SECONDS, LONG = 5.0, 60.0


def test_no_crash_and_no_changed_content_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    long = pytestconfig.getoption("--hypothesis-profile", default=None) == "long"
    report = fuzz(LONG if long else SECONDS, secrets.randbelow(1 << 32), tmp_path)
    with capsys.disabled():
        print(f"\n{report}")
    assert [f"{file}: {file.with_suffix('.json').read_text()}" for file in report.failures] == []
    assert report.tried > 500 and report.codes["accepted"] > 0, "nothing was fuzzed, or nothing of it was good"


@given(
    st.integers(0, 8),
    st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 1 << 20)), min_size=1, max_size=4),
)
def test_every_change_alone_and_together(which: int, changes: list) -> None:
    """Small cases that hypothesis makes smaller still."""
    data = originals()[which].data
    for change, seed in changes:
        data = change(data, Random(seed), originals()[0].data)
    holds(data)


def test_a_seed_and_a_number_say_all() -> None:
    assert case(7, 3)[:2] == case(7, 3)[:2] != case(7, 4)[:2]


def careless(data: bytes, **_: object) -> Verified:
    """A verifier that looks for a signature and checks nothing."""
    root = parse(data)
    for signature in list(root.iter("{http://www.w3.org/2000/09/xmldsig#}Signature")):
        parent = signature.getparent()
        if parent is not None:
            parent.remove(signature)
    [certificate, *_] = registry().certificates(ENTERPRISE)
    return Verified(etree.fromstring(etree.tostring(root)), ENTERPRISE, certificate, "rsa-sha256")


def test_a_careless_verifier_is_caught_kept_and_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    originals()
    with monkeypatch.context() as planted:
        planted.setattr("parcel.stations.verify_signature", careless)
        report = fuzz(1.0, 1, tmp_path)
        assert report.failures
        with pytest.raises(Broken, match="nobody sealed it"):
            replay(report.failures[0])
    assert replay(report.failures[0]) != "accepted"


def test_a_crash_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    originals()

    def crashes(*_: object, **__: object) -> Verified:
        raise KeyError("planted")

    monkeypatch.setattr("parcel.stations.verify_signature", crashes)
    assert "crash" in fuzz(0.2, 1, tmp_path).failures[0].with_suffix(".json").read_text()
