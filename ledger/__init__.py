"""The one memory: documents, messages, events and queue as rows of one database."""
