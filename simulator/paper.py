"""The certificate as a file: where the mood #pdf asks for it, drafts and issues bring a specimen of one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mappings.attaching import GROUP
from mappings.kind import Kind
from mappings.sample_files import pdf
from parcel.attachment import Attachment, inspect

WORD = "pdf"


def with_papers(
    carrier: Kind, records: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Attachment]]:
    """The records, each listing its file, and the files; as they were where the carrier lists none."""
    if carrier.attaching is None:
        return list(records), []
    papers = [_paper(carrier, record) for record in records]
    listed: list[Mapping[str, Any]] = [
        {**record, GROUP: [_listed(paper)]} for record, paper in zip(records, papers, strict=True)
    ]
    return listed, papers


def _paper(carrier: Kind, record: Mapping[str, Any]) -> Attachment:
    number = str(record.get("certificate_no") or record["number"])
    return Attachment("", f"{number}.pdf", pdf(f"SPECIMEN {carrier.type} {number} {record['stated_at']}"))


def _listed(paper: Attachment) -> dict[str, Any]:
    return {
        "file_name": paper.name,
        "file_size": paper.size,
        "file_sha256": paper.sha256,
        "page_count": inspect(paper).page_count,
    }
