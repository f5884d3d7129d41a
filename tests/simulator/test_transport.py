"""The transport desk: what is turned away, what is known already, and that a kill at any point leaves one effect."""

from datetime import timedelta

import pytest

import simulator.customs
import simulator.taking
from channels import BoxName, FolderChannel, customs
from parcel.way import OUTWARD
from simulator.delivery import broken
from simulator.taking import File

from .conftest import APPLICATION_NO, BLANK_NO, CERTIFICATES, STRANGER, blank


def failed(world):
    return sorted(world.files(BoxName.FAIL))


def test_broken_seal(world):
    sealed = world.sealed(world.parcel("blank_certificate_application", blank(), BLANK_NO))
    world.put(sealed.name, sealed.data.replace(b"<dxp:CreatTime>2026", b"<dxp:CreatTime>2027"))
    world.look()
    assert failed(world) == [sealed.name]
    [(good, code, info)] = world.technical()
    assert (good, code) == (False, "1004")
    assert "内容与签名不符" in info
    assert world.customs.statement() == []


def test_signature_value(world):

    sealed = world.sealed(world.parcel("blank_certificate_application", blank(), BLANK_NO))
    world.put(sealed.name, broken(sealed.data))
    world.look()
    assert world.technical()[0][1] == "1001"


def test_schema_is_explained(world):
    parcel = world.sealed(world.parcel("blank_certificate_application", blank(), BLANK_NO))
    bad = world.sealed(
        world.parcel("blank_certificate_application", blank(), BLANK_NO,
                     payload=parcel.payload.replace(b"<Quantity>4</Quantity>", b"<Quantity>4000</Quantity>")),
        way=OUTWARD[3:],
    )  # fmt: skip
    world.put(bad.name, bad.data)
    world.look()
    [(good, code, info)] = world.technical()
    assert (good, code) == (False, "0002")
    assert "Quantity" in info
    assert "999" in info
    assert failed(world) == [bad.name]


def test_garbage_in_the_outbox(world):
    names = ["BLANKAPP_B20260000000000018_20261121093015123_t-0.xml", "垃圾.xml", "empty.zip"]
    for name, data in zip(names, (b"\x00\xff garbage", "不是报文".encode(), b""), strict=True):
        world.put(name, data)
    good = world.apply_blank()
    world.look()
    assert failed(world) == sorted(names)
    assert world.sent() == [good.name]
    assert sorted(code for ok, code, _ in world.technical() if not ok)[0] == "0001"
    assert {name.split("_")[0] for name in world.files() if "垃圾" in name or "empty" in name} == {"Failed"}
    assert world.row(BLANK_NO)["state"] == "BP"


@pytest.mark.parametrize(
    ("signer", "fields", "code"),
    [
        (STRANGER, {"sender": STRANGER}, "4045"),  # registered key, unregistered enterprise
        (STRANGER, {}, "4035"),  # signed by somebody else
        (None, {"receiver": "DXPEDC0000000002"}, "2002"),
        (
            None,
            {"name": "BLANKAPP_B20260000000000099_20261121093015123_t-0.xml"},
            "0001",
        ),  # the name says another number
        (None, {"name": "CERTAPP_B20260000000000017_20261121093015123_t-0.xml"}, "4040"),  # another type
    ],
)
def test_what_is_not_for_here(world, signer, fields, code):
    parcel = world.parcel("blank_certificate_application", blank(), BLANK_NO, **fields)
    sealed = world.sealed(parcel, **({"signer": signer} if signer else {}))
    world.put(sealed.name, sealed.data)
    world.look()
    assert [found for _, found, _ in world.technical()] == [code]
    assert world.customs.statement() == []


def test_message_again_gets_its_first_answers(world):
    sent = world.apply_blank()
    world.look()
    first = world.files()
    for name in first:
        world.channel.box(BoxName.IN).remove(name)
    world.clock.tick(timedelta(minutes=5))
    world.put(sent.name, sent.data)
    world.look()
    assert world.files() == first
    row = world.row(BLANK_NO)
    assert (row["effects"], row["submissions"]) == (1, 1)


def test_message_again_under_another_name(world):
    sent = world.apply_blank()
    world.look()
    first = world.files()
    world.put(sent.name.replace("_t-0", "_t-1"), sent.data)
    world.look()
    assert world.files() == first
    assert (world.row(BLANK_NO)["effects"], world.row(BLANK_NO)["submissions"]) == (1, 1)


def test_message_id_with_other_content_is_a_conflict(world):
    sent = world.apply_blank()
    world.look()
    other = world.sealed(
        world.parcel("blank_certificate_application", blank() | {"remark": "x"}, BLANK_NO, cop_msg_id=sent.cop_msg_id)
    )
    world.put(other.name, other.data)
    world.look()
    assert [(ok, code) for ok, code, _ in world.technical()] == [(True, "0"), (False, "4042")]
    assert (world.row(BLANK_NO)["effects"], world.row(BLANK_NO)["submissions"]) == (1, 1)
    assert len(failed(world)) == 1


def test_new_message_for_what_is_stored_restates_it(world):
    world.apply_blank()
    world.look()
    original = world.records[0]
    again = world.apply_blank(submission=1)
    world.look()
    last = world.records[-1]
    assert (last["status"], last["customs_no"], last["cop_msg_id"]) == ("BP", original["customs_no"], again.cop_msg_id)
    assert last["sentence"].startswith("重复申报")
    assert (world.row(BLANK_NO)["effects"], world.row(BLANK_NO)["submissions"]) == (1, 2)


def test_application_again_with_a_new_id_restates_its_certificates(world):
    world.apply()
    world.look()
    before = {row["number"]: row for row in world.customs.statement()}
    world.apply(submission=1)
    world.look()
    after = {row["number"]: row for row in world.customs.statement()}
    assert {n: {**row, "submissions": 1} for n, row in after.items()} == before
    assert [status for _, status in world.told()[-3:]] == ["HS", "HP", "HP"]


def test_confirmation_that_no_state_permits_restates(world):
    world.apply(count=1)
    world.look()
    world.confirm(CERTIFICATES[0])
    world.look()
    assert world.told()[-1] == (CERTIFICATES[0], "HP")
    assert world.row(CERTIFICATES[0])["state"] == "HP"


def test_turned_away_is_judged_anew(make_world, keys):
    """A sender that is registered later sends the very same file again."""
    world = make_world()
    settings = world.settings
    closed = world.another(settings=type(settings)(settings.node))
    sent = world.apply_blank()
    closed.until_idle()
    assert failed(world) == [sent.name]
    world.channel.box(BoxName.FAIL).remove(sent.name)
    world.put(sent.name, sent.data)
    world.another().until_idle()
    assert world.row(BLANK_NO)["state"] == "BP"


class Killed(BaseException):
    """What a kill looks like from inside."""


def killed(*_, **__):
    raise Killed


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("simulator.taking._moved", "between commit and move"),
        ("simulator.customs.perform", "between move and the desks"),
        ("simulator.customs.post", "between the desks and the InBox"),
        ("simulator.posting._marks", "between the InBox and the store"),
        ("simulator.store.Store.moved", "after the move, before it is marked"),
        ("simulator.desks.dispatch", "inside the desks' transaction"),
        ("simulator.taking.acknowledge", "inside the transaction of the message"),
    ],
)
def test_a_kill_at_any_point_leaves_one_effect(world, monkeypatch, where, what):
    sent = world.apply(count=2)
    with monkeypatch.context() as planted:
        planted.setattr(where, killed)
        with pytest.raises(Killed):
            world.customs.until_idle()
    world.customs = world.another()
    world.look()
    assert world.sent() == [sent.name]
    assert not world.files(BoxName.OUT)
    assert {row["number"]: (row["state"], row["effects"], row["submissions"]) for row in world.customs.statement()} == {
        APPLICATION_NO: ("HS", 1, 1), CERTIFICATES[0]: ("HP", 1, 1), CERTIFICATES[1]: ("HP", 1, 1),
    }, what  # fmt: skip
    assert len(world.technical()) == 1
    assert len(world.records) == 5
    assert len({r["receipt_no"] for r in world.records}) == 5


def test_one_mistake_of_ours_does_not_stop_the_next_message(world, monkeypatch):
    bad = world.apply_blank("mistake", number="B20260000000000001")
    good = world.apply_blank()
    real = simulator.taking.receive

    def receive(tools, parcel, cause):
        if parcel.number == "B20260000000000001":
            raise ZeroDivisionError("planted")
        return real(tools, parcel, cause)

    monkeypatch.setattr("simulator.taking.receive", receive)
    world.look()
    assert failed(world) == [bad.name]
    assert world.sent() == [good.name]
    assert ("4088" in {code for _, code, _ in world.technical()}) and world.row(BLANK_NO)["state"] == "BP"


def test_file_too_big_is_turned_away(world):
    world.put("BLANKAPP_B20260000000000018_20261121093015123_t-0.xml", b" " * (8 * 1024 * 1024 + 1))
    world.look()
    assert [code for _, code, _ in world.technical()] == ["0001"]
    assert File("r", "n").data == b""


def test_a_folder_that_is_gone_is_told_once_and_looked_for_again(make_world, tmp_path, capsys):
    world = make_world()
    channel = FolderChannel(tmp_path / "wire", "CertOut")
    away = world.another(channels={"customs/CertIn": customs(channel), "customs/CertOut": customs(world.channel)})
    world.apply_blank()
    for _ in range(3):
        away.look()
    assert world.row(BLANK_NO)["state"] == "BP"
    assert capsys.readouterr().err.count("CHANNEL_UNAVAILABLE") == 1
    channel.create()
    away.look()
    assert capsys.readouterr().err == ""


def test_foreign_names_are_cut(world):
    long = "长" * 80 + ".xml"
    for data in (b"one", b"two"):
        world.put(long, data)
        world.look()
    assert len(failed(world)) == 2
    assert all(len(name.encode()) <= 250 for name in (*failed(world), *world.files()))
    assert len(world.files()) == 2
