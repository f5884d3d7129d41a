"""All that is ever asked of the tables, by name. Every call takes a list and is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sqlalchemy import Engine

from ledger import (
    arriving,
    asking,
    attaching,
    auditing,
    conserving,
    days,
    differences,
    evidence,
    fetching,
    heads,
    listing,
    proving,
    questioning,
    queueing,
    recording,
    refolding,
    relaying,
    replaying,
    series,
    settling,
    stating,
    steering,
    stock,
)
from ledger.lives import Machines
from ledger.rows import (
    Account,
    ArrivalRow,
    Arrived,
    AuditEntry,
    AuditRow,
    Batch,
    ChannelRow,
    Conservation,
    Counts,
    DayLine,
    DayRow,
    Decision,
    Deferral,
    Difference,
    DifferenceRow,
    DocumentRow,
    Due,
    Enterprise,
    Fetched,
    Forward,
    History,
    Known,
    NewArrival,
    NewEnterprise,
    NoticeRow,
    Number,
    QuestionRow,
    QueueRow,
    Recorded,
    Reference,
    Replayed,
    Report,
    Sealed,
    Sent,
    Settled,
    Settlement,
    Sheets,
    Submission,
    TurnedAway,
)
from ledger.transactions import Transactions


class Ledger:
    """The ledger of one database.

    now: business time, µs UTC. machines: the states of a kind in a version.
    Every method raises LedgerError where the database is busy, gone or full; then nothing of the call is there.
    """

    def __init__(self, engine: Engine, *, now: Callable[[], int], machines: Machines) -> None:
        self._transactions = Transactions(engine)
        self._writing = self._transactions.writing
        self._reading = self._transactions.reading
        self._now = now
        self._machines = machines

    def close(self) -> None:
        self._transactions.engine.dispose()

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

    # ── what comes ──

    def arrive(self, files: Sequence[NewArrival]) -> list[Arrived]:
        with self._writing() as connection:
            return arriving.arrive(connection, files, now=self._now())

    def take_up(self, limit: int) -> list[tuple[ArrivalRow, bytes]]:
        """What is to be read now; counted as begun before anybody reads it."""
        with self._reading() as connection:  # a look that finds nothing takes no lock
            if not arriving.arrivals(connection, status="new", limit=min(limit, 1)):
                return []
        with self._writing() as connection:
            return arriving.take_up(connection, limit)

    def put_back(self, arrival_ids: Sequence[int]) -> None:
        with self._writing() as connection:
            arriving.put_back(connection, arrival_ids)

    def settle(self, settlements: Sequence[Settlement], *, relayed: Collection[int] = ()) -> list[Settled]:
        """Events of customs, each applied once, with all that follows from them in the same transaction.

        relayed: enterprises that are handed their files back (`forwards`).
        """
        with self._writing() as connection:
            return settling.settle(connection, settlements, machines=self._machines, now=self._now(), relayed=relayed)

    def rejoin(self) -> int:
        with self._writing() as connection:
            return arriving.rejoin(connection)

    def arrivals(
        self, status: str | None = None, limit: int | None = None, after: int | None = None
    ) -> list[ArrivalRow]:
        with self._reading() as connection:
            return arriving.arrivals(connection, status=status, limit=limit, after=after)

    def decide(self, decisions: Sequence[Decision]) -> list[int]:
        """Release or discard; audited. The ids that were open to it."""
        with self._writing() as connection:
            return arriving.decide(connection, decisions, now=self._now())

    def match(self, arrival_id: int, number: str, actor: str) -> bool:
        """The arrival is new again and wants that number; audited. False where it is not open to it."""
        with self._writing() as connection:
            return arriving.match(connection, arrival_id, number, actor=actor, now=self._now())

    # ── who sends through us ──

    def sent_since(self, enterprise_id: int, stated_at: str) -> int:
        """How many messages of an enterprise are stated at or after a time (17 digits)."""
        with self._reading() as connection:
            return relaying.sent_since(connection, enterprise_id, stated_at)

    def forwards(self, enterprise_id: int, limit: int) -> list[Forward]:
        with self._reading() as connection:
            return relaying.forwards(connection, enterprise_id, limit)

    def forwards_open(self, enterprise_id: int) -> int:
        with self._reading() as connection:
            return relaying.forwards_open(connection, enterprise_id)

    def forwarded(self, arrival_ids: Sequence[int]) -> None:
        with self._writing() as connection:
            relaying.forwarded(connection, arrival_ids, now=self._now())

    # ── who is told ──

    def notices(self, limit: int) -> list[NoticeRow]:
        with self._reading() as connection:
            return listing.notices(connection, limit)

    def noticed(self, ids: Sequence[int]) -> None:
        with self._writing() as connection:
            listing.noticed(connection, ids, now=self._now())

    # ── what is asked ──

    def known(self, references: Iterable[Reference]) -> dict[Reference, Known]:
        with self._reading() as connection:
            return asking.known(connection, references)

    def repeats(self, keys: Iterable[asking.Repeat], *, since: int) -> dict[asking.Repeat, str]:
        with self._reading() as connection:
            return asking.repeats(connection, keys, since=since)

    def lives(self, numbers: Iterable[Number]) -> dict[Number, DocumentRow]:
        with self._reading() as connection:
            return asking.lives(connection, numbers, now=self._now())

    def find(self, numbers: Iterable[str]) -> dict[str, list[DocumentRow]]:
        with self._reading() as connection:
            return asking.find(connection, numbers, now=self._now())

    def carried(self, parents: Iterable[Number]) -> dict[Number, list[DocumentRow]]:
        with self._reading() as connection:
            return asking.carried(connection, parents, now=self._now())

    def sent_counts(self, keys: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str, str], int]:
        with self._reading() as connection:
            return asking.sent_counts(connection, keys)

    def messages_sent(self, cop_msg_ids: Iterable[str]) -> dict[str, Sent]:
        with self._reading() as connection:
            return asking.messages_sent(connection, cop_msg_ids)

    def messages_named(self, file_names: Iterable[str]) -> dict[str, Sent]:
        with self._reading() as connection:
            return asking.messages_named(connection, file_names)

    def message_body(self, id_: int | str) -> bytes | None:
        with self._reading() as connection:
            return asking.message_body(connection, id_)

    def documents(
        self,
        *,
        number: str | None = None,
        reference: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        since: int | None = None,
        overdue: bool | None = None,
        enterprise: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> list[DocumentRow]:
        wanted = {"number": number, "reference": reference, "kind": kind, "state": state}
        with self._reading() as connection:
            return listing.documents(
                connection, wanted, now=self._now(), since=since, overdue=overdue, enterprise=enterprise,
                limit=limit, after=after,
            )  # fmt: skip

    def history(self, number: str, *, enterprise: str | None = None) -> History | None:
        with self._reading() as connection:
            return listing.history(connection, number, enterprise=enterprise, machines=self._machines, now=self._now())

    def sheets(self, kind: str, *, owner: str | None = None) -> list[Sheets]:
        """Blank forms by enterprise, family, state and application."""
        with self._reading() as connection:
            return stock.sheets(connection, kind, owner=owner)

    def batches(self, kind: str, *, owner: str | None = None) -> list[Batch]:
        """The applications that blank forms were handed out for."""
        with self._reading() as connection:
            return list(stock.batches(connection, kind, owner=owner))

    def counts(self) -> Counts:
        with self._reading() as connection:
            return listing.counts(connection, now=self._now())

    # ── accounts laid side by side ──

    def account(self, enterprise_id: int, date: str) -> Account:
        """Customs' account of a day, as its statements told it."""
        with self._reading() as connection:
            return stating.account(connection, enterprise_id, date)

    def day(self, enterprise_id: int, date: str, numbers: Iterable[str] = ()) -> list[DayLine]:
        """Our account of a day: the documents with a part in it, or those of the numbers, as they stood at its end."""
        wanted = list(numbers)
        with self._reading() as connection:
            if wanted:
                return days.named(connection, enterprise_id, wanted, date, machines=self._machines)
            return days.day(connection, enterprise_id, date, machines=self._machines)

    def compared(
        self, enterprise_id: int, date: str, found: Sequence[Difference], *, matched: int, complete: bool
    ) -> DayRow:
        with self._writing() as connection:
            return differences.compared(
                connection, enterprise_id, date, found, matched=matched, complete=complete, now=self._now()
            )

    def settle_differences(self, ids: Sequence[int], *, by: str, why: str) -> list[int]:
        """A person's word; audited. The ids that were open to it."""
        with self._writing() as connection:
            return differences.settle(connection, ids, by=by, why=why, now=self._now())

    def differences(self, *, date: str | None = None, open_only: bool = True) -> list[DifferenceRow]:
        with self._reading() as connection:
            return differences.differences(connection, date=date, open_only=open_only)

    def days(self, *, open_only: bool = False) -> list[DayRow]:
        with self._reading() as connection:
            return differences.days(connection, open_only=open_only)

    # ── whether it is whole ──

    def refold(self) -> list[str]:
        """Fold every history again and correct what was cached. The numbers that differed."""
        return refolding.refold(self._writing, machines=self._machines, now=self._now())

    def conservation(self) -> Conservation:
        """Files in = processed + quarantined + waiting, and whether everything has its other half."""
        with self._reading() as connection:
            return conserving.conservation(connection)

    def broken(self) -> list[str]:
        """The chains of hashes that are not whole: numbers of documents, and `audit`."""
        with self._reading() as connection:
            return auditing.broken(connection)

    def audit(self, entries: Sequence[AuditEntry]) -> None:
        with self._writing() as connection:
            auditing.write_audit(connection, entries, now=self._now())

    def audit_rows(self, *, limit: int | None = None, after: int | None = None) -> list[AuditRow]:
        with self._reading() as connection:
            return auditing.read_audit(connection, limit=limit, after=after)

    def dossier(self, number: str, *, enterprise: str = "") -> evidence.Dossier | None:
        """All that is evidence of one document, of one moment; None where there is none.

        enterprise: its code, where several of the home have a document of this number; else the first of them is taken."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return evidence.dossier(connection, number, enterprise=enterprise, now=self._now())

    def audit_head(self) -> heads.AuditHead:
        """The end of the audit chain: how many entries, and the hash of the last."""
        with self._reading() as connection:
            return heads.audit_head(connection)

    def audit_hash_at(self, count: int) -> str:
        """The hash of the audit's entry of that number, "" where there is none."""
        with self._reading() as connection:
            return heads.audit_hash_at(connection, count)

    def heads_grown(self, *, since: int, after: int) -> list[heads.Head]:
        """A page of the documents whose chains grew at or after a moment (µs), behind an id."""
        with self._reading() as connection:
            return heads.grown(connection, since=since, after=after)

    def heads_at(self, wanted: Sequence[heads.Place]) -> dict[heads.Place, str]:
        """The hash that each chain had when it had so many events; what is gone is missing."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return heads.heads_at(connection, wanted)

    def prove_page(self, after: int) -> proving.Page | None:
        """The next documents behind an id, each proved from its first event to its head; None at the end."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return proving.document_page(connection, after)

    def prove_audit(self, anchored: Iterable[tuple[int, int, str]]) -> proving.AuditProof:
        """The audit from its first entry to its last, held against anchored heads: (line, count, hash), by growing count."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return proving.prove_audit(connection, anchored)

    def changed_bodies(self) -> list[tuple[str, str]]:
        """(sha256 as kept, as it is) of every byte string that is not what it was."""
        with self._reading() as connection:
            return list(proving.changed_bodies(connection))
