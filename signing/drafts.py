"""A change of keys or partners needs two people: one drafts it, another approves it (reliability section 8, ASVS 2.3.5).

A draft is a small key folder of its own under `drafts/<id>/`, with all the files that the change would lay, and `draft.json`
that says who, when, what, and the hash of each file. Approving links them into the key folder, the certificate last: a crash
before that leaves a change that is not there yet and can be approved again. Nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from signing.changes import Change, Plan
from signing.errors import BadKeyFile
from signing.folder import certificate_files, create, facts_text, read_certificate, read_facts
from signing.key_errors import NotApproved
from signing.lock import Busy, held
from signing.partners import check_apart, read_authorities
from signing.registry import Registry

FILE = "draft.json"
PATIENCE = 10.0  # seconds to wait while another approves or drafts
Entry = dict[str, object]  # ledger.rows.AuditEntry(**entry)


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that waits for a second person. Times are aware, UTC."""

    id: str
    act: str
    node: str
    by: str
    account: str  # of the operating system, from which it was drafted
    at: datetime
    serial: str
    subject: str
    fingerprint: str  # of the certificate: what the second person compares
    detail: Mapping[str, str]
    files: Mapping[str, str]  # path in the key folder -> SHA-256; the last one makes the change
    digest: str  # SHA-256 of draft.json: the audit chain holds it from the beginning

    def entry(self, actor: str, act: str, **more: str) -> Entry:
        """For the audit chain: {actor, act, subject, detail}."""
        actor = _plain(actor)
        detail = {"change": self.act, "drafted_by": self.by, "drafted_account": self.account, "serial": self.serial,
                  "fingerprint": self.fingerprint, "draft": self.digest, **self.detail, **more}  # fmt: skip
        return {"actor": actor, "act": act, "subject": f"{self.node} {self.id}", "detail": detail}


def draft_change(folder: Path, change: Change, by: str, *, account: str = "", now: datetime | None = None) -> str:
    """Writes a change down and returns its id; `read_draft(folder, id).entry(by, "key_draft")` is for the audit chain.
    Raises BadKeyFile or KeyUnavailable for what could not be applied anyway."""
    _person(by)
    with _alone(folder):
        plan = change.plan(folder)
        _check_together(folder, plan)
        for left in (folder / "drafts").glob(".?*/"):  # by a crash, before it was a draft
            shutil.rmtree(left)
        id_ = secrets.token_hex(4)
        whole = folder / "drafts" / f".{id_}"
        for piece in plan.pieces:
            path = whole / piece.path
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create(path, piece.data, mode=piece.mode)
        create(whole / FILE, _text(plan, by, account, now or datetime.now(UTC)), mode=0o600)
        whole.rename(whole.with_name(id_))
    return id_


def pending(folder: Path) -> tuple[Draft, ...]:
    """The changes that wait, oldest first. Raises BadKeyFile."""
    found = (read_draft(folder, path.parent.name) for path in folder.glob(f"drafts/[!.]*/{FILE}"))
    return tuple(sorted(found, key=lambda draft: (draft.at, draft.id)))


def read_draft(folder: Path, id_: str) -> Draft:
    """Raises NotApproved where there is none, BadKeyFile where it is not as it was written."""
    path = folder / "drafts" / id_ / FILE
    if not re.fullmatch(r"[0-9a-f]{8}", id_) or not path.is_file():
        raise NotApproved(f"没有草案 {id_!r} (no such draft)")
    facts = read_facts(path)
    try:
        facts["at"] = datetime.fromisoformat(facts["at"])
        return Draft(id=id_, digest=hashlib.sha256(path.read_bytes()).hexdigest(), **facts)
    except (KeyError, TypeError, ValueError) as error:
        raise BadKeyFile(path, str(error)) from error


def approve(folder: Path, id_: str, by: str, *, account: str = "", same_account: bool = False) -> Entry:
    """Applies a draft, and returns the entry for the audit chain. Raises NotApproved: the drafter himself, or no such draft;
    BadKeyFile where draft or folder are not any more what they were.

    account: of the operating system, from which it is approved; "" where nobody knows. same_account: whether that may be the
    drafter's own, as where several people share one; then their names alone tell them apart."""
    with _alone(folder):
        draft = read_draft(folder, id_)
        if _person(by) == _person(draft.by):
            raise NotApproved(f"起草人 {draft.by} 不能批准自己的草案 (who drafts does not approve)")
        if account and account == draft.account and not same_account:
            detail = f"起草和批准用的是同一系统账户 {account}，而 [keys] same_account 未设为 true"
            raise NotApproved(f"{detail} (drafted and approved from one account, and same_account is not true)")
        place = folder / "drafts" / id_
        _check_files(place, draft)
        _check_beside(folder, place)
        for name in draft.files:
            _lay(place / name, folder / name)
        shutil.rmtree(place)
    return draft.entry(by, "key_approve")


def reject(folder: Path, id_: str, by: str, why: str = "") -> Entry:
    """Removes a draft and the key in it. Anybody may, also the drafter. Returns the entry for the audit chain."""
    _person(by)
    with _alone(folder):
        draft = read_draft(folder, id_)
        place = folder / "drafts" / id_
        for name in draft.files:  # laid by an approval that a crash has cut short
            if (folder / name).exists() and (folder / name).samefile(place / name):
                (folder / name).unlink()
        shutil.rmtree(place)
    return draft.entry(by, "key_reject", why=why)


def _plain(name: str) -> str:
    return " ".join(name.split())


def _person(name: str) -> str:
    """Two ways of writing one name are one person. Raises NotApproved for none."""
    plain = _plain(unicodedata.normalize("NFKC", name).casefold())
    if not plain or not plain.isprintable():
        raise NotApproved("缺少姓名 (whose word is it?)")
    return plain


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    drafts = folder / "drafts"
    drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with held(drafts / ".lock", PATIENCE):
            yield
    except Busy as busy:
        raise NotApproved(str(busy)) from None


def _text(plan: Plan, by: str, account: str, now: datetime) -> bytes:
    files = {piece.path: hashlib.sha256(piece.data).hexdigest() for piece in plan.pieces}
    return facts_text({
        "act": plan.act, "node": plan.node, "by": _plain(by), "account": account, "at": now.astimezone(UTC).isoformat(),
        "serial": plan.certificate.serial, "subject": plan.certificate.subject, "fingerprint": plan.certificate.fingerprint,
        "detail": dict(plan.detail), "files": files,
    })  # fmt: skip


def _check_together(folder: Path, plan: Plan) -> None:
    """Would the registry still load? Raises BadKeyFile."""
    for piece in plan.pieces:
        if (folder / piece.path).exists():
            raise BadKeyFile(folder / piece.path, "已存在，不覆盖 (exists and is not overwritten)")
    rows = [(node, read_certificate(path)) for _, node, path in certificate_files(folder)]
    if plan.act in ("key_new", "key_import", "key_trust"):
        Registry.of_rows([*rows, (plan.node, plan.certificate)])


def _check_files(place: Path, draft: Draft) -> None:
    """The files are those that were drafted, and no others. Raises BadKeyFile."""
    found = {str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir()} - {FILE}
    for name in sorted(found ^ set(draft.files)):
        raise BadKeyFile(place / name, "与草案不符 (not as drafted)")
    for name, digest in draft.files.items():
        path = place / name
        if path.is_symlink() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise BadKeyFile(path, "与草案不符 (not as drafted)")


def _check_beside(folder: Path, place: Path) -> None:
    """Draft and folder read as one: no certificate with two owners, no authority for two nodes. Raises BadKeyFile."""
    rows = [(node, read_certificate(path)) for where in (folder, place) for _, node, path in certificate_files(where)]
    Registry.of_rows(rows)
    check_apart((*read_authorities(folder), *read_authorities(place)))


def _lay(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        if target.read_bytes() != source.read_bytes():  # else: laid by an approval that a crash has cut short
            raise BadKeyFile(target, "已存在，不覆盖 (exists and is not overwritten)") from None
