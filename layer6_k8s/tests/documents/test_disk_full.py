"""Uploads when the disk is full."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.library import ready
from tests.servers.watched import layer_process

FILE_BYTES = 3_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets limits for another process")
def test_an_upload_that_does_not_fit_on_the_disk_is_507_and_leaves_nothing(
    needs: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    settings = needs() | {"llm_provider": "extractive"}
    with (
        layer_process(settings, tmp_path) as server,
        httpx2.Client(base_url=server.url, trust_env=False, timeout=60) as client,
    ):
        resource.prlimit(server.app.pid, resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))
        large = client.post("/documents", files={"file": ("large.txt", b"word " * FILE_BYTES)})
        assert (large.status_code, large.json()["code"]) == (507, "insufficient_storage")
        assert "space" in large.json()["detail"]
        small = ready(client, client.post("/documents", files={"file": ("small.txt", b"A small document.")}))
        assert [document["id"] for document in client.get("/documents").json()["documents"]] == [small["id"]]
        assert list((tmp_path / "tmp").iterdir()) == []
    assert "Traceback" not in (tmp_path / "log").read_text()
