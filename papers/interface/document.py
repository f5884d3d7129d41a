"""The whole document of one language, from the contract: what every chapter says and which tables stand in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files

from mappings.codes import CodeList, code_list, names
from mappings.faults import Disposition, table
from mappings.kind import Direction, Format, Kind
from mappings.load import Contract
from papers.interface.blocks import Block, Document, Grid, Listing, Paragraph, Section, Words
from papers.interface.elements import elements, of_format
from papers.interface.wire import BOXES, ENVELOPE, NAMES, PLATFORM, SAMPLE
from signing.suites import SUITES


def document(contract: Contract, lang: str, *, version: str, date: str) -> Document:
    """version: of the product, date: YYYY-MM-DD; both stand on the front page."""
    words, prose = Words(lang), _prose(lang)
    return Document(lang, prose["title"], prose["subtitle"], version, date, tuple(_sections(contract, words, prose)))


def _prose(lang: str) -> Mapping[str, str]:
    text = files("papers.interface").joinpath("chapters.toml").read_text(encoding="utf-8")
    return {name: str(each[lang]).strip() for name, each in tomllib.loads(text).items()}


def _sections(contract: Contract, words: Words, prose: Mapping[str, str]) -> Iterator[Section]:
    yield Section(words("范围", "Scope"), _said(prose["scope"]))
    yield Section(words("流程", "Flow"), _said(prose["flow"]))
    yield Section(words("目录", "Folders"), [*_said(prose["folders"]), _boxes(words)])
    yield Section(words("文件名", "File names"), [*_said(prose["names"]), _file_names(words)])
    yield Section(words("信封", "Envelope"), [*_said(prose["envelope"]), _envelope(words), Listing(SAMPLE)])
    yield Section(words("签名", "Signature"), [*_said(prose["signature"]), _suites(words)])
    yield Section(words("编码与限制", "Encodings and limits"), _said(prose["limits"]))
    yield Section(words("业务报文", "Business messages"), [_overview(contract, words)], _messages(contract, words))
    yield Section(words("证书格式", "Certificate formats"), (), _formats(contract, words))
    yield Section(
        words("技术回执与返回码", "Technical receipts and return codes"), [*_said(prose["technical"]), _codes(words)]
    )
    yield Section(words("代码表", "Code lists"), [_lists(words)], _closed(words))


def _said(text: str) -> list[Block]:
    return [Paragraph(line) for line in text.splitlines() if line]


def _boxes(words: Words) -> Grid:
    rows = [(box, words(zh, en), words(what_zh, what_en)) for box, zh, en, what_zh, what_en in BOXES]
    return Grid((words("信箱", "box"), words("方向", "direction"), words("内容", "content")), rows, (2, 3, 6))


def _file_names(words: Words) -> Grid:
    rows = [(form, words(zh, en), example) for form, zh, en, example in NAMES]
    return Grid((words("形式", "form"), words("说明", "what"), words("样例", "sample")), rows, (4, 3, 8))


def _envelope(words: Words) -> Grid:
    rows = [
        (path, words(zh, en), type_, words(needed, "yes" if needed else ""), hint)
        for path, zh, en, type_, needed, hint in ENVELOPE
    ]
    head = (
        words("元素", "element"),
        words("名称", "name"),
        words("类型", "type"),
        words("必填", "needed"),
        words("样例", "sample"),
    )
    return Grid(head, rows, (5, 3, 3, 1, 5))


def _suites(words: Words) -> Grid:
    rows = [
        (s.name, str(s.method), str(s.digest_method), words("是", "yes") if s.sign else words("只验", "verified only"))
        for s in SUITES.values()
    ]
    head = (
        words("套件", "suite"),
        words("签名算法", "signature method"),
        words("摘要算法", "digest method"),
        words("可签", "may seal"),
    )
    return Grid(head, rows, (2, 6, 6, 2))


def _overview(contract: Contract, words: Words) -> Grid:
    way = {Direction.OUT: words("企业 → 海关", "out"), Direction.IN: words("海关 → 企业", "in")}
    asked = words("随所答报文", "of what it answers")
    rows = [
        (kind.type, words(kind.zh, kind.en), way[kind.direction], kind.biz or asked, kind.namespace, kind.root)
        for kind in contract.messages
    ]
    head = (
        words("类型", "type"), words("报文", "message"), words("方向", "direction"), "BizID", words("命名空间", "namespace"),
        words("根元素", "root"),
    )  # fmt: skip
    return Grid(head, rows, (3, 4, 3, 2, 6, 5))


def _messages(contract: Contract, words: Words) -> list[Section]:
    return [_message(contract, kind, words) for kind in contract.messages]


def _message(contract: Contract, kind: Kind, words: Words) -> Section:
    front = contract.head if kind.direction is Direction.OUT else ()
    inner: list[Section] = []
    if front:
        inner.append(Section(words("报文头 Head", "Head"), [elements(front, words)]))
    inner.append(Section(words("报文体", "Body"), [elements(kind.parts, words)]))
    carried = [group.kind for group in kind.groups if group.kind and kind.direction is Direction.OUT]
    for of in (kind, *carried, *([kind.opened] if kind.opened else [])):
        inner += _life(of, kind, words)
    return Section(f"{kind.type} {words(kind.zh, kind.en)}", [Paragraph(kind.source)], inner)


def _life(of: Kind, kind: Kind, words: Words) -> Iterator[Section]:
    """What customs answers, which states follow, which rules are judged: of the message's document, and of what it carries."""
    about = "" if of is kind else f" · {words(of.zh, of.en)}"
    if of.receipts:
        rows = [
            (r.code, words(r.sentence, f"{r.sentence} ({r.en})"), ", ".join(r.brings)) for r in of.receipts.values()
        ]
        head = (words("状态", "status"), words("回执文字", "sentence"), words("带来", "brings"))
        yield Section(words("回执", "Receipts") + about, [Grid(head, rows, (1, 8, 3))])
    if of.machine:
        states = [
            (s.code, words(s.zh, f"{s.zh} {s.en}"), ", ".join(sorted(s.permits))) for s in of.machine.states.values()
        ]
        head = (words("代码", "code"), words("状态", "state"), words("允许", "permits"))
        yield Section(words("状态", "States") + about, [Grid(head, states, (1, 4, 6))])
    if of.rules:
        judged = [(r.code, words(r.zh, f"{r.zh} ({r.en})"), r.source) for r in of.rules]
        head = (words("代码", "code"), words("规则", "rule"), words("依据", "source"))
        yield Section(words("业务规则", "Business rules") + about, [Grid(head, judged, (2, 7, 3))])


def _formats(contract: Contract, words: Words) -> list[Section]:
    found = [(kind, f) for kind in contract.kinds.values() for f in kind.formats.values()]
    return [
        Section(
            f"{f.id} {words(f.zh, f.en)}",
            [Paragraph(f'{f.source} · xsi:type="{f.id}"{_days(f, words)}'), of_format(f, words)],
        )
        for _, f in found
    ]


def _days(format_: Format, words: Words) -> str:
    """When a template is in force, and what follows it."""
    if not format_.dates:
        return ""
    after = words(f"，此后用 {format_.successor}", f", then {format_.successor}") if format_.successor else ""
    return f" · {words('有效', 'in force')} {format_.valid_from or '…'} – {format_.valid_to or '…'}{after}"


def _codes(words: Words) -> Grid:
    ours = [
        (kind.number, words(kind.zh, kind.en))
        for kind in table().values()
        if kind.disposition in (Disposition.QUARANTINE, Disposition.HOLD, Disposition.REFUSE)
    ]
    rows = [(code, words(zh, en)) for code, zh, en in PLATFORM] + sorted(ours)
    return Grid((words("返回码", "code"), words("含义", "meaning")), rows, (1, 9))


def _lists(words: Words) -> Grid:
    rows = []
    for name in names():
        found = code_list(name)
        closed = words("封闭", "closed") if found.closed else words("开放", "open")
        rows.append((name, found.zh, closed, str(len(found.rows)), found.source))
    head = (
        words("代码表", "list"),
        words("名称", "name"),
        words("性质", "closed"),
        words("条数", "rows"),
        words("来源", "source"),
    )
    return Grid(head, rows, (3, 4, 2, 2, 6))


def _closed(words: Words) -> list[Section]:
    """Closed lists whole: a code outside them is refused. An open list's codes come with the product."""
    closed = [code_list(name) for name in names() if code_list(name).closed]
    return [
        Section(
            f"{found.name} {words(found.zh, found.en)}",
            [Grid((words("代码", "code"), words("名称", "name")), _rows(found), (2, 8))],
        )
        for found in closed
    ]


def _rows(found: CodeList) -> list[tuple[str, str]]:
    return [(code.code, f"{code.name} {code.name_en}".strip()) for code in found.rows.values()]
