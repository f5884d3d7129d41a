"""Customs' end: a counterpart that can say no on purpose."""
