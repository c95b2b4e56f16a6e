"""A server with the part of layer 2's contract that an evaluation uses; it finds paragraphs by shared words."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response


@cache  # every question is compared with the same lines
def words(text: str) -> frozenset[str]:
    return frozenset(word for word in re.findall(r"\w+", text.lower()) if len(word) > 3)


@dataclass
class SmallLayer:
    """Its documents by id; `shift` makes the offsets of its quotes wrong."""

    url: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    uploads: int = 0
    shift: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/health/live")(lambda: {"status": "ok"})
        app.post("/documents/upload")(self.upload)
        app.get("/documents/{id}/text")(lambda id: {"text": self.documents[id]})
        app.delete("/documents/{id}", status_code=204)(self.delete)
        app.post("/search")(self.search)
        app.post("/chat")(self.chat)
        return app

    async def upload(self, request: Request) -> dict[str, Any]:
        async with request.form() as form:
            file = form["file"]
            assert not isinstance(file, str)
            text = (await file.read()).decode()
        there = next((id for id, known in self.documents.items() if known == text), None)
        self.uploads += there is None
        id = there or str(self.uploads)
        self.documents[id] = text
        return {"id": id, "duplicate": there is not None, "chunks": len(text.split("\n\n"))}

    async def delete(self, id: str) -> Response:
        del self.documents[id]
        return Response(status_code=204)

    async def search(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"hits": self._hits(body["query"], body.get("document_ids"))}

    async def chat(self, body: dict[str, Any]) -> dict[str, Any]:
        hits = self._hits(body["message"], body.get("document_ids"))[:1]
        sources = [
            hit
            | {"marker": 1, "quote": hit["text"], "start": hit["start"] + self.shift, "end": hit["end"] + self.shift}
            for hit in hits
        ]
        response = f"“{hits[0]['text']}” [1]" if hits else "Nothing."
        return {"response": response, "sources": sources, "refusal": None if hits else "nothing_relevant"}

    def _hits(self, question: str, ids: list[str] | None) -> list[dict[str, Any]]:
        asked = words(question)
        found = [
            (
                len(asked & words(line[0])),
                {"document_id": id, "start": line.start(), "end": line.end(), "text": line[0]},
            )
            for id, text in self.documents.items()
            for line in re.finditer(r"[^\n]+", text)
            if ids is None or id in ids
        ]
        ranked = sorted((hit for hit in found if hit[0]), key=lambda hit: -hit[0])
        return [hit | {"filename": "somewhere.txt"} for _, hit in ranked[:5]]
