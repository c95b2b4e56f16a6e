"""Copying what is missing, taking away what is gone, and comparing everything in the end.

A document is copied in one transaction, and what is there is not copied again; so a migration may be stopped at any
moment, by whatever means, and is continued by being run again.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mystack.migrate.parcel import differences
from mystack.migrate.plan import Plan, Summaries, plan
from mystack.migrate.questions import asked, drawn
from mystack.migrate.read_only_target import ReadOnlyTarget
from mystack.migrate.report import Counts, Report
from mystack.migrate.store_client import DocumentSummary, StoreClient
from mystack.project import Refusal

ROUNDS = 5
"""While documents come and go in the source, so often is the rest copied and compared."""

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""Shows how far an iteration over so many things has come, under a title."""


def dry_run(source: StoreClient, target: StoreClient | ReadOnlyTarget, report: Report, *, delete_extra: bool) -> None:
    """Write nothing; tell what would be done."""
    report.remarks += source.ask("about")["remarks"]
    ours, theirs = source.summaries(), target.summaries()
    report.counts = {"source": counted(ours), "target": counted(theirs)}
    todo = plan(ours, theirs, delete_extra)
    report.planned = {
        "copy": len(todo.copy),
        "remove": len(todo.remove) + len(todo.replaces),
        "leave_as_they_are": len(todo.there),
        "leave_alone": len(todo.extra),
    }


def counted(stock: Summaries) -> Counts:
    return Counts(len(stock), sum(document.chunks for document in stock.values()))


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
        """Write nothing; compare what is there, and ask the questions."""
        todo = self._prepared()
        self._use()
        self._compare(todo.there)
        self._conclude(todo)

    def migrate(self) -> None:
        """Copy and compare until the source has nothing new; then ask the questions."""
        todo = self._prepared()
        self.report.already_there = len(todo.there)
        self._use(begin=True)
        for _ in range(ROUNDS):
            self._copy(todo)
            self._remove(todo.remove)
            self._finish()
            if todo.copy or todo.remove:
                self._read_anew()
            todo = self._planned()
            differing = self._compare(todo.there)
            if differing and self.repair:
                self._copy_again(differing)
                self._read_anew()
                self._compare(differing)
            if not (todo.copy or todo.remove):
                break
        self._conclude(todo)

    def _prepared(self) -> Plan:
        about = self.source.ask("about")
        self.report.remarks += about["remarks"]
        self._space = about["space"]
        todo = self._planned()
        if self._space is None and todo.copy:
            raise Refusal(f"{self.source.name} has documents and no vectors: run `mystack check --repair` first")
        self.report.space = str(self._space[0]) if self._space else None
        return todo

    def _use(self, begin: bool = False) -> None:
        if self._space:
            for side in (self.source, self.target) if not begin else (self.target,):
                side.ask("use", space=self._space)
            if begin:
                self.target.ask("begin")

    def _finish(self) -> None:
        for _ in self.track([self.target], "Indexing", 1) if self._space else ():
            self.target.ask("finish")

    def _read_anew(self) -> None:
        """What is compared must come from the store, and not from the memory of the process that wrote it."""
        for side in (self.source, self.target):
            side.renew()
        self._use()

    def _planned(self) -> Plan:
        """What is left to do, but for what the target did not take."""
        ours, theirs = self.source.summaries(), self.target.summaries()
        self.report.counts = {"source": counted(ours), "target": counted(theirs)}
        wanted = {id: document for id, document in ours.items() if id not in self._refused}
        return plan(wanted, theirs, self.delete_extra)

    def _copy(self, todo: Plan) -> None:
        begun = time.monotonic()
        parcels = self.source.request("read", [document.id for document in todo.copy])
        pairs = zip(todo.copy, parcels, strict=True)
        for document, (_, head, data) in self.track(pairs, "Copying", len(todo.copy)):
            if "gone" not in head and self._put(document, data, todo.replaces.get(document.id)):
                self.report.copied.documents += 1
                self.report.copied.chunks += document.chunks
        if todo.copy:
            self.report.copy_seconds += time.monotonic() - begun

    def _put(self, document: DocumentSummary, data: bytes, replaces: str | None = None) -> bool:
        refused = self.target.ask("import", data, replaces=replaces).get("refused")
        if refused:
            self._refused[document.id] = refused
            self._differs(document, [f"missing in the target: {refused}"])
        return not refused

    def _copy_again(self, documents: Sequence[DocumentSummary]) -> None:
        parcels = self.source.request("read", [document.id for document in documents])
        for document, (_, head, data) in zip(documents, parcels, strict=True):
            self.target.ask("remove", ids=[document.id])
            self._compared.discard(document.id)
            del self.report.differences[_named(document)]
            if "gone" not in head and self._put(document, data):
                self.report.repaired.append(_named(document))

    def _remove(self, documents: Sequence[DocumentSummary]) -> None:
        if documents:
            self.target.ask("remove", ids=[document.id for document in documents])
            self.report.removed += len(documents)

    def _compare(self, documents: Sequence[DocumentSummary]) -> Sequence[DocumentSummary]:
        """By checksum, those that were not yet compared; returns those that differ, when it is known where."""
        left = [document for document in documents if document.id not in self._compared]
        ids = [document.id for document in left]
        answers = zip(left, self.source.request("checksums", ids), self.target.request("checksums", ids), strict=True)
        suspects = []
        for document, (_, ours, _), (_, theirs, _) in self.track(answers, "Comparing", len(left)):
            if "gone" in ours or "gone" in theirs:
                continue
            self._note(document, ours, theirs)
            if ours["document"] != theirs["document"]:
                suspects.append(document)
        return [document for document in suspects if self._located(document)]

    def _note(self, document: DocumentSummary, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        if document.id not in self.report.checksums:
            self.report.compared.documents += 1
            self.report.compared.chunks += len(ours["chunks"])
            self.report.vectors_compared += ours["vectors"]
            self.report.weights_rounded += ours["rounded"]
        sides = {"source": ours, "target": theirs}
        sums = {side: {"document": it["document"], "chunks": it["chunks"]} for side, it in sides.items()}
        same = sums["source"] == sums["target"]
        self.report.checksums[document.id] = {"filename": document.filename} | (sums["source"] if same else sums)
        self._compared.add(document.id)

    def _located(self, document: DocumentSummary) -> bool:
        ((_, head, ours),) = self.source.request("read", [document.id])
        ((_, other, theirs),) = self.target.request("read", [document.id])
        found = [] if "gone" in head or "gone" in other else differences(ours, theirs)
        if found:
            self._differs(document, found)
        return bool(found)

    def _conclude(self, todo: Plan) -> None:
        for document in todo.copy:
            self._differs(document, ["missing in the target: run `mystack migrate` once more"])
        for document in todo.remove:
            self._differs(document, ["missing in the source: run `mystack migrate` once more"])
        for document in todo.extra:
            self._differs(document, ["missing in the source, and not brought by a migration: see --delete-extra"])
        if todo.there:
            questions = drawn(self.source, sorted(todo.there, key=lambda document: document.id))
            for question in self.track(questions, "Searching", len(questions)):
                self.report.questions += asked(question, self.source, self.target)

    def _differs(self, document: DocumentSummary, found: Sequence[str]) -> None:
        self.report.differences.setdefault(_named(document), []).extend(found)


def _named(document: DocumentSummary) -> str:
    return f"{document.filename} ({document.id})"
