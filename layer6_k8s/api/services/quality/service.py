"""Check the data, and read the last report on it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from api.services.documents.store import StoreUnavailable
from api.services.jobs.current import report as report_progress
from api.services.jobs.jobs import Claim
from api.services.quality.report import Check, Finding, Found, Report, ReportStore, TextComparison, Texts

DIFFERENT = (
    "chunk_text_differs",
    "The text of these chunks is not the document's text at their offsets, so quotes may be wrong. Read their "
    "documents again: POST /jobs/process-document.",
)
BEYOND = (
    "chunk_beyond_text",
    "These chunks end after the end of their document's text. Read their documents again: POST /jobs/process-document.",
)


class QualityService:
    """What the API needs: the last report."""

    def __init__(self, reports: ReportStore) -> None:
        self.reports = reports

    async def latest(self) -> Report | None:
        """None before the first check."""
        return await self.reports.latest()


class QualityHandler:
    """The handler of `quality` jobs: runs the checks, queues the safe repairs, stores the report."""

    def __init__(self, checks: Sequence[Check], texts: TextComparison, reports: ReportStore) -> None:
        self.checks = checks
        self.texts = texts
        self.reports = reports

    async def __call__(self, claim: Claim) -> None:
        """See `Handler`. Raises `StoreUnavailable` if the report cannot be stored."""
        began, findings, unanswered = time.monotonic(), list[Finding](), list[str]()
        for number, check in enumerate(self.checks):
            report_progress(f"checking {check.code}", number / (len(self.checks) + 1))
            try:
                findings += await _answered(check)
            except StoreUnavailable:
                unanswered.append(check.code)
        report_progress("comparing texts", len(self.checks) / (len(self.checks) + 1))
        texts = Texts(0, 0, Found(0), Found(0))
        try:
            texts = await self.texts.compare()
        except StoreUnavailable:
            unanswered += [DIFFERENT[0], BEYOND[0]]
        findings += _finding(*DIFFERENT, texts.different) + _finding(*BEYOND, texts.beyond)
        await self.reports.add(
            Report(
                id=claim.id,
                checked_at=datetime.now(UTC),
                seconds=time.monotonic() - began,
                findings=findings,
                documents=texts.documents,
                compared=texts.compared,
                unanswered=unanswered,
            )
        )


async def _answered(check: Check) -> list[Finding]:
    found = await check.find()
    repaired = await check.repair(found) if found.count and check.repair else 0
    return _finding(check.code, check.advice, found, repaired)


def _finding(code: str, advice: str, found: Found, repaired: int = 0) -> list[Finding]:
    return [Finding(code, found.count, found.examples, advice, repaired)] if found.count else []
