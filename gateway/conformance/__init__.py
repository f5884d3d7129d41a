"""Conformance: the stories of the contract played against any counterpart, and what it does differently, story by story."""
