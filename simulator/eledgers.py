"""The e-ledger desk: what customs knows of exit inspections, from `customs/eledgers.json`, and what it answers of them.

A row of the file is an e-ledger by the ids of the dictionary. With `"judged": true` customs holds applications against it
as well: then an application that the e-ledger does not allow cannot be stored. The file is read when it has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mappings.check import BY_ANYBODY, check
from mappings.facts import ACCOUNT, Fact, Facts, account
from mappings.kind import Kind
from mappings.sample import ENTERPRISE
from simulator.errors import BadCustoms
from simulator.house import Registered

if TYPE_CHECKING:
    from simulator.tools import Tools

FILE = "eledgers.json"
QUERY, ENTRY = "eledger_query", "exit_eledger"
KNOWN, UNTICKED, OTHERS, NONE = "EK", "EN", "EU", "EX"
ANSWERS = {
    KNOWN: "QA",
    UNTICKED: "QN",
    OTHERS: "QU",
    NONE: "QX",
}  # the state of the query by what is said of the e-ledger
_PARTIES = ("consignor", "declarant", "producer")
_SEED: Sequence[Mapping[str, Any]] = (
    {
        "inspection_no": "222N01040001195", "accept_office": "0104", "consignor_customs_code": ENTERPRISE,
        "consignor_name_zh": "中国大恒(集团)有限公司", "consignee_name_en": "SHANHUI", "destination_country": "EGY",
        "requested_certificates": [{"certificate_class": "11", "originals": 1, "copies": 2}],
        "goods": [{"ledger_line_no": 1, "weight": "10", "weight_unit": "035", "goods_quantity": "1", "package_count": 2}],
        "containers": [{"ledger_container_no": 1, "container_count": 1, "shared_container": True, "container_no": "AAAA11111111"}],
    },
    {
        "inspection_no": "222N01040000053", "accept_office": "0104", "producer_customs_code": ENTERPRISE, "judged": True,
        "requested_certificates": [{"certificate_class": "14", "originals": 1, "copies": 2}, {"certificate_class": "99"}],
        "goods": [{"ledger_line_no": 1, "hs_code": "0504001900", "goods_name_zh": "盐渍猪肠衣", "weight": "10", "weight_unit": "035",
                   "package_count": 2}],
    },
    {"inspection_no": "222N01040000045", "accept_office": "0104", "consignor_customs_code": ENTERPRISE},
    {
        "inspection_no": "222N01040000061", "accept_office": "0104", "consignor_customs_code": "2102919038",
        "requested_certificates": [{"certificate_class": "11", "originals": 1, "copies": 2}],
    },
)  # fmt: skip


def seed(folder: Path) -> None:
    """A few e-ledgers to ask for: one that is good, one that is judged, one without documents, one of another enterprise."""
    text = json.dumps(_SEED, ensure_ascii=False, indent=1) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8")


@dataclass(slots=True)
class Eledgers:
    """The rows of one file, by inspection number. Without a file there are none."""

    file: Path | None = None
    _rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _read: tuple[int, int] = (0, 0)

    def find(self, inspection_no: str) -> Mapping[str, Any] | None:
        """Raises BadCustoms where the file is not a list of e-ledgers."""
        self._refresh()
        return self._rows.get(inspection_no)

    def _refresh(self) -> None:
        if self.file is None or not self.file.is_file():
            self._rows = {}
            return
        stat = self.file.stat()
        if (stat.st_mtime_ns, stat.st_size) == self._read:
            return
        try:
            self._rows = {str(row["inspection_no"]): row for row in json.loads(self.file.read_text(encoding="utf-8"))}
        except (ValueError, TypeError, KeyError) as bad:
            raise BadCustoms(f"{FILE}: {type(bad).__name__} {bad}") from bad
        self._read = (stat.st_mtime_ns, stat.st_size)


def entry(tools: Tools, inspection_no: str, sender: Registered | None) -> dict[str, Any]:
    """What an enterprise is told of an e-ledger: its values, or the number and why not."""
    row = tools.eledgers.find(inspection_no)
    said = _said(row, sender)
    if row is None or said != KNOWN:
        return {"inspection_no": inspection_no, "eledger_status": said}
    kind = tools.contract.kinds[ENTRY]
    values = {name: value for name, value in row.items() if name != "judged"} | {"eledger_status": said}
    checked = check(kind, values, by=BY_ANYBODY)
    if checked.faults:
        raise BadCustoms(f"{FILE}: {inspection_no}: {checked.faults[0].path} {checked.faults[0].en}")
    return checked.content


def answer(tools: Tools, kind: Kind, content: Mapping[str, Any], sender: Registered | None) -> str:
    """The state that a query ends in, "" for what is no query."""
    if kind.name != QUERY:
        return ""
    return ANSWERS[_said(tools.eledgers.find(str(content["inspection_no"])), sender)]


def facts_of(tools: Tools, kind: Kind, content: Mapping[str, Any], sender: Registered | None) -> Facts:
    """What customs holds an application against: the e-ledger, where it is judged, and who declares."""
    found: dict[str, Fact] = {}
    for asked in kind.facts:
        row = tools.eledgers.find(str(content.get(asked.by, ""))) if asked.kind == ENTRY else None
        if row and row.get("judged"):
            found[asked.name] = Fact(str(row["inspection_no"]), _said(row, None), 0, row)
    if found and sender:
        found[ACCOUNT] = account(code=sender.code, uscc=sender.uscc, name=sender.name)
    return found


def _said(row: Mapping[str, Any] | None, sender: Registered | None) -> str:
    if row is None:
        return NONE
    own = {code for code in (sender.code, sender.uscc) if code} if sender else set()
    named = {row.get(f"{party}_{what}") for party in _PARTIES for what in ("customs_code", "uscc")}
    if own and not own & named:
        return OTHERS
    return KNOWN if row.get("requested_certificates") else UNTICKED
