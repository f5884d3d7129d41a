"""What customs' end refuses.

SimulatorError        root: a code of the table and its evidence
├── BadCustoms        SYS_HOME: `customs/` is not what its place says
├── NotTaken          MSG_*, FILE_NAME: a file of an OutBox that verifies and is still not for here
├── BadScenario       SIM_SCENARIO: a scenario file is not well made; file and key
└── NotDecided        BIZ_UNKNOWN, RCP_CODE, DECL_KIND, FIELD_UNKNOWN, SIM_*: an operator decides upon nothing, or
                      something that its kind does not know
"""

from __future__ import annotations

from mappings.faults import Refused


class SimulatorError(Refused):
    """Root of this package's errors."""


class BadCustoms(SimulatorError):
    """The folder of customs' end is missing or not well made."""

    def __init__(self, detail: str) -> None:
        super().__init__("SYS_HOME", detail=detail)


class NotTaken(SimulatorError):
    """A file is turned away for what it says of itself."""


class NotDecided(SimulatorError):
    """There is no such document here, its kind has no such state, or what was laid down is not what its kind holds."""


class BadScenario(SimulatorError):
    """A scenario file names what there is not, or in a way that there is not."""

    def __init__(self, detail: str) -> None:
        super().__init__("SIM_SCENARIO", detail=detail)
