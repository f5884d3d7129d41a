"""Examining a home: before work begins, and by `gateway doctor`."""
