"""What leaves: who sends, under which numbers, the outbox and its channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ledger import attaching, fetching, questioning, queueing, recording, replaying, series, steering
from ledger.doors.opened import Opened
from ledger.rows import (
    ChannelRow,
    Deferral,
    Due,
    Enterprise,
    Fetched,
    NewEnterprise,
    QuestionRow,
    QueueRow,
    Recorded,
    Replayed,
    Report,
    Sealed,
    Submission,
    TurnedAway,
)


class Leaving(Opened):
    """Every call is one transaction."""

    # ── who, and which numbers ──

    def add_enterprises(self, added: Sequence[NewEnterprise]) -> list[Enterprise]:
        with self._writing() as connection:
            return series.add_enterprises(connection, added)

    def enterprises(self) -> list[Enterprise]:
        with self._reading() as connection:
            return series.enterprises(connection)

    def reserve(self, name: str, year: int, count: int) -> range:
        """A block of serials for the caller alone, whatever becomes of it."""
        with self._writing() as connection:
            return series.reserve(connection, name, year, count)

    # ── what leaves ──

    def record(self, submissions: Sequence[Submission]) -> list[Recorded]:
        """All that is accepted of a batch is committed when this returns, and nothing of it when it raises."""
        with self._writing() as connection:
            return recording.record(connection, submissions, machines=self._machines, now=self._now())

    def due(self, stage: str, *, limit: int, channel: str | None = None) -> list[Due]:
        """What is to be done now at a stage (seal, deliver), oldest first."""
        with self._reading() as connection:
            return queueing.due(connection, stage, limit=limit, channel=channel, now=self._now())

    def attached_to(self, enterprise_id: int, number: str) -> Mapping[str, bytes]:
        """The files that came with a document and with those that it carries, by sha256."""
        with self._reading() as connection:
            return attaching.of_family(connection, enterprise_id, number)

    def attached(self, message_ids: Iterable[int]) -> Mapping[int, Mapping[str, bytes]]:
        """The files that travel with messages, by name."""
        with self._reading() as connection:
            return attaching.of_messages(connection, message_ids)

    def make_due(self, stage: str) -> int:
        with self._writing() as connection:
            return queueing.make_due(connection, stage, now=self._now())

    def sealed(self, done: Sequence[Sealed]) -> None:
        with self._writing() as connection:
            queueing.sealed(connection, done, now=self._now())

    def delivered(self, outbox_ids: Sequence[int]) -> None:
        with self._writing() as connection:
            queueing.delivered(connection, outbox_ids, now=self._now())

    def fetched(self, done: Sequence[Fetched]) -> int:
        """What waited for a fact is written with it and goes on. How many."""
        with self._writing() as connection:
            return fetching.fetched(connection, done, machines=self._machines, now=self._now())

    def turn_away(self, refused: Sequence[TurnedAway]) -> int:
        """What waited for a fact is refused by it. How many."""
        with self._writing() as connection:
            return fetching.turn_away(connection, refused, machines=self._machines, now=self._now())

    def deferred(self, put_off: Sequence[Deferral]) -> None:
        with self._writing() as connection:
            queueing.deferred(connection, put_off, now=self._now())

    def claim(self, outbox_ids: Sequence[int]) -> list[int]:
        """Of these, the replays that this call may put; from now on each may have arrived."""
        with self._writing() as connection:
            return queueing.claim(connection, outbox_ids, now=self._now())

    def queue(
        self, *, standing: str | None = None, limit: int | None = None, after: int | None = None
    ) -> list[QueueRow]:
        with self._reading() as connection:
            return replaying.queue(connection, standing=standing, limit=limit, after=after)

    def retry(self, *, channel: str = "", number: str = "", actor: str, why: str = "") -> int:
        """What was given up or waits is due now; audited. How many those were."""
        with self._writing() as connection:
            return replaying.retry(connection, channel=channel, number=number, actor=actor, why=why, now=self._now())

    def replay(self, numbers: Sequence[str], *, actor: str, why: str = "") -> list[Replayed]:
        """Send the last message of each again, same id and same bytes; audited."""
        with self._writing() as connection:
            return replaying.replay(connection, numbers, actor=actor, why=why, now=self._now())

    def questions(self) -> list[QuestionRow]:
        with self._reading() as connection:
            return questioning.questions(connection)

    def delete(self, number: str, *, permitted: Sequence[tuple[str, str]], actor: str, why: str = "") -> bool:
        """Throw a draft away where its state permits it; audited, and kept all the same."""
        with self._writing() as connection:
            return questioning.discard(connection, number, permitted=permitted, actor=actor, why=why, now=self._now())

    def delete_all(
        self, numbers: Sequence[str], *, permitted: Sequence[tuple[str, str]], actor: str, why: str = ""
    ) -> dict[str, tuple[str, str]]:
        """Throw several drafts away, all or none; the (kind, state) of each that stands against it, none where it is done."""
        with self._writing() as connection:
            return questioning.discard_all(
                connection, numbers, permitted=permitted, actor=actor, why=why, now=self._now()
            )

    # ── the channels ──

    def channels(self, names: Sequence[str]) -> list[ChannelRow]:
        with self._reading() as connection:
            return steering.channels(connection, names)

    def steer(self, name: str, act: str, *, actor: str, why: str = "") -> bool:
        """pause, drain or resume; audited. False where the channel is so already."""
        with self._writing() as connection:
            return steering.steer(connection, name, act, why=why, actor=actor, now=self._now())

    def stop_channel(self, name: str, *, reason: str) -> bool:
        with self._writing() as connection:
            return steering.stop(connection, name, reason=reason, now=self._now())

    def report(self, reports: Sequence[Report]) -> None:
        """How channels fare, for whoever looks at them."""
        with self._writing() as connection:
            steering.report(connection, reports, now=self._now())
