"""Latency of searches during an ingest: questions take precedence over documents."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from mystack.bench.towns import Town
from mystack.evaluate.library import Library
from mystack.evaluate.questions import Document
from mystack.load.calls import Call, Result, call
from mystack.load.overload import OK, quantile
from mystack.metrics import Metric, Target
from mystack.server import Server

DOCUMENTS = 50
TOWNS_EACH = 8
CONCURRENT_UPLOADS = 4
SEARCHES = 50
"""Searches per round, by one user."""


def measure(
    server: Server,
    library: Library,
    known: Sequence[Town],
    searches: Callable[[int], Sequence[Call]],
    on_progress: Callable[[str], None],
) -> Iterator[Metric]:
    """The 95th percentile of /search, alone and during an ingest."""
    on_progress("searches alone, and while documents are uploaded")
    alone = call(server.url, searches(6 * SEARCHES), users=1)
    uploaded = threading.Event()

    def upload_all() -> None:
        try:
            with ThreadPoolExecutor(CONCURRENT_UPLOADS) as pool:
                list(pool.map(library.upload, documents(known)))
        finally:
            uploaded.set()

    during: list[Result] = []
    with ThreadPoolExecutor(1) as pool:
        ingest = pool.submit(upload_all)
        while not uploaded.is_set():
            during += call(server.url, searches(SEARCHES), users=1)
        ingest.result()
    p95 = [quantile([result.seconds * 1000 for result in results], 0.95) for results in (alone, during)]
    yield Metric("/search alone, p95", p95[:1], unit="ms", digits=1)
    yield Metric(f"/search during {DOCUMENTS} uploads, p95", p95[1:], unit="ms", digits=1)
    yield Metric("/search during uploads, against alone", [p95[1] / p95[0]], Target("<", 3.0), digits=2)
    yield Metric("searches that failed", [sum(result.status != OK for result in during)], Target("≤", 0), digits=0)


def documents(known: Sequence[Town]) -> list[Document]:
    """Long documents, each with the paragraphs of several towns."""
    groups = [known[start : start + TOWNS_EACH] for start in range(0, DOCUMENTS * TOWNS_EACH, TOWNS_EACH)]
    return [
        Document(f"gazetteer-{number}.txt", b"\n\n".join(town.document.data for town in group))
        for number, group in enumerate(groups)
    ]
