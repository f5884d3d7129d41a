"""Our verifier beside xmlsec1 and signxml: where all must agree, and where only the profile says no."""

from __future__ import annotations

import shutil

import pytest

from tests.interop.oracles import ACCEPTS, BROKEN, MISSING, Words, only_we_refuse, summary, words

POLICY = {
    "SIG_REF", "SIG_WRAP", "SIG_MULTI", "SIG_ALGO", "SIG_TRANSFORM", "SIG_MALFORMED", "SIG_KEY", "SIG_KEY_WEAK",
    "SIG_CERT_REVOKED", "SIG_CERT_EXPIRED", "SIG_CERT_NOTYET", "SIG_CERT_USAGE", "XML_DTD",
}  # fmt: skip
"""Reasons for which we may refuse what another accepts: forms of a signature, keys, constructs. Never its cryptography."""


@pytest.fixture(scope="module")
def said() -> list[Words]:
    return words()


def test_our_word_is_the_manifests(said: list[Words]) -> None:
    on_a_channel_only = {
        "seal/other-enterprise",
        "seal/sender-nobody",
        "seal/addressee-other",
        "wrapping/signed-second-data",
    }
    assert {w.vector for w in said if w.good != (w.expected == "accept")} == on_a_channel_only


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            "xmlsec1",
            marks=pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is missing (Debian: xmlsec1)"),
        ),
        "signxml",
    ],
)
def test_what_we_accept_all_accept_and_what_is_broken_nobody_does(said: list[Words], name: str) -> None:
    assert [w.vector for w in said if w.good and w.they()[name] != ACCEPTS] == []
    assert [w.vector for w in said if w.ours in BROKEN and w.they()[name] == ACCEPTS] == []


def test_what_only_we_refuse_is_refused_for_its_form(said: list[Words], capsys: pytest.CaptureFixture[str]) -> None:
    alone = [w for w in said if not w.good and ACCEPTS in w.they().values()]
    assert {w.ours for w in alone} <= POLICY
    assert len(alone) >= 20 or MISSING in {w.xmlsec1 for w in said}, "the oracles have become as strict as the profile?"
    with capsys.disabled():
        print(f"\n{summary(said)}; refused by us alone: {len(only_we_refuse(said))}")
