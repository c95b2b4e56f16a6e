"""The registry: which embedding space and which prompt are the champions, and how a run becomes the next one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from api.errors import MyStackError
from api.services.experiments.gates import Gate, failures
from api.services.experiments.runs import Run
from api.services.experiments.service import ExperimentService

Kind = Literal["embedding_space", "prompt"]
CHAMPION = "champion"


class GatesFailed(MyStackError):
    """The run is worse than the champion's."""

    status = 409
    code = "gates_failed"


class NotPromotable(MyStackError):
    """The run does not say which embedding space and prompt it measured. Evaluate a layer 5 or later."""

    status = 409
    code = "not_promotable"


class ChampionMoved(MyStackError):
    """Another run became the champion in the meantime. Try again: the run is then compared with that one."""

    status = 409
    code = "champion_moved"


@dataclass(frozen=True)
class Version:
    """A registered version that has an alias. `content`: the space's name, or the words of the prompt.

    `run_id` is the run that earned it the alias at `moved_at`; `mirrored`: whether MLflow has it.
    """

    kind: Kind
    alias: str
    version: int
    content: str
    sha256: str
    run_id: UUID
    moved_at: datetime
    mirrored: bool = False


class Registry(Protocol):
    """The registry's store. All methods raise `StoreUnavailable`."""

    async def aliased(self) -> Sequence[Version]:
        """The versions that have an alias, by kind."""
        ...

    async def promote(self, run_id: UUID, contents: Mapping[Kind, str], expected: UUID | None) -> Sequence[Version]:
        """Register the contents that are new, and move `champion` to them.

        `expected`: the run of the present champion. Raises `ChampionMoved` if it is not that one any more.
        """
        ...


class Promotions:
    """`on_moved` is called when the alias has moved."""

    def __init__(
        self, experiments: ExperimentService, registry: Registry, gates: Sequence[Gate], on_moved: Callable[[], None]
    ) -> None:
        self.experiments = experiments
        self.registry = registry
        self.gates = gates
        self.on_moved = on_moved

    async def aliased(self) -> Sequence[Version]:
        return await self.registry.aliased()

    async def promote(self, run_id: UUID) -> Sequence[Version]:
        """Make what the run measured the champion.

        Raises `RunNotFound`, `NotPromotable`, `GatesFailed` with every gate that failed, and `ChampionMoved`.
        """
        run = await self.experiments.run(run_id)
        contents = _contents(run)
        champion = await self._champion()
        if failed := failures(self.gates, run, champion):
            raise GatesFailed(f"{len(failed)} of the gates failed: {'; '.join(failed)}.")
        versions = await self.registry.promote(run_id, contents, champion.id if champion else None)
        self.on_moved()
        return versions

    async def _champion(self) -> Run | None:
        """The run of the present champion. Both kinds are moved together, so one tells."""
        found = next(iter(await self.registry.aliased()), None)
        return await self.experiments.run(found.run_id) if found else None


def _contents(run: Run) -> dict[Kind, str]:
    if run.setup.embedding_space is None or run.setup.prompt is None:
        raise NotPromotable
    return {"embedding_space": run.setup.embedding_space, "prompt": run.setup.prompt}
