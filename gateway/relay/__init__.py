"""Relay: sealed files of other enterprises come in, are recorded as theirs, go on byte for byte; their answers go back."""
