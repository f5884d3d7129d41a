"""Bytes that no policy of a parser may let pass (B01-B38): judged as a file on a channel, and once more inside a good seal."""

from __future__ import annotations

from collections.abc import Callable

MiB = 1 << 20
_R = "<r><a>证书</a></r>"
_UTF8 = '<?xml version="1.0" encoding="UTF-8"?>'
_GBK = '<?xml version="1.0" encoding="GBK"?>'
_PARAMETER = '<!DOCTYPE r [<!ENTITY % a "<!ENTITY b \'{}\'>"><!ENTITY % c "{}">%c;]><r>&b;</r>'
_XI = "http://www.w3.org/2001/XInclude"


def _declared(name: str, codec: str, text: str = _R) -> bytes:
    return f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(codec)


RAW: dict[str, Callable[[], bytes]] = {
    "nul-only": lambda: bytes(4096),
    "blank-after-mark": lambda: b"\xef\xbb\xbf \r\n\t",
    "cut-in-end-tag": lambda: _R.encode()[:-3],
    "cut-in-start-tag": lambda: b"<r><a>1</a><b name='x",
    "cut-in-comment": lambda: b"<r><a/><!-- 1",
    "over-8-mib": lambda: b"<r>" + b"x" * (8 * MiB) + b"</r>",
    "text-over-10-mb": lambda: b"<r>" + b"x" * (10 * MiB) + b"</r>",
    "text-after-root": lambda: b"<r/>left over",
    "closing-tag-too-many": lambda: b"<r></r></r>",
    "bare-ampersand": lambda: b"<r>A & B</r>",
    "nbsp": lambda: b"<r>A&nbsp;B</r>",
    "reference-to-control": lambda: b"<r>&#x1F;</r>",
    "reference-to-surrogate": lambda: b"<r>&#xD800;</r>",
    "reference-to-ffff": lambda: b"<r>&#xFFFF;</r>",
    "html-login": lambda: b"\r\n<!DOCTYPE html>\n<html><body><form>login</form></body></html>",
    "html-behind-declaration": lambda: _UTF8.encode() + b'\n<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
    "html-behind-comment": lambda: b"<!-- sso 4.1 -->\n<HTML><body><p>login</body></HTML>",
    "xhtml-with-doctype": lambda: _UTF8.encode() + b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0" "http://127.0.0.1:9/x"><html/>',
    "json": lambda: b'\n{"code": 401, "message": "login"}',
    "zip": lambda: b"PK\x03\x04" + bytes(40),
    "xml-1.1-in-gbk": lambda: b'<?xml version="1.1" encoding="GBK"?><r/>',
    "file-entity": lambda: b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>',
    "http-dtd": lambda: b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd"><r/>',
    "doctype-in-utf-16": lambda: '\ufeff<!DOCTYPE r><r/>'.encode("utf-16-be"),
    "doctype-in-gb18030": lambda: _declared("GB18030", "gb18030", "<!--证--><!DOCTYPE r [<!ENTITY a '证'>]><r>&a;</r>"),
    "doctype-after-many-comments": lambda: b"<!--x-->\n" * 20_000 + b"<!DOCTYPE r><r/>",
    "parameter-bomb": lambda: _PARAMETER.format("x" * 50, "%a;" * 2000).encode(),
    "depth-65": lambda: b"<a>" * 65 + b"</a>" * 65,
    "attributes-20-000": lambda: b"<r " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b"/>",
    "siblings-20-001": lambda: b"<r>" + b"<a/>" * 20_001 + b"</r>",
    "tags-400-001": lambda: b"<r>" + b"<a><b/><b/></a>" * 140_000 + b"</r>",
    "xinclude-text": f'<r xmlns:x="{_XI}"><x:include href="file:///etc/hostname" parse="text"/></r>'.encode,
    "xinclude-hidden-name": lambda: b'<r xmlns:x="http://www.w3.org/2001/XInclud&#101;"><x:include href="http://127.0.0.1:9/"/></r>',
    "schema-location-other-prefix": lambda: b'<r xmlns:q="http://www.w3.org/2001/XMLSchema-instance" q:schemaLocation="u http://127.0.0.1:9/x.xsd"/>',
    "instruction-inside": lambda: b'<r><a/><?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?></r>',
    "instruction-after": lambda: b"<r/><?php system('id') ?>",
    "no-declaration-gbk": lambda: _R.encode("gbk"),
    "gb2312-with-gbk": lambda: _declared("GB2312", "gbk", "<r>朱镕基</r>"),
    "gbk-declared-utf-8": lambda: _declared("GBK", "utf-8", "<r>出境检验检疫</r>"),
    "twice-decoded": lambda: _declared("UTF-8", "utf-8", f"<r>{'出境检验检疫'.encode().decode('gb18030', 'replace')}</r>"),
    "cut-character-utf-8": lambda: "<r>证".encode()[:-1],
    "cut-character-gbk": lambda: _GBK.encode() + "<r>证".encode("gbk")[:-1] + b"</r>",
    "overlong": lambda: b"<r>\xc0\xbcscript\xc0\xbe</r>",
    "surrogate-in-utf-16": lambda: b"\xff\xfe" + "<r>".encode("utf-16-le") + b"\x00\xd8" + "</r>".encode("utf-16-le"),
    "odd-utf-16": lambda: "\ufeff<r/>".encode("utf-16-le") + b"\x00",
    "latin-1": lambda: _declared("ISO-8859-1", "latin-1", "<r>é</r>"),
    "windows-1252": lambda: _declared("windows-1252", "cp1252", "<r>é</r>"),
    "hz-gb-2312": lambda: _declared("HZ-GB-2312", "ascii", "<r>~{VPJi~}</r>"),
    "ucs-4": lambda: _declared("ISO-10646-UCS-4", "ascii", "<r/>"),
    "utf-16-without-mark": lambda: _declared("UTF-16", "utf-16-be"),
    "mark-against-gbk": lambda: b"\xef\xbb\xbf" + _declared("GBK", "gbk"),
    "mark-utf-16-against-utf-8": lambda: ("\ufeff" + _UTF8 + _R).encode("utf-16-le"),
    "two-marks": lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + _R.encode(),
    "comment-and-cdata": "<!--x--><r><a>证<!--y-->书<![CDATA[<!DOCTYPE r><?a?>]]></a></r><!--z-->".encode,
    "gb18030-rare": lambda: _declared("GB18030", "gb18030", "<r>𠮷㐀龘镕</r>"),
    "single-quotes-standalone": "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n<r>证</r>".encode,
}  # fmt: skip
