"""Where the processor time of requests goes: the stages of three instances, their proxy and their stores.

Processor time, because waiting for a processor on a busy machine says nothing about what a request needs.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from mystack.load.instances import Instances

PYTHON, THREADS, DATABASE, REDIS, PROXY = "Python", "embedder, threads", "PostgreSQL", "Redis", "HAProxy"
STAGES = (PYTHON, THREADS, DATABASE, REDIS, PROXY)
"""Of an instance: its main thread, which runs all Python code of requests, and all others."""
API = (PYTHON, THREADS)
STORES = {"PostgreSQL": DATABASE, "Valkey": REDIS}
IDLE_SECONDS = 5.0

Seconds = Mapping[str, float]


def processor_seconds(several: Instances) -> Seconds:
    """Processor seconds so far, by stage; those of children that have ended are included."""
    main = sum(_main_thread(child.pid) for child in several.running.values())
    whole = sum(_tree(child.pid) for child in several.running.values())
    spent = dict.fromkeys(STAGES, 0.0) | {PYTHON: main, THREADS: whole - main}
    for child in several.stores.children:
        spent[STORES[child.name]] += _tree(child.pid)
    spent[PROXY] = _tree(several.proxy.child.pid)
    return spent


def idle(several: Instances, seconds: float = IDLE_SECONDS) -> Seconds:
    """Processor seconds per second that nobody asks for."""
    spent, elapsed = _during(several, lambda: time.sleep(seconds))
    return {stage: spent[stage] / elapsed for stage in STAGES}


def each(several: Instances, requests: int, work: Callable[[], object], resting: Seconds) -> Seconds:
    """Processor milliseconds of each request that `work` makes, without what the processes need at rest."""
    spent, elapsed = _during(several, work)
    return {stage: max(0.0, 1000 * (spent[stage] - resting[stage] * elapsed) / requests) for stage in STAGES}


def memory_of_pods(several: Instances) -> Sequence[float]:
    """Of each instance with its children, the memory in bytes; pages that processes share are divided among them."""
    trees = [_processes(child.pid) for child in several.running.values()]
    return [float(sum(process.memory_full_info().pss for process in tree)) for tree in trees]


def _during(several: Instances, work: Callable[[], object]) -> tuple[Seconds, float]:
    before, begun = processor_seconds(several), time.monotonic()
    work()
    elapsed, after = time.monotonic() - begun, processor_seconds(several)
    return {stage: after[stage] - before[stage] for stage in STAGES}, elapsed


def _main_thread(pid: int) -> float:
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def _tree(pid: int) -> float:
    return float(sum(sum(process.cpu_times()[:4]) for process in _processes(pid)))


def _processes(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]
