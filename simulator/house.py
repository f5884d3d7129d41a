"""What `customs.toml` says of customs' end: its node, its channels, the enterprises that it knows. Read strictly."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from channels.chaos import Chances, read_chances
from mappings.table import BadKind, Table
from simulator.errors import BadCustoms
from simulator.hours import Hours, read_hours, written_hours

FILE = "customs.toml"
NODE = "DXPEDC0000000001"
STATEMENT = ("asked", "daily")
PROGRESS = ("immediate", "timed", "manual")
_LOOKS = re.compile(r"looks:([1-9]\d{0,4})")


@dataclass(frozen=True, slots=True)
class Registered:
    """An enterprise that may send. code: 10-digit customs code; uscc: 18 characters; either may be empty."""

    node: str
    code: str = ""
    uscc: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Road:
    """A channel. root: absolute, or relative to `customs/`. biz: its business folders.

    technical: whether Successed_ files are written ("是否开启技术回执"); Failed_ ones always are.
    chaos: mishaps on purpose with what is put there, by chance (docs/how-to/chaos.md).
    """

    name: str
    root: str
    biz: tuple[str, ...]
    technical: bool = True
    chaos: Chances | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Who may log in by SFTP. root: what he sees as `/`, as `Road.root`. keys: a file of OpenSSH public keys, as `Road.root`."""

    name: str
    root: str
    keys: str


@dataclass(frozen=True, slots=True)
class Settings:
    """office: 4 digits, for documents that name none. hours: when the desks answer; None: always.

    progress: immediate; timed, by `after` of the kinds; manual; or `looks:3`, each answer three looks after the one before.
    judges: one, or both over every message. contract: a folder with kinds of one's own, as `Road.root`; used where it is.
    statement: asked (`gateway customs statement --date D`), or daily: a day's account is sent when the day is over.
    scenario: a file, as `Road.root`; "" for none.
    """

    node: str = NODE
    office: str = "0101"
    progress: str = "immediate"
    seed: int = 0
    judges: str = "one"
    contract: str = ""
    statement: str = "asked"
    scenario: str = ""
    channels: tuple[Road, ...] = ()
    enterprises: tuple[Registered, ...] = ()
    hours: Hours | None = None
    users: tuple[User, ...] = ()

    @property
    def looks(self) -> int:
        """After how many looks an answer is ready; 0 where looks do not matter."""
        found = _LOOKS.fullmatch(self.progress)
        return int(found[1]) if found else 0

    def of_code(self, code: str) -> Registered | None:
        """By node, 10-digit code or social credit code."""
        return next((e for e in self.enterprises if code and code in (e.node, e.code, e.uscc)), None)

    def of_node(self, node: str) -> Registered | None:
        return next((known for known in self.enterprises if known.node == node), None)


def load_settings(folder: Path) -> Settings:
    """Raises BadCustoms naming file and key."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
        return _settings(Table(FILE, tomllib.loads(text)))
    except FileNotFoundError as missing:
        raise BadCustoms(f"{folder} 没有 {FILE}，请用 gateway init --demo / has no {FILE}") from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise BadCustoms(f"{FILE}: {bad}") from bad
    except BadKind as bad:
        raise BadCustoms(str(bad)) from bad


def written(settings: Settings) -> str:
    """The file's text: the inverse of `load_settings`."""
    lines = [
        "# 海关端模拟器的设置 / settings of customs' end. 说明见 / explained in simulator/README.md",
        *_keys(settings, ("node", "office", "progress", "seed", "judges", "contract", "statement")),
        *(_keys(settings, ("scenario",)) if settings.scenario else ()),
    ]
    if settings.hours:
        lines += written_hours(settings.hours)
    for road in settings.channels:
        lines += ["", "[[channel]]", *_keys(road, ("name", "root", "biz", "technical")), *_mishaps(road)]
    for user in settings.users:
        lines += ["", "[[user]]", *_keys(user, ("name", "root", "keys"))]
    for known in settings.enterprises:
        lines += ["", "[[enterprise]]", *_keys(known, ("node", "code", "uscc", "name"))]
    return "\n".join(lines) + "\n"


def _mishaps(road: Road) -> list[str]:
    chosen = asdict(road.chaos) if road.chaos else {}
    told = ", ".join(f"{name} = {value}" for name, value in chosen.items() if value)
    return [f"chaos = {{ {told} }}"] if told else []


def _keys(of: object, names: tuple[str, ...]) -> list[str]:
    """Texts, numbers, flags and lists of texts are written in TOML as in JSON."""
    return [f"{name} = {json.dumps(getattr(of, name), ensure_ascii=False)}" for name in names]


def _settings(table: Table) -> Settings:
    settings = Settings(
        node=table.take("node", str),
        office=table.take("office", str, "0101"),
        progress=_progress(table),
        seed=table.take("seed", int, 0),
        judges=_one_of(table, "judges", ("one", "both")),
        contract=table.take("contract", str, ""),
        statement=_one_of(table, "statement", STATEMENT),
        scenario=table.take("scenario", str, ""),
        hours=_hours(table),
        channels=tuple(_road(entry) for entry in table.tables("channel")),
        users=tuple(_user(entry) for entry in table.tables("user")),
        enterprises=tuple(_registered(entry) for entry in table.tables("enterprise")),
    )
    table.done()
    return settings


def _road(table: Table) -> Road:
    road = Road(
        name=table.take("name", str),
        root=table.take("root", str),
        biz=table.texts("biz"),
        technical=table.take("technical", bool, default=True),
        chaos=read_chances(table),
    )
    table.done()
    return road


def _user(table: Table) -> User:
    user = User(name=table.take("name", str), root=table.take("root", str), keys=table.take("keys", str))
    table.done()
    return user


def _registered(table: Table) -> Registered:
    known = Registered(
        node=table.take("node", str),
        code=table.take("code", str, ""),
        uscc=table.take("uscc", str, ""),
        name=table.take("name", str, ""),
    )
    table.done()
    return known


def _progress(table: Table) -> str:
    value = table.take("progress", str, PROGRESS[0])
    if value not in PROGRESS and not _LOOKS.fullmatch(value):
        raise table.bad(f"key 'progress': {value!r} is none of {', '.join(PROGRESS)}, looks:<number>")
    return value


def _hours(table: Table) -> Hours | None:
    values = table.table("hours")
    return read_hours(Table(f"{FILE}: [hours]", values)) if values else None


def _one_of(table: Table, key: str, among: tuple[str, ...]) -> str:
    value = table.take(key, str, among[0])
    if value not in among:
        raise table.bad(f"key '{key}': {value!r} is none of {', '.join(among)}")
    return value
