"""Every mood: what it does to the outcome, or to the way in which the answers travel."""

from datetime import timedelta

import pytest

from channels import BoxName
from mappings.clock import moment
from mappings.load import contract
from parcel.parcel import Parcel
from parcel.way import INWARD, walk
from simulator import moods
from simulator.moods import first_fate, moods_in, used_up

from .conftest import APPLICATION_NO, BLANK_NO, CERTIFICATES, CUSTOMS, ENTERPRISE, JUDGES

LATER = timedelta(seconds=6)


def refused(world):
    """Reason codes of the files that the enterprise cannot use."""
    held = {
        "registry": world.registry, "at": moment(world.clock.now()), "contract": contract(), "judges": JUDGES,
        "senders": {CUSTOMS}, "addressees": {ENTERPRISE},
    }  # fmt: skip
    files = [Parcel(name=n, data=d) for n, d in world.files().items() if n.startswith("Receipt_")]
    return sorted(reason.code for _, reason in walk(INWARD, files, held)[1])


def test_words_end_where_the_remark_begins():
    assert moods_in({"remark": "#twice #shuffle rest #refuse"}) == ("twice", "shuffle")
    assert moods_in({"remark": "rest #refuse"}) == moods_in({"remark": "#unknown #refuse"}) == moods_in({}) == ()
    assert first_fate(("twice", "confirm", "refuse")) == "confirm"
    assert used_up(("twice", "confirm", "refuse")) == ("twice", "refuse")


def test_readme_holds_the_table():
    text = moods.README.read_text(encoding="utf-8")
    assert moods.printed(text) == text
    assert moods.main(["--check"]) == 0
    assert all(f"`#{mood.said}`" in text for mood in moods.MOODS.values())


@pytest.mark.parametrize(
    ("remark", "expected"),
    [
        ("", {APPLICATION_NO: "HS", CERTIFICATES[0]: "HP"}),
        ("#refuse", {APPLICATION_NO: "HF", CERTIFICATES[0]: "HF"}),
        ("#return", {APPLICATION_NO: "HS", CERTIFICATES[0]: "HT"}),
        ("#confirm", {APPLICATION_NO: "HS", CERTIFICATES[0]: "EW"}),
        ("#silent", {APPLICATION_NO: "D", CERTIFICATES[0]: "D"}),
    ],
)
def test_fates_of_an_application(world, remark, expected):
    world.apply(remark, count=1)
    world.look()
    assert {row["number"]: row["state"] for row in world.customs.statement()} == expected
    told = dict(world.told())
    assert told == {number: state for number, state in expected.items() if state != "D"}
    assert bool(world.files()) == (remark != "#silent")
    assert len(world.sent()) == 1


@pytest.mark.parametrize(
    ("remark", "state", "sentence"),
    [
        ("#refuse", "HF", "入库失败! 原因: 申报数据不符合要求"),
        ("#return", "HF", "入库失败! 原因: 海关退回，请补充资料后重新提交"),
        ("#confirm", "BP", "已领取!"),  # a kind without drafts
        ("#silent", "D", ""),
    ],
)
def test_fates_of_a_blank_application(world, remark, state, sentence):
    world.apply_blank(remark)
    world.look()
    assert world.row(BLANK_NO)["state"] == state
    assert "".join(r["sentence"] for r in world.records[-1:]).endswith(sentence)


def test_refused_may_be_submitted_again(world):
    world.apply_blank("#refuse")
    world.look()
    world.look(timedelta(minutes=1))
    world.apply_blank(submission=1)
    world.look()
    row = world.row(BLANK_NO)
    assert (row["state"], row["submissions"], row["effects"]) == ("BP", 2, 1)


def test_confirm_then_silent(world):
    world.apply("#confirm #silent", count=1)
    world.look()
    before = world.files()
    sent = world.confirm(CERTIFICATES[0])
    world.look(LATER)
    assert world.files() == before
    assert sent.name in world.sent()
    assert world.row(CERTIFICATES[0])["state"] == "EA"


def test_twice(world):
    world.apply_blank("#twice")
    world.look()
    assert [good for good, _, _ in world.technical()] == [True, True]
    bodies = list(world.files().values())
    assert len(bodies) == 2 + 2 * 3
    assert len(set(bodies)) == 1 + 2 * 2
    assert sorted(status for _, status in world.told()) == ["BP"] * 3 + ["HS"] * 3
    assert len({r["receipt_no"] for r in world.records}) == 2
    assert len({parcel.cop_msg_id for parcel in world.business()}) == 4


def test_shuffle_spreads_arrivals_and_leaves_times_alone(world):
    world.apply("#shuffle", count=3)
    world.look()
    arrived = len(world.files())
    assert arrived < 8
    names = []
    for _ in range(51):
        world.look(timedelta(milliseconds=100))
        names += [number_status for number_status in world.told() if number_status not in names]
    assert len(world.records) == 7  # one a file
    stated = {r["stated_at"]: (r["number"], r["status"]) for r in world.records}
    assert names != [stated[at] for at in sorted(stated)]
    assert max(stated) < "20261121093015200"


def test_badseal(world):
    world.apply_blank("#badseal")
    world.look()
    assert refused(world) == ["SIG_VALUE", "SIG_VALUE"]
    assert [status for _, status in world.told()] == ["HS", "BP"]


def test_foreign(world):
    world.apply_blank("#foreign")
    world.look()
    strangers = [r for r in world.records if r["number"] != BLANK_NO]
    assert [r["number"] for r in strangers] == ["B20269999999999999"]
    assert [status for number, status in world.told() if number == BLANK_NO] == ["HS", "BP"]


def test_garbage(world):
    world.apply_blank("#garbage")
    world.look()
    [code] = refused(world)
    assert code.startswith("XML_")
    assert [status for _, status in world.told()] == ["HS", "BP"]


def test_early(world):
    world.apply_blank("#early")
    world.look()
    assert world.told() == [(BLANK_NO, "BP")]
    assert world.technical() == []
    world.look(timedelta(seconds=2))
    assert {r["status"]: r["stated_at"] for r in world.records} == {
        "BP": "20261121093015124",
        "HS": "20261121093015123",
    }
    assert len(world.technical()) == 1


def test_early_where_customs_takes_its_time(make_world):
    world = make_world(progress="timed")
    world.apply_blank("#early")
    world.look()
    world.look(timedelta(hours=2, seconds=15))
    assert world.told() == [(BLANK_NO, "BP")]
    world.look(timedelta(seconds=2))
    assert sorted(status for _, status in world.told()) == ["BP", "HS"]


def test_several_moods(world):
    world.apply("#confirm #twice #badseal #foreign #garbage #shuffle and a remark", count=1)
    world.look()
    world.look(LATER)
    assert world.row(CERTIFICATES[0])["state"] == "EW"
    assert sorted(set(world.told()) - {("A20269999999999999", "HS")}) == [
        (APPLICATION_NO, "HS"),
        (CERTIFICATES[0], "EW"),
        (CERTIFICATES[0], "HS"),
    ]


def test_same_seed_same_bytes(make_world):
    first, second, other = make_world(file="1.db"), make_world(file="2.db"), make_world(file="3.db", seed=7)
    for world in (first, second, other):
        world.apply("#shuffle #twice #garbage #foreign", count=2)
        for _ in range(6):
            world.look(timedelta(seconds=1))
    assert first.files() == second.files()
    assert other.files() != first.files()


def test_late(world):
    world.apply_blank("#late:2h")
    world.look()
    assert world.technical() == [(True, "0", "接收成功")]
    world.look(timedelta(minutes=119))
    assert world.told() == []
    world.look(timedelta(minutes=1))
    assert [(r["status"], r["stated_at"]) for r in world.records] == [
        ("HS", "20261121093015123"),
        ("BP", "20261121093015124"),
    ]


def test_late_and_early(world):
    world.apply_blank("#late:1h #early")
    world.look()
    world.look(timedelta(hours=1))
    assert world.told() == [(BLANK_NO, "BP")]
    world.look(timedelta(seconds=2))
    assert sorted(status for _, status in world.told()) == ["BP", "HS"]


def test_half(world):
    world.apply_blank("#half")
    world.look()
    halves = world.files()
    assert refused(world) == ["XML_NOTWF", "XML_NOTWF"]
    world.look(timedelta(seconds=2))
    whole = world.files()
    assert whole.keys() == halves.keys()
    grown = [name for name in whole if whole[name] != halves[name]]
    assert len(grown) == 2 and all(whole[name].startswith(halves[name]) for name in grown)
    assert [status for _, status in world.told()] == ["HS", "BP"]


def test_half_that_was_taken_away_comes_whole_under_its_name(world):
    world.apply_blank("#half")
    world.look()
    for name in world.files():
        world.channel.box(BoxName.IN).remove(name)
    world.look(timedelta(seconds=2))
    assert [status for _, status in world.told()] == ["HS", "BP"]


@pytest.mark.parametrize(
    ("remark", "words"),
    [
        ("#late #twice", ()),
        ("#late:soon #twice", ()),
        ("#late:2h #twice", ("late:2h", "twice")),
        ("#notice:documents", ("notice:documents",)),
        ("#notice:data:goods.v1", ("notice:data:goods.v1",)),
        ("#notice:more", ()),
        ("#twice:2", ()),
    ],
)
def test_words_with_arguments(remark, words):
    assert moods_in({"remark": remark}) == words


def test_disagree_waits_for_an_act_that_knows_it():
    assert first_fate(("disagree", "refuse")) == "refuse"
    assert first_fate(("disagree", "refuse"), {"disagree"}) == "disagree"
    assert used_up(("disagree", "refuse", "late:2h")) == ("disagree", "late:2h")


def test_the_table_says_what_is_without_effect():
    kinds = contract().kinds
    for mood in moods.MOODS.values():
        [row] = [line for line in moods.table(kinds).splitlines() if line.startswith(f"| `#{mood.said}`")]
        assert ("without effect" in row) is not moods.effective(mood.word, kinds)
    assert moods.effective("invalid", {"certificate_status": None})
    assert not moods.effective("invalid", {})


@pytest.mark.parametrize(("word", "codes"), [("stranger", {"SIG_KEY"}), ("encoding", {"XML_NOTWF", "XML_ENCODING"})])
def test_a_spoilt_copy_goes_first(world, word, codes):
    world.apply_blank(f"#{word}")
    world.look()
    assert len(refused(world)) == 2 and set(refused(world)) <= codes
    assert [status for _, status in world.told()] == ["HS", "BP"]


def test_storm(world):
    world.apply_blank("#storm")
    world.look()
    assert len(world.files()) == 1 + 2 * 21
    assert len(set(world.files().values())) == 3
    assert world.row(BLANK_NO)["effects"] == 1
