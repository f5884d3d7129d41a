"""The envelope is canonical as written, valid by both judges, and read back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mappings.parser import parse
from parcel.envelope import Answer, Envelope, Head, peek_sender, read_answer, unwrap, wrap, write_answer
from parcel.errors import EnvelopeRefused

SCHEMA = Path(__file__).parents[2] / "xsd" / "dxp.xsd"
LXML = etree.XMLSchema(etree.parse(SCHEMA))
XMLSCHEMA = xmlschema.XMLSchema(SCHEMA.read_text("utf-8"), allow="none")

ENVELOPE = Envelope(
    cop_msg_id="DXPENT0000000001202611210930151230000000017",
    sender="DXPENT0000000001",
    receivers=("DXPESW0000000001",),
    created="2026-11-21T09:30:15",
    msg_type="CERTAPP",
    data="<业务/>".encode(),
    file_name="CERTAPP_A20260000000000017_20261121093015123_t-0.xml",
    biz_keys=(("Number", "A20260000000000017"),),
)

characters = st.characters(exclude_categories=("Cs",)).filter(
    lambda char: char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff")
)


def text(most: int, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(characters, min_size=least, max_size=most)


moments = st.datetimes().map(lambda moment: moment.isoformat())
wild = st.builds(
    Envelope,
    cop_msg_id=text(255),
    sender=text(16),
    receivers=st.lists(text(16), min_size=1, max_size=5).map(tuple),
    created=moments,
    msg_type=text(30, 0),
    data=st.binary(max_size=200),
    file_name=text(255, 0),
    biz_keys=st.lists(st.tuples(text(32), text(64)), max_size=5).map(tuple),
)


def stripped(envelope: Envelope) -> Envelope:
    """As it is read: blanks around a text are no part of it."""
    head = envelope.head
    return Envelope(
        head.cop_msg_id.strip(),
        head.sender.strip(),
        tuple(receiver.strip() for receiver in head.receivers),
        head.created,
        head.msg_type.strip(),
        envelope.data,
        envelope.file_name.strip(),
        tuple((name, value.strip()) for name, value in envelope.biz_keys),
    )


def valid(data: bytes) -> bool:
    root = etree.fromstring(data)
    verdict = LXML.validate(root)
    assert verdict == XMLSCHEMA.is_valid(root)
    return verdict


def c14n(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n")


def test_the_envelope_as_it_is_written() -> None:
    assert wrap([ENVELOPE]) == [
        b'<dxp:DxpMsg xmlns:dxp="http://www.chinaport.gov.cn/dxp" ver="1.0"><dxp:TransInfo>'
        b"<dxp:CopMsgId>DXPENT0000000001202611210930151230000000017</dxp:CopMsgId>"
        b"<dxp:SenderId>DXPENT0000000001</dxp:SenderId>"
        b"<dxp:ReceiverIds><dxp:ReceiverId>DXPESW0000000001</dxp:ReceiverId></dxp:ReceiverIds>"
        b"<dxp:CreatTime>2026-11-21T09:30:15</dxp:CreatTime><dxp:MsgType>CERTAPP</dxp:MsgType></dxp:TransInfo>"
        b"<dxp:Data>POS4muWKoS8+</dxp:Data>"
        b"<dxp:AddInfo><dxp:FileName>CERTAPP_A20260000000000017_20261121093015123_t-0.xml</dxp:FileName>"
        b'<dxp:BizKey><dxp:Key name="Number">A20260000000000017</dxp:Key></dxp:BizKey></dxp:AddInfo></dxp:DxpMsg>'
    ]
    assert wrap([]) == []


@given(wild)
def test_what_is_written_is_canonical_valid_and_read_back(envelope: Envelope) -> None:
    [data] = wrap([envelope])
    assert c14n(data) == data
    assert valid(data)
    expected = stripped(envelope)
    if expected.cop_msg_id and expected.sender and "".join(expected.receivers):
        assert unwrap(etree.fromstring(data)) == expected


def test_it_passes_the_parsers_policy() -> None:
    root = parse(wrap([ENVELOPE])[0])
    assert unwrap(root) == ENVELOPE
    assert peek_sender(root) == "DXPENT0000000001"
    assert unwrap(root).head == Head(*(getattr(ENVELOPE, name) for name in Head.__slots__))


FULL = {"receivers": ("DXPESW0000000001",) * 5, "biz_keys": (("k" * 32, "v" * 64),) * 5, "cop_msg_id": "证" * 255}


@pytest.mark.parametrize(
    ("fields", "element"),
    [
        ({"sender": "x" * 17}, "SenderId"),
        ({"sender": ""}, "SenderId"),
        ({"cop_msg_id": "x" * 256}, "CopMsgId"),
        ({"cop_msg_id": ""}, "CopMsgId"),
        ({"msg_type": "X" * 31}, "MsgType"),
        ({"receivers": ()}, "ReceiverId"),
        ({"receivers": ("x",) * 6}, "ReceiverId"),
        ({"receivers": ("x" * 17,)}, "ReceiverId"),
        ({"created": "2026-11-21 09:30:15"}, "CreatTime"),
        ({"created": "2026-02-30T09:30:15"}, "CreatTime"),
        ({"created": "2026-11-21T25:30:15"}, "CreatTime"),
        ({"created": "0000-11-21T09:30:15"}, "CreatTime"),
        ({"created": "2026-11-21T09:30:15\n"}, "CreatTime"),
        ({"file_name": "x" * 256}, "FileName"),
        ({"file_name": "a\x00"}, "FileName"),
        ({"msg_type": "\ufffe"}, "MsgType"),
        ({"msg_type": "\ud800"}, "MsgType"),
        ({"biz_keys": (("k", "v"),) * 6}, "Key"),
        ({"biz_keys": (("k" * 33, "v"),)}, "name"),
        ({"biz_keys": (("", "v"),)}, "name"),
        ({"biz_keys": (("k", "v" * 65),)}, "Key"),
        ({"biz_keys": (("k", ""),)}, "Key"),
    ],
)
def test_what_is_outside_the_platforms_limits_is_a_defect_of_ours(fields: dict[str, object], element: str) -> None:
    assert valid(wrap([replace(ENVELOPE, **FULL)])[0])
    with pytest.raises(EnvelopeRefused) as refused:
        wrap([ENVELOPE, replace(ENVELOPE, **fields)])
    assert refused.value.code == "XSD_OWN"
    assert element in refused.value.zh


@pytest.mark.parametrize(
    "created", ["2026-11-21T09:30:15Z", "2026-11-21T09:30:15.123+08:00", "2024-02-29T00:00:00", "0001-01-01T00:00:00"]
)
def test_times_of_the_schema_may_be_written(created: str) -> None:
    assert valid(wrap([replace(ENVELOPE, created=created)])[0])


FOREIGN = b"""<?xml version="1.0" encoding="UTF-8"?>
<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0" Id="a">
  <TransInfo>
    <CopMsgId> ID1 </CopMsgId><SenderId>DXPEDC0000000001</SenderId>
    <ReceiverIds><ReceiverId>one</ReceiverId><ReceiverId>two</ReceiverId></ReceiverIds>
    <CreatTime>2017-02-24T06:01:13Z</CreatTime><MsgType/>
  </TransInfo>
  <Data>
    PGEv
    Pg==
  </Data>
  <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><whatever/></Signature>
</DxpMsg>"""


def test_a_foreign_envelope_is_read() -> None:
    assert valid(FOREIGN)
    assert unwrap(parse(FOREIGN)) == Envelope(
        "ID1", "DXPEDC0000000001", ("one", "two"), "2017-02-24T06:01:13Z", "", b"<a/>"
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<SenderId>DXPEDC0000000001</SenderId>", b"", "XSD_INVALID"),
        (b"<SenderId>", b"<SenderId>other</SenderId><SenderId>", "XSD_INVALID"),
        (b"<CopMsgId> ID1 </CopMsgId>", b"<CopMsgId> </CopMsgId>", "XSD_INVALID"),
        (b"<ReceiverIds><ReceiverId>one</ReceiverId><ReceiverId>two</ReceiverId></ReceiverIds>", b"", "XSD_INVALID"),
        (b"<Data>", b"<Data>eA==</Data><Data>", "XSD_INVALID"),
        (b"Pg==", b"Pg=", "XSD_INVALID"),
        (b"Pg==", b"!g==", "XSD_INVALID"),
        (b"TransInfo", b"TransInfos", "XSD_INVALID"),
        (b"DxpMsg", b"DxpMsgSv", "XML_ROOT"),
    ],
)
def test_an_envelope_that_is_none_is_refused_with_its_place(old: bytes, new: bytes, code: str) -> None:
    assert old in FOREIGN
    with pytest.raises(EnvelopeRefused) as refused:
        unwrap(parse(FOREIGN.replace(old, new)))
    assert refused.value.code == code


def test_the_sender_is_peeked_or_refused() -> None:
    assert peek_sender(parse(FOREIGN)) == "DXPEDC0000000001"
    for bad in (FOREIGN.replace(b"SenderId", b"Sender"), b"<other/>"):
        with pytest.raises(EnvelopeRefused):
            peek_sender(parse(bad))


@given(text(9), text(400, 0), wild, text(16), st.dates().map(str))
def test_an_answer_is_canonical_valid_and_read_back(
    code: str, info: str, envelope: Envelope, receiver: str, day: str
) -> None:
    data = write_answer(code, info, original=envelope.head, receiver=receiver, notice_date=day)
    assert c14n(data) == data
    assert valid(data)
    if code.strip():
        answer = read_answer(etree.fromstring(data))
        cut = info if len(info) <= 300 else info[:299] + "…"
        assert (answer.code, answer.info, answer.receiver) == (code.strip(), cut.strip(), receiver.strip())
        assert (answer.original, answer.notice_date) == (stripped(envelope).head, day)
        assert answer.ok == (code.strip() == "0")


def test_an_answer_to_what_could_not_be_read_is_valid_too() -> None:
    odd = Head(
        cop_msg_id="x" * 300, sender="y" * 20, receivers=("z" * 20, "") * 6, created="yesterday", msg_type="M" * 40
    )
    for head in (Head(), odd):
        data = write_answer(
            "0001", "报文格式错误", original=head, receiver="DXPENT0000000001", notice_date="2026-11-21"
        )
        assert valid(data)
    assert read_answer(parse(data)).original.receivers == ("z" * 16,) * 5
    assert read_answer(parse(data)).original.created == "2026-11-21T00:00:00"


@pytest.mark.parametrize("fields", [{"code": ""}, {"code": "x" * 10}, {"receiver": ""}, {"notice_date": "20261121"}])
def test_an_answer_outside_the_limits_is_a_defect_of_ours(fields: dict[str, str]) -> None:
    given_ = {"code": "0", "info": "", "receiver": "r", "notice_date": "2026-11-21"} | fields
    with pytest.raises(EnvelopeRefused, match="XSD_OWN"):
        write_answer(**given_, original=ENVELOPE.head)


def answer(*codes: str) -> Answer:
    responses = "".join(f"<Response><ResponseCode>{code}</ResponseCode></Response>" for code in codes)
    return read_answer(parse(f"<DxpRep><RecevierId>r</RecevierId>{responses}</DxpRep>".encode()))


def test_all_responses_are_kept_and_the_first_failing_one_decides() -> None:
    assert [response.code for response in answer("0", "-1201004", "1004").responses] == ["0", "-1201004", "1004"]
    assert (answer("0", "-1201004", "1004").code, answer("0", "1004").ok) == ("-1201004", False)
    assert (answer("0", "0").code, answer("0", "0").ok) == ("0", True)
    assert answer("00").ok is False
    assert answer("0").original == Head()


@pytest.mark.parametrize("data", [b"<DxpRep/>", b"<DxpRep><Response/></DxpRep>", b"<DxpMsg/>"])
def test_an_answer_without_a_code_is_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeRefused):
        read_answer(parse(data))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'ver="1.0"', b'ver="1.1"'),
        (b'ver="1.0"', b""),
        (b"<SenderId>DXPEDC0000000001", b"<SenderId>DXPEDC00000000012"),
        (b"<ReceiverId>one</ReceiverId>", b"<ReceiverId>one</ReceiverId>" * 5),
        (b"2017-02-24T06:01:13Z", b"20170224060113"),
        (b"Pg==", b"Pg"),
        (b"<whatever/></Signature>", b"<whatever/></Signature><more/>"),
    ],
)
def test_both_judges_refuse_what_is_outside_the_schema(old: bytes, new: bytes) -> None:
    assert old in FOREIGN
    assert not valid(FOREIGN.replace(old, new))
