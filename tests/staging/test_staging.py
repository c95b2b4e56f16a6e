"""A running layer answers from a document, from outside: `make test-staging`. What it uploads is deleted again."""

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest

from mystack.client import LOCAL, client
from tests.cli.processes import until
from tests.uploading import ready

pytestmark = pytest.mark.skipif(not os.environ.get("MYSTACK_STAGING"), reason="run `make test-staging`")
URL = os.environ.get("MYSTACK_URL") or LOCAL
READY_SECONDS = 120


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with client(URL, os.environ.get("API_KEY")) as found:
        until(lambda: is_ready(found), READY_SECONDS, f"{URL} is ready")
        yield found


def is_ready(http: httpx2.Client) -> bool:
    with suppress(httpx2.TransportError):
        return http.get("/health/ready").is_success
    return False


def test_a_document_is_uploaded_cited_and_deleted(http: httpx2.Client) -> None:
    code = uuid.uuid4().hex[:8]
    fact = f"The staging code of harbour {code} is kept in the blue cabinet."
    uploaded = ready(http, http.post("/documents/upload", files={"file": (f"{code}.txt", fact.encode())}))
    try:
        question = {"message": f"Where is the staging code of harbour {code} kept?", "store": False}
        answer = http.post("/chat", json=question).json()
        assert fact in [source["quote"] for source in answer["sources"]], answer
    finally:
        assert http.delete(f"/documents/{uploaded['id']}").status_code == 204


def test_metrics_are_served_and_every_dependency_works(http: httpx2.Client) -> None:
    assert http.get("/health").json()["status"] == "ok"
    assert "mystack_http_requests_total" in http.get("/metrics").text
