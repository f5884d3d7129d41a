"""Canaries: secrets that are planted in a home are nowhere else, whatever is run, refused or broken.

Every command is run in both forms, the first time as a process of its own: while that runs its arguments and those of its
children are looked at. Searched is each byte of what was said and of everything in the home but the key files themselves.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from console.cli.main import main
from gateway.masking import masked
from mappings.sample import ENTERPRISE

PASSPHRASE = "Kanarien-Vogel&Gelb 青鸟%71"
PIN = "73519028"
WRONG_PIN = "60482917"
DATABASE_WORD = "Zeisig-im-Kaefig-4711"
NODE = f"DXPENT{ENTERPRISE}"
ROOT = Path(__file__).parents[2]


class Needles:
    """A secret in the forms in which it might come to light."""

    def __init__(self) -> None:
        self.forms: dict[bytes, str] = {}

    def plant(self, name: str, secret: bytes) -> None:
        forms = [secret, secret.hex().encode(), secret.hex().upper().encode(), secret[::-1]]
        forms += [quote(secret).encode(), *_base64(secret)]
        if secret.isascii():
            forms += [secret.decode().encode("utf-16-le"), secret.decode().encode("utf-16-be")]
        self.forms |= dict.fromkeys(forms, name)

    def hits(self, data: bytes) -> set[str]:
        return {name for form, name in self.forms.items() if form in data}


def _base64(secret: bytes) -> list[bytes]:
    """At each of the three places in a group of bytes, without the ends that depend on the neighbours."""
    return [b64encode(bytes(shift) + secret)[4 if shift else 0 : -4] for shift in range(3)]


class Bench:
    """A home whose key is locked, commands as processes, and everything that they ever said."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.said: dict[str, bytes] = {}
        self.arguments: set[bytes] = set()
        self.apart: set[str] = set()
        (folder / "passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
        (folder / "pin").write_text(PIN + "\n", encoding="utf-8")
        self.card: Any = None

    def run(self, *words: object, secret: str = "passphrase", stdin: bytes = b"") -> bytes:
        """The command in both forms. stdout of the one for people."""
        out = [self._run([*map(str, words), *form], secret, stdin) for form in (("--json",), ())]
        return out[1]

    def _run(self, words: list[str], secret: str, stdin: bytes) -> bytes:
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GATEWAY_HOME": str(self.home), "LANG": "C.UTF-8",
            "GATEWAY_KEY_PASSPHRASE_FILE": str(self.folder / secret),
        }  # fmt: skip
        run = self._here if words[0] in self.apart else self._apart
        self.apart.add(words[0])
        out, err = run(words, environment, stdin)
        self.said[f"{len(self.said) + 1} {' '.join(words)}"] = out + b"\n" + err
        assert b"Traceback" not in err, err
        return out

    def _apart(self, words: list[str], environment: dict[str, str], stdin: bytes) -> tuple[bytes, bytes]:
        with subprocess.Popen(
            [sys.executable, "-m", "console.cli.main", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=self.folder,
        ) as child:
            watch = threading.Thread(target=self._watch, args=(child,))
            watch.start()
            out, err = child.communicate(stdin, timeout=120)
            watch.join()
        return out, err

    def _here(self, words: list[str], environment: dict[str, str], stdin: bytes) -> tuple[bytes, bytes]:
        """In this process, where a command costs a tenth."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, contextlib.chdir(self.folder):
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            main(words)
        return out.buffer.getvalue(), err.buffer.getvalue()  # type: ignore[attr-defined]

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        while child.poll() is None:
            for pid in _with_children(child.pid):
                try:
                    self.arguments.add(Path(f"/proc/{pid}/cmdline").read_bytes())
                except OSError:
                    continue
            threading.Event().wait(0.01)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Everything in the home but the private keys, and the bundle, opened and as it is."""
        for path in [*self.home.rglob("*"), *self.folder.glob("*.zip")]:
            if path.is_file() and not path.name.endswith(".key.pem"):
                data = path.read_bytes()
                yield str(path), data
                if data.startswith(b"PK"):
                    with zipfile.ZipFile(io.BytesIO(data)) as archive:
                        yield from ((f"{path}!{name}", archive.read(name)) for name in archive.namelist())


def _with_children(pid: int) -> list[int]:
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(each for child in below for each in _with_children(int(child)))]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("secrets"))
    _live(made)
    return made


def _live(bench: Bench) -> None:
    made = ("--enterprise", ENTERPRISE, "--name", "测试企业")
    bench.run("init", bench.home, *made)  # the second of the two finds a home there already
    bench.run("keys", "list")
    for seed in (1, 2):
        kind = ("blank_certificate_application", "--seed", seed, "--reference", f"R{seed}")
        bench.run("submit", "-", stdin=bench._run(["sample", *map(str, kind)], "passphrase", b""))
    broken = bench._run(["sample", "blank_certificate_application", "--break", "BLANKAPP-R-23"], "passphrase", b"")
    bench.run("submit", "-", stdin=broken)
    bench.run("run", "--until-idle")
    (row, *_) = json.loads(bench._run(["status", "--json"], "passphrase", b""))
    bundle = ("evidence", row["number"], "-o", bench.folder / "F.zip")
    for words in (("show", row["number"]), ("message", 1), ("message", 1, "--payload"), ("board", "--once"), bundle,
                  ("verify", bench.folder / "F.zip"), ("audit",), ("audit", "verify", "--bodies"), ("arrivals",)):  # fmt: skip
        bench.run(*words)
    url = f"postgresql://gateway:{DATABASE_WORD}@127.0.0.1:9/none"
    settings = bench.home / "gateway.toml"
    kept = settings.read_text(encoding="utf-8")
    settings.write_text(kept.replace("sqlite:///gateway.db", url), encoding="utf-8")
    for words in (("status",), ("run", "--once"), ("migrate",)):
        bench.run(*words)
    settings.write_text(kept, encoding="utf-8")
    for words in (("run", "--once"), bundle):  # a passphrase that does not fit, which looks like a PIN
        bench.run(*words, secret="pin")
    key = next(bench.home.glob("keys/own/*.key.pem"))
    whole = key.read_bytes()
    for bad in (whole[: len(whole) // 2], whole.replace(b"M", b"N")):
        key.write_bytes(bad)
        for words in (("run", "--once"), bundle):
            bench.run(*words)
    key.write_bytes(whole)
    if find_spec("websockets"):
        _live_with_a_card(bench, row["number"])


def _live_with_a_card(bench: Bench, number: str) -> None:
    """The PIN is right, wrong, repeated by the service in its own words, at rest and let again."""
    from signing.keys import load_signer, make_own
    from tests.signing.card_server import Card, running

    secrets = bench.folder / "secrets"
    secrets.mkdir()
    (secrets / NODE).write_text(PASSPHRASE, encoding="utf-8")
    settings = bench.home / "gateway.toml"
    kept = settings.read_text(encoding="utf-8")
    settings.write_text(kept.replace("same_account = false", "same_account = true"), encoding="utf-8")
    made = bench.folder / "card"
    make_own(made, NODE, name="测试企业", passphrase=None, now=datetime.now(UTC))
    with running(Card(load_signer(made, NODE), pin=PIN, moods={"echo"})) as card:
        bench.card = card
        draft = json.loads(bench._run(["keys", "card", NODE, "--url", card.url, "--by", "a", "--json"], "secrets", b""))
        bench._run(["keys", "approve", draft["id"], "--by", "b"], "secrets", b"")
        for pin, form in ((WRONG_PIN, []), (PIN, ["--json"])):
            (secrets / f"{NODE}.2").write_text(pin, encoding="utf-8")
            declared = bench._run(["sample", "blank_certificate_application", "--reference", pin[:2]], "secrets", b"")
            bench._run(["submit", "-", "--repeat", *form], "secrets", declared)
            bundle = ["evidence", number, "-o", str(bench.folder / f"{len(form)}.zip")]
            for words in (
                ["run", "--until-idle"],
                ["board", "--once"],
                ["keys", "list"],
                bundle,
                ["keys", "unlock", card.url],
            ):
                bench._run([*words, *form], "secrets", b"")
        bench._run(["audit"], "secrets", b"")
    bench._run(["run", "--once"], "secrets", b"")  # the service is away
    (made / "own" / f"{NODE}.key.pem").unlink()


@pytest.fixture(scope="module")
def needles(bench: Bench) -> Needles:
    found = Needles()
    found.plant("passphrase", PASSPHRASE.encode())
    found.plant("pin", PIN.encode())
    found.plant("card pin", WRONG_PIN.encode())
    found.plant("database", DATABASE_WORD.encode())
    pem = next(bench.home.glob("keys/own/*.key.pem")).read_bytes()
    key = load_pem_private_key(pem, PASSPHRASE.encode())
    assert isinstance(key, RSAPrivateKey)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, text in (("locked key", pem), ("open key", plain)):
        for line in text.splitlines()[1:-2]:
            found.plant(name, line)
            found.plant(name, b64decode(line + b"=" * (-len(line) % 4)))
    private = key.private_numbers()
    for name in ("d", "p", "q", "dmp1", "dmq1", "iqmp"):
        number = getattr(private, name)
        found.plant(f"key {name}", number.to_bytes((number.bit_length() + 7) // 8, "big"))
        found.plant(f"key {name}", str(number).encode())
    pem = (bench.home / f"keys/own/{NODE}.cert.pem").read_bytes()
    text = b"".join(pem.splitlines()[1:-1])
    public = text + b64decode(text) + b64decode(text).hex().encode()  # an open key holds its public half as well
    found.forms = {form: name for form, name in found.forms.items() if form not in public}
    return found


@pytest.mark.slow
def test_no_canary_sings(bench: Bench, needles: Needles) -> None:
    looked = {**bench.said, **{f"arguments {n}": each for n, each in enumerate(bench.arguments)}, **dict(bench.files())}
    hits = {place: names for place, data in looked.items() if (names := needles.hits(data))}
    print(
        f"\n{len(hits)} hits of {len(looked)} places ({sum(map(len, looked.values()))} bytes), {len(needles.forms)} forms,"
    )
    print(f"{len(bench.said)} commands, {len(bench.apart)} of them as processes, {len(bench.arguments)} argument lists")
    assert hits == {}
    assert (
        len(bench.said) >= 60
        and len(bench.arguments) >= len(bench.apart) >= 14
        and any(b"\0evidence\0" in each for each in bench.arguments)
    )
    assert any(place.endswith("gateway.db") for place in looked) and any("F.zip!manifest.xml" in p for p in looked)
    assert any("/results/" in place for place in looked) and any("gateway.toml" in place for place in looked)

    if bench.card:
        assert bench.card.tries - bench.card.signed == 1 < bench.card.signed, "a wrong PIN once, then the right one"
        assert any(b"KEY_PIN" in said for said in bench.said.values())
    _the_search_finds_what_is_there(bench, needles)
    _certificates_of_persons_are_shown_to_nobody(bench)


def _the_search_finds_what_is_there(bench: Bench, needles: Needles) -> None:
    """Success beside failure: each canary is found where it belongs."""
    key = next(bench.home.glob("keys/own/*.key.pem")).read_bytes()
    assert needles.hits(key) == {"locked key"}
    assert needles.hits((bench.folder / "passphrase").read_bytes()) == {"passphrase"}
    assert needles.hits(b64encode(b"xy" + PIN.encode() + b"z")) == {"pin"}


def _certificates_of_persons_are_shown_to_nobody(bench: Bench) -> None:
    """They stand in exact bytes (`message`, evidence), and in nothing else that is said."""
    certificate = (bench.home / f"keys/own/{NODE}.cert.pem").read_bytes()
    needle = b"".join(certificate.splitlines()[1:-1])[60:260]
    exact = {place for place, said in bench.said.items() if needle in b"".join(said.split())}
    assert exact and all(place.split()[1] == "message" for place in exact)


def test_masked() -> None:
    der = b64encode(bytes(range(256)))
    for text in (
        b"<ds:X509Data><ds:X509Certificate>" + der + b"</ds:X509Certificate></ds:X509Data>",
        b'<X509Certificate a="b">\n' + der[:64] + b"\n<!-- -->" + der[64:] + b"\n</X509Certificate >",
        b"<a:X509Certificate>" + der,
    ):
        shown = masked(b"<m>" + text + b"</m>")
        assert der[:32] not in shown and der[-32:] not in shown and b"SHA-256 " in shown
        assert shown.startswith(b"<m><")
    two = masked(b"<X509Certificate>AAAA</X509Certificate>-<X509Certificate>AAAB</X509Certificate>")
    assert two.count(b"SHA-256") == 2 and b">-<" in two
    assert masked(b"<m>X509Certificate</m>") == b"<m>X509Certificate</m>"


def test_masking_takes_no_time_whatever_comes() -> None:
    import time

    began = time.perf_counter()
    for text in (b"<X509Certificate>" * 100_000, b"<X509Certificate " * 100_000, b"<a:" * 500_000):
        masked(text)
    assert time.perf_counter() - began < 5
