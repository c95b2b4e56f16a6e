"""Experiments: runs, the registry of champions, the mirror in MLflow, and what a run records of this service."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_origin

from api.adapters.layer_file import read_layer
from api.adapters.mlflow.tracker import MlflowTracker, mlflow_client
from api.adapters.postgres.database import Database
from api.adapters.postgres.experiments.mirroring import PostgresMirrorQueue
from api.adapters.postgres.experiments.registry import PostgresRegistry
from api.adapters.postgres.experiments.runs import PostgresRuns
from api.capabilities.running import running
from api.config import Settings
from api.services.chat.models import Models
from api.services.embedding.embeddings import SpaceSource
from api.services.experiments.gates import read_gates
from api.services.experiments.mirror import Mirror
from api.services.experiments.registry import Promotions
from api.services.experiments.runs import Setting, Setup
from api.services.experiments.service import ExperimentService
from api.services.serving.health import Probe

RECORDED_TYPES = (bool, int, float)
RECORDED_NAMES = ("embedding_model", "ollama_model", "openai_model", "hf_model")


@dataclass(frozen=True)
class Experiments:
    """What the wiring needs. `probes`: MLflow's, if it is a mirror."""

    service: ExperimentService
    promotions: Promotions
    probes: list[Probe]


@asynccontextmanager
async def experiments(settings: Settings, database: Database) -> AsyncIterator[Experiments]:
    """With MLFLOW_URL, runs and champions are mirrored there beside the block."""
    async with AsyncExitStack() as stack:
        wake, probes = _no_mirror, list[Probe]()
        if settings.mlflow_url:
            client = await stack.enter_async_context(mlflow_client(settings.mlflow_url))
            mirror = Mirror(PostgresMirrorQueue(database), MlflowTracker(client), "MLflow")
            await stack.enter_async_context(running(mirror.run()))
            wake = mirror.wake
            probes.append(Probe("mlflow", mirror.check, required=False))
        service = ExperimentService(PostgresRuns(database), wake)
        gates = read_gates(settings.gates_path)
        yield Experiments(service, Promotions(service, PostgresRegistry(database), gates, wake), probes)


class PresentSetup:
    """What a run would record of this service now."""

    def __init__(self, settings: Settings, models: Models, space: SpaceSource) -> None:
        self.settings = settings
        self.version = read_layer(Path(__file__).parents[2]).version
        self.models = models
        self.space = space

    async def __call__(self) -> Setup:
        """Raises `NotReady` while the embedding model is loaded."""
        _, model = await self.models.choose(None)
        return Setup(
            version=self.version,
            settings=recorded(self.settings),
            embedding_space=(await self.space()).name,
            prompt=self.settings.system_prompt,
            model=f"{model.provider}/{model.name}",
        )


def recorded(settings: Settings) -> dict[str, Setting]:
    """Numbers, switches, choices, and names of models. Other texts may be keys, or addresses with passwords."""
    return {
        name: getattr(settings, name)
        for name, field in Settings.model_fields.items()
        if name in RECORDED_NAMES
        or get_origin(field.annotation) is Literal
        or isinstance(getattr(settings, name), RECORDED_TYPES)
    }


def _no_mirror() -> None: ...
