"""Names are read whole or not at all, and written as they are read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcel.names import InName, OutName, parse_copy, parse_in, receipt_name, technical_name

NUMBER, AT = "A20260000000000017", "20261121093015123"
OUT = OutName("CERTAPP", NUMBER, AT, 0)

out_names = st.builds(
    OutName,
    type=st.from_regex(r"[A-Z0-9]{2,12}", fullmatch=True),
    number=st.from_regex(r"[A-Z0-9]{18}", fullmatch=True),
    stated=st.from_regex(r"[0-9]{17}", fullmatch=True),
    submission=st.integers(0, 99999),
    extension=st.sampled_from(["xml", "zip"]),
)
stamps = st.from_regex(r"[0-9]{17}", fullmatch=True)


def test_the_documented_forms() -> None:
    assert OUT.text == "CERTAPP_A20260000000000017_20261121093015123_t-0.xml"
    assert OUT.stem == "CERTAPP_A20260000000000017_20261121093015123_t-0"
    assert replace(OUT, submission=12, extension="zip").text.endswith("_t-12.zip")
    ours = technical_name(replace(OUT, extension=""), succeeded=True, stamp="20261121093016001", counter=7)
    assert ours.text == f"Successed_{OUT.stem}_20261121093016001007.xml"
    assert technical_name(OUT, succeeded=False, stamp=AT, counter=0).text == f"Failed_{OUT.text}_{AT}000.xml"
    assert receipt_name(NUMBER, stamp=AT, counter=123).text == f"Receipt_{NUMBER}_{AT}123.xml"


@given(out_names)
def test_out_names_are_read_as_written(name: OutName) -> None:
    assert OutName.parse(name.text) == name
    assert (
        OutName.parse(name.text.swapcase() if name.text.isupper() else f"{name.stem}.{name.extension.upper()}") == name
    )
    assert parse_in(name.text) is None


@given(out_names, st.booleans(), stamps, st.integers(0, 999), st.booleans())
def test_technical_names_are_read_as_written(out: OutName, ok: bool, stamp: str, counter: int, bare: bool) -> None:
    told = replace(out, extension="") if bare else out
    name = technical_name(told, succeeded=ok, stamp=stamp, counter=counter)
    found = parse_in(name.text)
    assert found == name
    assert found is not None
    assert found.out is not None
    assert found.out.same(out)
    assert (found.number, found.succeeded, found.tail) == (out.number, ok, f"{counter:03d}")
    assert OutName.parse(name.text) is None


@given(st.from_regex(r"[A-Za-z0-9]{1,36}", fullmatch=True), stamps, st.integers(0, 999))
def test_business_names_are_read_as_written(number: str, stamp: str, counter: int) -> None:
    name = receipt_name(number, stamp=stamp, counter=counter)
    assert parse_in(name.text) == name
    assert (name.succeeded, name.out) == (None, None)


@given(out_names, out_names)
def test_two_names_are_the_same_only_when_one_is_written_like_the_other(one: OutName, other: OutName) -> None:
    assert one.same(other) == (one.text == other.text)


@pytest.mark.parametrize(
    ("digits", "stamp", "tail"),
    [
        ("20261121093015", "20261121093015000", ""),
        ("2026112109301512", "20261121093015000", ""),
        ("20261121093015123", "20261121093015123", ""),
        ("202611210930151234", "20261121093015123", "4"),
        ("2026112109301512345678", "20261121093015123", "45678"),
    ],
)
def test_times_of_the_field_have_14_to_22_digits(digits: str, stamp: str, tail: str) -> None:
    assert parse_in(f"Receipt_{NUMBER}_{digits}.XML") == InName(NUMBER, stamp, tail=tail)
    assert parse_in(f"Failed_{OUT.stem}_{digits}.xml") == InName(
        NUMBER, stamp, succeeded=False, out=replace(OUT, extension=""), tail=tail
    )


@pytest.mark.parametrize("digits", ["2026112109301", "20261121093015123456789", "2026112109301x", ""])
def test_other_times_are_no_name(digits: str) -> None:
    assert parse_in(f"Receipt_{NUMBER}_{digits}.xml") is None


def test_a_name_of_the_field_is_read() -> None:
    """The pattern of a real client's receipts (real-messages 1.4), for a number of ours."""
    found = parse_in("Receipt_E20170000000007834_20170825092947361.xml")
    assert found == InName("E20170000000007834", "20170825092947361")


@pytest.mark.parametrize(
    "text",
    [
        "",
        OUT.stem,
        f"x{OUT.text}",
        f"{OUT.text}\n",
        f"{OUT.text}.Temp",
        OUT.text.lower(),
        OUT.text.replace("CERTAPP", "C"),
        OUT.text.replace("CERTAPP", "CERTAPPLICATN"),
        OUT.text.replace(NUMBER, NUMBER[:-1]),
        OUT.text.replace(NUMBER, NUMBER + "1"),
        OUT.text.replace(AT, AT[:-3]),
        OUT.text.replace(AT, "２" + AT[1:]),
        OUT.text.replace("t-0", "t-00"),
        OUT.text.replace("t-0", "t-"),
        OUT.text.replace("t-0", "t--1"),
        OUT.text.replace(".xml", ".pdf"),
        f"../{OUT.text}",
    ],
)
def test_what_is_not_wholly_a_name_is_none(text: str) -> None:
    assert OutName.parse(text) is None
    assert parse_in(f"Successed_{text}") is None


@pytest.mark.parametrize(
    "text",
    [
        f"Succeeded_{OUT.text}_{AT}.xml",
        f"successed_{OUT.text}_{AT}.xml",
        f"Successed_{OUT.text}.xml",
        f"Successed_{OUT.text}_{AT}.zip",
        f"Successed_{OUT.text}_{AT}.xml.tmp",
        f"Successed_Failed_{OUT.text}_{AT}.xml",
        f"Receipt_{NUMBER}.xml",
        f"Receipt__{AT}.xml",
        f"Receipt_../x_{AT}.xml",
        f"Receipt_{NUMBER}_{AT}.xml\n",
    ],
)
def test_other_inward_names_are_none(text: str) -> None:
    assert parse_in(text) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "c"},
        {"number": "A1"},
        {"stated": "2026"},
        {"submission": -1},
        {"extension": "pdf"},
        {"extension": "XML"},
    ],
)
def test_a_name_outside_the_form_cannot_be_made(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no name of a message"):
        replace(OUT, **fields)


def test_a_copy_in_sentbox_or_failbox_names_its_file() -> None:
    assert parse_copy(OUT.text) == OUT
    assert parse_copy(f"{OUT.stem}_{AT}.xml") == replace(OUT, extension="")
    assert parse_copy(f"{OUT.text}_{AT}.xml") == OUT
    assert parse_copy(f"{OUT.text}_x.xml") is None
