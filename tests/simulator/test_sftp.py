"""The SFTP face: OpenSSH's own client, a hand-written declaration, and what a login may not do."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import paramiko
import pytest

from channels.files import write_private
from simulator.errors import BadCustoms
from simulator.sftp import Login, SftpFace
from simulator.sftp_keys import FOLDER, HOST_KEY, admit, make_host_key

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "how-to" / "by-hand.md"
needs_openssh = pytest.mark.skipif(shutil.which("sftp") is None, reason="lacks sftp: Debian package openssh-client")
needs_xmlsec = pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="lacks xmlsec1: Debian package xmlsec1")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@needs_openssh
@needs_xmlsec
def test_a_declaration_by_hand(tmp_path):
    """The how-to, as it is printed."""
    script = "\n".join(re.findall(r"```sh\n(.*?)```", DOC.read_text(encoding="utf-8"), re.S))
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PORT": str(free_port()),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    log = tmp_path / "log"
    try:
        with log.open("wb") as said:  # no pipe: the simulator in the background would hold it open
            line = ["bash", "-eu", "-o", "pipefail", "-c", script]
            done = subprocess.run(line, cwd=tmp_path, env=environment, stdout=said, stderr=said, timeout=180)
    finally:
        pid = tmp_path / "simulator.pid"
        if pid.exists():
            _stopped(int(pid.read_text()))
    told = log.read_text(encoding="utf-8")
    assert done.returncode == 0, told
    names = sorted(path.name.split("_")[0] for path in (tmp_path / "receipts").iterdir())
    assert names == ["Receipt", "Receipt", "Successed"]
    assert "空白单证申请数据入库成功! 请至现场领取空白单证" in told
    assert "已领取!" in told


def _stopped(pid):
    """The simulator of the how-to ends by itself; what a failed run left behind is ended here."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(pid, 15)


@pytest.fixture
def face(tmp_path):
    customs, root = tmp_path / "customs", tmp_path / "root"
    customs.mkdir()
    (root / "CertOut" / "OutBox").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("not yours", encoding="utf-8")
    make_host_key(customs)
    admit(customs, "enterprise", private=tmp_path / "client", known_hosts=tmp_path / "known_hosts")
    logins = {"enterprise": Login("enterprise", root, customs / FOLDER / "enterprise.pub")}
    with SftpFace(0, host_key=customs / FOLDER / HOST_KEY, logins=logins) as listening:
        yield listening


@pytest.fixture
def transport(face, tmp_path):
    made = paramiko.Transport(("127.0.0.1", face.port))
    made.connect(username="enterprise", pkey=paramiko.PKey.from_path(tmp_path / "client"))
    yield made
    made.close()


@pytest.fixture
def client(transport):
    return paramiko.SFTPClient.from_transport(transport)


def put(client, path, data=b"<x/>"):
    with client.open(path, "wb") as file:
        file.write(data)


def test_keys_are_for_their_owner(face, tmp_path):
    assert (tmp_path / "client").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "customs" / FOLDER / HOST_KEY).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "client").read_bytes().startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")


@needs_openssh
def test_openssh_knows_the_host_on_any_port(face, tmp_path):
    line = [
        "sftp", "-q", "-F", "/dev/null", "-b", "-", "-P", str(face.port), "-i", str(tmp_path / "client"), "-o", "IdentitiesOnly=yes",
        "-o", f"UserKnownHostsFile={tmp_path / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes", "enterprise@127.0.0.1",
    ]  # fmt: skip
    done = subprocess.run(line, input="ls -1 /\npwd\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "CertOut" in done.stdout and "working directory: /" in done.stdout


def test_files_come_and_go(client, tmp_path):
    put(client, "/CertOut/OutBox/a.xml")
    assert client.listdir("/CertOut/OutBox") == ["a.xml"]
    assert client.stat("/CertOut/OutBox/a.xml").st_size == 4
    client.rename("/CertOut/OutBox/a.xml", "/CertOut/OutBox/b.xml")
    with client.open("/CertOut/OutBox/b.xml") as file:
        assert file.read() == b"<x/>"
    client.remove("/CertOut/OutBox/b.xml")
    assert client.listdir("/CertOut/OutBox") == []


def test_nobody_sees_half_an_upload(client, tmp_path):
    box = tmp_path / "root" / "CertOut" / "OutBox"
    with client.open("/CertOut/OutBox/a.xml", "wb") as file:
        file.write(b"<x")
        file.flush()
        file.stat()
        assert not (box / "a.xml").exists()
        assert client.listdir("/CertOut/OutBox") == []
        file.write(b"/>")
    assert (box / "a.xml").read_bytes() == b"<x/>"
    assert [path.name for path in box.iterdir()] == ["a.xml"]


def test_an_upload_that_is_cut_off_leaves_nothing(client, transport, face, tmp_path):
    box = tmp_path / "root" / "CertOut" / "OutBox"
    file = client.open("/CertOut/OutBox/a.xml", "wb")
    file.write(b"<x")
    file.stat()
    assert len(list(box.iterdir())) == 1
    transport.close()
    end = time.monotonic() + 10
    while list(box.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_temporary_name_is_written_where_it_stands_and_renamed(client, tmp_path):
    put(client, "/CertOut/OutBox/a.xml.Temp")
    client.rename("/CertOut/OutBox/a.xml.Temp", "/CertOut/OutBox/a.xml")
    put(client, "/CertOut/OutBox/a.xml.Temp", b"other")
    with pytest.raises(OSError):
        client.rename("/CertOut/OutBox/a.xml.Temp", "/CertOut/OutBox/a.xml")
    client.posix_rename("/CertOut/OutBox/a.xml.Temp", "/CertOut/OutBox/a.xml")
    assert (tmp_path / "root" / "CertOut" / "OutBox" / "a.xml").read_bytes() == b"other"


@pytest.mark.parametrize(
    "path", ["/../outside.txt", "../outside.txt", "/CertOut/../../outside.txt", "/link/outside.txt", "/file"]
)
def test_nothing_leads_outside(client, tmp_path, path):
    (tmp_path / "root" / "link").symlink_to(tmp_path)
    (tmp_path / "root" / "file").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(OSError):
        client.open(path).read()
    with pytest.raises(OSError):
        client.stat(path)
    with pytest.raises(OSError):
        client.remove(path)
    assert (tmp_path / "outside.txt").exists()
    assert client.listdir("/") == ["CertOut"]
    assert client.normalize("../..") == "/"


def test_links_and_folders_are_not_to_be_had(client, tmp_path):
    with pytest.raises(OSError):
        client.symlink("/etc/passwd", "/x")
    with pytest.raises(OSError):
        client.rmdir("/CertOut/OutBox")
    client.mkdir("/CertIn")
    assert (tmp_path / "root" / "CertIn").is_dir()
    os.mkfifo(tmp_path / "root" / "pipe")
    with pytest.raises(OSError):
        client.open("/pipe").read()


def test_no_shell_no_command_no_forwarding(transport):
    session = transport.open_session()
    with pytest.raises(paramiko.SSHException):
        session.exec_command("id")
    shell = transport.open_session()
    with pytest.raises(paramiko.SSHException):
        shell.invoke_shell()
    with pytest.raises(paramiko.ChannelException):
        transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))
    with pytest.raises(paramiko.SSHException):
        transport.request_port_forward("127.0.0.1", 0)


def test_keys_only_and_only_admitted_ones(face, tmp_path):
    for user, key in (
        ("enterprise", paramiko.ECDSAKey.generate()),
        ("nobody", paramiko.PKey.from_path(tmp_path / "client")),
    ):
        guest = paramiko.Transport(("127.0.0.1", face.port))
        with pytest.raises(paramiko.AuthenticationException):
            guest.connect(username=user, pkey=key)
        guest.close()
    guest = paramiko.Transport(("127.0.0.1", face.port))
    with pytest.raises(paramiko.BadAuthenticationType):
        guest.connect(username="enterprise", password="secret")
    guest.close()


def test_a_key_that_is_admitted_later_may_log_in(face, tmp_path):
    write_private(tmp_path / "nothing", b"x")
    admit(tmp_path / "customs", "enterprise", private=tmp_path / "second", known_hosts=tmp_path / "known_hosts")
    for name in ("client", "second"):
        guest = paramiko.Transport(("127.0.0.1", face.port))
        guest.connect(username="enterprise", pkey=paramiko.PKey.from_path(tmp_path / name))
        guest.close()


def test_a_port_that_is_taken_is_told(face, tmp_path):
    with pytest.raises(BadCustoms, match=str(face.port)):
        SftpFace(face.port, host_key=tmp_path / "customs" / FOLDER / HOST_KEY, logins={})


def test_noise_on_the_port_disturbs_nobody(face, client):
    with socket.create_connection(("127.0.0.1", face.port)) as link:
        link.sendall(b"\x00\xff" * 4000)
    put(client, "/CertOut/OutBox/a.xml")
    assert client.listdir("/CertOut/OutBox") == ["a.xml"]
