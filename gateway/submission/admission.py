"""Admitting a declaration: everything that it can have wrong by itself, told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.home import Home
from gateway.intake.attaching import bring
from gateway.intake.declaration import Declaration, fingerprint
from gateway.submission.draft import Draft, Stopped, refused
from gateway.submission.preparing import INITIAL, UPPER_CASE, prepared
from ledger.rows import Enterprise as Tenant
from mappings.check import check
from mappings.faults import Fault, fault
from mappings.kind import Direction, Kind

REFERENCE = 64  # characters of the enterprise's own number
_KEYS = frozenset({"kind", "reference", "enterprise", "content", INITIAL, UPPER_CASE})


class Admission:
    """Judges declarations for one home."""

    def __init__(self, home: Home, *, actor: str) -> None:
        self.home = home
        self.actor = actor

    def admit(self, declaration: Declaration) -> Draft:
        """Everything that the declaration by itself can have wrong, all at once."""
        if declaration.faults:
            raise Stopped(refused(declaration, declaration.faults))
        faults: list[Fault] = []
        value = declaration.value
        kind = self._kind(value.get("kind"), faults)
        tenant = self._tenant(value.get("enterprise"), declaration.enterprise, faults)
        content = value.get("content")
        faults += _outer(value)
        if kind is None or not isinstance(content, Mapping):
            raise Stopped(refused(declaration, faults))
        content, wishes = prepared(kind, value, tenant, initial=self.home.initial, actor=self.actor)
        faults += wishes
        brought = bring(kind, content, declaration.beside)
        checked = check(kind, brought.content)
        if faults or brought.faults or checked.faults or tenant is None:
            raise Stopped(refused(declaration, (*faults, *brought.faults, *checked.faults), kind, checked.warnings))
        given = declaration
        if (
            brought.files or content is not value["content"]
        ):  # what is kept is what was meant, with nothing left to be done
            kept = {name: each for name, each in value.items() if name not in (INITIAL, UPPER_CASE)}
            given = replace(declaration, value={**kept, "content": brought.content})
        sha256 = fingerprint(kind.name, checked.content)
        return Draft(
            given, kind, tenant, checked.content, sha256, declaration.told(checked.warnings), files=brought.files
        )

    def _kind(self, name: object, faults: list[Fault]) -> Kind | None:
        kind = self.home.contract.kinds.get(name) if isinstance(name, str) else None
        if kind is None:
            known = [k.name for k in self.home.contract.kinds.values() if k.direction is Direction.OUT]
            faults.append(fault("DECL_KIND", "/kind", str(name), want="、".join(known)))
        elif kind.direction is not Direction.OUT:
            faults.append(fault("DECL_DIRECTION", "/kind", str(name)))
            return None
        elif not self.home.address(kind):
            faults.append(fault("CHANNEL_UNROUTED", "/kind", str(name), kind=str(name)))
        return kind

    def _tenant(self, code: object, folder: str, faults: list[Fault]) -> Tenant | None:
        tenant = self.home.tenants.get(code) if isinstance(code, str) else None
        if tenant is None or (folder and folder not in (tenant.code, tenant.uscc)):
            faults.append(fault("DECL_ENTERPRISE", "/enterprise", "" if code is None else str(code)))
            return None
        return tenant


def _outer(value: Mapping[str, object]) -> list[Fault]:
    """What is wrong around the content."""
    faults = [
        fault("FIELD_UNKNOWN", f"/{name}", str(name), near="、".join(sorted(_KEYS))) for name in value.keys() - _KEYS
    ]
    reference = value.get("reference")
    if not isinstance(reference, str) or not 0 < len(reference.strip()) <= REFERENCE:
        faults.append(
            fault(
                "FIELD_MISSING",
                "/reference",
                zh=f"企业编号（1-{REFERENCE} 位）",
                en=f"reference (1-{REFERENCE} characters)",
            )
        )
    if not isinstance(value.get("content"), Mapping):
        faults.append(fault("FIELD_MISSING", "/content", zh="申报内容", en="content"))
    return faults
