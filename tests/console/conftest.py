"""The `gateway` command called as a user calls it, inside this process: status, stdout, stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import main


@dataclass(frozen=True)
class Answer:
    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def value(self) -> Any:
        """stdout as the one JSON value that it is."""
        return json.loads(self.out)


Gateway = Callable[..., Answer]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gateway:
    """`gateway("status", "--json")`, in a folder that is no home, with nothing in the environment."""
    for name in ("GATEWAY_HOME", "GATEWAY_LANG", "GATEWAY_KEY_PASSPHRASE_FILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, stdin: bytes = b"") -> Answer:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            status = main([str(argument) for argument in arguments])
        return Answer(status, out.buffer.getvalue(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]

    return call


@pytest.fixture
def home(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo home, which `gateway` works in."""
    path = tmp_path / "home"
    answer = gateway("init", "--demo", path, "--json")
    assert answer.status == 0, answer.err
    monkeypatch.setenv("GATEWAY_HOME", str(path))
    return path


@pytest.fixture
def sent(gateway: Gateway, home: Path) -> Callable[..., list[dict[str, Any]]]:
    """Declares a sample of each kind with this remark, and goes there and back. The documents of those references."""

    def send(remark: str = "", *, kinds: tuple[str, ...] = ("certificate_application",)) -> list[dict[str, Any]]:
        for kind in kinds:
            declared = gateway(
                "sample", kind, "--seed", 5, "--reference", f"{kind} {remark}", "--remark", remark or "x"
            )
            assert gateway("submit", "-", stdin=declared.out).status == 0
        there_and_back(gateway)
        return [row for kind in kinds for row in gateway("status", "--reference", f"{kind} {remark}", "--json").value]

    return send


def there_and_back(gateway: Gateway) -> None:
    for command in ("run", "simulate", "run"):
        answer = gateway(command, "--until-idle", "--json")
        assert answer.status == 0, answer.err
