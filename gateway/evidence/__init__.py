"""Evidence: one zip that proves what became of a document, and its check on another machine."""
