"""Names of files against their messages: a name says type, number and submission, and so does what was sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.errors import GatewayError
from gateway.evidence.manifest import EntryLine
from gateway.evidence.seals import NONE, Judged
from mappings.faults import Refused
from parcel.envelope import Envelope
from parcel.names import OutName, parse_copy, parse_in


def misnamed(judged: Sequence[tuple[EntryLine, Judged]]) -> Iterator[tuple[str, Refused]]:
    """Every file whose name, or whose line in the manifest, says something else than the message that was sealed."""
    sent = [name for entry, _ in judged if entry.role == "out" and (name := OutName.parse(entry.more.get("file", "")))]
    for entry, seal in judged:
        detail = _out(entry, seal.envelope) if entry.role == "out" else _in(entry, seal.envelope, sent)
        if detail:
            yield entry.name, GatewayError("EVI_NAME", name=entry.more.get("file", ""), detail=detail)


def _out(entry: EntryLine, envelope: Envelope | None) -> str:
    if envelope is None:
        return ""
    name = OutName.parse(entry.more.get("file", ""))
    if name is None:
        return "—"
    if envelope.file_name and envelope.file_name != name.text and OutName.parse(envelope.file_name) != name:
        return f"FileName {envelope.file_name}"
    if envelope.msg_type != name.type:
        return f"MsgType {envelope.msg_type}"
    return _identity(entry, envelope)


def _in(entry: EntryLine, envelope: Envelope | None, sent: Sequence[OutName]) -> str:
    if envelope is not None:
        return _identity(entry, envelope)
    if entry.more.get("seal") != NONE:
        return ""  # a seal that does not hold is told as such
    file = entry.more.get("file", "")
    found = parse_in(file)
    out = found.out if found else parse_copy(file)
    if entry.more.get("status") == "understood" and (out is None or not any(out.same(name) for name in sent)):
        return "技术回执不属于包内任何报文 (answers no message of this bundle)"
    return ""


def _identity(entry: EntryLine, envelope: Envelope) -> str:
    told = entry.more.get("copMsgId", "")
    if told and (told, entry.more.get("sender", "")) != (envelope.cop_msg_id, envelope.sender):
        return f"CopMsgId {envelope.cop_msg_id}, SenderId {envelope.sender}"
    return ""
