"""Customs over two folders in memory, and an enterprise that walks the outward way with a key of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels import BoxName, FolderChannel, MemoryChannel, customs, enterprise
from mappings.clock import SetClock, SystemClock, iso, micros, moment, stamp
from mappings.load import contract
from mappings.numbers import message_id
from mappings.parser import parse
from parcel.attached import of_sample
from parcel.envelope import read_answer
from parcel.names import OutName, parse_in
from parcel.parcel import Parcel
from parcel.way import INWARD, OUTWARD, walk
from signing.keys import load_signer, make_own, trust
from signing.registry import Registry
from simulator.customs import Customs
from simulator.house import Registered, Settings
from simulator.settings import make_customs
from simulator.store import Store
from xsd.explain import Judges
from xsd.store import schema_source

ENTERPRISE, CUSTOMS, STRANGER = "DXPENT1108919038", "DXPEDC0000000001", "DXPENT0000000009"
NOBODY = "DXPEDC9999999999"
CODE = "1108919038"
NOW = "20261121093015123"
BLANK_NO, APPLICATION_NO = "B20260000000000017", "A20260000000000017"
CERTIFICATES = tuple(f"C202600000000000{n}" for n in (41, 42, 43))
JUDGES = Judges(schema_source(contract()), both=True)


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Folder, registry and signers of the three nodes; made once, because RSA is slow to make."""
    folder = tmp_path_factory.mktemp("keys")
    for node in (ENTERPRISE, CUSTOMS, STRANGER, NOBODY):
        make_own(
            folder, node, name="示例进出口有限公司", passphrase=None, now=datetime(2020, 1, 1, tzinfo=UTC), days=9000
        )
    signers = {node: load_signer(folder, node) for node in (ENTERPRISE, CUSTOMS, STRANGER, NOBODY)}
    (folder / "own" / f"{NOBODY}.cert.pem").unlink()  # nobody has registered it
    return Registry.load(folder), signers


@dataclass
class World:
    """Both ends of one channel. channel, entry: its folders CertOut and CertIn. `records`: what the enterprise understands of its
    InBoxes, in the order of arrival, CertOut first."""

    registry: Registry
    signers: dict[str, Any]
    clock: SetClock
    channel: MemoryChannel
    settings: Settings
    store: Store
    entry: MemoryChannel = field(default_factory=MemoryChannel)
    customs: Customs = field(init=False)
    messages: int = 0

    def __post_init__(self):
        self.customs = self.another()

    def another(self, **tools: Any) -> Customs:
        """Customs anew over the same store, as after a restart."""
        held = {
            "settings": self.settings, "store": self.store, "contract": contract(), "registry": self.registry,
            "signer": self.signers[CUSTOMS], "judges": JUDGES, "clock": self.clock,
            "stranger": self.signers[NOBODY],
            "channels": {"customs/CertOut": customs(self.channel), "customs/CertIn": customs(self.entry)},
        }  # fmt: skip
        return Customs(**{**held, **tools})

    # the enterprise's end

    def parcel(
        self, kind: str, content: dict[str, Any], number: str, carried: tuple[str, ...] = (), **other: Any
    ) -> Parcel:
        found, stated = contract().kinds[kind], stamp(self.clock.now())
        self.messages += 1
        content, attachments = of_sample(found, content)
        extension = "zip" if attachments else "xml"
        held = {
            "kind": found, "number": number, "enterprise": CODE, "reference": f"ERP-{number}", "stated_at": stated,
            "name": OutName(found.type, number, stated, other.get("submission", 0), extension).text, "created": iso(self.clock.now()),
            "cop_msg_id": message_id(ENTERPRISE, stated, self.messages), "sender": ENTERPRISE, "receiver": CUSTOMS,
            "content": content, "carried": carried, "attachments": attachments,
        }  # fmt: skip
        return Parcel(**{**held, **other})

    def sealed(self, parcel: Parcel, *, signer: str = ENTERPRISE, way: Any = OUTWARD) -> Parcel:
        held = {"contract": contract(), "judges": JUDGES, "signer": self.signers[signer]}
        done, refused = walk(way, [parcel], held)
        assert not refused, refused
        return done[0]

    def put(self, name: str, data: bytes) -> None:
        found = OutName.parse(name)
        kind = contract().of_type(found.type) if found else None
        channel = self.entry if kind and kind.biz == "CertIn" else self.channel
        assert enterprise(channel).out.put_all([(name, data)]) == [None]

    def send(
        self, kind: str, content: dict[str, Any], number: str, carried: tuple[str, ...] = (), **other: Any
    ) -> Parcel:
        sealed = self.sealed(self.parcel(kind, content, number, carried, **other))
        self.put(sealed.name, sealed.data)
        return sealed

    def apply_blank(self, remark: str = "", number: str = BLANK_NO, **other: Any) -> Parcel:
        return self.send("blank_certificate_application", blank(remark), number, **other)

    def apply(self, remark: str = "", count: int = 2, **other: Any) -> Parcel:
        content = application(remark, count) | other.pop("fields", {})
        return self.send("certificate_application", content, APPLICATION_NO, CERTIFICATES[:count], **other)

    def confirm(self, number: str, result: str = "0", **other: Any) -> Parcel:
        content = {"certificate_serial": number, "confirm_result": result}
        if result == "1":
            content |= {"disagree_reason": "发货日期未填写", "opinion": "发货日期改为2026-12-05"}
        return self.send("enterprise_confirmation", content, number, **other)

    # what comes back

    def files(self, box: BoxName = BoxName.IN) -> dict[str, bytes]:
        boxes = [channel.box(box) for channel in (self.channel, self.entry)]
        return {name: data for found in boxes for name, (data, _) in found._files.items()}

    def sent(self) -> list[str]:
        day, channels = stamp(self.clock.now())[:8], (self.channel, self.entry)
        return [each.name for channel in channels for each in enterprise(channel).sent(day).entries()]

    def technical(self) -> list[tuple[bool, str, str]]:
        """(succeeded, code, info) of every technical receipt."""
        found = [(parse_in(name), data) for name, data in self.files().items() if not name.startswith("Receipt_")]
        answers = [(name, read_answer(parse(data))) for name, data in found]
        return [(bool(name and name.succeeded), answer.code, answer.info) for name, answer in answers]

    def business(self) -> list[Parcel]:
        """Every business message that verifies and reads."""
        held = {
            "registry": self.registry, "at": moment(self.clock.now()), "contract": contract(), "judges": JUDGES,
            "senders": {CUSTOMS}, "addressees": {ENTERPRISE},
        }  # fmt: skip
        files = [Parcel(name=n, data=d) for n, d in self.files().items() if n.startswith("Receipt_")]
        return walk(INWARD, files, held)[0]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [dict(record) for parcel in self.business() for record in parcel.content["records"]]

    def told(self) -> list[tuple[str, str]]:
        return [(record["number"], record["status"]) for record in self.records]

    def row(self, number: str) -> dict[str, Any]:
        return next(row for row in self.customs.statement() if row["number"] == number)

    def look(self, later: timedelta = timedelta(0)) -> None:
        self.clock.tick(later)
        self.customs.until_idle()


def blank(remark: str = "") -> dict[str, Any]:
    lines = [{"blank_format": "C5-1", "quantity": 4}, {"blank_format": "C1-1", "quantity": 2}]
    return {"customs_office": "2201", "lines": lines} | ({"remark": remark} if remark else {})


def application(remark: str = "", count: int = 2) -> dict[str, Any]:
    certificate = {"certificate_format": "C2-2.en", "originals": 1, "copies": 2, "consignor_name_en": "SHENDAN"}
    return {
        "inspection_no": "222N01040001195", "accept_office": "0104", "collect_mode": "self_print",
        "contact_name": "申请人名称", "contact_mobile": "12200000000",
        "certificates": [dict(certificate) for _ in range(count)],
    } | ({"remark": remark} if remark else {})  # fmt: skip


@pytest.fixture
def make_world(keys, tmp_path):
    made = []

    def make(*, file: str = "customs.db", **settings: Any) -> World:
        registered = (Registered(ENTERPRISE, CODE, "", "示例进出口有限公司"),)
        house = Settings(CUSTOMS, enterprises=registered, **settings)
        world = World(keys[0], keys[1], SetClock(micros(NOW)), MemoryChannel(), house, Store(tmp_path / file))
        made.append(world)
        return world

    yield make
    for world in made:
        world.store.close()


@pytest.fixture
def world(make_world):
    return make_world()


# a home of customs on a disk, and an enterprise beside it


@pytest.fixture(scope="session")
def own_keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("enterprise")
    make_own(folder, ENTERPRISE, name="示例", passphrase=None, now=datetime.now(UTC))
    return folder


@pytest.fixture
def home(tmp_path, own_keys):
    registered = Registered(ENTERPRISE, CODE, "", '示例 "公司" \\ 一')
    make_customs(tmp_path / "customs", enterprises=[registered], channel_root=tmp_path / "channels" / "customs",
                 now=SystemClock().now())  # fmt: skip
    trust(tmp_path / "customs" / "keys", ENTERPRISE, (own_keys / "own" / f"{ENTERPRISE}.cert.pem").read_bytes())
    return tmp_path


def submit(home, own_keys, remark="", number=BLANK_NO, serial=1):
    now = SystemClock().now()
    parcel = Parcel(
        kind=contract().kinds["blank_certificate_application"], number=number, enterprise=CODE,
        reference=f"ERP-{number}", stated_at=stamp(now),
        name=OutName("BLANKAPP", number, stamp(now), 0).text, created=iso(now), sender=ENTERPRISE,
        cop_msg_id=message_id(ENTERPRISE, stamp(now), serial), receiver="DXPEDC0000000001", content=blank(remark),
    )  # fmt: skip
    tools = {"contract": contract(), "judges": JUDGES, "signer": load_signer(own_keys, ENTERPRISE)}
    [sealed], _ = walk(OUTWARD, [parcel], tools)
    assert channel(home).out.put_all([(sealed.name, sealed.data)]) == [None]


def channel(home):
    return enterprise(FolderChannel(home / "channels" / "customs", "CertOut"))
