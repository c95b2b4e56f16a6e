"""Load the project's own guides, so that a newcomer's first question has an answer."""

from pathlib import Path

import anyio

from api.services.documents.service import DocumentService, Uploaded
from api.services.parsing.errors import DocumentNotFound


class GuideService:
    """The Markdown files below `folder`."""

    def __init__(self, documents: DocumentService, folder: Path) -> None:
        self.documents = documents
        self.folder = folder

    async def load(self) -> list[Uploaded]:
        """Upload them; those that are there already stay. Raises `DocumentNotFound` when there are none."""
        paths = sorted(self.folder.glob("layer*/*.md"))
        if not paths:
            raise DocumentNotFound(f"There are no guides in {self.folder.name}/; GUIDES_PATH says where they are.")
        return [await self._upload(path) for path in paths]

    async def _upload(self, path: Path) -> Uploaded:
        async with await anyio.open_file(path, "rb") as file:
            return await self.documents.upload(file, path.name, {"guide": path.parent.name})
