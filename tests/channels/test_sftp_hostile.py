"""A server that lies does no harm: nothing outside the box, nothing endless, every bad name told, the good ones read."""

from __future__ import annotations

import resource
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from channels import BoxName, ChannelError
from channels.sftp import SftpChannel
from channels.sftp_box import SftpBox
from channels.sftp_folder import MOST, MOST_STRANGE
from channels.sftp_link import SftpLink
from channels.sftp_trust import SftpServer
from tests.channels import hostile
from tests.channels.hostile import FIFO, FOLDER, LINK, LSTAT, OPEN, OPENDIR, READ, READDIR, REMOVE, Lie, Script
from tests.sshd import ABSENT, KEYGEN, generate

pytestmark = pytest.mark.skipif(not KEYGEN, reason=ABSENT)

Opens = Callable[..., SftpBox]


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> Path:
    return generate(tmp_path_factory.mktemp("key") / "client")


@pytest.fixture
def opens(tmp_path: Path, key: Path) -> Iterator[Opens]:
    """The InBox of a channel to a server that follows a script."""
    with ExitStack() as stack:

        def inbox(script: Script) -> SftpBox:
            port, host_key = stack.enter_context(hostile.serving(script))
            known = tmp_path / "known_hosts"
            known.write_text(f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n", encoding="ascii")
            link = SftpLink(SftpServer("127.0.0.1", port, "enterprise", key, known, sessions=1))
            stack.callback(link.close)
            return SftpChannel(link, "/exchange", "CertOut").box(BoxName.IN)

        yield inbox


BAD = [
    b"../../x", b"../../../../tmp/evil.xml", b"/etc/cron.d/evil", b"a/b.xml", b"..\\..\\x", b"nul\x00.xml", b"line\nend.xml",
    b"\x1b[2J.xml", b"\xd6\xa4\xca\xe9.xml", b"\xff\xfe", "\u202egpj.xml".encode(), b"x" * 251, b"CON.xml", b"",
]  # fmt: skip


def test_hostile_names_are_told_escaped_and_the_good_are_read(opens: Opens, tmp_path: Path) -> None:
    """F35"""
    lies = [Lie(name, b"evil") for name in BAD]
    script = Script(
        [*lies[:5], Lie(b"good.xml", b"<good/>"), *lies[5:], Lie("回执.xml".encode(), b"<ok/>"), Lie(b"."), Lie(b"..")]
    )
    box = opens(script)
    before = sorted(tmp_path.rglob("*"))
    entries = box.entries()
    assert sorted(entry.name for entry in entries) == ["good.xml", "回执.xml"]
    assert box.read_all([entry.name for entry in entries], limit=99) == [b"<good/>", b"<ok/>"]
    told = box.strange()
    assert len(told) == len(BAD), [name for name, _ in told]
    assert all(name.isprintable() and what == "name" for name, what in told)
    assert ("../../x", "name") in told and ("line\\nend.xml", "name") in told
    assert sorted(tmp_path.rglob("*")) == before, "nothing is written here by a name from there"


def test_a_name_that_leads_elsewhere_is_never_sent_back(opens: Opens) -> None:
    script = Script([Lie(name) for name in BAD])
    box = opens(script)
    box.entries()
    box.tame()
    sent = [path for path in script.paths() if b".." in path.split(b"/") or b"/etc/" in path or b"\0" in path]
    assert script.paths() and not sent
    with pytest.raises(ChannelError, match="FILE_NAME"):
        box.read("../../x", limit=9)


def test_what_is_no_file_is_told_and_never_opened(opens: Opens) -> None:
    """F36: also when it is another thing in the listing than when it is read."""
    script = Script([Lie(b"link.xml", mode=LINK), Lie(b"folder.xml", mode=FOLDER), Lie(b"fifo.xml", mode=FIFO)])
    box = opens(script)
    assert box.entries() == []
    assert dict(box.strange()) == {"link.xml": "symlink", "folder.xml": "folder", "fifo.xml": "fifo"}
    found = box.read_all(["link.xml", "fifo.xml"], limit=99)
    assert [error.code for error in found] == ["FILE_TYPE", "FILE_TYPE"]
    assert script.paths(OPEN) == []


def test_listings_without_attributes_are_asked_for_one_by_one(opens: Opens) -> None:
    box = opens(Script([Lie(b"a.xml", b"12345", mtime=7), Lie(b"link.xml", mode=LINK)], bare=True))
    [entry] = box.entries()
    assert (entry.name, entry.size, entry.mtime_ns) == ("a.xml", 5, 7 * 10**9)
    assert box.strange() == [("link.xml", "symlink")]


def test_a_monstrous_size_is_refused_before_reading(opens: Opens) -> None:
    """F38"""
    script = Script([Lie(b"big.xml", b"x", says=1 << 50)])
    with pytest.raises(ChannelError) as refused:
        opens(script).read("big.xml", limit=1 << 20)
    assert (refused.value.code, refused.value.evidence["size"]) == ("FILE_TOO_BIG", 1 << 50)
    assert script.paths(OPEN) == []


@pytest.mark.parametrize("says", [0, 3, 5, 60_000])
def test_a_size_that_is_a_lie_is_never_a_half_or_a_longer_file(opens: Opens, says: int) -> None:
    with pytest.raises(ChannelError) as refused:
        opens(Script([Lie(b"a.xml", b"1234", says=says)])).read("a.xml", limit=1 << 20)
    assert refused.value.code == "CHANNEL_UNAVAILABLE"


def test_a_hundred_thousand_files_come_oldest_first_in_bounded_memory(opens: Opens) -> None:
    """F42: and of more than that, the oldest."""

    def many() -> Iterator[Lie]:
        for n in range(MOST * 2 + 5000):
            yield Lie(b"%09d_%s.xml" % (n, b"x" * 40), b"", mtime=1_000_000 - n)

    box = opens(Script(many, part=400))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    entries = box.entries()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB, of the highest that the process ever had
    assert len(entries) == MOST
    assert entries[0].mtime_ns == (1_000_000 - (MOST * 2 + 4999)) * 10**9
    assert [entry.mtime_ns for entry in entries] == sorted(entry.mtime_ns for entry in entries)
    assert grown < 200 << 10


def test_a_listing_without_an_end_ends(opens: Opens, monkeypatch) -> None:
    monkeypatch.setattr("channels.sftp_folder.ENDLESS", 3000)

    def endless() -> Iterator[Lie]:
        while True:
            yield Lie(b"again.xml")

    with pytest.raises(ChannelError) as refused:
        opens(Script(endless)).entries()
    assert refused.value.code == "CHANNEL_PROTOCOL"


def test_strange_things_beyond_measure_are_not_all_kept(opens: Opens) -> None:
    box = opens(Script([Lie(b"%d\n" % n) for n in range(MOST_STRANGE + 50)] + [Lie(b"good.xml")]))
    assert len(box.strange()) == MOST_STRANGE
    assert [entry.name for entry in box.entries()] == ["good.xml"]


NUMBER = struct.pack(">I", 0)
NONSENSE = {
    "no packet": (OPENDIR, struct.pack(">IB", 1 << 30, 104)),
    "an empty packet": (OPENDIR, struct.pack(">I", 0)),
    "another's answer": (OPENDIR, hostile.status(struct.pack(">I", 77777), 0)),
    "a cut field": (OPENDIR, hostile.framed(102, NUMBER + struct.pack(">I", 999) + b"x")),
    "an unknown type": (OPENDIR, hostile.framed(199, NUMBER)),
    "a count without entries": (READDIR, hostile.framed(104, NUMBER + struct.pack(">I", 1 << 31))),
    "attributes for a listing": (READDIR, hostile.framed(105, NUMBER + struct.pack(">I", 0))),
    "another version": (1, hostile.framed(2, struct.pack(">I", 6))),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_ends_the_connection_with_a_temporary_error(opens: Opens, what: str) -> None:
    kind, answer = NONSENSE[what]
    with pytest.raises(ChannelError) as refused:
        opens(Script([Lie(b"a.xml")], answers={kind: answer})).entries()
    assert refused.value.code == "CHANNEL_PROTOCOL"
    assert refused.value.kind.zh and refused.value.zh.isprintable()


def test_more_bytes_than_were_asked_for_are_not_taken(opens: Opens) -> None:
    much = hostile.framed(103, NUMBER + hostile.string(b"x" * 100_000))
    with pytest.raises(ChannelError) as refused:
        opens(Script([Lie(b"a.xml", b"12")], answers={READ: much})).read("a.xml", limit=99)
    assert refused.value.code == "CHANNEL_PROTOCOL"


def test_a_server_that_says_nothing_is_given_up(opens: Opens, monkeypatch) -> None:
    monkeypatch.setattr("channels.sftp_link.CHANNEL", 0.3)
    with pytest.raises(ChannelError) as refused:
        opens(Script(answers={OPENDIR: b""})).entries()
    assert (refused.value.code, refused.value.evidence["detail"]) == ("CHANNEL_CONNECTION", "no answer in time")


def test_a_refused_removal_says_who_may_not_do_what_where(opens: Opens) -> None:
    """F41"""
    script = Script([Lie(b"a.xml")])
    box = opens(script)
    assert box.entries()
    script.refuses[REMOVE] = hostile.DENIED
    with pytest.raises(ChannelError) as refused:
        box.remove("a.xml")
    assert refused.value.code == "CHANNEL_DENIED"
    assert refused.value.evidence["user"] == "enterprise"
    assert str(refused.value.evidence["path"]).endswith("/CertOut/InBox/a.xml")
    assert [entry.name for entry in box.entries()] == ["a.xml"]


def test_a_file_that_turned_into_a_link_since_the_listing_is_not_opened(opens: Opens) -> None:
    script = Script([Lie(b"a.xml")])
    box = opens(script)
    assert [entry.name for entry in box.entries()] == ["a.xml"]
    script.entries = [Lie(b"a.xml", mode=LINK)]
    with pytest.raises(ChannelError, match="FILE_TYPE"):
        box.read("a.xml", limit=9)
    assert script.paths(OPEN) == [] and script.paths(LSTAT)
