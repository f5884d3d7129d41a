"""Fixtures for everybody, and profiles of hypothesis: the same examples on every machine, more of them on wish
(`--hypothesis-profile=long`)."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.conservation import conserved  # noqa: F401  (a fixture for everybody)
from tests.databases import databases, postgresql, sqlite, url  # noqa: F401  (fixtures for everybody)
from tests.sshd import sshd  # noqa: F401  (a fixture for everybody)

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.register_profile("long", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
