"""The first schema: documents, events, messages, bodies, arrivals, outbox, notices, counters, audit."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# The types as they were on that day: a revision never changes when `ledger.tables` does.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TEXT, INT, LONG, BYTES = sa.Text(), sa.Integer(), sa.BigInteger(), sa.LargeBinary()


def _column(name: str, type_: sa.types.TypeEngine[Any], *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable, **more)


def _where(condition: str) -> dict[str, Any]:
    """A partial index of both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _parties()
    _documents()
    _declarations()
    _files()
    _messages()
    _attachments()
    _events()
    _queue()
    _days()
    _relay()
    _steering()
    _books()


def _parties() -> None:
    op.create_table(
        "enterprise",
        _column("id", ID),
        _column("code", KEY),
        _column("uscc", KEY),
        _column("name", TEXT),
        _column("node_id", KEY),
        sa.PrimaryKeyConstraint("id", name="pk_enterprise"),
    )
    op.create_index("uq_enterprise_code", "enterprise", ["code"], unique=True, **_where("code != ''"))
    op.create_index("uq_enterprise_uscc", "enterprise", ["uscc"], unique=True, **_where("uscc != ''"))
    op.create_table(
        "series",
        _column("name", KEY),
        _column("year", INT, autoincrement=False),
        _column("next", LONG),
        sa.PrimaryKeyConstraint("name", "year", name="pk_series"),
        sqlite_with_rowid=False,
    )


def _documents() -> None:
    op.create_table(
        "document",
        _column("id", ID),
        _column("enterprise_id", ID),
        _column("number", KEY),
        _column("kind", KEY),
        _column("version", INT),
        _column("reference", KEY),
        _column("parent", KEY),
        _column("about", KEY),
        _column("added", TEXT),
        _column("facts", TEXT),
        _column("customs_no", KEY),
        _column("certificate_no", KEY),
        _column("revision", INT),
        _column("state", KEY),
        _column("since", KEY),
        _column("validity", KEY),
        _column("due_at", LONG, nullable=True),
        _column("event_count", INT),
        _column("head", KEY),
        _column("changes", INT),
        _column("created_at", LONG),
        _column("updated_at", LONG),
        _column("deleted_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("enterprise_id", "number", name="uq_document_enterprise_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_document_enterprise_id"),
    )
    for name in ("about", "customs_no", "certificate_no"):
        op.create_index(f"ix_document_{name}", "document", [name], **_where(f"{name} != ''"))
    op.create_index("ix_document_kind", "document", ["kind", "updated_at"])
    op.create_index("ix_document_due_at", "document", ["due_at"], **_where("due_at IS NOT NULL"))
    op.create_index("ix_document_number", "document", ["number"])
    op.create_index("ix_document_parent", "document", ["parent"], **_where("parent != ''"))
    op.create_index("ix_document_reference", "document", ["reference"], **_where("reference != ''"))
    op.create_index("ix_document_state", "document", ["state"])
    op.create_index("ix_document_updated_at", "document", ["updated_at"])


def _declarations() -> None:
    op.create_table(
        "declaration",
        _column("document_id", ID),
        _column("revision", INT, autoincrement=False),
        _column("given", TEXT),
        sa.PrimaryKeyConstraint("document_id", "revision", name="pk_declaration"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_declaration_document_id"),
    )
    op.create_table(
        "seen_reference",
        _column("enterprise_id", ID),
        _column("reference", KEY),
        _column("kind", KEY),
        _column("number", KEY),
        _column("content_sha256", KEY),
        _column("content_key", LONG),
        _column("revision", INT),
        _column("submissions", INT),
        _column("recorded_at", LONG),
        sa.PrimaryKeyConstraint("enterprise_id", "reference", name="pk_seen_reference"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_seen_reference_enterprise_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_seen_reference_content_key", "seen_reference", ["content_key"])


def _files() -> None:
    op.create_table(
        "body",
        _column("id", ID),
        _column("sha256", KEY),
        _column("size", LONG),
        _column("coding", KEY),
        _column("bytes", BYTES),
        sa.PrimaryKeyConstraint("id", name="pk_body"),
    )
    op.create_table(
        "arrival",
        _column("id", ID),
        _column("channel", KEY),
        _column("box", KEY),
        _column("name", KEY),
        _column("sha256", KEY),
        _column("body_id", ID),
        _column("status", KEY),
        _column("reason", TEXT),
        _column("wants", KEY),
        _column("message_id", ID, nullable=True),
        _column("repeat_of", ID, nullable=True),
        _column("sightings", INT),
        _column("tries", INT),
        _column("received_at", LONG),
        _column("settled_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_arrival"),
        sa.UniqueConstraint("channel", "box", "name", "sha256", name="uq_arrival_channel"),
        sa.CheckConstraint(
            "status IN ('new', 'understood', 'repeat', 'waiting', 'held', 'quarantined', 'discarded')",
            name=op.f("ck_arrival_status"),
        ),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name="fk_arrival_body_id"),
        sa.ForeignKeyConstraint(["repeat_of"], ["arrival.id"], name="fk_arrival_repeat_of"),
    )
    op.create_index("ix_arrival_open", "arrival", ["status", "id"], **_where("status != 'understood'"))
    op.create_index("ix_arrival_wants", "arrival", ["wants"], **_where("wants != ''"))


def _messages() -> None:
    op.create_table(
        "message",
        _column("id", ID),
        _column("direction", KEY),
        _column("enterprise_id", ID, nullable=True),
        _column("sender", KEY),
        _column("cop_msg_id", KEY),
        _column("kind", KEY),
        _column("version", INT),
        _column("file_name", KEY),
        _column("channel", KEY),
        _column("sha256", KEY),
        _column("body_id", ID),
        _column("arrival_id", ID, nullable=True),
        _column("stated_at", KEY),
        _column("recorded_at", LONG),
        _column("signer", KEY),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_message_direction")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_message_enterprise_id"),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name="fk_message_body_id"),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.id"], name="fk_message_arrival_id"),
    )
    op.create_index("ix_message_file_name", "message", ["file_name"], **_where("direction = 'out'"))
    op.create_index("uq_message_cop_msg_id", "message", ["cop_msg_id", "sender"], unique=True)
    op.create_table(
        "carries",
        _column("message_id", ID),
        _column("document_id", ID),
        _column("submission", INT),
        sa.PrimaryKeyConstraint("message_id", "document_id", name="pk_carries"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_carries_message_id"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_carries_document_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_carries_document_id", "carries", ["document_id"])


def _attachments() -> None:
    op.create_table(
        "attachment",
        _column("id", ID),
        _column("document_id", ID),
        _column("message_id", ID, nullable=True),
        _column("class_code", KEY),
        _column("name", KEY),
        _column("pages", INT),
        _column("sha256", KEY),
        _column("body_id", ID),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("document_id", "message_id", "name", "class_code", name="uq_attachment_document_id"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_attachment_document_id"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attachment_message_id"),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name="fk_attachment_body_id"),
    )
    op.create_index("ix_attachment_message_id", "attachment", ["message_id"])
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"])


def _events() -> None:
    op.create_table(
        "event",
        _column("document_id", ID),
        _column("seq", INT, autoincrement=False),
        _column("what", KEY),
        _column("code", KEY),
        _column("stated_at", KEY),
        _column("recorded_at", LONG),
        _column("receipt_no", KEY),
        _column("message", KEY),
        _column("arrival_id", ID, nullable=True),
        _column("actor", TEXT),
        _column("answers", INT),
        _column("facts", TEXT),
        _column("sentence", TEXT),
        _column("content", KEY),
        _column("previous", KEY),
        sa.PrimaryKeyConstraint("document_id", "seq", name="pk_event"),
        sa.CheckConstraint("what IN ('act', 'transport', 'business')", name=op.f("ck_event_what")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_event_document_id"),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.id"], name="fk_event_arrival_id"),
        sqlite_with_rowid=False,
    )


def _queue() -> None:
    op.create_table(
        "outbox",
        _column("id", ID),
        _column("message_id", ID),
        _column("channel", KEY),
        _column("stage", KEY),
        _column("due_at", LONG, nullable=True),
        _column("attempts", INT),
        _column("parked", TEXT),
        _column("waits_for", KEY),
        _column("standing", KEY),
        _column("replayed_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
        sa.CheckConstraint("stage IN ('ask', 'seal', 'deliver', 'answer', 'done')", name=op.f("ck_outbox_stage")),
        sa.CheckConstraint(
            "standing IN ('', 'unconfirmed', 'replay', 'parked', 'dead')", name=op.f("ck_outbox_standing")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_outbox_message_id"),
    )
    op.create_index("ix_outbox_due", "outbox", ["stage", "due_at"], **_where("due_at IS NOT NULL"))
    op.create_index("ix_outbox_standing", "outbox", ["id"], **_where("standing != ''"))
    op.create_index("ix_outbox_waits_for", "outbox", ["waits_for"], **_where("waits_for != ''"))
    op.create_table(
        "attempt",
        _column("id", ID),
        _column("outbox_id", ID),
        _column("at", LONG),
        _column("stage", KEY),
        _column("result", KEY),
        _column("error", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_attempt_outbox_id"),
    )
    op.create_index("ix_attempt_outbox_id", "attempt", ["outbox_id"])
    op.create_table(
        "notice",
        _column("id", ID),
        _column("document_id", ID),
        _column("seq", INT),
        _column("source_state", KEY),
        _column("state", KEY),
        _column("recorded_at", LONG),
        _column("facts", TEXT),
        _column("noticed_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_notice_document_id"),
    )
    op.create_index("ix_notice_open", "notice", ["id"], **_where("noticed_at IS NULL"))


def _days() -> None:
    op.create_table(
        "statement",
        _column("enterprise_id", ID),
        _column("date", KEY),
        _column("page", INT, autoincrement=False),
        _column("pages", INT),
        _column("through", KEY),
        _column("message_id", ID),
        sa.PrimaryKeyConstraint("enterprise_id", "date", "page", name="pk_statement"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_statement_enterprise_id"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_statement_message_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stated",
        _column("enterprise_id", ID),
        _column("date", KEY),
        *(_column(name, KEY) for name in ("number", "type", "state", "customs_no", "certificate_no", "stated_at")),
        sa.PrimaryKeyConstraint("enterprise_id", "date", "number", name="pk_stated"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_stated_enterprise_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reconciled",
        _column("enterprise_id", ID),
        _column("date", KEY),
        _column("reconciled_at", LONG),
        _column("matched", INT),
        _column("complete", INT),
        _column("closed_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("enterprise_id", "date", name="pk_reconciled"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_reconciled_enterprise_id"),
        sqlite_with_rowid=False,
    )
    _differences()


def _differences() -> None:
    op.create_table(
        "difference",
        _column("id", ID),
        _column("enterprise_id", ID),
        *(_column(name, KEY) for name in ("date", "side", "what", "number", "reference")),
        _column("ours", TEXT),
        _column("theirs", TEXT),
        _column("opened_at", LONG),
        _column("settled_at", LONG, nullable=True),
        _column("by", TEXT),
        _column("why", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_difference"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_difference_enterprise_id"),
        sa.UniqueConstraint(
            "enterprise_id", "date", "side", "what", "number", "reference", name="uq_difference_enterprise_id"
        ),
        sa.CheckConstraint("side IN ('customs', 'enterprise')", name=op.f("ck_difference_side")),
        sa.CheckConstraint("what IN ('missing', 'unknown', 'differing')", name=op.f("ck_difference_what")),
    )
    op.create_index("ix_difference_open", "difference", ["date"], **_where("settled_at IS NULL"))


def _relay() -> None:
    op.create_table(
        "forward",
        _column("arrival_id", ID, autoincrement=False),
        _column("enterprise_id", ID),
        _column("done_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("arrival_id", name="pk_forward"),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.id"], name="fk_forward_arrival_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_forward_enterprise_id"),
    )
    op.create_index("ix_forward_open", "forward", ["enterprise_id", "arrival_id"], **_where("done_at IS NULL"))


def _steering() -> None:
    op.create_table(
        "channel",
        _column("name", KEY),
        _column("mode", KEY),
        _column("reason", TEXT),
        _column("actor", TEXT),
        _column("changed_at", LONG),
        _column("failures", INT),
        _column("openings", INT),
        _column("retry_at", LONG, nullable=True),
        _column("error", TEXT),
        _column("looked_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_channel"),
        sa.CheckConstraint("mode IN ('open', 'draining', 'paused', 'stopped')", name=op.f("ck_channel_mode")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "question",
        _column("id", ID),
        _column("enterprise_id", ID),
        _column("reference", KEY),
        _column("number", KEY),
        _column("code", KEY),
        _column("first", KEY),
        _column("asked_at", LONG),
        _column("answer", KEY),
        _column("actor", TEXT),
        _column("why", TEXT),
        _column("answered_at", LONG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        sa.CheckConstraint("answer IN ('', 'send', 'discard')", name=op.f("ck_question_answer")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_question_enterprise_id"),
    )
    op.create_index("ix_question_open", "question", ["enterprise_id", "reference"], **_where("answer = ''"))


def _books() -> None:
    op.create_table(
        "tally",
        _column("topic", KEY),
        _column("name", KEY),
        _column("slot", INT, autoincrement=False),
        _column("amount", LONG),
        sa.PrimaryKeyConstraint("topic", "name", "slot", name="pk_tally"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        _column("id", ID, autoincrement=False),
        _column("at", LONG),
        _column("actor", TEXT),
        _column("act", KEY),
        _column("subject", KEY),
        _column("detail", TEXT),
        _column("previous", KEY),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
