"""复制: a new declaration from one that is stored, and entry from a similar certificate (相似检验检疫编号录入).

What is copied is what was declared. Files are not: 随附单据 are brought anew. Where another inspection number is given, what
the old e-ledger had filled in or was entered line by line from it is left out, so that the new one fills it in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gateway.errors import Unanswerable
from gateway.home import Home
from ledger.rows import DocumentRow
from mappings.attaching import GROUP
from mappings.facts import ACCOUNT
from mappings.kind import Kind

COPY = "copy"
ORIGIN = "copied_from"  # the field in which a copy names what it was made of, where its kind has one


def copied(home: Home, number: str, *, reference: str, inspection_no: str = "") -> dict[str, Any]:
    """A declaration that nobody has submitted. number: of a document whose state permits it, or of a certificate.

    Raises Unanswerable COPY_NONE (manual 002 §4.2.1.2, §4.4.1).
    """
    row = _stored(home, number)
    main = _stored(home, row.parent) if row.parent else row
    kind = home.contract.kinds[main.kind]
    if row is main and not kind.needs_machine().permits(main.state, COPY):
        raise Unanswerable("COPY_NONE", found=f"{number} {main.state}")
    value = json.loads(main.declaration)
    content = _plain(kind, value["content"])
    group = kind.carries
    if group and row is not main:  # one certificate, and the head of its application
        content[group.name] = [_plain(home.contract.kinds[row.kind], json.loads(row.declaration))]
    if inspection_no:
        content = _elsewhere(kind, content, inspection_no)
    if ORIGIN in {field.id for field in kind.fields}:
        content[ORIGIN] = main.number
    return {"kind": kind.name, "reference": reference, "enterprise": main.enterprise, "content": content}


def _stored(home: Home, number: str) -> DocumentRow:
    """The document with its declaration; none that was thrown away, and none that customs opened."""
    there = {row.enterprise_id for row in home.ledger.documents(number=number)}
    row = next((row for row in home.ledger.find([number]).get(number, ()) if row.enterprise_id in there), None)
    if row is None or not row.declaration:
        raise Unanswerable("COPY_NONE", found=number)
    return row


def _plain(kind: Kind, content: Mapping[str, Any]) -> dict[str, Any]:
    """Without its files."""
    found = {name: value for name, value in content.items() if name != GROUP}
    group = kind.carries
    if group and group.kind and group.name in found:
        found[group.name] = [_plain(group.kind, item) for item in found[group.name]]
    return found


def _elsewhere(kind: Kind, content: Mapping[str, Any], inspection_no: str) -> dict[str, Any]:
    """For another inspection: what the e-ledger fills in is filled in by the new one."""
    asked = next((asked for asked in kind.facts if asked.by == kind.about), None)
    if asked is None or content.get(asked.by) == inspection_no:
        return dict(content)
    found = {**_unfilled(kind, content), asked.by: inspection_no}
    group = kind.carries
    if group and group.kind:
        found[group.name] = [_unfilled(group.kind, item) for item in content.get(group.name) or ()]
    return found


def _unfilled(kind: Kind, item: Mapping[str, Any]) -> dict[str, Any]:
    filled = [backfill for backfill in kind.backfills if backfill.fact[0] != ACCOUNT]
    gone = {backfill.within for backfill in filled if backfill.within}
    gone |= {name for backfill in filled if not backfill.within for name in backfill.of}
    return {name: value for name, value in item.items() if name not in gone}
