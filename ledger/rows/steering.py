"""How a channel stands, what lies in its queue, and which declarations wait for a person's answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """mode: open, draining, paused (by people) or stopped (by an error that only a person can mend).

    failures: temporary ones in a row. openings: of the breaker, in a row. retry_at: until then it is open, µs.
    looked_at: the last look that was good, µs, None for never. queued: files that are to be delivered; parked: given up;
    oldest: when the oldest of those queued was recorded, µs.
    """

    name: str
    mode: str = "open"
    reason: str = ""
    actor: str = ""
    changed_at: int = 0
    failures: int = 0
    openings: int = 0
    retry_at: int | None = None
    error: str = ""
    looked_at: int | None = None
    queued: int = 0
    parked: int = 0
    oldest: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What the worker says of a channel after a look; fields as in ChannelRow."""

    name: str
    failures: int
    openings: int
    retry_at: int | None
    error: str
    looked_at: int | None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One message on its way out. standing: "", unconfirmed, replay, parked or dead. error: of the last attempt."""

    outbox_id: int
    enterprise: str
    numbers: tuple[str, ...]
    kind: str
    file_name: str
    channel: str
    stage: str
    standing: str
    attempts: int
    due_at: int | None
    recorded_at: int
    error: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """outcome: queued; on_its_way (it has not been delivered yet); just_now (less than a minute ago); none (no message)."""

    number: str
    outcome: str
    cop_msg_id: str = ""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A declaration that is held. first: the document that raised the question."""

    id: int
    enterprise: str
    reference: str
    number: str
    code: str
    first: str
    asked_at: int


@dataclass(frozen=True, slots=True)
class Conservation:
    """Every file that came is in exactly one of the three. lost: what is wrong, in words; empty where all is well."""

    files_in: int
    processed: int
    quarantined: int
    waiting: int
    lost: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.lost and self.files_in == self.processed + self.quarantined + self.waiting
