"""Uploads below HTTP: the id, failures, waiting, and the project's guides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import numpy as np
import pytest

from api.services.documents import service as document_service
from api.services.documents.guides import GuideService
from api.services.documents.ingestion import Ingestion, Upload, Uploaded
from api.services.documents.languages import AllLanguages
from api.services.documents.service import UPLOADS_AT_ONCE, DocumentService, UploadsBusy
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import EmbeddingFailed, EncoderThreads
from api.services.parsing.parser import TEXT, ParsedDocument
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder
from tests.stores.drafts import draft
from tests.stores.opened import Opened


class LineParser:
    """Every line is a block; one that begins with "!" is a warning, too."""

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        text, blocks, start = data.decode(), [], 0
        for line in text.split("\n"):
            blocks.append((start, start + len(line)))
            start += len(line) + 1
        warnings = tuple(line for line in text.split("\n") if line.startswith("!"))
        return ParsedDocument(text, TEXT, (), (), tuple(blocks), warnings=warnings)


class HeldFile:
    """Bytes that stay in memory until `let` is set; the class counts how many are in memory."""

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


class RecordingIngest:
    """Remembers the uploads that it passes on."""

    def __init__(self, ingestion: Ingestion) -> None:
        self.ingestion = ingestion
        self.uploads: list[Upload] = []

    async def ingest(self, upload: Upload, data: bytes) -> Uploaded:
        self.uploads.append(upload)
        return await self.ingestion.ingest(upload, data)


@pytest.fixture
async def ingestion(harness: Opened, encoder: FakeEncoder) -> AsyncIterator[RecordingIngest]:
    async with EncoderThreads(encoder) as threads:
        embeddings = Embeddings(threads)
        yield RecordingIngest(
            Ingestion(
                parser=LineParser(),
                tokens=embeddings.tokens,
                embedder=embeddings,
                store=harness.store,
                languages=AllLanguages(),
            )
        )


@pytest.fixture
def service(harness: Opened, ingestion: RecordingIngest) -> DocumentService:
    return DocumentService(
        ingestion=ingestion,
        store=harness.store,
        reader=harness.reader,
        languages=AllLanguages(),
        max_bytes=10_000,
    )


def held(content: str) -> HeldFile:
    let = asyncio.Event()
    let.set()
    return HeldFile(content, let)


async def every_slot_is_taken() -> None:
    """Let the uploads that have begun run until they wait."""
    for _ in range(50):
        await asyncio.sleep(0)
    assert HeldFile.inside == UPLOADS_AT_ONCE


async def test_the_id_is_known_before_the_document_is_read(
    service: DocumentService, ingestion: RecordingIngest, harness: Opened
) -> None:
    old = (await service.upload(held("old text"), "old.txt", {})).document
    uploaded = await service.upload(held("new text"), "folder/new.txt", {"year": 2024}, old.id)
    expected = Upload(uploaded.document.id, "new.txt", {"year": 2024}, replaces=old.id)
    assert ingestion.uploads[1:] == [expected]
    assert await harness.reader.document(id=expected.id) == uploaded.document


async def test_what_the_parser_warns_of_is_kept_with_the_document(service: DocumentService, harness: Opened) -> None:
    uploaded = await service.upload(held("a text\n! A picture was left out."), "a.txt", {})
    assert uploaded.document.warnings == ("! A picture was left out.",)
    assert await harness.reader.document(id=uploaded.document.id) == uploaded.document


async def test_known_bytes_are_not_ingested_again(service: DocumentService, ingestion: RecordingIngest) -> None:
    first = await service.upload(held("the same text"), "a.txt", {})
    again = await service.upload(held("the same text"), "b.txt", {})
    assert (again.document, again.duplicate) == (first.document, True)
    assert [upload.id for upload in ingestion.uploads] == [first.document.id]


async def test_a_document_that_an_earlier_parser_read_is_read_again_when_its_own_bytes_replace_it(
    service: DocumentService, harness: Opened
) -> None:
    old = draft("the same text")
    old = replace(old, document=replace(old.document, parser=1, warnings=("A picture was left out.",)))
    await harness.store.publish(old, None)
    assert (await service.upload(held("the same text"), "a.txt", {})).duplicate, "nobody asked to replace it"
    new = await service.upload(held("the same text"), "a.txt", {}, replaces=old.document.id)
    assert (new.duplicate, new.document.outdated, new.document.warnings) == (False, False, ())
    assert await harness.documents_on_disk() == {new.document.id}
    assert (await service.upload(held("the same text"), "a.txt", {}, replaces=new.document.id)).duplicate


async def test_bytes_that_were_stored_while_they_were_read_are_a_duplicate(
    ingestion: RecordingIngest, harness: Opened
) -> None:
    """Two processes may ingest the same bytes at the same time; the replaced document is deleted in either case."""
    old, other = await harness.publish("old text"), await harness.publish("other text")
    upload = Upload(uuid4(), "b.txt", {}, replaces=old.id)
    assert await ingestion.ingest(upload, b"other text") == Uploaded(other, duplicate=True)
    assert await harness.documents_on_disk() == {other.id}


async def test_nothing_is_stored_when_the_model_returns_invalid_vectors(
    service: DocumentService, harness: Opened, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "encode", lambda texts, purpose: np.full((len(texts), DIMENSION), np.nan, np.float32))
    with pytest.raises(EmbeddingFailed):
        await service.upload(held("some text"), "a.txt", {})
    assert await harness.reader.documents(1, None, None) == []
    assert await harness.documents_on_disk() == set()


async def test_a_few_uploads_are_in_memory_and_the_others_wait(service: DocumentService) -> None:
    HeldFile.most, let = 0, asyncio.Event()
    uploads = [asyncio.ensure_future(service.upload(HeldFile(f"text {n}", let), "a.txt", {})) for n in range(12)]
    await every_slot_is_taken()
    let.set()
    uploaded = await asyncio.gather(*uploads)
    assert HeldFile.most == UPLOADS_AT_ONCE
    assert len({each.document.id for each in uploaded}) == 12


async def test_an_upload_that_waits_too_long_is_refused_with_a_time_to_retry(
    service: DocumentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_service, "WAIT_SECONDS", 0.05)
    let = asyncio.Event()
    running = [
        asyncio.ensure_future(service.upload(HeldFile(f"text {n}", let), "a.txt", {})) for n in range(UPLOADS_AT_ONCE)
    ]
    await every_slot_is_taken()
    with pytest.raises(UploadsBusy) as caught:
        await service.upload(held("one too many"), "b.txt", {})
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (503, "overloaded", 30)
    let.set()
    await asyncio.gather(*running)
    assert not (await service.upload(held("one too many"), "b.txt", {})).duplicate


async def test_a_failed_upload_frees_its_slot(service: DocumentService) -> None:
    class Unreadable:
        async def read(self) -> bytes:
            raise OSError("the disk is gone")

    for _ in range(UPLOADS_AT_ONCE + 1):
        with pytest.raises(OSError, match="the disk is gone"):
            await service.upload(Unreadable(), "a.txt", {})
    assert not (await service.upload(held("still works"), "a.txt", {})).duplicate


async def test_the_document_to_replace_may_be_deleted_meanwhile(service: DocumentService, harness: Opened) -> None:
    known = (await service.upload(held("known bytes"), "known.txt", {})).document
    old = (await service.upload(held("old version"), "old.txt", {})).document
    let = asyncio.Event()
    replacing = asyncio.ensure_future(service.upload(HeldFile("known bytes", let), "new.txt", {}, old.id))
    await asyncio.sleep(0.01)
    await harness.store.remove(old.id)
    let.set()
    uploaded = await replacing
    assert (uploaded.document, uploaded.duplicate) == (known, True)


async def test_the_guides_are_loaded_once(serve: Callable[..., str], http: httpx2.AsyncClient, tmp_path: Path) -> None:
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


async def test_a_guide_that_cannot_be_loaded_does_not_stop_the_others(
    serve: Callable[..., str], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "layer1").mkdir()
    for name in ("01-start.md", "02-empty.md", "03-end.md"):
        (tmp_path / "layer1" / name).write_text("" if "empty" in name else f"# A guide, {name}\n")
    url = serve(guides_path=tmp_path)
    response = await http.post(f"{url}/documents/guides")
    assert (response.status_code, response.json()["code"]) == (400, "unreadable_document")
    assert response.json()["detail"].startswith("1 of 3 guides could not be loaded. layer1/02-empty.md: ")
    listed = (await http.get(f"{url}/documents")).json()["documents"]
    assert [each["filename"] for each in listed] == ["03-end.md", "01-start.md"]


async def test_guides_are_loaded_in_order_and_each_is_visible_once_it_is_ready(
    service: DocumentService, harness: Opened, tmp_path: Path
) -> None:
    (tmp_path / "layer1").mkdir()
    names = [f"0{n}.md" for n in range(4)]
    for name in names:
        (tmp_path / "layer1" / name).write_text(f"guide {name}")
    seen = []

    class Watching(GuideService):
        async def _upload(self, path: Path) -> Uploaded:
            seen.append([document.filename for document in await harness.reader.documents(10, None, None)])
            return await super()._upload(path)

    await Watching(service, tmp_path).load()
    assert seen == [names[:n][::-1] for n in range(4)]


async def test_without_guides_the_error_names_the_setting(
    serve: Callable[..., str], http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    response = await http.post(f"{serve(guides_path=tmp_path)}/documents/guides")
    assert (response.status_code, response.json()["code"]) == (404, "document_not_found")
    assert "GUIDES_PATH" in response.json()["detail"]
