"""What can be wrong with a home, each asked by itself: a function a topic, which yields findings or raises what is refused.

`gateway run` asks what must be right before it begins (`gateway.health.start_up`), `gateway doctor` asks everything.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from channels import ChannelError, FolderChannel
from channels.doors import inodes
from gateway.home import Home
from ledger.checking import check_file, last_recorded, miscounted, recount
from ledger.rows import ChannelRow
from mappings.clock import iso, moment
from mappings.faults import Refused
from signing.errors import SigningError
from signing.findings import findings
from signing.rotation import sealing

ALARM, WARNING, NOTICE = "alarm", "warning", "notice"
MINUTE, DAY = 60 * 1_000_000, 24 * 3600 * 1_000_000  # µs
BEHIND = 1 * MINUTE  # how far the clock may be behind the last record
AHEAD = 30 * DAY  # and how far ahead: a gateway may rest over a holiday
HANDLES = 256
ROOM, INODES = 256 << 20, 1000  # bytes and names that are little
OLD = 60 * MINUTE  # for something in the queue
FEW = 5  # that are named one by one
REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "vboxsf")
VOLATILE = ("tmpfs", "ramfs", "overlay")


@dataclass(frozen=True, slots=True)
class Finding:
    """level: notice (worth knowing), warning, alarm (work stands still or must not begin). topic: what was asked."""

    topic: str
    level: str
    refused: Refused


def rights(home: Home) -> Iterator[Finding]:
    """The home and its keys belong to whoever works here, and nobody else may change them."""
    for path in (home.path, home.keys, home.path / "declarations", home.path / "results"):
        if not path.exists():
            continue
        if not os.access(path, os.W_OK | os.X_OK):
            yield _rights(ALARM, path, "不可写 / cannot be written")
        elif os.name == "posix" and path.stat().st_mode & stat.S_IWOTH:
            yield _rights(WARNING, path, "任何人可写 / anybody may write there")
    if os.name == "posix" and home.keys.exists() and home.keys.stat().st_mode & 0o077:
        yield _rights(WARNING, home.keys, "其他用户可读 / others may read there")


def file_system(home: Home) -> Iterator[Finding]:
    """The database wants a disk that keeps what is synced, and locks that hold."""
    if not home.settings.database.startswith("sqlite"):
        return
    kind = file_system_kind(home.path)
    if kind in REMOTE or kind.startswith("fuse"):
        detail = "SQLite 的锁与同步在其上不可靠 / SQLite's locks and syncs are not to be relied upon there"
    elif kind in VOLATILE:
        detail = "断电或重启后内容可能消失 / what lies there may be gone after a power cut or a restart"
    else:
        return
    yield Finding("file_system", WARNING, Refused("SYS_FILES", path=home.path, found=kind, detail=detail))


def space(home: Home) -> Iterator[Finding]:
    """Room for bytes and for names, where the home is and where its channels are."""
    places = [home.path, *(home.path / c.root for c in home.settings.channels.values() if c.kind == "folder")]
    seen: set[int] = set()
    for path in places:
        if not path.exists() or path.stat().st_dev in seen:
            continue
        seen.add(path.stat().st_dev)
        free, names = shutil.disk_usage(path).free, inodes(path)
        if free < ROOM:
            yield _space(path, f"{free} 字节 / {free} bytes")
        if names is not None and names < INODES:
            yield _space(path, f"{names} 个 inode / {names} inodes")


def handles(_: Home) -> Iterator[Finding]:
    """Every connection and every file of a wave takes one (reliability F68)."""
    if sys.platform == "win32":
        return
    import resource

    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < HANDLES:
        yield Finding("handles", WARNING, Refused("SYS_HANDLES", found=soft, wanted=HANDLES))


def database(home: Home, *, patience: float = 600.0) -> Iterator[Finding]:
    """Reachable, whole, of this program's schema. patience: s for looking at the whole file. Raises Refused."""
    engine = home.ledger._transactions.engine
    if not check_file(engine, patience=patience):
        detail = f"{patience:.0f} 秒内未能查完，请运行 gateway doctor / not looked at whole in {patience:.0f} s: gateway doctor does"
        yield Finding("database", NOTICE, Refused("SYS_DATABASE", detail=detail))


def clock(home: Home) -> Iterator[Finding]:
    """Business time against the ledger's last record. Nothing is refused: what is due is merely early or late (P22)."""
    with home.ledger._reading() as connection:
        last = last_recorded(connection)
    now = home.clock.now()
    if last is not None and not -BEHIND <= now - last <= AHEAD:
        days = round((now - last) / DAY, 1)
        level = WARNING if now < last else NOTICE
        yield Finding("clock", level, Refused("SYS_CLOCK", now=iso(now), last=iso(last), days=days))


def channels(home: Home) -> Iterator[Finding]:
    """Every folder can be written, renamed in and synced; every channel works, as far as the last look tells."""
    for channel in home.wires.channels.values():
        if isinstance(channel, FolderChannel):
            try:
                channel.check()
            except ChannelError as error:
                yield Finding("channels", ALARM, error)
    for row in _rows(home):
        if row.mode == "stopped":
            yield Finding("channels", ALARM, Refused("CHANNEL_UNAVAILABLE", detail=f"{row.name}: {row.reason}"))
        elif row.mode != "open":
            said = f"{row.name}: {row.mode}, {row.actor}: {row.reason}"
            yield Finding("channels", NOTICE, Refused("CHANNEL_UNAVAILABLE", detail=said))
        elif row.error:
            yield Finding("channels", WARNING, Refused("CHANNEL_UNAVAILABLE", detail=f"{row.name}: {row.error}"))


def keys(home: Home) -> Iterator[Finding]:
    """Every node of ours has a certificate that is valid now; what ends soon is told (reliability F11). No key is opened."""
    at = moment(home.clock.now())
    for node in sorted(home.nodes | {home.settings.node}):
        try:
            sealing(home.keys, node, at)
        except SigningError as error:
            yield Finding("keys", ALARM, error)
    yield from (Finding("keys", found.level, found.refused) for found in findings(home.keys, at))


def queue(home: Home) -> Iterator[Finding]:
    """What waits to leave: how old the oldest is, and what was given up."""
    counts, now = home.ledger.counts(), home.clock.now()
    if counts.parked:
        detail = f"{counts.parked} 份已停发（gateway queue）/ {counts.parked} were given up (gateway queue)"
        yield Finding("queue", WARNING, Refused("SYS_QUEUE", detail=detail))
    oldest = min((row.oldest for row in _rows(home) if row.oldest is not None), default=None)
    if oldest is not None and now - oldest > OLD:
        detail = f"最早一份自 {iso(oldest)} 起等待 / the oldest has waited since {iso(oldest)}"
        yield Finding("queue", WARNING, Refused("SYS_QUEUE", detail=detail))
    if counts.overdue:
        detail = f"{counts.overdue} 份单证逾期未答（gateway status --overdue）/ {counts.overdue} documents are overdue"
        yield Finding("queue", NOTICE, Refused("SYS_QUEUE", detail=detail))


def conservation(home: Home) -> Iterator[Finding]:
    """Files in are the sum of their ends, and counters say what the rows say (P9)."""
    with home.ledger._reading() as connection:
        wrong = miscounted(connection)
    if wrong:
        yield Finding("conservation", ALARM, Refused("SYS_COUNTS", detail="; ".join(str(each) for each in wrong[:FEW])))


def refold(home: Home) -> Iterator[Finding]:
    """Fold every history again and count every row; what was cached wrongly is right from now on, and told."""
    corrected = home.ledger.refold()
    with home.ledger._writing() as connection:
        corrected += [str(each) for each in recount(connection)]
    if corrected:
        named = " ".join(corrected[:FEW]) + (" …" if len(corrected) > FEW else "")
        detail = f"已更正 {len(corrected)} 项 / {len(corrected)} corrected: {named}"
        yield Finding("refold", WARNING, Refused("SYS_COUNTS", detail=detail))


def file_system_kind(path: Path) -> str:
    """The kind of the file system that a path lies on, as Linux mounts it; "" where that cannot be known."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        point = Path(left.split()[4].replace("\\040", " "))
        if path.resolve().is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split()[0]
    return kind


def _rows(home: Home) -> Sequence[ChannelRow]:
    return home.ledger.channels(list(home.settings.channels))


def _rights(level: str, path: Path, detail: str) -> Finding:
    return Finding("rights", level, Refused("SYS_RIGHTS", path=path, detail=detail))


def _space(path: Path, detail: str) -> Finding:
    return Finding("space", WARNING, Refused("SYS_SPACE", path=path, detail=detail))
