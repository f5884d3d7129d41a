"""What two other verifiers say of the signature vectors, beside our own word: `python -m tests.interop.oracles`.

xmlsec1 and signxml run as somebody would who trusts the right authority and leaves all else at its default. Neither knows
the profile: what they accept and we refuse is the reason why the gateway has a verifier of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mappings.faults import Refused
from signing.verify import verify
from tests.vectors.own.keys import NOW, key
from tests.vectors.own.rows import rows
from tests.vectors.own.world import HERE, registry
from tests.vectors.test_vectors import ROWS

ACCEPTS, REFUSES, MISSING = "accepts", "refuses", "not run"
BROKEN = {"SIG_DIGEST", "SIG_VALUE"}  # our codes that say: the cryptography does not hold


@dataclass(frozen=True)
class Words:
    """ours: `accepts`, or our code."""

    vector: str
    expected: str
    ours: str
    xmlsec1: str
    signxml: str

    @property
    def good(self) -> bool:
        return self.ours == ACCEPTS

    def they(self) -> dict[str, str]:
        return {"xmlsec1": self.xmlsec1, "signxml": self.signxml}


def words() -> list[Words]:
    with tempfile.TemporaryDirectory(prefix="oracles-") as folder:
        return [_words(Path(folder), *each) for each in _vectors(Path(folder))]


def _vectors(folder: Path) -> Iterator[tuple[str, str, bytes, Path]]:
    """(name, expected, bytes, file of the authorities)"""
    for row in ROWS:
        if row["category"] == "signature":
            yield row["path"], row["expected"], (HERE / row["path"]).read_bytes(), HERE / "keys/ca.crt.pem"
    authority = folder / "authority.pem"
    authority.write_bytes(key("authority").pem + key("stranger").pem)  # the stranger is a partner too, self-signed
    for own in rows():
        if own.category in ("seal", "wrapping"):
            yield own.path, own.expected, own.data(), authority


def _words(folder: Path, vector: str, expected: str, data: bytes, authority: Path) -> Words:
    return Words(vector, expected, _ours(data), _xmlsec1(folder, data, authority), _signxml(data, authority))


def _ours(data: bytes) -> str:
    try:
        verify(data, registry=registry(), at=NOW)
    except Refused as refusal:
        return refusal.code
    return ACCEPTS


def _xmlsec1(folder: Path, data: bytes, authority: Path) -> str:
    if not shutil.which("xmlsec1"):
        return MISSING
    file = folder / "message.xml"
    file.write_bytes(data)
    at = f"{NOW:%Y-%m-%d %H:%M:%S}"
    trusted = [word for one in _each(folder, authority) for word in ("--trusted-pem", str(one))]
    command = ["xmlsec1", "--verify", "--verification-time", at, *trusted, str(file)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        return REFUSES
    return ACCEPTS if done.returncode == 0 else REFUSES


def _each(folder: Path, authorities: Path) -> Iterator[Path]:
    """xmlsec1 reads one certificate a file."""
    begin = "-----BEGIN"
    for number, pem in enumerate(authorities.read_text(encoding="ascii").split(begin)[1:]):
        one = folder / f"authority-{number}.crt"
        one.write_text(begin + pem, encoding="ascii")
        yield one


def _signxml(data: bytes, authority: Path) -> str:
    from signxml import XMLVerifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            XMLVerifier().verify(data, ca_pem_file=str(authority))
        except Exception:  # noqa: BLE001  (whatever it says, it does not accept)
            return REFUSES
    return ACCEPTS


def told(all_words: list[Words]) -> str:
    lines = [f"{'vector':48}{'expected':10}{'ours':18}{'xmlsec1':10}{'signxml':10}"]
    lines += [f"{w.vector:48.47}{w.expected:10}{w.ours:18}{w.xmlsec1:10}{w.signxml:10}" for w in all_words]
    return "\n".join([*lines, "", "refused by us alone:", *only_we_refuse(all_words), "", summary(all_words)])


def summary(all_words: list[Words]) -> str:
    good = [w for w in all_words if w.good]
    bad = [w for w in all_words if not w.good]
    lines = [f"ours: {len(good)} accepted, {len(bad)} refused"]
    for name in ("xmlsec1", "signxml"):
        right = sum(w.they()[name] == ACCEPTS for w in good)
        wrong = sum(w.they()[name] == ACCEPTS for w in bad)
        skipped = any(w.they()[name] == MISSING for w in all_words)
        lines.append(
            f"{name}: not run" if skipped else f"{name}: good {right}/{len(good)}, hostile accepted {wrong}/{len(bad)}"
        )
    return "; ".join(lines)


def only_we_refuse(all_words: list[Words]) -> list[str]:
    """What another accepts and we do not: name, our reason, who accepts."""
    found = []
    for w in all_words:
        takers = [name for name, word in w.they().items() if word == ACCEPTS]
        if takers and not w.good:
            found.append(f"{w.vector}: {w.ours} (accepted by {' and '.join(takers)})")
    return found


if __name__ == "__main__":
    sys.stdout.write(told(words()) + "\n")
