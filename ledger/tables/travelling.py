"""What travels: bytes, files that came, messages and what they carry, the queue to customs and its channels."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from ledger.tables.schema import ARRIVALS, MODES, STAGES, STANDINGS, Id, Key, Micros, metadata, words

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
    words("status", ARRIVALS),
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
    words("direction", ("out", "in")),
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
    words("stage", STAGES),
    words("standing", STANDINGS),
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
    words("mode", MODES),
    sqlite_with_rowid=False,
)

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

forward = Table(  # what an enterprise that sends through us is handed back; done_at is NULL until it has it
    "forward",
    metadata,
    Column("arrival_id", Id, ForeignKey("arrival.id"), primary_key=True, autoincrement=False),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("done_at", Micros),
)
Index("ix_forward_open", forward.c.enterprise_id, forward.c.arrival_id, sqlite_where=forward.c.done_at.is_(None),
      postgresql_where=forward.c.done_at.is_(None))  # fmt: skip
