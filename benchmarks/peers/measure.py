"""Rounds in which the systems take turns, so that a temporary load on the machine affects all of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from benchmarks.peers.environment import NotInstalled, prepared
from benchmarks.peers.peer_process import model_folder, peer_system
from benchmarks.peers.registry import Peer
from benchmarks.peers.systems import System, SystemFailed, mystack_system
from benchmarks.peers.work import Result, Run, Work, carry_out, result
from mystack.project import Layer

WINDOW = 256
"""Wordpieces that all-MiniLM-L6-v2 reads, including the two special tokens around a text."""

Opener = Callable[[Path], AbstractContextManager[System]]
"""Starts a system with an empty store; its argument is a folder that it may create."""
Outcome = Result | str
"""The result, or why there is none."""
OnProgress = Callable[[str], None]


def openers(layer: Layer, peers: Sequence[Peer], home: Path, on_progress: OnProgress) -> dict[str, Opener | str]:
    """How to start each system, by its name, ours first; or why a peer could not be installed."""
    found: dict[str, Opener | str] = {f"MyStack, layer {layer.number}": lambda folder: mystack_system(layer)}
    for peer in peers:
        try:
            found[peer.name] = partial(peer_system, peer, prepared(peer, home, on_progress))
        except NotInstalled as error:
            found[peer.name] = f"could not be installed: {error}"
    return found


def measure(
    systems: Mapping[str, Opener | str], work: Work, rounds: int, scratch: Path, on_progress: OnProgress
) -> dict[str, Outcome]:
    """Each system's outcome by its name. A system that fails once is left out of the following rounds."""
    failed = {name: opener for name, opener in systems.items() if isinstance(opener, str)}
    runs: dict[str, list[Run]] = {name: [] for name in systems}
    for number in range(rounds):
        for name, opener in systems.items():
            if name in failed or isinstance(opener, str):
                continue
            on_progress(f"round {number + 1} of {rounds}: {name}")
            folder = scratch / f"{number}-{list(systems).index(name)}"
            try:
                with opener(folder) as system:
                    runs[name].append(carry_out(system, work, scratch))
            except SystemFailed as error:
                failed[name] = str(error)
    return {name: failed[name] if name in failed else _outcome(work, runs[name]) for name in systems}


def _outcome(work: Work, runs: Sequence[Run]) -> Outcome:
    try:
        return result(work, runs, wordpieces, WINDOW)
    except SystemFailed as error:
        return str(error)


def wordpieces(texts: Sequence[str]) -> list[int]:
    """The number of wordpieces of each text, before the model truncates it."""
    from tokenizers import Tokenizer  # installed only for the layers that embed

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
