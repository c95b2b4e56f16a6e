"""A few questions are searched at a time; bursts wait, and sustained overload is refused."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import anyio
import httpx2
import pytest

from api.errors import Overloaded
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import Vectors
from api.services.serving import queue as question_queue
from api.services.serving.queue import QuestionQueue
from tests.servers.ollama import OllamaServer
from tests.servers.running import when_ready

QUESTION = {"message": "Who keeps the light?", "use_rag": True}


async def ask(queue: QuestionQueue, working: set[int], number: int, done: asyncio.Event) -> None:
    async with queue.turn():
        working.add(number)
        await done.wait()
        working.discard(number)


async def waiting(queue: QuestionQueue, count: int, working: set[int], done: asyncio.Event) -> list[asyncio.Task[None]]:
    """`count` questions, in this order, that end when `done` is set."""
    tasks = [asyncio.create_task(ask(queue, working, number, done)) for number in range(count)]
    await anyio.wait_all_tasks_blocked()
    return tasks


async def test_a_burst_waits_and_is_answered_in_order() -> None:
    queue, working, done = QuestionQueue(at_once=2, waiting=3), set[int](), asyncio.Event()
    tasks = await waiting(queue, 5, working, done)
    assert working == {0, 1}
    done.set()
    await asyncio.gather(*tasks)
    async with queue.turn():
        pass


async def test_a_question_beyond_the_queue_is_refused() -> None:
    queue, done = QuestionQueue(at_once=2, waiting=3), asyncio.Event()
    tasks = await waiting(queue, 6, set(), done)
    done.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 5 + [Overloaded]


async def test_after_an_overflow_no_question_waits_until_refusals_cease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_queue, "WINDOW", 0.1)
    queue, done = QuestionQueue(at_once=1, waiting=2), asyncio.Event()
    overflowing = await waiting(queue, 4, set(), done)
    done.set()
    await asyncio.gather(*overflowing, return_exceptions=True)
    done.clear()
    crowded = await waiting(queue, 3, set(), done)
    assert [task.done() for task in crowded] == [False, True, True]
    await asyncio.sleep(0.25)
    calm = await waiting(queue, 2, set(), done)
    assert not any(task.done() for task in calm)
    done.set()
    await asyncio.gather(*crowded, *calm, return_exceptions=True)


async def test_a_question_that_stops_waiting_makes_room() -> None:
    queue, done = QuestionQueue(at_once=1, waiting=1), asyncio.Event()
    first, second = await waiting(queue, 2, set(), done)
    second.cancel()
    await asyncio.wait([second])
    queue.check()
    done.set()
    await first


async def test_questions_are_refused_while_all_slots_are_taken(
    serve: Callable[..., str], http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching, over = asyncio.Event(), False
    embed_query = Embeddings.embed_query
    loop = asyncio.get_running_loop()

    async def held(self: Embeddings, text: str) -> Vectors:
        loop.call_soon_threadsafe(searching.set)
        while not over:  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.01)
        return await embed_query(self, text)

    monkeypatch.setattr(question_queue, "WAITING", 0)
    url = serve(questions_at_once=1)
    await when_ready(http, url)
    monkeypatch.setattr(Embeddings, "embed_query", held)
    first = asyncio.create_task(http.post(f"{url}/search", json={"query": "Who keeps the light?"}))
    await searching.wait()
    for path, body in (("/search", {"query": "Who?"}), ("/chat", QUESTION), ("/chat/stream", QUESTION)):
        answer = await http.post(url + path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert int(answer.headers["Retry-After"]) >= 1
    assert (await http.get(f"{url}/documents/list")).status_code == 200
    over = True
    assert (await first).status_code == 200


async def test_a_model_that_is_writing_holds_no_slot(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama.behaviour = "stuck"
    monkeypatch.setattr(question_queue, "WAITING", 0)
    url = serve(llm_provider="ollama", ollama_url=ollama.url, llm_at_once=5, questions_at_once=1)
    await when_ready(http, url)
    async with AsyncExitStack() as stack:
        for _ in range(5):
            body = QUESTION | {"on_no_evidence": "answer"}
            answer = await stack.enter_async_context(http.stream("POST", f"{url}/chat/stream", json=body))
            assert answer.status_code == 200
        assert (await http.post(f"{url}/search", json={"query": "Who keeps the light?"})).status_code == 200


async def test_uploads_have_a_limit_of_their_own(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(documents_at_once=1)
    address = httpx2.URL(url)
    _, writer = await asyncio.open_connection(address.host, address.port)
    head = "POST /documents/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    writer.write(f"{head}Content-Length: 1000\r\n\r\n".encode())
    for _ in range(500):
        answer = await http.post(f"{url}/v1/embeddings", json={"input": "x"})
        if answer.status_code == 503:
            break
    assert answer.json()["error"]["code"] == "overloaded"
    assert (await http.post(f"{url}/chat", json={"message": "Hello"})).status_code == 200
    writer.close()
    await writer.wait_closed()
