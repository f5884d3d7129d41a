"""W4: files over SFTP, our channel beside a plain script with the same library, on one real sshd in the same run.

    python -m benchmarks.sftp [--count 2000] [--rounds 3] [--folder DIR] [--results FILE]

out: each file is written under a temporary name and renamed. Ours also reads it back, syncs it and its folder, and looks
whether the name is free. in: each file is read and removed. The script is `put`, `posix_rename`, `open`, `remove` of
paramiko, one file after the other over one connection; it syncs nothing. The server's tree is in memory where there is
/dev/shm, so that the wire is compared and not a disk; --folder puts it on one, where our syncs cost what they cost.
Rounds are shuffled; files of both are compared afterwards.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import paramiko

from channels import BoxName
from channels.sftp import SftpChannel
from channels.sftp_link import SftpLink
from channels.sftp_trust import SftpServer
from tests.sshd import Sshd

SIZE = 3000  # bytes of a small sealed message
BATCH = 64


class Plain:
    """What one writes who reads the library's first page."""

    def __init__(self, server: Sshd, folder: Path) -> None:
        self.transport = paramiko.Transport(("127.0.0.1", server.port))
        self.transport.connect(username=server.user, pkey=paramiko.PKey.from_path(server.key))
        self.sftp = paramiko.SFTPClient.from_transport(self.transport)
        self.folder = folder

    def put(self, items: list[tuple[str, bytes]]) -> None:
        for name, data in items:
            self.sftp.putfo(io.BytesIO(data), f"{self.folder}/{name}.tmp")
            self.sftp.posix_rename(f"{self.folder}/{name}.tmp", f"{self.folder}/{name}")

    def take(self) -> list[bytes]:
        found = []
        for name in self.sftp.listdir(str(self.folder)):
            with self.sftp.open(f"{self.folder}/{name}") as file:
                found.append(file.read())
            self.sftp.remove(f"{self.folder}/{name}")
        return found

    def close(self) -> None:
        self.transport.close()


class Ours:
    """The channel as the gateway uses it."""

    def __init__(self, server: Sshd, folder: Path, *, sessions: int) -> None:
        pin = server.pin(server.folder / "known_hosts")
        self.link = SftpLink(SftpServer("127.0.0.1", server.port, server.user, server.key, pin, sessions=sessions))
        self.channel = SftpChannel(self.link, str(folder.parent.parent), folder.parent.name)
        self.channel.create()

    def put(self, items: list[tuple[str, bytes]]) -> None:
        assert not any(self.channel.box(BoxName.OUT).put_all(items))

    def take(self) -> list[bytes]:
        box, found = self.channel.box(BoxName.OUT), []
        names = [entry.name for entry in box.entries()]
        for first in range(0, len(names), BATCH):
            part = names[first : first + BATCH]
            found += [data for data in box.read_all(part, limit=1 << 20) if isinstance(data, bytes)]
            assert not any(box.remove_all(part))
        return found

    def close(self) -> None:
        self.link.close()


def measured(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Files a second, and µs of our own CPU a file."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - wall), (time.process_time() - cpu) * 1e6 / count


def round_of(server: Sshd, place: Path, name: str, items: list[tuple[str, bytes]]) -> dict[str, tuple[float, float]]:
    folder = place / name.replace(" ", "") / "CertOut" / "OutBox"
    folder.mkdir(parents=True, exist_ok=True)
    side = Plain(server, folder) if name == "plain script" else Ours(server, folder, sessions=int(name.split()[1]))
    try:
        out = measured(lambda: side.put(items), len(items))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == dict(items)
        taken: list[bytes] = []
        back = measured(lambda: taken.extend(side.take()), len(items))
        assert sorted(taken) == sorted(data for _, data in items) and not any(folder.iterdir())
    finally:
        side.close()
    return {"out": out, "in": back}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    names = ["plain script", "channel, 1", "channel, 2", "channel, 4"]
    found: dict[str, list[dict[str, tuple[float, float]]]] = {name: [] for name in names}
    items = [(f"{n:06d}.xml", os.urandom(SIZE)) for n in range(options.count)]
    with (
        tempfile.TemporaryDirectory(prefix="w4-", dir=options.folder) as folder,
        Sshd.started(Path(folder) / "sshd") as server,
    ):
        for round_ in range(options.rounds):
            order = list(names)
            random.Random(round_).shuffle(order)
            for name in order:
                found[name].append(round_of(server, Path(folder), name, items))
    tell(found, options.count, options.results)
    return 0


def tell(found: dict[str, list[dict[str, tuple[float, float]]]], count: int, results: Path | None) -> None:
    middle = {
        name: {way: tuple(statistics.median(row[way][n] for row in rows) for n in (0, 1)) for way in ("out", "in")}
        for name, rows in found.items()
    }
    rounds = len(found["plain script"])
    sys.stdout.write(
        f"{'':14}{'out/s':>9}{'CPU µs':>9}{'in/s':>9}{'CPU µs':>9}   median of {rounds} rounds of {count}\n"
    )
    for name, ways in middle.items():
        sys.stdout.write(f"{name:14}" + "".join(f"{value:9.0f}" for way in ("out", "in") for value in ways[way]) + "\n")
    plain = middle["plain script"]
    ratio = {
        name: {way: round(ways[way][0] / plain[way][0], 2) for way in ("out", "in")}
        for name, ways in middle.items()
        if name != "plain script"
    }
    sys.stdout.write(f"channel to plain script: {json.dumps(ratio)}\n")
    if results:
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"benchmark": "W4 sftp", "count": count, "rounds": found, "ratio": ratio}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
