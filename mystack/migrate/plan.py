"""What a migration has to do, derived from the documents of source and target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mystack.migrate.store_client import DocumentSummary

Summaries = Mapping[str, DocumentSummary]


@dataclass(frozen=True)
class Plan:
    """`extra` are documents that only the target has and that no migration brought: users uploaded them there."""

    copy: Sequence[DocumentSummary]
    replaces: Mapping[str, str]
    """Documents to copy that replace one with the same bytes, which the source no longer has; ids of both."""
    remove: Sequence[DocumentSummary]
    extra: Sequence[DocumentSummary]
    present: Sequence[DocumentSummary]


def plan(source: Summaries, target: Summaries, delete_extra: bool) -> Plan:
    """The steps after which the target has the documents of the source."""
    copy = [document for id, document in source.items() if id not in target]
    gone = [document for id, document in target.items() if id not in source]
    remove = [document for document in gone if document.imported or delete_extra]
    by_bytes = {document.sha256: document.id for document in remove}
    replaces = {document.id: by_bytes[document.sha256] for document in copy if document.sha256 in by_bytes}
    return Plan(
        copy=copy,
        replaces=replaces,
        remove=[document for document in remove if document.id not in replaces.values()],
        extra=[document for document in gone if not (document.imported or delete_extra)],
        present=[document for id, document in source.items() if id in target],
    )
