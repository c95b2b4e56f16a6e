"""The job that looks at answers again, who starts it, and what was found."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from uuid import UUID

from api.errors import MyStackError
from api.services.documents.store import StoreUnavailable
from api.services.jobs.current import report
from api.services.jobs.jobs import Claim
from api.services.jobs.service import JobService
from api.services.jobs.worker import Handler
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import ANSWER_DRIFT, SAMPLED
from api.services.sampling.checking import Checker
from api.services.sampling.drift import MEASURES
from api.services.sampling.profiles import Profiler, ProfileStore
from api.services.sampling.samples import ANSWERS, SAMPLES, Asked, SampleStore, Summary

AT_ONCE = 50
"""Answers that one job looks at."""
START_SECONDS = 300.0
"""Between two looks whether there is something to check."""

Checking = Callable[[], AbstractAsyncContextManager[Checker]]
"""Makes what checks; a language model is loaded no longer than a job needs it."""


class SamplingHandler:
    """The handler of `quality` jobs about answers; the others go to `data`. `share`: of answers, between 0 and 1."""

    def __init__(self, data: Handler, store: SampleStore, profiler: Profiler, checking: Checking, share: float) -> None:
        self.data = data
        self.store = store
        self.profiler = profiler
        self.checking = checking
        self.share = share

    async def __call__(self, claim: Claim) -> UUID | None:
        """See `Handler`. What was checked is stored one by one, so an interrupted job has lost nothing.

        An answer that cannot be checked fails the job at its end: the others are checked all the same.
        """
        if claim.subject != ANSWERS:
            return await self.data(claim)
        answers = await self.store.next(self.share, AT_ONCE)
        error = await self._check(answers) if answers else None
        report("comparing weeks", len(answers) / (len(answers) + 1))
        await self.profiler.compare()
        if error:
            raise error
        return None

    async def _check(self, answers: Sequence[Asked]) -> MyStackError | None:
        """Returns the last error. Raises `StoreUnavailable`."""
        last: MyStackError | None = None
        async with self.checking() as checker:
            for number, asked in enumerate(answers):
                report("checking answers", number / (len(answers) + 1))
                try:
                    await self.store.add(await checker.check(asked))
                except StoreUnavailable:
                    raise
                except MyStackError as error:
                    last = error
        return last


class SamplingService:
    """What the API needs: what was found, and a job every now and then. Nothing is started at a share of 0."""

    def __init__(self, store: SampleStore, profiles: ProfileStore, jobs: JobService, share: float) -> None:
        self.store = store
        self.profiles = profiles
        self.jobs = jobs
        self.share = share

    async def found(self) -> tuple[Summary, Mapping[str, float]]:
        """The samples of the last seven days, and the drift by measure."""
        return await self.store.summary(), await self.profiles.drift()

    async def run(self) -> None:
        """Start a job whenever an answer of the sample has not been checked; until cancelled."""
        while self.share:
            with suppress(StoreUnavailable):
                await self.start_due()
            await asyncio.sleep(START_SECONDS)

    async def start_due(self) -> None:
        if await self.store.next(self.share, 1):
            await self.jobs.start("quality", SAMPLES, ANSWERS)

    async def measure(self, metrics: Metrics) -> None:
        """Set the gauges from what is stored."""
        with suppress(StoreUnavailable):
            summary, measures = await self.found()
            for name in MEASURES:
                metrics.gauge(ANSWER_DRIFT, measures.get(name, math.nan), of=name)
            for name in ("samples", "claims", "lost", "quotes", "different", "answered_again", "changed"):
                metrics.gauge(SAMPLED, getattr(summary, name), what=name)
