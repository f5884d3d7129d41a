"""A narrow line that loses packets, between this machine and a network namespace of its own: `ip netns`, veth, `tc tbf`, nft."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.faults.cell import NotRun

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
TOOLS = {"ip": "iproute2", "tc": "iproute2", "nft": "nftables"}  # by their Debian packages
RATE = "64kbit"  # each way
NETS = 1 << 15  # of 4 addresses, in 198.18.0.0/15, which is kept for such trials (RFC 2544)


@dataclass(frozen=True, slots=True)
class Line:
    """near, far: the addresses of its ends. What is started with the words `inside` before it lives at the far end."""

    name: str
    near: str
    far: str

    @property
    def inside(self) -> tuple[str, ...]:
        return (_tool("ip"), "netns", "exec", self.name)

    @contextmanager
    def losing(self, percent: int) -> Iterator[None]:
        """So many of a hundred packets that come to the far end are dropped there by dice, unknown to the near end."""
        self._nft("add table inet loss")
        self._nft("add chain inet loss input { type filter hook input priority 0; }")
        self._nft(f"add rule inet loss input numgen random mod 100 < {percent} counter drop")
        try:
            yield
        finally:
            self._nft("delete table inet loss")

    def lost(self) -> int:
        """How many packets were dropped so far. Asked inside `losing`."""
        told = json.loads(self._nft("list table inet loss", "-j"))
        rules = [each["rule"]["expr"] for each in told["nftables"] if "rule" in each]
        return sum(part["counter"]["packets"] for rule in rules for part in rule if "counter" in part)

    def _nft(self, words: str, *options: str) -> str:
        return _run(*self.inside, _tool("nft"), *options, words)


@contextmanager
def narrow_line() -> Iterator[Line]:
    """Raises NotRun where the tools are missing or the machine does not permit it."""
    base = os.getpid() % NETS * 4
    near, far = (f"198.{18 + (base >> 16)}.{base >> 8 & 255}.{base & 255 | end}" for end in (1, 2))
    line = Line(f"faults{os.getpid()}", near, far)
    here, there = f"fn{os.getpid()}", f"ff{os.getpid()}"
    ip = _tool("ip")
    _permitted(ip, "netns", "add", line.name)
    try:
        _permitted(ip, "link", "add", here, "type", "veth", "peer", "name", there, "netns", line.name)
        for words, device, address in (((), here, near), (line.inside, there, far)):
            _run(*words, ip, "address", "add", f"{address}/30", "dev", device)
            _run(*words, ip, "link", "set", device, "up")
            shape = ("qdisc", "add", "dev", device, "root", "tbf", "rate", RATE, "burst", "4kb", "latency", "2s")
            _permitted(*words, _tool("tc"), *shape)
        with _permitted_loss(line):
            pass
        yield line
    finally:
        subprocess.run(
            [ip, "link", "delete", here], check=False, capture_output=True
        )  # and with it the other end, if it was made
        _run(ip, "netns", "delete", line.name)


@contextmanager
def _permitted_loss(line: Line) -> Iterator[None]:
    try:
        with line.losing(0):
            yield
    except subprocess.CalledProcessError as refused:
        raise NotRun(f"nft is not permitted here: {refused.stderr.strip()}") from refused


def _permitted(*words: str) -> None:
    try:
        _run(*words)
    except subprocess.CalledProcessError as refused:
        raise NotRun(f"{' '.join(words[:4])} is not permitted here: {refused.stderr.strip()}") from refused


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def _tool(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        raise NotRun(f"{name} is missing: apt-get install {TOOLS[name]}")
    return found
