"""What goes into the ledger and what comes out of it: frozen rows, no type of the database among them.

Times of our own are µs UTC (int); times that customs or an act states are 17 digits of Beijing time (str).
`enterprise_id` is the ledger's, `enterprise` the code that people know. Facts are text by dictionary id.
"""

from ledger.rows.asking import AttemptRow, Counts, DocumentRow, EventRow, History, Known, MessageRow, NoticeRow, Sent
from ledger.rows.settling import (
    ArrivalRow,
    Arrived,
    AuditEntry,
    AuditRow,
    Decision,
    InMessage,
    NewArrival,
    NewEvent,
    Settled,
    Settlement,
)
from ledger.rows.submitting import (
    Act,
    Deferral,
    DocumentChange,
    Due,
    Enterprise,
    Facts,
    NewEnterprise,
    Number,
    OutMessage,
    Recorded,
    Reference,
    Sealed,
    Submission,
)

__all__ = [
    "Act",
    "ArrivalRow",
    "Arrived",
    "AttemptRow",
    "AuditEntry",
    "AuditRow",
    "Counts",
    "Decision",
    "Deferral",
    "DocumentChange",
    "DocumentRow",
    "Due",
    "Enterprise",
    "EventRow",
    "Facts",
    "History",
    "InMessage",
    "Known",
    "MessageRow",
    "NewArrival",
    "NewEnterprise",
    "NewEvent",
    "NoticeRow",
    "Number",
    "OutMessage",
    "Recorded",
    "Reference",
    "Sealed",
    "Sent",
    "Settled",
    "Settlement",
    "Submission",
]
