"""Loads the project's own guides, so that a newcomer's first question has an answer."""

from collections.abc import Mapping
from pathlib import Path

import anyio

from api.errors import MyStackError, NotReady
from api.services.documents.ingestion import Uploaded
from api.services.documents.service import DocumentService
from api.services.documents.store import StoreUnavailable
from api.services.parsing.errors import DocumentNotFound


class GuideService:
    """The Markdown files below `folder`."""

    def __init__(self, documents: DocumentService, folder: Path) -> None:
        self.documents = documents
        self.folder = folder

    async def load(self) -> list[Uploaded]:
        """Upload the guides one after the other, in order; each is visible as soon as it is ready.

        A guide that cannot be loaded does not stop the others; its error is raised after the last one. Guides that are
        stored already are returned as duplicates. Raises `DocumentNotFound` when the folder has no guides.
        """
        paths = sorted(self.folder.glob("layer*/*.md"))
        if not paths:
            raise DocumentNotFound(f"There are no guides in {self.folder.name}/; set GUIDES_PATH to their folder.")
        loaded: list[Uploaded] = []
        failed: dict[Path, MyStackError] = {}
        for path in paths:
            try:
                loaded.append(await self._upload(path))
            except (NotReady, StoreUnavailable):
                raise  # the next guide would meet the same
            except MyStackError as error:
                failed[path] = error
        if failed:
            raise _summary(failed, len(paths))
        return loaded

    async def _upload(self, path: Path) -> Uploaded:
        async with await anyio.open_file(path, "rb") as file:
            return await self.documents.upload(file, path.name, {"guide": path.parent.name})


def _summary(failed: Mapping[Path, MyStackError], total: int) -> MyStackError:
    """The first error, with the number of guides that failed."""
    path, error = next(iter(failed.items()))
    return type(error)(f"{len(failed)} of {total} guides could not be loaded. {path.parent.name}/{path.name}: {error}")
