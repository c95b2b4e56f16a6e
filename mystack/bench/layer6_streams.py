"""Ten thousand streams that say nothing, held open by three instances at the same time, and their memory."""

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from mystack.bench.streams import held
from mystack.load.instances import PLACES, instances
from mystack.load.processors import memory_of_pods
from mystack.metrics import Metric, Target
from mystack.project import Layer

STREAMS = 10_000
WARM_UP = 30
DESCRIPTORS = 24_000
RESERVED = 1_000
"""Open files that an instance, the model server and the clients need beside the streams."""
BODY = {"message": "What is retrieval?", "model": "held", "use_rag": False}


def measure(layer: Layer, scratch: Path, model: str, on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """The streams go to the instances directly: a proxy needs two connections for each, and has one limit of them."""
    open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    wanted = min(STREAMS, most(open_files))
    share = -(-wanted // len(PLACES))
    settings = {
        "LLM_PROVIDER": "ollama",
        "OLLAMA_URL": model,
        "LLM_AT_ONCE": str(STREAMS),
        "LLM_TIMEOUT_SECONDS": "900",  # the model says one word, and then nothing
    }
    with instances(layer, scratch, settings, on_progress) as several, ExitStack() as stack:
        for place in PLACES:
            with held(several.address(place), BODY, WARM_UP):
                pass  # the first streams include one-time allocations
        before = sum(memory_of_pods(several))
        on_progress(f"{wanted} streams")
        clients = [held(several.address(place), BODY, share) for place in PLACES]
        with ThreadPoolExecutor(len(PLACES)) as pool:
            count = sum(pool.map(stack.enter_context, clients))
        more = sum(memory_of_pods(several)) - before
        yield Metric("open files that a process may have", [open_files], digits=0)
        yield Metric(f"idle streams held by {len(PLACES)} instances", [count], Target("≥", STREAMS), digits=0)
        yield Metric("memory of a stream", [more / max(count, 1) / 1e3], unit="kB", digits=0)
        yield Metric("connections that the proxy would admit", [several.proxy.most_connections()], digits=0)


def most(open_files: int) -> int:
    """The streams that the limit of open files allows: an instance has two for each, the model server one for all."""
    usable = open_files - RESERVED
    return min(len(PLACES) * usable // 2, usable)
