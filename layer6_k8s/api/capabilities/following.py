"""The embedding model of the active space, also after a switch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

from api.adapters.postgres.search.spaces import Spaces
from api.capabilities.embeddings import embeddings
from api.config import Settings
from api.services.embedding.active_space import ActiveSpace, ModelLocation
from api.services.embedding.embeddings import Embeddings, Encoders
from api.services.embedding.following import FollowingEncoders

HUB_ORGANIZATION = "sentence-transformers"
"""Where a model is looked for of which only the last part of the name is known."""


@asynccontextmanager
async def follow_active_space(
    settings: Settings, embedder: Embeddings, spaces: Spaces
) -> AsyncIterator[FollowingEncoders]:
    """Let `embedder` use the model of the active space, which is the settings' until a switch."""

    @asynccontextmanager
    async def load(active: ActiveSpace) -> AsyncIterator[Encoders]:
        async with embeddings(settings_for(settings, active)) as other:
            yield other.encoders

    async with FollowingEncoders(embedder.encoders, spaces.find_active, load) as following:
        embedder.encoders = following
        yield following


def settings_for(settings: Settings, active: ActiveSpace) -> Settings:
    """The settings with which a service would run the model of this space."""
    model = active.model or guessed(settings, active.name)
    return settings.model_copy(
        update={
            "embedding_model": model.name,
            "embedding_path": Path(model.path) if model.path else None,
            "embedding_backend": backend_of(active.name) or settings.embedding_backend,
        }
    )


def backend_of(space: str) -> str | None:
    """The EMBEDDING_BACKEND in `model@revision/backend/dimension`, unless this version has no such backend."""
    known = get_args(Settings.model_fields["embedding_backend"].annotation)
    return next((backend for backend in space.split("/")[1:-1] if backend in known), None)


def model_location(settings: Settings) -> ModelLocation:
    """The model of the settings, as another process finds it."""
    path = settings.embedding_path
    return ModelLocation(settings.embedding_model, str(path.expanduser().resolve()) if path else None)


def guessed(settings: Settings, space: str) -> ModelLocation:
    """The settings' model, if its name is the space's, or the model of this name on the hub."""
    name, _, _ = space.partition("@")
    chosen = model_location(settings)
    return chosen if chosen.name.rsplit("/", 1)[-1] == name else ModelLocation(f"{HUB_ORGANIZATION}/{name}")
