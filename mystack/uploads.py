"""What becomes of a file that is uploaded, and patience with a layer that is at capacity."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2

ATTEMPTS = 100
MAX_RETRY_SECONDS = 10.0
"""Attempts while the layer is at capacity, and the longest pause between two of them."""

Outcome = Literal["new", "duplicate", "failed"]


@dataclass(frozen=True)
class Upload:
    """The outcome of one file; `reason` says why it failed, `warnings` what was left out of it or may be wrong."""

    path: Path
    outcome: Outcome
    chunks: int = 0
    reason: str = ""
    warnings: Sequence[str] = ()


def patiently(send: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The layer's response; while the layer is at capacity, the request is sent again after its Retry-After."""
    for _ in range(ATTEMPTS):
        response = send()
        if response.status_code != httpx2.codes.SERVICE_UNAVAILABLE or "Retry-After" not in response.headers:
            break
        time.sleep(min(float(response.headers["Retry-After"]), MAX_RETRY_SECONDS))
    return response
