"""The command: install the peers, measure, and write the section of docs/benchmarks.md."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.peers.measure import Outcome, measure, openers
from benchmarks.peers.registry import PEERS, Peer
from benchmarks.peers.report import accuracy, section
from benchmarks.peers.work import Result, Work, work
from mystack.bench.page import PAGE, write_section
from mystack.child import stop_on_signals
from mystack.installed import require_dependencies
from mystack.metrics import MISSED, this_machine
from mystack.project import ROOT, Layer, Refusal, find_layer

HOME = ROOT / ".mystack" / "peers"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def peers(
    squad: Annotated[Path, typer.Argument(help="Articles and questions in SQuAD's format.", show_default=False)],
    pdfs: Annotated[Path | None, typer.Argument(help="A folder of PDFs.", show_default="none")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds; in each, the systems take turns.", min=1)] = 3,
    only: Annotated[
        list[str] | None,
        typer.Option("--peer", help="Measure only these.", show_default=", ".join(peer.key for peer in PEERS)),
    ] = None,
    accuracy_only: Annotated[
        bool, typer.Option("--accuracy", help="One round, and no times: also right on a busy machine.")
    ] = False,
    page: Annotated[Path, typer.Option(help="The page whose sections `peers` and `accuracy` are replaced.")] = PAGE,
) -> None:
    """Do the same work with this service and with stacks that people would assemble instead, and write the table.

    Each peer gets an environment of its own under `.mystack/peers/` (about 1 GB each, installed once) and a process
    of its own, with the same embedding model and its own defaults. The newest layer is called over HTTP.

    Rows of tables are asked for if the folder has the three reports of `benchmarks.figures`.

    Exit status: 0 if all were measured, 1 if a peer could not be measured, 2 if nothing could be.

    Example: make bench-peers SQUAD=xquad.en.json PDFS=reports ARGS='--rounds 2'
    """
    unknown = set(only or ()) - {peer.key for peer in PEERS}
    if unknown:
        known = ", ".join(peer.key for peer in PEERS)
        raise Refusal(f"unknown peer {', '.join(unknown)}; the known ones are {known}")
    layer = find_layer()
    require_dependencies(layer)
    stop_on_signals()
    rounds = 1 if accuracy_only else rounds
    chosen = [peer for peer in PEERS if not only or peer.key in only]
    console = Console(highlight=False, soft_wrap=True)
    machine = this_machine()
    with tempfile.TemporaryDirectory(prefix="mystack-peers-") as scratch:
        workload = work(squad, pdfs, Path(scratch))
        outcomes = measured(layer, chosen, workload, rounds, Path(scratch), console)
    sections = {} if accuracy_only else {"peers": section(outcomes, chosen, workload, rounds, machine)}
    for name, text in (sections | {"accuracy": accuracy(outcomes, workload)}).items():
        console.print(text, markup=False)
        write_section(name, text, page)
    if not all(isinstance(outcome, Result) for outcome in outcomes.values()):
        raise typer.Exit(MISSED)


def measured(
    layer: Layer, chosen: Sequence[Peer], workload: Work, rounds: int, scratch: Path, console: Console
) -> dict[str, Outcome]:
    """The outcomes by system; progress is a status line on a terminal, and lines elsewhere."""
    with console.status("starting") as status:

        def on_progress(text: str) -> None:
            status.update(text)
            if not console.is_terminal:
                console.print(text, markup=False)

        return measure(openers(layer, chosen, HOME, on_progress), workload, rounds, scratch, on_progress)
