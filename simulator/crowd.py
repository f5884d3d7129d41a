"""Enterprises that customs' end plays itself, so that there is traffic: declarations good and bad, sealed with keys of their own.

The same seed, keys and times give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from mappings.clock import iso, stamp
from mappings.kind import Direction, Kind
from mappings.load import Contract
from mappings.numbers import message_id
from mappings.sample import NoSuchRule, sample, sample_breaking
from parcel.attached import of_sample
from parcel.names import OutName
from parcel.parcel import Parcel
from parcel.way import OUTWARD, walk
from signing.sign import Signer
from simulator.delivery import broken
from xsd.explain import Judges

PLAYED = 8_000_000_000_000  # serials of played documents: far from those that gateways count from 1
CARRIED = 64  # serials that one message may need for what it carries
GOOD, RULE, SEAL, GARBAGE, HALF = "", "rule", "seal", "garbage", "half"
BAD = (RULE, SEAL, GARBAGE, HALF)


@dataclass(frozen=True, slots=True)
class Player:
    """An enterprise that is played. code: 10 digits."""

    node: str
    code: str
    signer: Signer


@dataclass(frozen=True, slots=True)
class Sent:
    """A file for an OutBox. bad: what is wrong with it, "" for nothing."""

    name: str
    data: bytes
    biz: str
    kind: str
    node: str
    number: str
    bad: str = GOOD


class Crowd:
    """Players in turn, each with every kind in turn. bad: the share of messages that have something wrong, 0 to 1."""

    def __init__(
        self,
        players: Sequence[Player],
        *,
        customs: str,
        contract: Contract,
        judges: Judges,
        seed: int = 0,
        bad: float = 0.0,
    ) -> None:
        self._players = players
        self._customs = customs
        self._contract = contract
        self._held: Mapping[str, Any] = {"contract": contract, "judges": judges}
        self._seed = seed
        self._bad = bad
        self._breakable = {kind.name: breakable(kind) for kind in contract.kinds.values()}
        self._kinds = [k for k in contract.kinds.values() if k.direction is Direction.OUT and k.number and not k.needs]

    def message(self, n: int, at: int) -> Sent:
        """The n-th message, stated at `at` (µs)."""
        player = self._players[n % len(self._players)]
        kind = self._kinds[n // len(self._players) % len(self._kinds)]
        dice = Random(f"{self._seed} {n}")  # noqa: S311  (play, not secrecy)
        bad = dice.choice(BAD) if dice.random() < self._bad else GOOD
        rules = self._breakable[kind.name]
        if bad == RULE and not rules:
            bad = SEAL
        seed = self._seed + n + 1
        told = sample_breaking(kind, dice.choice(rules), seed=seed) if bad == RULE else sample(kind, seed=seed)
        sealed = self._sealed(self._parcel(n, at, player, kind, told["content"]), player, unchecked=bad == RULE)
        data = _spoilt(sealed.data, bad, dice)
        return Sent(sealed.name, data, kind.biz, kind.name, player.node, sealed.number, bad)

    def _parcel(self, n: int, at: int, player: Player, kind: Kind, content: Mapping[str, Any]) -> Parcel:
        stated = stamp(at)
        content, attachments = of_sample(kind, content)
        number = f"{kind.number}{stated[:4]}{PLAYED + n:013d}"
        group = kind.carries
        items = content.get(group.name) or () if group and group.kind else ()
        series = group.kind.number if group and group.kind else ""
        carried = tuple(f"{series}{stated[:4]}{PLAYED + n * CARRIED + i:013d}" for i in range(len(items)))
        name = OutName(kind.type, number, stated, 0, "zip" if attachments else "xml")
        return Parcel(
            name=f"{name.stem}.{name.extension}", kind=kind, number=number, enterprise=player.code,
            reference=f"LOAD-{n:09d}", stated_at=stated, created=iso(at), cop_msg_id=message_id(player.node, stated, n),
            sender=player.node, receiver=self._customs, content=content, carried=carried,
            attachments=attachments,
        )  # fmt: skip

    def _sealed(self, parcel: Parcel, player: Player, *, unchecked: bool) -> Parcel:
        done, refused = walk(OUTWARD[1:] if unchecked else OUTWARD, [parcel], {**self._held, "signer": player.signer})
        if refused:
            raise refused[0][1]
        return done[0]


def breakable(kind: Kind) -> tuple[str, ...]:
    """The kind's own rules that a declaration can break by itself; others need what customs or a ledger knows."""
    try:
        sample_breaking(kind, "")
    except NoSuchRule as told:
        return tuple(rule.code for rule in kind.rules if rule.code in told.known)
    return ()


def _spoilt(sealed: bytes, bad: str, dice: Random) -> bytes:
    if bad == SEAL:
        return broken(sealed)
    if bad == GARBAGE:
        return dice.randbytes(400)
    return sealed[: len(sealed) // 2] if bad == HALF else sealed
