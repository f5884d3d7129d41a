"""A home on disk for each test, with one enterprise and its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.setup import NewHome, make_home
from mappings.sample import ENTERPRISE, sample
from tests.gateway.supplementing import notice, there  # noqa: F401  (fixtures of two files)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = make_home(NewHome(tmp_path / "home", ENTERPRISE, "测试企业", judge="both"), passphrase=None)
    yield made
    made.close()


def declared(home: Home, kind: str, *, seed: int = 0, reference: str = "", **content: object) -> Declaration:
    value = sample(home.contract.kinds[kind], seed=seed, reference=reference)
    value["content"] |= content
    return Declaration("memory", value)
