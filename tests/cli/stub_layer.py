"""A stub server with the part of the layers' HTTP contract that the commands use."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

Event = tuple[str, dict[str, Any]]


def problem(status: int, code: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    return JSONResponse(body, status, media_type="application/problem+json")


@dataclass
class StubLayer:
    """The requests that the server received, and the answers it gives."""

    url: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: list[Event] | Response = field(default_factory=list)
    key: str | None = None
    stores_documents: bool = True
    busy: int = 0
    """The number of uploads that are rejected first."""
    has_ocr: bool = True
    refused: int = 0
    """The number of images that were refused."""

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/health/live")(lambda: {"status": "ok"})
        app.get("/documents")(self.list_documents)
        app.post("/documents/upload")(self.upload)
        app.post("/chat/stream")(self.chat)
        return app

    def list_documents(self, request: Request) -> Response:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return problem(401, "unauthorized", "This service needs an API key.")
        if not self.stores_documents:
            return problem(404, "not_found", "No such path.")
        return JSONResponse({"documents": [], "next_cursor": None})

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            assert not isinstance(file, str)
            data, filename = await file.read(), file.filename or ""
        if self.busy:
            self.busy -= 1
            answer = problem(503, "overloaded", "Try again in a moment.")
            answer.headers["Retry-After"] = "0"
            return answer
        if b"\0" in data:
            return problem(415, "unsupported_document", "This is not a document.")
        if data.startswith(b"\x89PNG") and not self.has_ocr:
            self.refused += 1
            return problem(415, "unsupported_document", "This is a PNG image. Install OCR.")
        digest = hashlib.sha256(data).hexdigest()
        duplicate = digest in self.documents
        self.documents[digest] = filename
        warnings = ["A chart was left out."] if b"chart" in data else []
        uploaded = {"chunks": 3, "duplicate": duplicate, "warnings": warnings}
        return JSONResponse(uploaded, 200 if duplicate else 201)

    async def chat(self, request: Request) -> Response:
        self.asked.append(await request.json())
        if isinstance(self.answer, Response):
            return self.answer
        return StreamingResponse(self.events(self.answer), media_type="text/event-stream")

    async def events(self, answer: list[Event]) -> AsyncIterator[str]:
        """The answer's events; an event `wait` never ends."""
        for name, data in answer:
            if name == "wait":
                await asyncio.Event().wait()
            yield f"event: {name}\ndata: {json.dumps(data)}\n\n"
