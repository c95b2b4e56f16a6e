"""Runs of evaluations and benchmarks, and the port of their store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from api.errors import MyStackError
from api.services.documents.store import Position

Setting = str | int | float | bool | None


class ExperimentNotFound(MyStackError):
    """There is no such experiment. GET /experiments lists all of them."""

    status = 404
    code = "experiment_not_found"


class RunNotFound(MyStackError):
    """There is no such run. GET /experiments/{experiment}/runs lists the runs of an experiment."""

    status = 404
    code = "run_not_found"


@dataclass(frozen=True)
class Setup:
    """What answers: settings without secrets, the embedding space, the system prompt and the model.

    None: not known, because the layer that was measured does not say.
    """

    version: str
    settings: Mapping[str, Setting]
    embedding_space: str | None = None
    prompt: str | None = None
    model: str | None = None


@dataclass(frozen=True)
class Data:
    """The questions and documents of a run; `sha256` is theirs, in hexadecimal."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Measure:
    """A metric. `passed`: whether it met its target; None without one."""

    name: str
    value: float
    unit: str = ""
    passed: bool | None = None


@dataclass(frozen=True)
class Result:
    """The scores of one question, higher is better."""

    question: str
    scores: Mapping[str, float]


@dataclass(frozen=True)
class NewRun:
    """A run to be stored. `commit`: of the repository, if the run started the layer itself."""

    setup: Setup
    commit: str | None
    data: Data | None
    metrics: Sequence[Measure]
    results: Sequence[Result] = ()


@dataclass(frozen=True)
class Run:
    """A stored run. `questions`: the number of its results. `mirrored_as`: its id in MLflow."""

    id: UUID
    experiment_id: UUID
    experiment: str
    created_at: datetime
    setup: Setup
    commit: str | None
    data: Data | None
    metrics: Sequence[Measure]
    questions: int
    mirrored_as: str | None = None
    mirror_error: str | None = None


@dataclass(frozen=True)
class Experiment:
    """`runs`: their number. `last_run_at`: None without runs."""

    id: UUID
    name: str
    created_at: datetime
    runs: int
    last_run_at: datetime | None


class RunStore(Protocol):
    """The stored runs. All methods raise `StoreUnavailable`."""

    async def add(self, experiment: str, new: NewRun) -> Run:
        """Store a run, and the experiment if it is the first of its name."""
        ...

    async def experiments(self, limit: int, after: Position | None) -> Sequence[Experiment]:
        """Newest first."""
        ...

    async def find(self, experiment: str) -> UUID | None:
        """The experiment with this id or name."""
        ...

    async def runs(self, experiment_id: UUID, limit: int, after: Position | None) -> Sequence[Run]:
        """Newest first."""
        ...

    async def run(self, id: UUID) -> Run | None: ...

    async def results(self, id: UUID, first: int, limit: int) -> Sequence[Result]:
        """In the order of the questions, from number `first` on."""
        ...
