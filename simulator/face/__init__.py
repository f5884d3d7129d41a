"""Customs' end over HTTP: a control face for tests, and a page on which a person plays the officer. Loopback, behind a token.

Nothing of it is imported unless `--http` asks for it (extra `web`).
"""
