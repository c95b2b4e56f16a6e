"""Record runs, and read them."""

from collections.abc import Callable, Sequence
from uuid import UUID

from api.services.documents.store import Position
from api.services.experiments.runs import Experiment, ExperimentNotFound, NewRun, Result, Run, RunNotFound, RunStore


class ExperimentService:
    """`on_new` is called after each new run."""

    def __init__(self, store: RunStore, on_new: Callable[[], None]) -> None:
        self.store = store
        self.on_new = on_new

    async def add(self, experiment: str, new: NewRun) -> Run:
        """Store a run. Whether MLflow can be reached makes no difference."""
        run = await self.store.add(experiment, new)
        self.on_new()
        return run

    async def experiments(self, limit: int, after: Position | None) -> Sequence[Experiment]:
        """Newest first."""
        return await self.store.experiments(limit, after)

    async def runs(self, experiment: str, limit: int, after: Position | None) -> Sequence[Run]:
        """The runs of the experiment with this id or name, newest first. Raises `ExperimentNotFound`."""
        id = await self.store.find(experiment)
        if id is None:
            raise ExperimentNotFound
        return await self.store.runs(id, limit, after)

    async def run(self, id: UUID) -> Run:
        """Raises `RunNotFound`."""
        run = await self.store.run(id)
        if run is None:
            raise RunNotFound
        return run

    async def results(self, id: UUID, first: int, limit: int) -> Sequence[Result]:
        """In the order of the questions, from number `first` on. Raises `RunNotFound`."""
        await self.run(id)
        return await self.store.results(id, first, limit)
