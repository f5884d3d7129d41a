"""Every shape of an answer in the field, by local name, in its encodings and date forms (real-messages 5)."""

from __future__ import annotations

import pytest

from mappings.parser import parse
from parcel.errors import EnvelopeRefused
from parcel.replies import SHAPES, Layer, Line, declared_before, named, read_reply
from parcel.times import beijing

DXP = "http://www.chinaport.gov.cn/dxp"
SHOWN = {
    "DxpRep": (
        f'<d:DxpRep xmlns:d="{DXP}" ver="1.0"><d:RecevierId>DXPENT1108919038</d:RecevierId><d:Response>'
        "<d:ResponseCode>0</d:ResponseCode><d:ResponseInfo>ok</d:ResponseInfo><d:NoticeTime>2026-11-21</d:NoticeTime>"
        "<d:OriHead><d:CopMsgId>M-1</d:CopMsgId></d:OriHead></d:Response></d:DxpRep>",
        Layer.TRANSPORT, Line("0", "ok", ok=True, ours="M-1", numbers={}, stated_at="20261121000000000"),
    ),
    "DxpRep refused": (
        "<DxpRep><Response><ResponseCode>-1201002</ResponseCode><ResponseInfo>传输验签失败</ResponseInfo></Response></DxpRep>",
        Layer.TRANSPORT, Line("-1201002", "传输验签失败", ok=False, ours="", numbers={}),
    ),
    "DecImportResponse with a warning": (
        '<ns2:DecImportResponse xmlns:ns2="http://www.chinaport.gov.cn/dec"><ns2:ResponseCode>0</ns2:ResponseCode>'
        "<ns2:ErrorMessage>第1项商品缺少B证</ns2:ErrorMessage><ns2:ClientSeqNo>A20260000000000001</ns2:ClientSeqNo>"
        "<ns2:SeqNo>I20260000000000009</ns2:SeqNo></ns2:DecImportResponse>",
        Layer.TECHNICAL, Line("0", "第1项商品缺少B证", ok=True, ours="A20260000000000001", numbers={"SeqNo": "I20260000000000009"}),
    ),
    "CommonResponeMessage refused as a repeat": (
        "<CommonResponeMessage><SeqNo>S1</SeqNo><EtpsPreentNo>E1</EtpsPreentNo><CheckInfo>导入报文中预录入统一编号为空，并且企业内部"
        "编号E1与系统已有记录【S1】的对应字段重复，请修改后重新导入</CheckInfo><DealFlag>-1</DealFlag></CommonResponeMessage>",
        Layer.TECHNICAL,
        Line("-1", "导入报文中预录入统一编号为空，并且企业内部编号E1与系统已有记录【S1】的对应字段重复，请修改后重新导入",
             ok=False, ours="E1",
             numbers={"SeqNo": "S1"}),
    ),
    "Root": (
        "<Root><resultFlag>0</resultFlag><failCode>50200</failCode><failInfo>输入口令错误</failInfo><retData/></Root>",
        Layer.TECHNICAL, Line("50200", "输入口令错误", ok=False, ours="", numbers={}),
    ),
    "DecModSaveResponse": (
        '<DecModSaveResponse xmlns="http://www.chinaport.gov.cn/dec"><EntryId>010120260000000001</EntryId>'
        "<ResultMessage>暂存成功</ResultMessage><ResultCode>0</ResultCode></DecModSaveResponse>",
        Layer.TECHNICAL, Line("0", "暂存成功", ok=True, ours="", numbers={"EntryId": "010120260000000001"}),
    ),
    "attachment": (
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><Object Id="001"><Package><BussinessData>'
        "<PROC_RESULT>F</PROC_RESULT><PROC_DESC>Eport:报文校验失败</PROC_DESC></BussinessData></Package></Object></Signature>",
        Layer.TECHNICAL, Line("F", "Eport:报文校验失败", ok=False, ours="", numbers={}),
    ),
    "DEC_DATA": (
        "<DEC_DATA><DEC_RESULT><SEQ_NO>I1</SEQ_NO><ENTRY_ID>E1</ENTRY_ID><NOTICE_DATE>2026-11-21T10:00:05</NOTICE_DATE>"
        "<CHANNEL>a</CHANNEL><NOTE>签证</NOTE></DEC_RESULT><RESULT_INFO>已签证</RESULT_INFO></DEC_DATA>",
        Layer.BUSINESS, Line("a", "签证", ok=None, ours="", numbers={"SEQ_NO": "I1", "ENTRY_ID": "E1"}, stated_at="20261121100005000"),
    ),
    "bare DEC_RESULT": (
        "<DEC_RESULT><CUS_CIQ_NO>E2026</CUS_CIQ_NO><NOTICE_DATE>20261121T10000512</NOTICE_DATE><CHANNEL>S</CHANNEL></DEC_RESULT>",
        Layer.BUSINESS, Line("S", "", ok=None, ours="", numbers={"CUS_CIQ_NO": "E2026"}, stated_at="20261121100005120"),
    ),
    "Package with a namespace": (
        '<Package xmlns="http://www.w3.org/2000/09/xmldsig#"><DataInfo><BussinessData><INV201><HdeApprResult>'
        "<etpsPreentNo>P1</etpsPreentNo><businessId>B1</businessId><manageResult>1</manageResult>"
        "<manageDate>2026-11-21 10:00:05</manageDate><rmk>通过</rmk></HdeApprResult></INV201></BussinessData></DataInfo></Package>",
        Layer.BUSINESS, Line("1", "通过", ok=None, ours="P1", numbers={"businessId": "B1"}, stated_at="20261121100005000"),
    ),
    "Manifest whose children have a namespace": (
        '<Manifest><Head xmlns="urn:MTRES4"><MessageID>MT1</MessageID><SendTime>20261121100005123</SendTime></Head>'
        '<Response xmlns="urn:MTRES4"><AdditionalInformation><StatementCode>03</StatementCode>'
        "<StatementDescription>不接受</StatementDescription></AdditionalInformation></Response></Manifest>",
        Layer.BUSINESS, Line("03", "不接受", ok=None, ours="", numbers={"MessageID": "MT1"}, stated_at="20261121100005123"),
    ),
    "eCIQ": (
        "<DxpEciq><CusCiqNo>C1</CusCiqNo><EntDealNo>D1</EntDealNo><ClBlNo>L1</ClBlNo><OperTime>20261121100005</OperTime>"
        "<RspCodes>1401</RspCodes><RspInfo>报检号</RspInfo></DxpEciq>",
        Layer.BUSINESS,
        Line("1401", "报检号", ok=None, ours="",
             numbers={"CusCiqNo": "C1", "EntDealNo": "D1", "ClBlNo": "L1"}, stated_at="20261121100005000"),
    ),
    "CEB": (
        '<ceb:CEB622Message xmlns:ceb="http://www.chinaport.gov.cn/ceb" guid="G"><ceb:InventoryReturn><ceb:guid>G1</ceb:guid>'
        "<ceb:copNo>N1</ceb:copNo><ceb:preNo>B1</ceb:preNo><ceb:returnStatus>-621004</ceb:returnStatus>"
        "<ceb:returnTime>20261121100005123</ceb:returnTime><ceb:returnInfo>清单[B1]已经申报过，请勿重复申报</ceb:returnInfo>"
        "</ceb:InventoryReturn></ceb:CEB622Message>",
        Layer.BUSINESS, Line("-621004", "清单[B1]已经申报过，请勿重复申报", ok=None, ours="N1",
             numbers={"preNo": "B1"}, stated_at="20261121100005123"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_a_shape_is_read(name: str) -> None:
    text, layer, line = SHOWN[name]
    reply = read_reply(parse(text.encode()))
    assert (reply.layer, reply.lines) == (layer, (line,))


def test_every_shape_has_an_example() -> None:
    import re

    from mappings.parser import local

    roots = {(local(parse(text.encode())), layer) for text, layer, _ in SHOWN.values()}
    lacking = [
        s.roots for s in SHAPES if not any(re.fullmatch(s.roots, root) and s.layer is layer for root, layer in roots)
    ]
    assert lacking == []


@pytest.mark.parametrize("encoding", ["UTF-8", "GB2312", "GBK", "GB18030", "UTF-16"])
def test_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + SHOWN["DecImportResponse with a warning"][0]
    assert read_reply(parse(text.encode(encoding))).deciding.info == "第1项商品缺少B证"


def test_many_records_each_with_its_own_outcome() -> None:
    records = "".join(
        f"<InventoryReturn><preNo>B{n}</preNo><returnStatus>{status}</returnStatus></InventoryReturn>"
        for n, status in enumerate(("2", "-621001", "2"))
    )
    reply = read_reply(parse(f"<CEB622Message>{records}</CEB622Message>".encode()))
    assert [(line.numbers["preNo"], line.code) for line in reply.lines] == [("B0", "2"), ("B1", "-621001"), ("B2", "2")]


def test_of_several_the_first_that_fails_decides() -> None:
    responses = "".join(f"<Response><ResponseCode>{code}</ResponseCode></Response>" for code in ("0", "3001", "1001"))
    assert read_reply(parse(f"<DxpRep>{responses}</DxpRep>".encode())).deciding.code == "3001"


@pytest.mark.parametrize(
    ("text", "code"), [("<Login><body/></Login>", "XML_ROOT"), ("<DecImportResponse/>", "XSD_INVALID")]
)
def test_what_is_no_answer_is_refused(text: str, code: str) -> None:
    with pytest.raises(EnvelopeRefused) as refused:
        read_reply(parse(text.encode()))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("20261121T10000512", "20261121100005120"),
        ("2026-11-21T10:00:05", "20261121100005000"),
        ("2026-11-21 10:00:05", "20261121100005000"),
        ("2026/11/21 10:00:05", "20261121100005000"),
        ("20261121100005123", "20261121100005123"),
        ("20261121100005", "20261121100005000"),
        ("2024081914423143834120", "20240819144231438"),
        ("2026-11-21T02:00:05Z", "20261121100005000"),
        ("2026-11-21T10:00:05.250+08:00", "20261121100005250"),
        ("2026-11-21", "20261121000000000"),
        ("20261121", "20261121000000000"),
        ("20261321100005", ""),
        ("2026-02-30 10:00:00", ""),
        ("昨天", ""),
        ("", ""),
    ],
)
def test_times(text: str, digits: str) -> None:
    assert beijing(text) == digits


@pytest.mark.parametrize(
    ("code", "info", "before"),
    [
        ("-621004", "", True),
        ("-1", "企业内部编号X与系统已有记录【B20260000000000001】的对应字段重复，请修改后重新导入", True),
        ("-301014", "订单报文处理失败，接收报文为旧报文数据，不做处理", True),
        ("HF", "重复申报，以原单为准。", True),
        ("-301002", "订单商品信息内有重复商品序号", False),
        ("-621027", "请确认表体 gnum 无重复！", False),
        ("0", "", False),
    ],
)
def test_what_was_declared_before(code: str, info: str, *, before: bool) -> None:
    assert declared_before(code, info) is before


def test_the_numbers_that_a_sentence_names() -> None:
    assert named("企业内部编号X与系统已有记录【B1，B2】的对应字段重复") == ("B1", "B2")
    assert named("清单[B1]已经申报过") == ("B1",)
    assert named("重复申报") == ()
