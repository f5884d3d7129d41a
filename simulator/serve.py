"""Customs' end as a process: it looks when a file appears, else five times a second, until it is asked to stop."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from channels.doors import Lock, on_stop
from channels.wakeup import Wakeup
from mappings.clock import FileClock
from simulator.customs import Customs, Looked
from simulator.house import load_settings
from simulator.load import Load, Traffic, prepare
from simulator.settings import CLOCK, open_customs, outboxes
from simulator.sftp_keys import FOLDER as SFTP
from simulator.sftp_keys import HOST_KEY

PAUSE = 0.2  # s between looks when nothing wakes us: events get lost, files do not
BEAT = 0.02  # s, while traffic is made
LOCK = "simulator.lock"


def run(
    folder: Path,
    *,
    until_idle: bool = False,
    scenario: Path | None = None,
    sftp: int | None = None,
    load: Load | None = None,
) -> Looked:
    """Play customs over a home's `customs/`. A second player is refused (ChannelError SYS_LOCKED).

    scenario: instead of the one that customs.toml names. sftp: a port on the loopback, 0 for any. load: traffic of its own.
    """
    with Lock(folder / LOCK):
        if load:
            prepare(folder, load.enterprises, now=FileClock(folder / CLOCK).now())
        customs = open_customs(folder, scenario=scenario)
        try:
            if until_idle:
                return customs.until_idle()
            with sftp_face(folder, sftp) if sftp is not None else nullcontext():
                return _until_stopped(customs, outboxes(folder), load.traffic(folder, customs) if load else None)
        finally:
            customs.close()


def sftp_face(folder: Path, port: int) -> AbstractContextManager[object]:
    """The SFTP server of a home's `customs/`, for the users of customs.toml; it says on stderr where it listens."""
    from simulator.sftp import Login, SftpFace  # paramiko is loaded where it is needed

    users = load_settings(folder).users
    logins = {user.name: Login(user.name, (folder / user.root).resolve(), folder / user.keys) for user in users}
    face = SftpFace(port, host_key=folder / SFTP / HOST_KEY, logins=logins)
    sys.stderr.write(f"sftp 127.0.0.1:{face.port} {' '.join(logins)}\n")
    sys.stderr.flush()
    return face


def serve(
    customs: Customs, *, folders: Iterable[Path], stop: threading.Event, traffic: Traffic | None = None
) -> Looked:
    """Look until `stop` is set; with traffic, lay some before each look."""
    total = Looked()
    with Wakeup(folders) as wakeup:
        while not stop.is_set():
            laid = traffic.step() if traffic else 0
            customs.count_look()
            looked = customs.look()
            total += looked
            if not looked and not laid:
                wakeup.wait(BEAT if traffic else PAUSE)
    return total


def _until_stopped(customs: Customs, folders: Iterable[Path], traffic: Traffic | None) -> Looked:
    stop = threading.Event()
    undo = on_stop(stop.set)
    try:
        return serve(customs, folders=folders, stop=stop, traffic=traffic)
    finally:
        undo()
        if traffic:
            sys.stderr.write(f"load: {traffic.tally.row()}\n")
