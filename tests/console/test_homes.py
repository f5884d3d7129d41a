"""Setting up: `gateway init`, `enterprise`, `keys`, `migrate`, and which home a command works in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.conftest import Gateway, there_and_back

CODE = "3301234567"


@pytest.fixture
def passphrase(tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "passphrase"
    file.write_text("一个口令\n", encoding="utf-8")
    monkeypatch.setenv("GATEWAY_KEY_PASSPHRASE_FILE", str(file))
    return file


def test_init_demo(gateway: Gateway, home: Path) -> None:
    assert (home / "customs" / "clock.json").is_file() and (home / "customs" / "customs.toml").is_file()
    rows = gateway("keys", "list", "--json").value
    assert [(row["role"], row["node"], row["protected"]) for row in rows] == [
        ("own", "DXPENT1108919038", False),
        ("partner", "DXPEDC0000000001", None),
    ]
    assert (home / "keys" / "own" / "DXPENT1108919038.key.pem").stat().st_mode & 0o777 == 0o600


def test_init_says_that_demo_keys_are_plain(gateway: Gateway, tmp_path: Path) -> None:
    assert "没有口令" in gateway("init", "--demo", tmp_path / "a").text
    assert "no passphrase" in gateway("--lang", "en", "init", "--demo", "--home", tmp_path / "b").text


def test_init_for_a_real_enterprise(gateway: Gateway, tmp_path: Path, passphrase: Path) -> None:
    answer = gateway("init", "--home", tmp_path / "h", "--enterprise", CODE, "--name", "某企业", "--json")
    assert answer.status == 0 and answer.value == {"home": str(tmp_path / "h"), "node_id": f"DXPENT{CODE}"}
    assert not (tmp_path / "h" / "customs").exists()
    (row,) = gateway("keys", "list", "--home", tmp_path / "h", "--json").value
    assert row["protected"] is True


def test_a_locked_key_seals_with_its_passphrase(gateway: Gateway, tmp_path: Path, passphrase: Path) -> None:
    gateway("init", tmp_path / "h", "--enterprise", CODE, "--name", "某企业")
    declared = gateway("sample", "blank_certificate_application", "--enterprise", CODE).out
    gateway("submit", "-", "--home", tmp_path / "h", stdin=declared)
    sealed = gateway("message", 1, "--home", tmp_path / "h").out
    (tmp_path / "m.xml").write_bytes(sealed)
    assert gateway("verify", tmp_path / "m.xml", "--home", tmp_path / "h").status == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("init", "h"), "USAGE"),
        (("init", "h", "--enterprise", "12", "--name", "x"), "SYS_HOME"),
        (("init", "h", "--enterprise", CODE, "--name", "x"), "SYS_HOME"),  # nobody to ask for a passphrase
        (("status",), "SYS_HOME"),
        (("status", "--home", "nowhere"), "SYS_HOME"),
    ],
)
def test_a_broken_set_up(gateway: Gateway, arguments: tuple[str, ...], code: str) -> None:
    answer = gateway(*arguments, "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == code


@pytest.mark.parametrize("content", ["", "\n", None])
def test_an_empty_or_missing_passphrase_makes_no_key(
    gateway: Gateway, tmp_path: Path, passphrase: Path, content: str | None
) -> None:
    passphrase.unlink() if content is None else passphrase.write_text(content)
    answer = gateway("init", tmp_path / "h", "--enterprise", CODE, "--name", "x", "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "SYS_HOME" and not (tmp_path / "h" / "keys").exists()


def test_a_home_is_made_once(gateway: Gateway, home: Path) -> None:
    before = (home / "gateway.toml").read_bytes()
    answer = gateway("init", "--demo", home)
    assert answer.status == 2 and answer.err.startswith("SYS_HOME: ") and (home / "gateway.toml").read_bytes() == before


def test_the_home_is_named_or_the_current_folder(
    gateway: Gateway, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    assert gateway("init", "--demo", "--home", other).status == 0
    assert gateway("enterprise", "add", CODE, "--name", "x", "--home", other).status == 0
    assert len(gateway("enterprise", "list", "--json").value) == 1  # the environment's
    assert len(gateway("enterprise", "list", "--json", "--home", other).value) == 2  # an option goes before it
    assert len(gateway("--home", other, "enterprise", "list", "--json").value) == 2
    assert len(gateway("enterprise", "--home", other, "--json", "list").value) == 2
    monkeypatch.delenv("GATEWAY_HOME")
    monkeypatch.chdir(other)
    assert len(gateway("enterprise", "list", "--json").value) == 2


def test_a_second_enterprise_of_a_demo_home_is_known_at_customs(gateway: Gateway, home: Path) -> None:
    added = gateway("enterprise", "add", CODE, "--name", "第二家", "--json")
    assert added.status == 0 and added.value == {"code": CODE, "uscc": "", "name": "第二家", "node_id": f"DXPENT{CODE}"}
    declared = gateway("sample", "blank_certificate_application", "--enterprise", CODE).out
    assert gateway("submit", "-", stdin=declared).status == 0
    there_and_back(gateway)
    (row,) = gateway("status", "--kind", "blank_certificate_application", "--json").value
    assert (row["enterprise"], row["state"]) == (CODE, "BP")
    assert gateway("enterprise", "add", CODE, "--name", "again").status == 2


def test_an_error_is_one_line(gateway: Gateway, tmp_path: Path) -> None:
    answer = gateway(
        "init", "--demo", tmp_path / "h", "--database", "postgresql://nobody@127.0.0.1:1/x", "--lang", "en"
    )
    assert answer.status == 2 and answer.out == b""
    assert answer.err.startswith("SYS_DATABASE: The database") and answer.err.count("\n") == 1


def test_migrate(gateway: Gateway, home: Path) -> None:
    assert gateway("migrate", "--json").value == {"home": str(home), "schema": "current"}


def test_settings_that_are_wrong_are_named(gateway: Gateway, home: Path) -> None:
    with (home / "gateway.toml").open("a", encoding="utf-8") as file:
        file.write("\n[colour]\nx = 1\n")
    answer = gateway("status", "--json")
    assert answer.status == 2 and "colour" in answer.value["error"]["zh"]
