"""Documents that people fill in with a word processor."""
