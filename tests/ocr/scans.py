"""Pictures of text, and a library to upload them to."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import httpx2

from tests.uploading import ready

WIDTH, HEIGHT = 1_240, 1_754
"""A page of A4 at 150 dpi, in pixels."""
SIZE = 30
STEP = 52


@dataclass
class Library:
    http: httpx2.Client

    def uploaded(self, name: str, data: bytes) -> "Uploaded":
        """The document, once it is ready."""
        document = ready(self.http, self.http.post("/documents", files={"file": (name, data)}))
        return Uploaded(document, self.http.get(f"/documents/{document['id']}/text").json())

    def refusal(self, name: str, data: bytes) -> tuple[int, str, str]:
        """Status, code and detail of an upload that is refused. A layer with jobs says so when the job has failed."""
        response = self.http.post("/documents", files={"file": (name, data)})
        problem = response.json()
        assert response.status_code >= 400, problem
        return response.status_code, problem["code"], problem["detail"]


@dataclass
class Uploaded:
    """A document and its text, as the service returns them."""

    document: dict[str, Any]
    part: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.part["text"])

    @property
    def recognised(self) -> list[str]:
        return [self.text[span["start"] : span["end"]] for span in self.part["recognised"]]


def picture(*lines: str | Sequence[str], size: int = SIZE, width: int = WIDTH, height: int = HEIGHT) -> Any:
    """A page with these lines in black on white; the cells of a line are 330 pixels apart."""
    image = import_module("PIL.Image").new("RGB", (width, height), "white")
    draw = import_module("PIL.ImageDraw").Draw(image)
    font = import_module("PIL.ImageFont").load_default(size)
    for number, line in enumerate(lines):
        for column, cell in enumerate([line] if isinstance(line, str) else line):
            draw.text((90 + 330 * column, 90 + STEP * number), cell, fill="black", font=font)
    return image


def saved(image: Any, format: str, **options: Any) -> bytes:
    """The bytes of an image file."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def scan(*pages: Any) -> bytes:
    """A PDF whose pages are these pictures."""
    return saved(pages[0], "PDF", save_all=True, append_images=pages[1:], resolution=150)
