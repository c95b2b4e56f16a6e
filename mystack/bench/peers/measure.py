"""Rounds in which all sides take turns, so that what disturbs the machine for a while disturbs them all."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from mystack.bench.peers.environment import NotInstalled, prepared
from mystack.bench.peers.registry import Peer
from mystack.bench.peers.sides import Side, SideFailed, model_folder, our_side, their_side
from mystack.bench.peers.work import Result, Run, Work, carry_out, result
from mystack.project import Layer

WINDOW = 256
"""Wordpieces that all-MiniLM-L6-v2 reads, the two that frame a text among them."""

Opened = Callable[[Path], AbstractContextManager[Side]]
"""Starts a side with nothing stored; given a folder that it may make."""
Outcome = Result | str
"""What was measured, or why nothing could be."""


def opened(layer: Layer, peers: Sequence[Peer], home: Path, say: Callable[[str], None]) -> dict[str, Opened | str]:
    """By name, how to start each side, ours first; or why a peer could not be installed."""
    sides: dict[str, Opened | str] = {ours(layer): lambda folder: our_side(layer)}
    for peer in peers:
        try:
            sides[peer.name] = partial(their_side, peer, prepared(peer, home, say))
        except NotInstalled as error:
            sides[peer.name] = f"could not be installed: {error}"
    return sides


def ours(layer: Layer) -> str:
    """What we are called beside the others."""
    return f"MyStack, layer {layer.number}"


def measure(
    sides: Mapping[str, Opened | str], work: Work, rounds: int, scratch: Path, say: Callable[[str], None]
) -> dict[str, Outcome]:
    """Each side's results by its name. A side that fails once is left out of the rounds that follow."""
    failed = {name: side for name, side in sides.items() if isinstance(side, str)}
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, side in sides.items():
            if name in failed or isinstance(side, str):
                continue
            say(f"round {number + 1} of {rounds}: {name}")
            folder = scratch / f"{number}-{list(sides).index(name)}"
            try:
                with side(folder) as started:
                    runs[name].append(carry_out(started, work, scratch))
            except SideFailed as error:
                failed[name] = str(error)
    return {name: failed[name] if name in failed else _amounts(work, runs[name]) for name in sides}


def _amounts(work: Work, runs: Sequence[Run]) -> Outcome:
    try:
        return result(work, runs, wordpieces, WINDOW)
    except SideFailed as error:
        return str(error)


def wordpieces(texts: Sequence[str]) -> list[int]:
    """How many each text has for the embedding model, before it cuts."""
    from tokenizers import Tokenizer  # only the layers that embed have it installed

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
