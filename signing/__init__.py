"""Seal: one strict XML signature profile, its keys, and verification that returns only what was verified."""
