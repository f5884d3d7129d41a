"""F35-F42: what lies in the InBox. By folder; the same listings by a hostile SFTP server are tests/channels/test_sftp_hostile.py."""

from __future__ import annotations

import subprocess

from channels.folder_box import FolderBox
from tests.faults.cell import Bench, cell, dies_at, immutable


def is_in(box: FolderBox, *_: object, **__: object) -> bool:
    return box.path.name == "InBox"


def answered(bench: Bench, count: int = 2) -> None:
    """So many documents have gone out, and customs' answers lie in the InBox."""
    assert bench.submit(count) == 0 and bench.run() == 0
    bench.customs()
    assert bench.files("InBox")


@cell("F35", "in", "hostile names listed", "nothing outside the box, kept under a name of ours")
def hostile_names(bench: Bench) -> None:
    answered(bench)
    for name in ("a\nb.xml", "..\\..\\evil.xml", "CON.xml", "x" * 251, "evil\u202elmx.xml", "-rf.xml"):
        (bench.road / "InBox" / name).write_bytes(b"<x/>" + name.encode())
    outside = set(bench.folder.iterdir())
    assert bench.run() == 0
    assert (bench.road / "InBox" / "..\\..\\evil.xml").exists()  # hidden: somebody is still writing it
    assert set(bench.folder.iterdir()) == outside and bench.files("InBox") == []
    assert bench.count("arrival", "status = 'quarantined'") == 5
    bench.kept = ("quarantined",)


@cell("F36", "in", "symlink listed", "FILE_TYPE, not followed")
def symlink(bench: Bench) -> None:
    answered(bench)
    secret = bench.folder / "secret"
    secret.write_bytes(b"secret")
    (bench.road / "InBox" / "link.xml").symlink_to(secret)
    assert bench.run() == 0
    assert (
        bench.count("body", "bytes = CAST('secret' AS BLOB)") == 0 and (bench.road / "InBox" / "link.xml").is_symlink()
    )


@cell("F37", "in", "grows while it is read", "waits, never read by half")
def grows(bench: Bench) -> None:
    answered(bench, 1)
    settings = bench.home / "gateway.toml"
    plain = settings.read_text(encoding="utf-8")
    settings.write_text(
        plain.replace("technical_receipts = true", 'technical_receipts = true\nwriter = "streams"'), encoding="utf-8"
    )
    name = bench.files("InBox")[-1]
    whole = (bench.road / "InBox" / name).read_bytes()
    (bench.road / "InBox" / name).write_bytes(whole[:100])
    with bench.running():
        for at in range(100, len(whole), max(1, len(whole) // 12)):
            bench.until(lambda: True, "")
            with (bench.road / "InBox" / name).open("r+b") as file:
                file.write(whole[: at + 1])
            subprocess.run(["sleep", "0.2"], check=True)  # a writer that is slow is the fault itself
        (bench.road / "InBox" / name).write_bytes(whole)
        bench.until(lambda: bench.count("arrival", "name = '" + name + "'") == 1, "taken when whole", 30)
    assert bench.rows("SELECT length(bytes) FROM body b JOIN arrival a ON a.body_id = b.id WHERE a.name = ?", name) == [
        (len(whole),)
    ]


@cell("F38", "in", "claims a monstrous size", "told, never read, the others go on")
def monstrous(bench: Bench) -> None:
    answered(bench)
    monster = bench.road / "InBox" / "Receipt_B20260000000000001_20261121000000000001.xml"
    with monster.open("wb") as file:
        file.truncate(1 << 33)
    assert bench.run() == 0
    assert monster.exists() and bench.count("arrival", "status = 'understood'") >= 4
    monster.unlink()


@cell("F39", "in", "kill after the read, before the removal", "known again, applied once")
def before_the_removal(bench: Bench) -> None:
    answered(bench)
    assert bench.run(plant=dies_at(FolderBox, "remove", only=is_in)) < 0
    assert bench.count("arrival") == len(bench.files("InBox"))
    assert bench.run() == 0
    assert bench.count("arrival", "sightings > 1") > 0


@cell("F40", "in", "kill after the removal, before the commit", "cannot be: commit comes first")
def commit_comes_first(bench: Bench) -> None:
    answered(bench)

    def only_after_the_commit() -> None:
        remove = FolderBox.remove

        def checked(self: FolderBox, name: str) -> None:
            assert not is_in(self) or bench.count("arrival", f"name = '{name}'") == 1, name
            remove(self, name)

        FolderBox.remove = checked  # type: ignore[method-assign]

    lying = len(bench.files("InBox"))
    assert bench.run(plant=only_after_the_commit) == 0
    assert bench.count("arrival") >= lying and bench.files("InBox") == []


@cell("F41", "in", "removal refused", "applied once, not again at every look")
def removal_refused(bench: Bench) -> None:
    answered(bench, 1)
    victim = bench.road / "InBox" / bench.files("InBox")[0]
    with immutable(victim):
        assert bench.run() == 0 and bench.run() == 0
        assert victim.exists()


@cell("F42", "in", "very many files listed", "oldest first, every one accounted for")
def very_many(bench: Bench) -> None:
    answered(bench)
    count = bench.many(500, 20_000)
    for n in range(count):
        (bench.road / "InBox" / f"junk-{n:06d}.xml").write_bytes(b"<junk>%d</junk>" % n)
    assert bench.run() == 0
    assert bench.files("InBox") == [] and bench.count("arrival", "status = 'quarantined'") == count
    bench.kept = ("quarantined",)
