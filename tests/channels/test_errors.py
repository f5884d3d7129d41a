"""What an error of a channel says may be done about it."""

from __future__ import annotations

import pytest

from channels import ChannelError
from channels.errors import BROKEN, PATIENCE, STOPPING, Outlook
from mappings.faults import table

TEMPORARY = [
    "CHANNEL_UNAVAILABLE", "CHANNEL_CONNECTION", "CHANNEL_KEY", "CHANNEL_DENIED", "CHANNEL_FULL", "CHANNEL_PROTOCOL",
    "SYS_DISK",
]  # fmt: skip
LASTING = [
    "CHANNEL_CONFLICT", "CHANNEL_HOST_KEY", "CHANNEL_LOGIN", "CHANNEL_ALGORITHMS", "CHANNEL_TAKEN", "SYS_FSYNC",
    "CONFIG_OUTBOX_FS", "FILE_NAME", "FILE_TYPE", "FILE_TOO_BIG",
]  # fmt: skip


@pytest.mark.parametrize("code", TEMPORARY)
def test_a_temporary_reason_is_tried_again(code: str) -> None:
    error = ChannelError(code)
    assert (error.outlook, error.lasting, error.stops_channel) == (Outlook.AGAIN, False, False)


@pytest.mark.parametrize("code", LASTING)
def test_a_lasting_reason_parks_at_once(code: str) -> None:
    error = ChannelError(code)
    assert (error.outlook, error.lasting, error.tries) == (Outlook.PARK, True, 1)


def test_what_may_have_arrived_is_looked_for() -> None:
    error = ChannelError("CHANNEL_UNCONFIRMED", name="a.xml")
    assert (error.outlook, error.lasting, error.tries) == (Outlook.LOOK, False, None)


def test_a_refused_permission_is_tried_three_times() -> None:
    assert ChannelError("CHANNEL_DENIED").tries == 3
    assert ChannelError("CHANNEL_CONNECTION").tries is None


def test_a_stopped_channel_is_stopped_as_a_whole_and_for_lasting() -> None:
    for code in STOPPING:
        assert ChannelError(code).stops_channel
        assert ChannelError(code).lasting
        assert ChannelError(code).whole_channel
    assert not ChannelError("CHANNEL_CONFLICT").whole_channel


def test_every_code_of_a_channel_is_judged_here() -> None:
    at_the_door = {"CHANNEL_UNROUTED", "CHANNEL_DRAINING"}  # refused before any channel is used
    judged = {*TEMPORARY, *LASTING, "CHANNEL_UNCONFIRMED", *at_the_door}
    assert {code for code in table() if code.startswith("CHANNEL_")} <= judged
    assert {*BROKEN, *PATIENCE} <= set(table())
