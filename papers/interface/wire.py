"""What the wire profile fixes and no kind says: boxes, names, envelope, the platform's own codes (profile.md)."""

from __future__ import annotations

_OUT = "CERTAPP_A20260000000000017_20261121093015123_t-0"
BOXES = (
    (
        "OutBox",
        "企业 → 海关",
        "enterprise → customs",
        "企业写入，海关取走",
        "written by the enterprise, taken by customs",
    ),
    ("SentBox", "—", "—", "海关已取走的文件，按日期 yyyymmdd 分目录", "what customs has taken, by date yyyymmdd"),
    ("FailBox", "海关 → 企业", "customs → enterprise", "海关拒收的文件", "what customs refused"),
    ("InBox", "海关 → 企业", "customs → enterprise", "技术回执与业务回执", "technical and business receipts"),
)
NAMES = (
    ("<TYPE>_<18>_<17>_t-<n>.xml|zip", "企业报文", "a message of the enterprise", f"{_OUT}.xml"),
    ("Successed_<OUT>_<17..20>.xml", "技术回执：成功", "technical receipt: taken", f"Successed_{_OUT}_20261121093016001000.xml"),
    ("Failed_<OUT>_<17..20>.xml", "技术回执：失败", "technical receipt: refused", f"Failed_{_OUT}_20261121093016001000.xml"),
    ("Receipt_<NO>_<17..20>.xml", "业务回执", "business receipt", "Receipt_A20260000000000017_20261121103015123001.xml"),
)  # fmt: skip
ENVELOPE = (
    ("TransInfo/CopMsgId", "报文编号", "message id", "C..255", "是", "全局唯一 / unique for ever"),
    ("TransInfo/SenderId", "发送方节点", "sender's node", "C..16", "是", "DXPENT1108919038"),
    ("TransInfo/ReceiverIds/ReceiverId", "接收方节点", "receivers' nodes", "C..16 × 1..5", "是", "DXPEDC0000000001"),
    ("TransInfo/CreatTime", "生成时间", "made at", "xs:dateTime", "是", "2026-11-21T09:30:15.123+08:00"),
    ("TransInfo/MsgType", "报文类型", "message type", "C..30", "是", "CERTAPP"),
    ("Data", "业务报文", "business message", "base64", "是", ""),
    ("AddInfo/FileName", "文件名", "file name", "C..255", "", ""),
    ("AddInfo/BizKey/Key", "业务主键", "business keys", "C..255 × 1..5", "", 'name="Number"'),
    ("ds:Signature", "签名", "signature", "XMLDSig", "是", ""),
)
SAMPLE = """\
<dxp:DxpMsg xmlns:dxp="http://www.chinaport.gov.cn/dxp" ver="1.0">
  <dxp:TransInfo>
    <dxp:CopMsgId>DXPENT1108919038202611210930151230000000017</dxp:CopMsgId>
    <dxp:SenderId>DXPENT1108919038</dxp:SenderId>
    <dxp:ReceiverIds><dxp:ReceiverId>DXPEDC0000000001</dxp:ReceiverId></dxp:ReceiverIds>
    <dxp:CreatTime>2026-11-21T09:30:15.123+08:00</dxp:CreatTime>
    <dxp:MsgType>CERTAPP</dxp:MsgType>
  </dxp:TransInfo>
  <dxp:Data>PD94bWwgdmVyc2lvbj0iMS4wIi…</dxp:Data>
  <dxp:AddInfo>…</dxp:AddInfo>
  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">…</ds:Signature>
</dxp:DxpMsg>"""
PLATFORM = (
    ("0", "成功", "success"),
    ("0001", "报文格式错误", "not well formed"),
    ("0002", "报文结构不符", "not as its schema says"),
    ("1001", "签名无效", "the signature is not valid"),
    ("1002", "签名证书过期", "the certificate has expired"),
    ("1004", "签名与数据不符", "signature and data differ"),
    ("2001", "接收方不存在", "the receiver is unknown"),
)
