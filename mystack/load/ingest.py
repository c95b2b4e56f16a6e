"""Searches while documents are uploaded: questions go before documents."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from mystack.bench.places import Place
from mystack.evaluate.library import Library
from mystack.evaluate.questions import Document
from mystack.load.calls import Call, Result, call
from mystack.load.overload import OK, quantile
from mystack.metrics import Metric, Target
from mystack.server import Server

DOCUMENTS = 50
PLACES_EACH = 8
UPLOADS_AT_ONCE = 4
SEARCHES = 50
"""In a round, by one user."""


def measure(
    server: Server,
    library: Library,
    known: Sequence[Place],
    searches: Callable[[int], Sequence[Call]],
    say: Callable[[str], None],
) -> Iterator[Metric]:
    """The 95th percentile of /search, alone and during an ingest."""
    say("searches alone, and while documents are uploaded")
    alone = call(server.url, searches(6 * SEARCHES), users=1)
    uploaded = threading.Event()

    def upload_all() -> None:
        try:
            with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
                list(pool.map(library.upload, documents(known)))
        finally:
            uploaded.set()

    during: list[Result] = []
    with ThreadPoolExecutor(1) as pool:
        ingest = pool.submit(upload_all)
        while not uploaded.is_set():
            during += call(server.url, searches(SEARCHES), users=1)
        ingest.result()
    p95 = [quantile([it.seconds * 1000 for it in results], 0.95) for results in (alone, during)]
    yield Metric("/search alone, p95", p95[:1], unit="ms", digits=1)
    yield Metric(f"/search while {DOCUMENTS} documents are uploaded, p95", p95[1:], unit="ms", digits=1)
    yield Metric("the same, against alone", [p95[1] / p95[0]], Target("<", 3.0), digits=2)
    yield Metric("searches that failed", [sum(it.status != OK for it in during)], Target("≤", 0), digits=0)


def documents(known: Sequence[Place]) -> list[Document]:
    """Long ones: what is known of several places, in one document."""
    groups = [known[at : at + PLACES_EACH] for at in range(0, DOCUMENTS * PLACES_EACH, PLACES_EACH)]
    return [
        Document(f"gazetteer-{number}.txt", b"\n\n".join(place.document.data for place in group))
        for number, group in enumerate(groups)
    ]
