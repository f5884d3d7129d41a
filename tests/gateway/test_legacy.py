"""A partner that still seals with SHA-1 is read where the settings say so, until its last day, and not otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.errors import BadHome
from gateway.home import Home
from gateway.settings import FILE, LegacySettings, load_settings


def with_legacy(home: Home, text: str) -> Path:
    file = home.path / FILE
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return home.path


def test_a_home_is_strict_unless_it_says_otherwise(home: Home) -> None:
    assert home.policy.legacy is None


def test_one_partner_until_the_end_of_a_day(home: Home) -> None:
    path = with_legacy(home, '\n[legacy]\npartner = "DXPEDC0000000001"\nuntil = 2026-12-31\n')
    assert load_settings(path).legacy == LegacySettings("DXPEDC0000000001", date(2026, 12, 31))
    policy = Home(path).policy
    assert policy.legacy is not None
    assert (policy.legacy.partner, policy.legacy.until) == ("DXPEDC0000000001", datetime(2026, 12, 31, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ['partner = "DXPEDC0000000001"\n', "until = 2026-12-31\n", 'partner = "X"\nuntil = "soon"\n']
)
def test_half_a_statement_is_refused_with_its_place(home: Home, text: str) -> None:
    with pytest.raises(BadHome, match="legacy"):
        load_settings(with_legacy(home, f"\n[legacy]\n{text}"))
