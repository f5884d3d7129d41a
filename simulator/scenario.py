"""A scenario file: which documents, which answers, when and how often; for those whose remark names no moods of its own.

Rules in their order; the first that takes a document decides. Read strictly: a mistake is told with file and key.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any

from channels.chaos import Chances, Mishap
from mappings.kind import Direction, Kind
from mappings.load import Contract
from mappings.table import BadKind, Table
from simulator.errors import BadScenario
from simulator.house import Registered
from simulator.moods import REMARKS, is_mood
from simulator.store import Store


@dataclass(frozen=True, slots=True)
class Answer:
    """One status of a chain that a rule lays down. after: since the one before; None: as the kind and the progress say."""

    status: str
    after: timedelta | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule says of a document: moods, or a chain of answers; neither where no rule took it."""

    moods: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """kind, remark, number, enterprise: what it asks of a document; "" asks nothing. remark and number: with `*` and `?`.

    every: each so many-th of those that fit, from the one numbered `from_` on. times: how often at most, 0 without end.
    chance: of being taken then, by the seed and the document's number.
    """

    kind: str = ""
    remark: str = ""
    number: str = ""
    enterprise: str = ""
    every: int = 1
    from_: int = 1
    times: int = 0
    chance: float = 1.0
    told: Told = field(default_factory=Told)

    def fits(self, kind: Kind, number: str, content: Mapping[str, Any], sender: Registered) -> bool:
        remark = next((str(content[name]) for name in REMARKS if content.get(name)), "")
        return (
            self.kind in ("", kind.name)
            and fnmatchcase(remark, self.remark or "*")
            and fnmatchcase(number, self.number or "*")
            and self.enterprise in ("", sender.node, sender.code, sender.uscc)
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """name: of its counters, so that a file that was changed begins anew. seed: instead of customs.toml's, None for that.

    wire: what goes wrong with customs' own boxes, None for nothing.
    """

    rules: tuple[Rule, ...] = ()
    seed: int | None = None
    name: str = ""
    wire: Chances | None = None

    def tell(
        self, store: Store, *, seed: int, kind: Kind, number: str, content: Mapping[str, Any], sender: Registered
    ) -> Told:
        """What the first rule that takes the document says. Inside a transaction: it counts."""
        for index, rule in enumerate(self.rules):
            if rule.fits(kind, number, content, sender) and self._takes(store, index, rule, f"{seed} {index} {number}"):
                return rule.told
        return Told()

    def _takes(self, store: Store, index: int, rule: Rule, dice: str) -> bool:
        if rule.times and store.counted(f"scenario {self.name} {index} taken") >= rule.times:
            return False
        nth = store.count(f"scenario {self.name} {index}")
        if nth < rule.from_ or (nth - rule.from_ + 1) % rule.every:
            return False
        if rule.chance < 1.0 and Random(dice).random() >= rule.chance:  # noqa: S311  (play, not secrecy)
            return False
        store.count(f"scenario {self.name} {index} taken")
        return True


def load_scenario(path: Path, contract: Contract) -> Scenario:
    """Raises BadScenario naming file and key."""
    try:
        data = path.read_bytes()
        table = Table(path.name, tomllib.loads(data.decode("utf-8")))
        return _scenario(table, contract, hashlib.sha256(data).hexdigest()[:8])
    except OSError as missing:
        raise BadScenario(f"{path}: {missing.strerror}") from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise BadScenario(f"{path.name}: {bad}") from bad
    except BadKind as bad:
        raise BadScenario(str(bad)) from bad


def _scenario(table: Table, contract: Contract, name: str) -> Scenario:
    seed = table.take("seed", int, -1)
    scenario = Scenario(
        rules=tuple(_rule(entry, contract) for entry in table.tables("rule")),
        seed=None if seed < 0 else seed,
        name=name,
        wire=_wire(table),
    )
    table.done()
    return scenario


def _wire(table: Table) -> Chances | None:
    """`[wire]`: a seed, and a chance for each mishap of `channels.chaos`."""
    values = table.table("wire")
    if not values:
        return None
    inner = Table(f"{table.place}: [wire]", values)
    seed = inner.take("seed", int, 1)
    chances = {what.value: _chance(inner, what.value, 0.0) for what in Mishap}
    inner.done()
    return Chances(seed=seed, **chances)


def _rule(table: Table, contract: Contract) -> Rule:
    kind = _kind(table, contract)
    answers = tuple(_answer(entry, kind, contract) for entry in table.tables("answer"))
    moods = table.texts("moods")
    for word in moods:
        if not is_mood(word):
            raise table.bad(f"key 'moods': {word!r} is no mood")
    if bool(moods) == bool(answers):
        raise table.bad("a rule has 'moods' or 'answer'")
    rule = Rule(
        kind=kind.name if kind else "",
        remark=table.take("remark", str, ""),
        number=table.take("number", str, ""),
        enterprise=table.take("enterprise", str, ""),
        every=_count(table, "every", 1),
        from_=_count(table, "from", 1),
        times=_count(table, "times", 0),
        chance=_chance(table, "chance", 1.0),
        told=Told(moods, answers),
    )
    table.done()
    return rule


def _kind(table: Table, contract: Contract) -> Kind | None:
    """What comes from enterprises: a message, or a document that travels in one."""
    name = table.take("kind", str, "")
    kind = contract.kinds.get(name)
    if name and (kind is None or kind.direction is Direction.IN):
        known = sorted(k.name for k in contract.kinds.values() if k.direction is not Direction.IN)
        raise table.bad(f"key 'kind': {name!r} is none of {', '.join(known)}")
    return kind


def _answer(table: Table, kind: Kind | None, contract: Contract) -> Answer:
    if kind is None:
        raise table.bad("a rule with 'answer' needs 'kind'")
    about = contract.kinds[kind.acts_on] if kind.acts_on else kind
    answer = Answer(table.take("status", str), table.span("after"), table.take("reason", str, ""))
    table.done()
    if answer.status not in about.needs_machine().states:
        known = ", ".join(about.needs_machine().states)
        raise table.bad(f"key 'status': {answer.status!r} is no state of {about.name}: {known}")
    return answer


def _count(table: Table, key: str, least: int) -> int:
    value = table.take(key, int, least)
    if value < least:
        raise table.bad(f"key '{key}' must be {least} at least, is {value}")
    return value


def _chance(table: Table, key: str, usual: float) -> float:
    value = table.take(key, object, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise table.bad(f"key '{key}' must be between 0 and 1, is {value!r}")
    return float(value)
