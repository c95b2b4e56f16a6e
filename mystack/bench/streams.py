"""Open streams: `python -m mystack.bench.streams URL BODY COUNT` opens them and holds them until its input ends.

Prints the number of streams that have received their first token.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from mystack.bench.load import request
from mystack.bench.piped import piped

BATCH = 20
FIRST_TOKEN_SECONDS = 30.0


@contextmanager
def held(url: str, body: object, count: int) -> Iterator[int]:
    """Hold `count` streams of /chat/stream open from another process; yields how many have received a token."""
    with piped("mystack.bench.streams", url, json.dumps(body), str(count)) as (_, output):
        yield int(output.readline())


def allow_descriptors(count: int) -> None:
    """Raise the limit of open files to `count`, as far as the system allows, for this process and its children."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def memory(pid: int) -> float:
    """Resident memory of a process, in bytes."""
    if Path("/proc").is_dir():
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return float(pages * os.sysconf("SC_PAGE_SIZE"))
    return float(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])) * 1024


async def _open(url: str, body: bytes) -> asyncio.StreamWriter | None:
    address = urlsplit(url)
    try:
        async with asyncio.timeout(FIRST_TOKEN_SECONDS):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(request(address.netloc, "/chat/stream", body))
            await reader.readuntil(b"event: token")
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None
    return writer


async def _hold(url: str, body: bytes, count: int) -> None:
    opened: list[asyncio.StreamWriter | None] = []
    while len(opened) < count:
        opened += await asyncio.gather(*(_open(url, body) for _ in range(min(BATCH, count - len(opened)))))
    sys.stdout.write(f"{sum(writer is not None for writer in opened)}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    allow_descriptors(4096)
    asyncio.run(_hold(sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])))
