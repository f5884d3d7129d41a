"""Rotation: a node may have several certificates of its own. The newest valid one seals, older ones verify until they expire.

A new certificate may begin in the future: the partner is told of it while the old one still seals, and nobody has to
switch on the same day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from signing.certificate import Certificate
from signing.errors import BadKeyFile, KeyUnavailable
from signing.folder import Own, authority_files, certificate_files, list_files, own_files, read_certificate
from signing.key_errors import PinStopped
from signing.partners import read_authorities
from signing.pin import stopped_pins
from signing.providers import card_of
from signing.registry import Registry
from signing.retirement import retired_at
from signing.revocations import parsed_list, signed_by, stale_since
from signing.sign import Signer

DAY = timedelta(days=1)
LEVELS = ((1, "alarm"), (7, "warning"), (30, "notice"))
"""Days left -> how loudly it is told (reliability F11)."""


def sealing(folder: Path, node: str, at: datetime | None = None) -> tuple[Own, Certificate]:
    """The newest certificate of a node of ours that is valid at this moment. Raises KeyUnavailable.

    at: aware; left out, validity is not asked, and the newest one that is not retired is meant."""
    try:
        found = [(own, read_certificate(own.path), retired_at(own.path)) for own in own_files(folder, node)]
    except BadKeyFile as bad:
        raise KeyUnavailable(bad.zh) from bad
    usable = [(own, certificate) for own, certificate, end in found if _is_usable(certificate, end, at)]
    if not usable:
        raise KeyUnavailable(_why_none(folder, node, [certificate for _, certificate, _ in found], at))
    return max(usable, key=lambda each: (each[1].not_before, each[0].number))


def _is_usable(certificate: Certificate, end: datetime | None, at: datetime | None) -> bool:
    if at is None:
        return end is None
    return certificate.not_before <= at <= certificate.not_after and (end is None or at < end)


def _why_none(folder: Path, node: str, found: list[Certificate], at: datetime | None) -> str:
    place = folder / "own" / node
    if not found:
        return f"{place}: 没有证书 (there is no certificate)"
    days = ", ".join(f"{each.serial} {each.not_before:%Y-%m-%d}–{each.not_after:%Y-%m-%d}" for each in found)
    when = f"{at:%Y-%m-%d %H:%M} " if at else ""
    return f"{place}: {when}没有有效的证书 (no valid certificate): {days}"


class KeyRing:
    """The signers of our nodes, each with the certificate that is the right one now: kept open, and changed when it is not."""

    def __init__(
        self, folder: Path, *, passphrase: Callable[[str], bytes | None], now: Callable[[], datetime] | None = None
    ) -> None:
        """passphrase: of the key of this name (`N`, `N.2`): a file's passphrase must never be shown to a card as its PIN.
        now: aware; left out, validity is not asked."""
        self._folder, self._passphrase = folder, passphrase
        self._now: Callable[[], datetime | None] = now or (lambda: None)
        self._open: dict[str, Signer] = {}
        self._shown: dict[str, bytes | None] = {}  # by the key's name, what opened it
        self._refused: dict[str, bytes] = {}

    def signer(self, node: str) -> Signer:
        """Asked before every list, so that a certificate that ends at midnight seals nothing after it. Raises KeyUnavailable."""
        from signing.keys import load_signer

        at = self._now()
        own, certificate = sealing(self._folder, node, at)
        self._check_pin(own)
        known = self._open.get(node)
        if known is None or known.certificate != certificate:
            passphrase = self._passphrase(own.name)
            if passphrase is not None and passphrase == self._refused.get(own.name):
                raise KeyUnavailable(f"{own.name}: 仍是被拒绝过的 PIN (the PIN is still the one that was refused)")
            known = load_signer(self._folder, node, passphrase=passphrase, at=at)
            self._open[node], self._shown[own.name] = known, passphrase
        return known

    def _check_pin(self, own: Own) -> None:
        """A key whose card has refused its PIN is closed: when a person has let it be tried again, the PIN is asked for anew, and
        the refused one is not shown a second time, whoever gives it. Raises PinStopped."""
        stopped = stopped_pins(self._folder)
        card = card_of(own) if stopped else ""
        if card not in stopped:
            return
        self._open.pop(own.node, None)
        shown = self._shown.pop(own.name, None)
        if shown is not None and stopped[card].refused:
            self._refused[own.name] = shown
        raise PinStopped(card, stopped[card].told)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something of the key folder that ends soon, as `doctor`, the board and `keys list` show it. Times are aware, UTC."""

    role: str  # own | partner | authority | list
    node: str
    serial: str  # hex; of a list: its issuer's name
    ends: datetime
    days_left: int  # whole days; negative when it is over; 0 on the last day
    level: str  # notice (30 days) | warning (7) | alarm (1) | expired | unsigned (a list that nobody known has signed)
    path: Path


def expiring(folder: Path, at: datetime) -> tuple[Expiry, ...]:
    """What ends within 30 days or has ended, most urgent first. Raises BadKeyFile.

    What is retired is left out, and so is a certificate that a longer one of the same node takes over from."""
    rows = [*_certificates(folder, at), *_authorities(folder, at), *_lists(folder, at)]
    return tuple(sorted(rows, key=lambda row: (row.ends, row.role, row.node)))


def _certificates(folder: Path, at: datetime) -> list[Expiry]:
    found = [
        (role, node, path, read_certificate(path))
        for role, node, path in certificate_files(folder)
        if not _is_over(retired_at(path), at)
    ]
    return [
        row
        for role, node, path, each in found
        if not any((role, node) == other[:2] and _replaces(other[3], each) for other in found)
        and (row := _row(role, node, each.serial, each.not_after, at, path))
    ]


def _replaces(newer: Certificate, older: Certificate) -> bool:
    return newer.not_before <= older.not_after < newer.not_after


def _authorities(folder: Path, at: datetime) -> list[Expiry]:
    rows = []
    for node, path in authority_files(folder):
        certificate = read_certificate(path)
        row = _row("authority", node, certificate.serial, certificate.not_after, at, path)
        if row and not _is_over(retired_at(path), at):
            rows.append(row)
    return rows


def _lists(folder: Path, at: datetime) -> list[Expiry]:
    """An old list, and one of an issuer that we do not know: both are read, and both are told."""
    known = [*Registry.load(folder).everybody(), *(each.certificate for each in read_authorities(folder))]
    rows = []
    for node, path in list_files(folder):
        crl = parsed_list(path.read_bytes(), path)
        due = crl.next_update_utc or at
        level = "expired" if stale_since(crl, at) else "" if signed_by(crl, known) else "unsigned"
        if level:
            rows.append(Expiry("list", node, crl.issuer.rfc4514_string(), due, (due - at) // DAY, level, path))
    return rows


def _row(role: str, node: str, serial: str, ends: datetime, at: datetime, path: Path) -> Expiry | None:
    left = (ends - at) // DAY
    level = "expired" if at > ends else next((name for days, name in LEVELS if ends - at <= days * DAY), None)
    return Expiry(role, node, serial, ends, left, level, path) if level else None


def _is_over(end: datetime | None, at: datetime) -> bool:
    return end is not None and at >= end
