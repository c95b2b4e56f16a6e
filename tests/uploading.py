"""Uploads that wait until the document is ready, whether the layer processes it at once or later."""

import time
from typing import Any

import httpx2

ACCEPTED = (200, 201, 202)
READY_SECONDS = 120.0


def ready(http: httpx2.Client, response: httpx2.Response) -> dict[str, Any]:
    """The document of an accepted upload, once it is ready. The client's base URL is the layer's address."""
    assert response.status_code in ACCEPTED, response.text
    document, deadline = dict(response.json()), time.monotonic() + READY_SECONDS
    while document["status"] != "ready":
        assert document["status"] != "failed", document
        assert time.monotonic() < deadline, f"{document['filename']} did not become ready"
        time.sleep(0.05)
        document |= http.get(f"/documents/{document['id']}").json()
    return document
