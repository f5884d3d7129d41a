"""The zip that carries a message with its attachments, read as a table that must agree with itself."""
