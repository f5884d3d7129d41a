"""What all tables share: types, names of constraints, and the words that a column may hold."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Integer, MetaData, Text

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


def words(column: str, of: tuple[str, ...]) -> CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in of)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)
