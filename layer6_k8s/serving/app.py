"""The Ray Serve application: `serve run serving.app:app`, or a RayService with `import_path: serving.app:app`.

    HTTP proxy → gateway (the API of web.py) → embedder (batches what comes within 2 ms) | reranker

Each has replicas of its own, which Serve replaces when one dies or the application is updated.
"""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from ray import serve
from ray.serve import Application
from ray.serve.handle import DeploymentHandle

from api.adapters.embedding.late_interaction import LateInteraction
from api.services.embedding.embeddings import Embeddings
from serving.models import Chosen, Embedded, ReplicatedEncoders, embedded, encoder_of
from serving.web import application

BATCH_REQUESTS = 16
BATCH_WAIT_SECONDS = 0.002
HEALTH_SECONDS = 2.0
"""Between two checks of a replica: one that was killed is replaced after as long."""
STOP_SECONDS = 10.0
"""A replica that is replaced has this long to end its requests."""
OF_ALL = {"health_check_period_s": HEALTH_SECONDS, "graceful_shutdown_timeout_s": STOP_SECONDS}


@serve.deployment(name="embedder", max_ongoing_requests=64, **OF_ALL)
class Embedder:
    def __init__(self, chosen: Chosen, version: str) -> None:
        self.encoder = encoder_of(chosen)
        self.encoder.load()

    def describe(self) -> tuple[str, int]:
        return self.encoder.space, self.encoder.dimension

    @serve.batch(max_batch_size=BATCH_REQUESTS, batch_wait_timeout_s=BATCH_WAIT_SECONDS)
    async def embed(self, requests: list[list[str]]) -> list[Embedded]:
        return await embedded(self.encoder, requests)


@serve.deployment(name="reranker", max_ongoing_requests=16, **OF_ALL)
class Reranker:
    def __init__(self, chosen: Chosen, version: str) -> None:
        self.model = LateInteraction(chosen.model, chosen.folder)
        self.model.load()

    async def score(self, question: str, texts: list[str]) -> tuple[str, list[float]]:
        return self.model.name, await asyncio.to_thread(self.model.scores, question, texts)


@serve.deployment(name="gateway", max_ongoing_requests=256, **OF_ALL)
@serve.ingress()
class Gateway:
    def __init__(self, embedder: DeploymentHandle, reranker: DeploymentHandle, chosen: Chosen, version: str) -> None:
        self.embedder = embedder
        self.reranker = reranker
        self.chosen = chosen

    def __serve_build_asgi_app__(self) -> FastAPI:
        return application(Embeddings(ReplicatedEncoders(self, self.chosen)), self, os.environ.get("MODELS_API_KEY"))

    async def embed(self, texts: Sequence[str]) -> Embedded:
        found: Embedded = await self.embedder.embed.remote(list(texts))
        return found

    async def describe(self) -> tuple[str, int]:
        space, dimension = await self.embedder.describe.remote()
        return space, dimension

    async def score(self, question: str, texts: Sequence[str]) -> tuple[str, list[float]]:
        name, scores = await self.reranker.score.remote(question, list(texts))
        return name, scores


def app(args: dict[str, Any]) -> Application:
    """`model`, `path` and `backend` choose the model; `replicas` is the number of each; another `version` replaces all.

    A RayService overrides the number of replicas by `autoscaling_config`.
    """
    chosen = Chosen(**{name: args[name] for name in ("model", "path", "backend") if args.get(name)})
    replicas, version = int(args.get("replicas", 1)), str(args.get("version", ""))
    embedder = Embedder.options(num_replicas=replicas).bind(chosen, version)
    reranker = Reranker.options(num_replicas=replicas).bind(chosen, version)
    return Gateway.options(num_replicas=replicas).bind(embedder, reranker, chosen, version)
