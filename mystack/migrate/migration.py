"""Copies missing documents, removes those that the source no longer has, and compares all of them.

Each document is copied in one transaction, and stored documents are not copied again: so a migration can be stopped or
killed at any time, and running it again continues it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mystack.migrate.differences import Checksums, differences
from mystack.migrate.locations import EmptyTarget
from mystack.migrate.plan import Plan, Summaries, plan
from mystack.migrate.questions import ask, draw
from mystack.migrate.report import Counts, Report
from mystack.migrate.store_client import DocumentSummary, StoreClient
from mystack.project import Refusal

ROUNDS = 5
"""Rounds of copying and comparing while documents are added to or deleted from the source."""

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""Shows the progress of an iteration, given its title and its number of items."""


def dry_run(source: StoreClient, target: StoreClient | EmptyTarget, report: Report, *, delete_extra: bool) -> None:
    """Write nothing; report what a migration would do."""
    report.remarks += source.call("about")["remarks"]
    ours, theirs = source.summaries(), target.summaries()
    report.counts = {"source": counted(ours), "target": counted(theirs)}
    todo = plan(ours, theirs, delete_extra)
    report.planned = {
        "copy": len(todo.copy),
        "remove": len(todo.remove) + len(todo.replaces),
        "keep": len(todo.present),
        "leave_alone": len(todo.extra),
    }


def counted(summaries: Summaries) -> Counts:
    return Counts(len(summaries), sum(document.chunks for document in summaries.values()))


class Migration:
    """`delete_extra` and `repair` are the options of the command."""

    def __init__(
        self,
        source: StoreClient,
        target: StoreClient,
        report: Report,
        track: Track,
        *,
        delete_extra: bool,
        repair: bool,
    ) -> None:
        self.source = source
        self.target = target
        self.report = report
        self.track = track
        self.delete_extra = delete_extra
        self.repair = repair
        self._refused: dict[str, str] = {}
        self._compared: set[str] = set()
        self._space: Sequence[Any] | None = None

    def verify(self) -> None:
        """Write nothing; compare the documents and the searches."""
        todo = self._prepare()
        self._use_space(self.source, self.target)
        self._compare(todo.present)
        self._conclude(todo)

    def migrate(self) -> None:
        """Copy and compare until the source has nothing new; then compare the searches."""
        todo = self._prepare()
        self.report.already_there = len(todo.present)
        if self._space:
            self._use_space(self.target)
            self.target.call("begin")
        for _ in range(ROUNDS):
            self._copy(todo)
            self._remove(todo.remove)
            self._finish()
            if todo.copy or todo.remove:
                self._restart()
            todo = self._plan()
            differing = self._compare(todo.present)
            if differing and self.repair:
                self._copy_again(differing)
                self._restart()
                self._compare(differing)
            if not (todo.copy or todo.remove):
                break
        self._conclude(todo)

    def _prepare(self) -> Plan:
        about = self.source.call("about")
        self.report.remarks += about["remarks"]
        self._space = about["space"]
        todo = self._plan()
        if self._space is None and todo.copy:
            raise Refusal(
                f"{self.source.name} has documents and no vectors: run `mystack check-stores --layer 2 --repair` first"
            )
        self.report.space = str(self._space[0]) if self._space else None
        return todo

    def _use_space(self, *clients: StoreClient) -> None:
        for client in clients if self._space else ():
            client.call("use", space=self._space)

    def _finish(self) -> None:
        for _ in self.track([self.target], "Indexing", 1) if self._space else ():
            self.target.call("finish")

    def _restart(self) -> None:
        """New processes on both ends, so that the comparison reads the stores and no process's memory."""
        for client in (self.source, self.target):
            client.restart()
        self._use_space(self.source, self.target)

    def _plan(self) -> Plan:
        """The remaining steps, without the documents that the target refused."""
        ours, theirs = self.source.summaries(), self.target.summaries()
        self.report.counts = {"source": counted(ours), "target": counted(theirs)}
        wanted = {id: document for id, document in ours.items() if id not in self._refused}
        return plan(wanted, theirs, self.delete_extra)

    def _copy(self, todo: Plan) -> None:
        begun = time.monotonic()
        stored = self.source.call_each("read", [document.id for document in todo.copy])
        pairs = zip(todo.copy, stored, strict=True)
        for document, (_, head, data) in self.track(pairs, "Copying", len(todo.copy)):
            if "gone" not in head and self._import(document, data, todo.replaces.get(document.id)):
                self.report.copied.documents += 1
                self.report.copied.chunks += document.chunks
        if todo.copy:
            self.report.copy_seconds += time.monotonic() - begun

    def _import(self, document: DocumentSummary, data: bytes, replaces: str | None = None) -> bool:
        refused = self.target.call("import", data, replaces=replaces).get("refused")
        if refused:
            self._refused[document.id] = refused
            self._differs(document, [f"missing in the target: {refused}"])
        return not refused

    def _copy_again(self, documents: Sequence[DocumentSummary]) -> None:
        stored = self.source.call_each("read", [document.id for document in documents])
        for document, (_, head, data) in zip(documents, stored, strict=True):
            self.target.call("remove", ids=[document.id])
            self._compared.discard(document.id)
            del self.report.differences[_label(document)]
            if "gone" not in head and self._import(document, data):
                self.report.repaired.append(_label(document))

    def _remove(self, documents: Sequence[DocumentSummary]) -> None:
        if documents:
            self.target.call("remove", ids=[document.id for document in documents])
            self.report.removed += len(documents)

    def _compare(self, documents: Sequence[DocumentSummary]) -> Sequence[DocumentSummary]:
        """Compare the checksums of the documents that were not compared yet; returns those that differ."""
        left = [document for document in documents if document.id not in self._compared]
        suspects = []
        for document, ours, theirs in self.track(self._checksums(left), "Comparing", len(left)):
            if "gone" in ours or "gone" in theirs:
                continue
            self._record(document, ours, theirs)
            if ours["document"] != theirs["document"]:
                suspects.append(document)
        return [document for document in suspects if self._confirmed(document)]

    def _checksums(self, documents: Sequence[DocumentSummary]) -> Iterable[tuple[DocumentSummary, Any, Any]]:
        ids = [document.id for document in documents]
        sources, targets = self.source.call_each("checksums", ids), self.target.call_each("checksums", ids)
        for document, (_, ours, _), (_, theirs, _) in zip(documents, sources, targets, strict=True):
            yield document, ours, theirs

    def _record(self, document: DocumentSummary, ours: Checksums, theirs: Checksums) -> None:
        if document.id not in self.report.checksums:
            self.report.compared.documents += 1
            self.report.compared.chunks += len(ours["chunks"])
            self.report.vectors_compared += ours["vectors"]
            self.report.weights_rounded += ours["rounded"]
        source, target = ({"document": one["document"], "chunks": one["chunks"]} for one in (ours, theirs))
        checksums = source if source == target else {"source": source, "target": target}
        self.report.checksums[document.id] = {"filename": document.filename} | checksums
        self._compared.add(document.id)

    def _confirmed(self, document: DocumentSummary) -> bool:
        """Whether a second reading finds a difference: the first may have met a deletion halfway."""
        ((_, ours, theirs),) = self._checksums([document])
        found = [] if "gone" in ours or "gone" in theirs else differences(ours, theirs)
        if found:
            self._differs(document, found)
        return bool(found)

    def _conclude(self, todo: Plan) -> None:
        for document in todo.copy:
            self._differs(document, ["missing in the target: run `mystack migrate` again"])
        for document in todo.remove:
            self._differs(document, ["missing in the source: run `mystack migrate` again"])
        for document in todo.extra:
            self._differs(document, ["missing in the source, and not imported by a migration: see --delete-extra"])
        if todo.present:
            questions = draw(self.source, sorted(todo.present, key=lambda document: document.id))
            for question in self.track(questions, "Searching", len(questions)):
                self.report.questions += ask(question, self.source, self.target)

    def _differs(self, document: DocumentSummary, found: Sequence[str]) -> None:
        self.report.differences.setdefault(_label(document), []).extend(found)


def _label(document: DocumentSummary) -> str:
    return f"{document.filename} ({document.id})"
