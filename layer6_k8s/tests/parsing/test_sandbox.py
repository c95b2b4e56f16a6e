"""The parsing processes: their limits, and that none is left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from api.adapters.parsing.formats import parse_document
from api.adapters.parsing.sandbox import SandboxParser
from api.services.parsing.errors import (
    DocumentBomb,
    DocumentTooLarge,
    ParserUnavailable,
    UnreadableDocument,
    UnsupportedDocument,
)
from api.services.parsing.parser import ParseLimits
from tests.parsing import office_files, old_office
from tests.parsing.documents import encrypted_pdf, pdf, word
from tests.parsing.hostile import SLOW_HTML, docx_of_body, pdf_of_forms_that_draw_forms
from tests.servers.processes import descendants
from tests.servers.running import eventually

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
async def parser() -> AsyncIterator[SandboxParser]:
    async with SandboxParser(processes=1) as parser:
        yield parser


@pytest.fixture(autouse=True)
def others() -> None:
    """Record the processes that run before the test: a layer that other tests share has workers, too."""
    OTHERS.clear()
    OTHERS.update(descendants(os.getpid()))


OTHERS: set[int] = set()


def ours() -> list[int]:
    """The running processes that this test started."""
    return [pid for pid in descendants(os.getpid()) if pid not in OTHERS]


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def libraries(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (pdf("# Title\nSome text.", "", "Third page: Größe."), "a.pdf"),
        (word(lambda document: document.add_heading("Title", 1)), "a.docx"),
        (b"<h1>Title</h1><p>Text \xf0\x9f\x98\x80", "a.html"),
        (b"# Title\n\ntext", "a.md"),
        ("Größe\n\n".encode("latin-1") * 50_000, "a.txt"),
        (office_files.xlsx({"A": (("id", "city"), (1, "Lund"))}), "a.xlsx"),
        (office_files.pptx(("Title", "Some text."), ("", "")), "a.pptx"),
        (old_office.msg({0x37: "Title", 0x1000: "Some text."}, attachments=["a.pdf"]), "a.msg"),
        (b"id,city\n1,Lund\n", "a.csv"),
    ],
)
async def test_it_returns_what_the_parsers_return(parser: SandboxParser, data: bytes, name: str) -> None:
    assert await parser.parse(data, name) == parse_document(data, name, ParseLimits())


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (encrypted_pdf(), UnreadableDocument),
        (b"GIF89a...", UnsupportedDocument),
        (b"word " * 2_000_000, DocumentTooLarge),
    ],
)
async def test_it_raises_the_errors_of_the_parsers(parser: SandboxParser, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        await parser.parse(data, "file")


async def test_a_document_over_the_time_limit_is_refused_and_the_next_one_is_read() -> None:
    async with SandboxParser(ParseLimits(seconds=0.5)) as parser:
        await parser.parse(b"warm", "a.txt")
        begin = time.monotonic()
        with pytest.raises(DocumentBomb, match=r"longer than 0\.5 seconds"):
            await parser.parse(SLOW_HTML, "file")
        assert time.monotonic() - begin < 5
        assert (await parser.parse(b"next", "a.txt")).text == "next"


@linux_only
async def test_a_document_over_the_memory_limit_is_refused() -> None:
    async with SandboxParser(ParseLimits(memory_bytes=16 * 1024**2, text_chars=10**9)) as parser:
        with pytest.raises(DocumentBomb, match="more than 16 MB of memory"):
            await parser.parse(b"word " * 2_000_000, "a.txt")
        assert (await parser.parse(b"next", "a.txt")).text == "next"


@linux_only
@pytest.mark.parametrize(
    ("data", "name"),
    [
        (docx_of_body("<w:p><w:r><w:t>word</w:t></w:r></w:p>" * 90_000), "a.docx"),
        (b"<html>" + b"<b>" * 300_000, "a.html"),
        (b"- *a*\n" * 60_000, "a.md"),
        (pdf_of_forms_that_draw_forms(), "a.pdf"),
    ],
    ids=["lxml", "lexbor", "Python", "PDFium"],
)
async def test_a_failed_allocation_in_a_library_is_not_reported_as_a_damaged_document(data: bytes, name: str) -> None:
    async with SandboxParser(ParseLimits(memory_bytes=20 * 1024**2)) as parser:
        with pytest.raises(DocumentBomb, match="memory"):
            await parser.parse(data, name)


def test_the_memory_limit_grows_with_the_document() -> None:
    limits = ParseLimits(memory_bytes=1024**3)
    megabytes = [limits.for_document(b"%PDF-" + bytes(size)).memory_bytes // 1024**2 for size in (0, 10**6, 10**8)]
    assert megabytes == [64, 125, 1024]


async def test_documents_beyond_the_number_of_processes_wait() -> None:
    async with SandboxParser(processes=2) as parser:
        texts = list[str]()

        async def read(number: int) -> None:
            texts.append((await parser.parse(f"text {number}".encode(), "a.txt")).text)

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(read, number)
        assert sorted(texts) == sorted(f"text {number}" for number in range(20))
        if sys.platform == "linux":
            assert len(ours()) == 2


async def test_parsing_does_not_block_the_event_loop(parser: SandboxParser) -> None:
    await parser.parse(b"warm", "a.txt")
    busy, begun = list[float](), time.monotonic()
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            while True:
                begin = time.thread_time()  # other programs that take the processor do not count
                await anyio.sleep(0.01)
                busy.append(time.thread_time() - begin)

        group.start_soon(watch)
        await parser.parse(b"Many paragraphs.\n\n" * 100_000, "a.txt")
        group.cancel_scope.cancel()
    assert len(busy) > 10
    assert max(busy) < (time.monotonic() - begun) / 4


@linux_only
async def test_a_cancelled_request_leaves_no_process() -> None:
    async with SandboxParser(processes=1) as parser:
        await parser.parse(b"warm", "a.txt")
        with anyio.move_on_after(0.3) as scope:
            await parser.parse(SLOW_HTML, "a.html")
        assert scope.cancelled_caught
        assert ours() == []
        assert (await parser.parse(b"next", "a.txt")).text == "next"
    assert ours() == []


@linux_only
async def test_a_killed_worker_is_reported_and_replaced() -> None:
    async with SandboxParser(processes=1) as parser:
        await parser.parse(b"warm", "a.txt")
        async with anyio.create_task_group() as group:

            async def read() -> None:
                with pytest.raises(ParserUnavailable):
                    await parser.parse(SLOW_HTML, "a.html")

            group.start_soon(read)
            await anyio.to_thread.run_sync(eventually, lambda: len(ours()) == 2)
            os.kill(ours()[0], signal.SIGKILL)
        assert (await parser.parse(b"next", "a.txt")).text == "next"


@linux_only
async def test_closing_ends_all_processes_even_busy_ones() -> None:
    async with anyio.create_task_group() as group:
        async with SandboxParser() as parser:

            async def read() -> None:
                with pytest.raises(ParserUnavailable):
                    await parser.parse(SLOW_HTML, "a.html")

            group.start_soon(read)
            await anyio.to_thread.run_sync(eventually, lambda: len(ours()) == 3)
        assert ours() == []


def test_the_thread_that_starts_the_parser_may_end_before_it_is_used() -> None:
    """A worker of a job queue starts it in a thread, and other threads use it later on the same event loop."""
    parser = SandboxParser(processes=1)
    with closing(asyncio.new_event_loop()) as loop:

        async def start() -> None:
            await parser.__aenter__()
            await parser.parse(b"warm", "a.txt")

        in_a_thread(lambda: loop.run_until_complete(start()))
        try:
            assert loop.run_until_complete(parser.parse(b"next", "a.txt")).text == "next"
        finally:
            loop.run_until_complete(parser.__aexit__(None, None, None))


def in_a_thread(call: Callable[[], object]) -> None:
    """Make the call in a thread that has ended when this returns."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(call).result()


@linux_only
def test_a_killed_service_leaves_no_process() -> None:
    script = """
        import anyio
        from api.adapters.parsing.sandbox import SandboxParser
        from tests.parsing.hostile import SLOW_HTML

        async def main():
            async with SandboxParser(processes=1) as parser:
                await parser.parse(b"warm", "a.txt")
                print("busy", flush=True)
                await parser.parse(SLOW_HTML, "a.html")

        anyio.run(main)
    """
    layer = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=layer, stdout=subprocess.PIPE
    ) as service:
        assert service.stdout
        assert service.stdout.readline() == b"busy\n"
        eventually(lambda: len(descendants(service.pid)) == 2)
        processes = descendants(service.pid)
        service.kill()
        eventually(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in processes))


@linux_only
async def test_a_worker_has_no_secrets_and_does_not_load_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "very-secret")
    async with SandboxParser(processes=1) as parser:
        await parser.parse(b"warm", "a.txt")
        (worker,) = ours()
        assert b"very-secret" not in environment(worker)
        assert b"MALLOC_ARENA_MAX=1" in environment(worker), "or its memory limit may be used up by a reservation"
        assert "torch" not in libraries(worker)
