"""F24-F34: sending by SFTP, against a real OpenSSH server; F31 by folder, where it is the same."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from mappings.clock import FileClock
from tests.faults.cell import Bench, NotRun, cell, fill, immutable
from tests.faults.lossy import narrow_line
from tests.sshd import Sshd, generate, over_sftp

TURNS = 20  # over a line that loses half of what is sent


@contextmanager
def server(bench: Bench, *, address: str = "127.0.0.1", inside: Sequence[str] = ()) -> Iterator[Sshd]:
    """The home's channel is a server from here on; at the end it serves again, whatever was done to it."""
    if shutil.which("sshd") is None and not shutil.which("/usr/sbin/sshd"):
        raise NotRun("no sshd here")
    shutil.copy(bench.home / "gateway.toml", bench.folder / "plain.toml")
    with Sshd.started(bench.folder / "sshd", address=address, inside=inside) as sshd:
        over_sftp(bench.home, sshd)
        yield sshd
        if not bench.questions().wrong:  # at rest while the server is there; asked again, by folder, when it is gone
            plain = (bench.folder / "plain.toml").read_text(encoding="utf-8")
            (bench.home / "gateway.toml").write_text(plain, encoding="utf-8")


def waiting(bench: Bench) -> int:
    return bench.count("outbox", "stage = 'deliver' AND standing NOT IN ('parked', 'dead')")


def sent(bench: Bench) -> list[str]:
    """The names of all messages that were made."""
    return [name for (name,) in bench.rows("SELECT file_name FROM message WHERE direction = 'out'")]


@cell("F24", "SFTP out", "refused connection", "waits by the ladder, resumes")
def refused_connection(bench: Bench) -> None:
    with server(bench) as sshd:
        sshd.stop()
        assert bench.submit(2) == 0 and bench.run() == 0
        assert waiting(bench) == 2 and bench.files("OutBox") == []
        sshd.start()


@cell("F25", "SFTP out", "killed in transfer", "written anew, one final name")
def killed_in_transfer(bench: Bench) -> None:
    with server(bench) as sshd:
        assert bench.submit(bench.many(10, 100)) == 0
        with bench.running():
            for _ in range(bench.many(3, 20)):
                bench.until(lambda: sshd.kill_children() > 0, "a connection", 60)
        assert bench.status == 0


@cell("F26", "SFTP out", "frozen server", "given up in 30 s, tried again")
def frozen(bench: Bench) -> None:
    if bench.quick:
        raise NotRun("takes a time-out of 30 s: only in the long form")
    with server(bench) as sshd:
        assert bench.submit(2) == 0
        with sshd.frozen():
            begun = time.monotonic()
            assert bench.run() == 0
            assert time.monotonic() - begun < 60 and waiting(bench) == 2


@cell("F27", "SFTP out", "cut before the answer to rename", "looked for, one effect")
def cut_before_the_answer(bench: Bench) -> None:
    with server(bench) as sshd:
        assert bench.submit(3) == 0
        stop = threading.Event()

        def cut() -> None:
            while not stop.is_set():
                if bench.files("OutBox"):
                    sshd.kill_children()
                time.sleep(0.001)

        thread = threading.Thread(target=cut)
        thread.start()
        try:
            assert bench.run() == 0
        finally:
            stop.set()
            thread.join()


@cell("F28", "SFTP out", "half of what we send is lost, 64 kbit/s", "slow and exact")
def packets_lost(bench: Bench) -> None:
    count, percent = bench.many(1, 4), bench.many(20, 50)
    with narrow_line() as line, server(bench, address=line.far, inside=line.inside):
        clock = FileClock(bench.home / "customs" / "clock.json")
        with line.losing(percent):
            assert bench.submit(count) == 0
            for _ in range(TURNS):
                assert bench.run() == 0
                if waiting(bench) == 0:
                    break
                clock.tick(timedelta(hours=1))  # whatever step of the ladder it rests on
            assert line.lost() > count
        assert waiting(bench) == 0 and sorted(bench.files("OutBox")) == sorted(sent(bench)), bench.err
        assert bench.count("outbox", "standing IN ('parked', 'dead')") == 0


@cell("F29", "SFTP out", "remote disk full", "waits by the ladder, resumes")
def remote_disk_full(bench: Bench) -> None:
    with server(bench), bench.small_disk(bench.home / "channels", "size=100k") as disk:
        assert bench.submit(3) == 0
        ballast = disk / "ballast"
        fill(ballast)
        assert bench.run() == 0
        assert waiting(bench) == 3 and [n for n in bench.files("OutBox") if n.endswith(".xml")] == []
        ballast.unlink()


@cell("F30", "SFTP out", "no permission", "given up after 3, path and account named")
def no_permission(bench: Bench) -> None:
    """The server runs as root, whom modes do not hold: the folder itself is made immutable."""
    with server(bench) as sshd:
        assert bench.submit(2) == 0
        box, clock = bench.road / "OutBox", FileClock(bench.home / "customs" / "clock.json")
        with immutable(box):
            for _ in range(5):
                assert bench.run() == 0
                clock.tick(timedelta(hours=1))
            assert bench.files("OutBox") == []
            tries = bench.rows("SELECT count(*) FROM attempt WHERE stage = 'deliver' GROUP BY outbox_id")
            assert tries == [(3,), (3,)], tries
            letters = [told for (told,) in bench.rows("SELECT parked FROM outbox WHERE standing = 'dead'")]
            assert len(letters) == 2, letters
            for told in letters:
                assert told.startswith("CHANNEL_DENIED") and str(box) in told and sshd.user in told, told
        assert bench.run() == 0 and bench.files("OutBox") == []  # nobody asked for it
        assert bench.do("retry", "all") == 0  # a person's act


@cell("F31", "out", "final name there with other content", "CHANNEL_CONFLICT, nothing overwritten")
def conflict(bench: Bench) -> None:
    assert bench.submit(1) == 0
    [(name,)] = bench.rows("SELECT file_name FROM message")
    (bench.road / "OutBox" / name).write_bytes(b"<other/>")
    assert bench.run() == 0
    assert (bench.road / "OutBox" / name).read_bytes() == b"<other/>"
    assert bench.count("outbox", "standing = 'parked' AND parked LIKE 'CHANNEL_CONFLICT%'") == 1
    (bench.road / "OutBox" / name).unlink()
    assert bench.do("retry", "all") == 0  # a person's act


@cell("F32", "SFTP out", "host key changed", "stopped, no login sent")
def host_key_changed(bench: Bench) -> None:
    with server(bench) as sshd:
        assert bench.submit(1) == 0
        sshd.change_host_key()
        sshd.restart()
        assert bench.run() == 0
        assert sshd.logins() == 0 and bench.count("channel", "mode = 'stopped'") == 1
        sshd.pin(bench.home / "keys" / "sftp_known_hosts")
        assert bench.do("resume", "customs") == 0


@cell("F33", "SFTP out", "login refused", "one try, parked")
def login_refused(bench: Bench) -> None:
    with server(bench) as sshd:
        assert bench.submit(1) == 0
        sshd.refuse_login()
        assert bench.run() == 0 and bench.run() == 0
        assert sshd.refusals() == 1 and bench.count("channel", "mode = 'stopped'") == 1
        sshd.accept_login(sshd.key)
        assert bench.do("resume", "customs") == 0


@cell("F34", "SFTP out", "key changed while running", "the next connection has the new one")
def key_changed(bench: Bench) -> None:
    with server(bench) as sshd:
        with bench.running():
            bench.until(lambda: sshd.logins() == 1, "a login", 60)
            new = generate(bench.folder / "new_key")
            sshd.accept_login(new)
            shutil.copy(new, bench.home / "keys" / "sftp_client")
            sshd.kill_children()
            bench.until(lambda: sshd.logins() >= 2, "a login with the new key", 60)
        assert bench.submit(1) == 0
