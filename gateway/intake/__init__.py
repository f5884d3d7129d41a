"""The enterprise's own files, read and told apart by form."""
