"""The one memory: documents, messages, events and queue as rows of one database."""

from ledger.ledger import Ledger

__all__ = ["Ledger"]
