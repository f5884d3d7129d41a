"""The tables: one schema for SQLite and PostgreSQL, no extension, JSON as text, µs UTC as integers.

What must be unique for ever is a key here: a reference of an enterprise (seen_reference), a message id of a sender
(message), a file of a channel (arrival), a document's n-th event (event). No row of these is ever deleted; a purge
empties bodies. Two partial indexes are made by a column that is NULL when its row is done (`due_at`), because both
databases see that `due_at <= ?` wants no NULL, and SQLite proves nothing harder than that from a parameter.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

STAGES = ("ask", "seal", "deliver", "answer", "done")
STANDINGS = ("", "unconfirmed", "replay", "parked", "dead")
MODES = ("open", "draining", "paused", "stopped")
ARRIVALS = ("new", "understood", "repeat", "waiting", "held", "quarantined", "discarded")

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite's own row id has to be called INTEGER
Micros = BigInteger
# Numbers and names are compared byte by byte on both databases, whatever the locale of the server.
Key = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _words(column: str, words: tuple[str, ...]) -> CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


enterprise = Table(
    "enterprise",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Key, nullable=False),
    Column("uscc", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("node_id", Key, nullable=False),
)
Index("uq_enterprise_code", enterprise.c.code, unique=True, sqlite_where=enterprise.c.code != "",
      postgresql_where=enterprise.c.code != "")  # fmt: skip
Index("uq_enterprise_uscc", enterprise.c.uscc, unique=True, sqlite_where=enterprise.c.uscc != "",
      postgresql_where=enterprise.c.uscc != "")  # fmt: skip

series = Table(  # `next` is the first serial that nobody has
    "series",
    metadata,
    Column("name", Key, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

document = Table(
    "document",
    metadata,
    Column("id", Id, primary_key=True),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("number", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reference", Key, nullable=False),
    Column("parent", Key, nullable=False),
    Column("about", Key, nullable=False),  # the number of the business that it is about, "" for none
    Column("added", Text, nullable=False),  # facts that came with a declaration; JSON
    Column("facts", Text, nullable=False),  # these with the fold's over them; JSON
    Column("customs_no", Key, nullable=False),
    Column("certificate_no", Key, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Key, nullable=False),  # the fold's end, cached
    Column("since", Key, nullable=False),
    Column("validity", Key, nullable=False),  # the end of the fold beside; "" for kinds without one
    Column("due_at", Micros),
    Column("event_count", Integer, nullable=False),
    Column("head", Key, nullable=False),  # hash of the last event
    Column("changes", Integer, nullable=False),  # of state, as notices count them
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    Column("deleted_at", Micros),  # a draft that was thrown away, kept all the same
    UniqueConstraint("enterprise_id", "number"),
)
Index("ix_document_number", document.c.number)
Index("ix_document_state", document.c.state)
Index("ix_document_updated_at", document.c.updated_at)
Index("ix_document_reference", document.c.reference, sqlite_where=document.c.reference != "",
      postgresql_where=document.c.reference != "")  # fmt: skip
Index("ix_document_parent", document.c.parent, sqlite_where=document.c.parent != "",
      postgresql_where=document.c.parent != "")  # fmt: skip
Index("ix_document_kind", document.c.kind, document.c.updated_at)
for _column in (document.c.about, document.c.customs_no, document.c.certificate_no):
    Index(f"ix_document_{_column.name}", _column, sqlite_where=_column != "", postgresql_where=_column != "")
Index("ix_document_due_at", document.c.due_at, sqlite_where=document.c.due_at.is_not(None),
      postgresql_where=document.c.due_at.is_not(None))  # fmt: skip

declaration = Table(  # apart from its document, which is written at every receipt; every revision is kept
    "declaration",
    metadata,
    Column("document_id", Id, ForeignKey("document.id"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("given", Text, nullable=False),  # JSON, as the enterprise gave it
)

seen_reference = Table(
    "seen_reference",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("reference", Key, primary_key=True),
    Column("kind", Key, nullable=False),
    Column("number", Key, nullable=False),
    Column("content_sha256", Key, nullable=False),
    Column("content_key", BigInteger, nullable=False),  # its first 60 bits
    Column("revision", Integer, nullable=False),
    Column("submissions", Integer, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    sqlite_with_rowid=False,
)
# Hashes go into an index at random places: a narrow one stays in memory six times as long.
Index("ix_seen_reference_content_key", seen_reference.c.content_key)

body = Table(  # no key on the hash, for the same reason: whoever refers to a body is unique, so nothing is kept twice
    "body",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sha256", Key, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("coding", Key, nullable=False),  # "plain": as it travelled
    Column("bytes", LargeBinary, nullable=False),
)

arrival = Table(
    "arrival",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", Key, nullable=False),
    Column("box", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("sha256", Key, nullable=False),
    Column("body_id", Id, ForeignKey("body.id"), nullable=False),
    Column("status", Key, nullable=False),
    Column("reason", Text, nullable=False),
    Column("wants", Key, nullable=False),
    Column("message_id", Id),  # no foreign key: the message names its first arrival, and one direction is enough
    Column("repeat_of", Id, ForeignKey("arrival.id")),
    Column("sightings", Integer, nullable=False),
    Column("tries", Integer, nullable=False),  # readings that were begun: more than one after a crash
    Column("received_at", Micros, nullable=False),
    Column("settled_at", Micros),
    UniqueConstraint("channel", "box", "name", "sha256"),
    _words("status", ARRIVALS),
)
Index("ix_arrival_open", arrival.c.status, arrival.c.id, sqlite_where=arrival.c.status != "understood",
      postgresql_where=arrival.c.status != "understood")  # fmt: skip
Index("ix_arrival_wants", arrival.c.wants, sqlite_where=arrival.c.wants != "",
      postgresql_where=arrival.c.wants != "")  # fmt: skip

message = Table(  # one of ours has its enterprise, whose node is the sender
    "message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("direction", Key, nullable=False),
    Column("enterprise_id", Id, ForeignKey("enterprise.id")),
    Column("sender", Key, nullable=False),
    Column("cop_msg_id", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("file_name", Key, nullable=False),
    Column("channel", Key, nullable=False),
    Column("sha256", Key, nullable=False),
    Column("body_id", Id, ForeignKey("body.id"), nullable=False),
    Column("arrival_id", Id, ForeignKey("arrival.id")),  # the first that brought it, NULL for ours
    Column("stated_at", Key, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("signer", Key, nullable=False),
    _words("direction", ("out", "in")),
)
# The id comes first because an echo names no sender; it begins with its sender's node all the same.
Index("uq_message_cop_msg_id", message.c.cop_msg_id, message.c.sender, unique=True)
Index("ix_message_file_name", message.c.file_name, sqlite_where=message.c.direction == "out",
      postgresql_where=message.c.direction == "out")  # fmt: skip

carries = Table(
    "carries",
    metadata,
    Column("message_id", Id, ForeignKey("message.id"), primary_key=True),
    Column("document_id", Id, ForeignKey("document.id"), primary_key=True),
    Column("submission", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_carries_document_id", carries.c.document_id)

event = Table(  # append-only; no from and no to: the fold prints them
    "event",
    metadata,
    Column("document_id", Id, ForeignKey("document.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("what", Key, nullable=False),
    Column("code", Key, nullable=False),
    Column("stated_at", Key, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("receipt_no", Key, nullable=False),
    Column("message", Key, nullable=False),
    Column("arrival_id", Id, ForeignKey("arrival.id")),
    Column("actor", Text, nullable=False),
    Column("answers", Integer, nullable=False),  # seq of the event of customs that an act answers, 0: none
    Column("facts", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("content", Key, nullable=False),  # of an act: what was submitted with it (`chain.content_of`), "" else
    Column("previous", Key, nullable=False),  # hash of the event before
    _words("what", ("act", "transport", "business")),
    sqlite_with_rowid=False,
)

attachment = Table(  # a file that came with a document; `message_id` is NULL for a draft, which nothing carried yet
    "attachment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", Id, ForeignKey("document.id"), nullable=False),
    Column("message_id", Id, ForeignKey("message.id")),
    Column("class_code", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("sha256", Key, nullable=False),
    Column("body_id", Id, ForeignKey("body.id"), nullable=False),
    UniqueConstraint("document_id", "message_id", "name", "class_code"),
)
Index("ix_attachment_message_id", attachment.c.message_id)
Index("ix_attachment_sha256", attachment.c.sha256)

outbox = Table(  # due_at is NULL where nothing is to be done: waiting for an answer, parked, done
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False),
    Column("channel", Key, nullable=False),
    Column("stage", Key, nullable=False),
    Column("due_at", Micros),
    Column("attempts", Integer, nullable=False),
    Column("parked", Text, nullable=False),  # why, "" while it is not
    Column("waits_for", Key, nullable=False),
    Column("standing", Key, nullable=False),  # what is special about it, "" for nothing
    Column("replayed_at", Micros),  # when a person last had it sent again
    UniqueConstraint("message_id"),
    _words("stage", STAGES),
    _words("standing", STANDINGS),
)
Index("ix_outbox_due", outbox.c.stage, outbox.c.due_at, sqlite_where=outbox.c.due_at.is_not(None),
      postgresql_where=outbox.c.due_at.is_not(None))  # fmt: skip
Index("ix_outbox_waits_for", outbox.c.waits_for, sqlite_where=outbox.c.waits_for != "",
      postgresql_where=outbox.c.waits_for != "")  # fmt: skip
Index("ix_outbox_standing", outbox.c.id, sqlite_where=outbox.c.standing != "",
      postgresql_where=outbox.c.standing != "")  # fmt: skip

channel = Table(  # what people want of a channel, and how it fares; one that has no row is open and was never looked at
    "channel",
    metadata,
    Column("name", Key, primary_key=True),
    Column("mode", Key, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("changed_at", Micros, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("openings", Integer, nullable=False),  # of the breaker, in a row
    Column("retry_at", Micros),  # until then the breaker is open
    Column("error", Text, nullable=False),
    Column("looked_at", Micros),  # the last good look
    _words("mode", MODES),
    sqlite_with_rowid=False,
)

question = Table(  # a declaration that waits for a person: recorded as a draft, and not sent before it is answered
    "question",
    metadata,
    Column("id", Id, primary_key=True),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("reference", Key, nullable=False),
    Column("number", Key, nullable=False),
    Column("code", Key, nullable=False),
    Column("first", Key, nullable=False),  # the document that raised it
    Column("asked_at", Micros, nullable=False),
    Column("answer", Key, nullable=False),  # "" while it is open
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("answered_at", Micros),
    _words("answer", ("", "send", "discard")),
)
Index("ix_question_open", question.c.enterprise_id, question.c.reference, sqlite_where=question.c.answer == "",
      postgresql_where=question.c.answer == "")  # fmt: skip

attempt = Table(
    "attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("outbox_id", Id, ForeignKey("outbox.id"), nullable=False),
    Column("at", Micros, nullable=False),
    Column("stage", Key, nullable=False),
    Column("result", Key, nullable=False),
    Column("error", Text, nullable=False),
)
Index("ix_attempt_outbox_id", attempt.c.outbox_id)

notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", Id, ForeignKey("document.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("source_state", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("facts", Text, nullable=False),
    Column("noticed_at", Micros),
)
Index("ix_notice_open", notice.c.id, sqlite_where=notice.c.noticed_at.is_(None),
      postgresql_where=notice.c.noticed_at.is_(None))  # fmt: skip

statement = Table(  # customs' own account of a day, a row for each page that came
    "statement",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("date", Key, primary_key=True),  # 8 digits, Beijing time
    Column("page", Integer, primary_key=True, autoincrement=False),
    Column("pages", Integer, nullable=False),
    Column("through", Key, nullable=False),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False),
    sqlite_with_rowid=False,
)

stated = Table(  # its lines: the last account that was told of the day
    "stated",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("date", Key, primary_key=True),
    Column("number", Key, primary_key=True),
    Column("type", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("customs_no", Key, nullable=False),
    Column("certificate_no", Key, nullable=False),
    Column("stated_at", Key, nullable=False),
    sqlite_with_rowid=False,
)

reconciled = Table(  # a day that was compared; closed_at is NULL until nothing is open
    "reconciled",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("date", Key, primary_key=True),
    Column("reconciled_at", Micros, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("complete", Integer, nullable=False),  # whether customs' account was whole
    Column("closed_at", Micros),
    sqlite_with_rowid=False,
)

difference = Table(  # a work item: what two accounts of a day say differently
    "difference",
    metadata,
    Column("id", Id, primary_key=True),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("date", Key, nullable=False),
    Column("side", Key, nullable=False),
    Column("what", Key, nullable=False),
    Column("number", Key, nullable=False),
    Column("reference", Key, nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),
    Column("opened_at", Micros, nullable=False),
    Column("settled_at", Micros),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    UniqueConstraint("enterprise_id", "date", "side", "what", "number", "reference"),
    _words("side", ("customs", "enterprise")),
    _words("what", ("missing", "unknown", "differing")),
)
Index("ix_difference_open", difference.c.date, sqlite_where=difference.c.settled_at.is_(None),
      postgresql_where=difference.c.settled_at.is_(None))  # fmt: skip

forward = Table(  # what an enterprise that sends through us is handed back; done_at is NULL until it has it
    "forward",
    metadata,
    Column("arrival_id", Id, ForeignKey("arrival.id"), primary_key=True, autoincrement=False),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("done_at", Micros),
)
Index("ix_forward_open", forward.c.enterprise_id, forward.c.arrival_id, sqlite_where=forward.c.done_at.is_(None),
      postgresql_where=forward.c.done_at.is_(None))  # fmt: skip

tally = Table(  # counters, kept by the transaction that changes what they count
    "tally",
    metadata,
    Column("topic", Key, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

audit = Table(  # `id` counts without a gap
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("at", Micros, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", Key, nullable=False),
)
