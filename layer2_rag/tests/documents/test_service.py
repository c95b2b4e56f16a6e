"""What an upload does beside the way of a request: what fails, what waits, and the project's guides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import numpy as np
import pytest

from api.services.documents.service import UPLOADS_AT_ONCE, DocumentService
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import EmbeddingFailed, EncoderThreads
from api.services.parsing.parser import TEXT, ParsedDocument
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder
from tests.stores.opened import Opened


class LineParser:
    """Every line is a block."""

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        text, blocks, start = data.decode(), [], 0
        for line in text.split("\n"):
            blocks.append((start, start + len(line)))
            start += len(line) + 1
        return ParsedDocument(text, TEXT, (), (), tuple(blocks))


class HeldFile:
    """Bytes that count how many of their kind are in memory, and stay there until they are let go."""

    inside = 0
    most = 0

    def __init__(self, content: str, let: asyncio.Event) -> None:
        self.content = content
        self.let = let

    async def read(self) -> bytes:
        HeldFile.inside += 1
        HeldFile.most = max(HeldFile.most, HeldFile.inside)
        await self.let.wait()
        HeldFile.inside -= 1
        return self.content.encode()


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
async def service(it: Opened, encoder: FakeEncoder) -> AsyncIterator[DocumentService]:
    async with EncoderThreads(encoder) as thread:
        embeddings = Embeddings(thread)
        yield DocumentService(
            parser=LineParser(),
            tokens=embeddings.tokens,
            embedder=embeddings,
            store=it.store,
            reader=it.reader,
            max_bytes=10_000,
        )


def held(content: str) -> HeldFile:
    let = asyncio.Event()
    let.set()
    return HeldFile(content, let)


async def test_a_model_that_returns_nonsense_stores_nothing(
    service: DocumentService, it: Opened, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "encode", lambda texts, purpose: np.full((len(texts), DIMENSION), np.nan, np.float32))
    with pytest.raises(EmbeddingFailed):
        await service.upload(held("some text"), "a.txt", {})
    assert await it.reader.documents(1, None, None) == []
    assert await it.documents_on_disk() == set()


async def test_only_some_uploads_are_in_memory_and_the_others_wait(service: DocumentService) -> None:
    HeldFile.most, let = 0, asyncio.Event()
    uploads = [asyncio.ensure_future(service.upload(HeldFile(f"text {n}", let), "a.txt", {})) for n in range(12)]
    for _ in range(50):
        await asyncio.sleep(0)
    assert HeldFile.inside == UPLOADS_AT_ONCE
    let.set()
    uploaded = await asyncio.gather(*uploads)
    assert HeldFile.most == UPLOADS_AT_ONCE
    assert len({each.document.id for each in uploaded}) == 12


async def test_an_upload_that_fails_makes_room_for_the_next(service: DocumentService) -> None:
    class Unreadable:
        async def read(self) -> bytes:
            raise OSError("the disk is gone")

    for _ in range(UPLOADS_AT_ONCE + 1):
        with pytest.raises(OSError, match="the disk is gone"):
            await service.upload(Unreadable(), "a.txt", {})
    assert not (await service.upload(held("still works"), "a.txt", {})).duplicate


async def test_a_replaced_document_that_somebody_deletes_meanwhile_is_no_fault(
    service: DocumentService, it: Opened
) -> None:
    known = (await service.upload(held("known bytes"), "known.txt", {})).document
    old = (await service.upload(held("old version"), "old.txt", {})).document
    let = asyncio.Event()
    replacing = asyncio.ensure_future(service.upload(HeldFile("known bytes", let), "new.txt", {}, old.id))
    await asyncio.sleep(0.01)
    await it.store.remove(old.id)
    let.set()
    uploaded = await replacing
    assert (uploaded.document, uploaded.duplicate) == (known, True)


async def test_the_projects_guides_are_loaded_once(
    serve: Callable[..., str], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    for layer, name in (("layer1", "01-start.md"), ("layer2", "01-more.md")):
        (tmp_path / layer).mkdir()
        (tmp_path / layer / name).write_text(f"# {layer}\n\nA guide to {layer}.\n")
    (tmp_path / "notes.md").write_text("# Not a guide\n")
    url = serve(guides_path=tmp_path)
    first = (await http.post(f"{url}/documents/guides")).json()["documents"]
    assert [(each["filename"], each["metadata"], each["duplicate"]) for each in first] == [
        ("01-start.md", {"guide": "layer1"}, False),
        ("01-more.md", {"guide": "layer2"}, False),
    ]
    again = (await http.post(f"{url}/documents/guides")).json()["documents"]
    assert [(each["id"], each["duplicate"]) for each in again] == [(each["id"], True) for each in first]


async def test_where_there_are_no_guides_it_says_so(
    serve: Callable[..., str], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    answer = await http.post(f"{serve(guides_path=tmp_path)}/documents/guides")
    assert (answer.status_code, answer.json()["code"]) == (404, "document_not_found")
    assert "GUIDES_PATH" in answer.json()["detail"]
