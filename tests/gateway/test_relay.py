"""An agent's home between two others: real sealed files of an enterprise go through it to customs and their answers back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from channels import BoxName, FolderChannel
from console.cli.make import demo_home
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.relay.register import register
from gateway.relay.relay import PREFIX, listed
from gateway.setup import NewHome, make_home
from gateway.submission.submit import Submitter
from gateway.worker import Worker
from mappings.faults import table
from mappings.parser import parse
from mappings.sample import sample
from parcel.envelope import read_answer
from signing.keys import trust
from signing.registry import CERTIFICATE
from simulator.house import FILE, Registered, load_settings, written
from simulator.settings import open_customs, own_certificate
from tests.sshd import Sshd, needs_sshd

CODE, NAME = "4401987654", "first"


@dataclass
class Chain:
    """enterprise: a home of its own, whose channel is the agent's folder. agent: a demo home with customs beside it."""

    enterprise: Home
    agent: Home

    @property
    def node(self) -> str:
        return self.enterprise.settings.node

    def box(self, name: BoxName, biz: str = "CertOut") -> Any:
        return FolderChannel(self.agent.path / "relay" / NAME, biz).box(name)

    def submit(self, reference: str, kind: str = "certificate_application", **content: object) -> str:
        value = sample(self.enterprise.contract.kinds[kind], seed=len(reference), reference=reference)
        value["enterprise"] = CODE
        value["content"] |= {"consignor_customs_code": CODE, "declarant_customs_code": CODE} | content
        (outcome,) = Submitter(self.enterprise, actor="test").submit([Declaration("memory", value)])
        assert outcome.outcome == "accepted", outcome
        return outcome.number

    def pass_on(self) -> None:
        """Everything moves until nothing does, in whatever order."""
        for home in (self.enterprise, self.agent):
            Worker(home).until_idle()
        customs = open_customs(self.agent.path / "customs")
        customs.until_idle()
        customs.close()
        for home in (self.agent, self.enterprise):
            Worker(home).until_idle()

    def states(self) -> tuple[dict[str, str], dict[str, str]]:
        """Documents that the enterprise declared, as each end knows them."""
        own = {row.number: row.state for row in self.enterprise.ledger.documents()}
        relayed = {row.number: row.state for row in self.agent.ledger.documents(enterprise=CODE)}
        return own, relayed


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two homes, each knowing whom it has to know; made once, because keys are slow to make."""
    folder = tmp_path_factory.mktemp("chain")
    agent = demo_home(folder / "agent")
    register(agent, NAME, code=CODE, title="代发企业")
    own = make_home(NewHome(folder / "own", CODE, "代发企业", judge="both"), passphrase=None)
    node, customs = own.settings.node, agent.path / "customs"
    for keys in (agent.keys, customs / "keys"):
        trust(keys, node, (own.keys / "own" / f"{node}{CERTIFICATE}").read_bytes())
    trust(own.keys, own.settings.customs, own_certificate(customs))
    known = load_settings(customs)
    enterprises = (*known.enterprises, Registered(node, CODE, "", "代发企业"))
    (customs / FILE).write_text(written(replace(known, enterprises=enterprises)), encoding="utf-8")
    for home in (agent, own):
        home.close()
    return folder


@pytest.fixture
def chain(homes: Path, tmp_path: Path) -> Iterator[Chain]:
    for name in ("agent", "own"):
        shutil.copytree(homes / name, tmp_path / name)
    settings = tmp_path / "own" / "gateway.toml"
    settings.write_text(settings.read_text().replace('"channels/customs"', f'"{tmp_path}/agent/relay/{NAME}"'))
    found = Chain(Home(tmp_path / "own"), Home(tmp_path / "agent"))
    yield found
    found.enterprise.close()
    found.agent.close()


def test_there_and_back_byte_for_byte(chain: Chain) -> None:
    number = chain.submit("FIRST-1")
    Worker(chain.enterprise).until_idle()
    (left,) = chain.box(BoxName.OUT).entries()
    given = chain.box(BoxName.OUT).read(left.name, limit=1 << 23)
    chain.pass_on()
    own, relayed = chain.states()
    assert own == relayed and own[number] == "HS"
    (message,) = [row for row in chain.agent.ledger.history(number).messages if row.direction == "out"]
    assert chain.agent.ledger.message_body(message.id) == given
    assert message.signer == chain.node and message.sender == chain.node
    assert chain.box(BoxName.IN).entries() == [] and chain.box(BoxName.OUT).entries() == []


@needs_sshd
def test_the_same_over_sftp(chain: Chain, sshd: Sshd) -> None:
    """The enterprise's boxes lie on a server of its own: the agent logs in there."""
    shutil.copy(sshd.key, chain.agent.keys / "relay_client")
    sshd.pin(chain.agent.keys / "relay_known_hosts")
    settings = chain.agent.path / "gateway.toml"
    root = chain.agent.path / "relay" / NAME
    there = f'''kind = "sftp"
host = "127.0.0.1"
port = {sshd.port}
user = "{sshd.user}"
key = "keys/relay_client"
known_hosts = "keys/relay_known_hosts"
root = "{root}"
'''
    before, _, after = settings.read_text().rpartition(f'root = "relay/{NAME}"\n')
    settings.write_text(before + there + after)
    chain.agent.close()
    chain.agent = Home(chain.agent.path)
    number = chain.submit("FIRST-1")
    chain.pass_on()
    own, relayed = chain.states()
    assert own == relayed and own[number] == "HS"
    sshd.stop()
    chain.submit("LATER-0001")
    Worker(chain.agent).until_idle()  # the server is gone: nothing is lost, and nothing else stops


def test_a_confirmation_goes_through_too(chain: Chain) -> None:
    chain.submit("CONFIRM-1", remark="#confirm")
    chain.pass_on()
    certificate = next(n for n, state in chain.states()[0].items() if state == "EW")
    value = {"kind": "enterprise_confirmation", "reference": "YES-1", "enterprise": CODE,
             "content": {"certificate_serial": certificate, "confirm_result": "0"}}  # fmt: skip
    (outcome,) = Submitter(chain.enterprise, actor="test").submit([Declaration("memory", value)])
    assert outcome.outcome == "accepted", outcome
    chain.pass_on()
    own, relayed = chain.states()
    assert own == relayed and own[certificate] == "HP"


def test_the_same_file_again_is_one_message(chain: Chain) -> None:
    chain.submit("AGAIN-1")
    Worker(chain.enterprise).until_idle()
    (left,) = chain.box(BoxName.OUT).entries()
    given = chain.box(BoxName.OUT).read(left.name, limit=1 << 23)
    Worker(chain.agent).until_idle()
    assert chain.box(BoxName.OUT).put_all([(left.name, given)]) == [None]
    Worker(chain.agent).until_idle()
    assert chain.agent.ledger.counts().stages == {"answer": 1}


def refused(chain: Chain, name: str, data: bytes) -> str:
    """The code with which the agent turns a file away."""
    assert chain.box(BoxName.OUT).put_all([(name, data)]) == [None]
    Worker(chain.agent).until_idle()
    assert [entry.name for entry in chain.box(BoxName.FAIL).entries()] == [name]
    (answer,) = chain.box(BoxName.IN).entries()
    assert answer.name.startswith("Failed_")
    return read_answer(parse(chain.box(BoxName.IN).read(answer.name, limit=1 << 20))).code


def sealed(chain: Chain) -> tuple[str, bytes]:
    chain.submit("SEALED-1")
    Worker(chain.enterprise).until_idle()
    (left,) = chain.box(BoxName.OUT).entries()
    data = chain.box(BoxName.OUT).read(left.name, limit=1 << 23)
    chain.box(BoxName.OUT).remove(left.name)
    return left.name, data


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (
            lambda data: data.replace(b"</Data>", b"IA==</Data>").replace(b"</dxp:Data>", b"IA==</dxp:Data>"),
            "SIG_DIGEST",
        ),
        (lambda data: data[: len(data) // 2], "XML_NOTWF"),
    ],
)
def test_what_is_not_well_sealed_goes_back_with_its_reason(chain: Chain, harm: Any, code: str) -> None:
    name, data = sealed(chain)
    assert refused(chain, name, harm(data)) == table()[code].number
    assert not chain.agent.ledger.documents(enterprise=CODE)


def test_another_enterprises_file_is_not_taken(chain: Chain) -> None:
    """Sealed well, by somebody who is registered here, in a folder that is not his."""
    value = sample(chain.agent.contract.kinds["certificate_application"], seed=3, reference="OWN-1")
    Submitter(chain.agent, actor="test").submit([Declaration("memory", value)])
    (due,) = chain.agent.ledger.due("deliver", limit=1)
    assert refused(chain, due.file_name, due.body) in {table()[code].number for code in ("MSG_SENDER", "SIG_KEY")}


def test_a_paused_relay_keeps_its_files_and_gets_its_answers(chain: Chain) -> None:
    chain.submit("BEFORE-1")
    Worker(chain.enterprise).until_idle()
    Worker(chain.agent).until_idle()
    assert chain.agent.ledger.steer(PREFIX + NAME, "pause", actor="test", why="unpaid")
    chain.submit("LATER-0001")
    chain.pass_on()
    (row,) = listed(chain.agent)
    assert (row.waiting, row.to_hand_back, row.sent_today) == (1, 0, 1)
    assert "HS" in chain.states()[0].values()
    assert chain.agent.ledger.steer(PREFIX + NAME, "resume", actor="test", why="paid")
    chain.pass_on()
    own, relayed = chain.states()
    acts = [row.act for row in chain.agent.ledger.audit_rows() if row.act != "anchor"]
    assert own == relayed and acts == ["pause", "resume"]


def test_a_quota_lets_the_rest_wait_for_tomorrow(chain: Chain) -> None:
    settings = chain.agent.path / "gateway.toml"
    settings.write_text(settings.read_text().replace("\nquota = 0\n", "\nquota = 2\n"))
    chain.agent.close()
    chain.agent = Home(chain.agent.path)
    for n in range(3):
        chain.submit(f"{'Q' * n}UOTA-{n}")
    chain.pass_on()
    (row,) = listed(chain.agent)
    assert (row.sent_today, row.waiting) == (2, 1)


def test_what_customs_says_waits_for_a_folder_that_is_gone(chain: Chain) -> None:
    number = chain.submit("GONE-1")
    for home in (chain.enterprise, chain.agent):
        Worker(home).until_idle()
    customs = open_customs(chain.agent.path / "customs")
    customs.until_idle()
    customs.close()
    inbox = chain.agent.path / "relay" / NAME / "CertOut" / "InBox"
    inbox.rename(inbox.with_name("Elsewhere"))
    inbox.write_text("")  # a file where the folder was
    Worker(chain.agent).until_idle()
    assert chain.agent.ledger.forwards_open(chain.agent.tenants[CODE].id) > 0
    inbox.unlink()
    inbox.with_name("Elsewhere").rename(inbox)
    Worker(chain.agent).until_idle()
    Worker(chain.enterprise).until_idle()
    assert chain.states()[0][number] == "HS"
