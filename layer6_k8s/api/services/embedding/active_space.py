"""The embedding space that answers, and where its model was found."""

from dataclasses import dataclass

from api.errors import MyStackError


class OtherSpace(MyStackError):
    """The documents are embedded by another model than the one that this service runs. GET /health says which."""

    status = 503
    code = "other_embedding_space"


@dataclass(frozen=True)
class ModelLocation:
    """An embedding model as the settings name it: `path` is its folder, if it is not found by its name."""

    name: str
    path: str | None = None


@dataclass(frozen=True)
class ActiveSpace:
    """`name`: `model@revision/precision/dimension`. `model` is unknown for a space that was imported from layer 2."""

    name: str
    model: ModelLocation | None
